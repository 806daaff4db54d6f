package main

import (
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/docsui"
)

func main() {
	notes := &Notes{}
	api, err := rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0",
		ErrorFormat: rest.Problem, // RFC 9457
	}, rest.Router{
		Auth: auth.Public, // for now
		Controllers: []rest.Controller{
			{Path: "/notes/", Get: rest.Handle(notes.List), Post: rest.Handle(notes.Create)},
			{Path: "/notes/{id}/", Errors: []error{errNoNote}, Get: rest.Handle(notes.Read)},
		},
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Handler: rest.OpenAPI()},
			{Path: "/docs/", Handler: docsui.New(docsui.Config{Title: "Notes"})},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
