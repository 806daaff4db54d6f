package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/docsui"
)

type Greet struct {
	Name string `path:"name" minLength:"2"`
	User string `auth:""` // the caller; checked against Auth below when the API is built
}

func greet(_ context.Context, in Greet) (string, error) {
	return in.User + " greets " + in.Name, nil
}

func main() {
	basic := basicauth.New(basicauth.Static(map[string]string{"alice": "secret"}), basicauth.Config{})
	api, err := rest.New(rest.Settings{Title: "Hello", Version: "1.0.0", Auth: basic}, rest.Router{
		Controllers: []rest.Controller{{Path: "/hello/{name}", Get: rest.Handle(greet)}},
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
			{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{})},
		},
	})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
