package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/docsui"
)

type PersonV1 struct {
	Name string `json:"name"`
}

type PersonV2 struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

func personV1(context.Context, rest.None) (PersonV1, error) { return PersonV1{"Ada Lovelace"}, nil }

func personV2(context.Context, rest.None) (PersonV2, error) { return PersonV2{"Ada", "Lovelace"}, nil }

func health(context.Context, rest.None) (string, error) { return "ok", nil }

// version is an API of its own, with a document of its own.
func version(name string, router rest.Router) http.Handler {
	healthy := rest.Controller{Path: "/health/", Get: rest.Handle(health)} // the same in both
	router.Path, router.Auth = "/"+name, auth.Public
	router.Controllers = append(router.Controllers, healthy)
	router.Mounts = []rest.Mount{
		{Path: "/openapi.json", Handler: rest.OpenAPI()},
		{Path: "/docs/", Handler: docsui.New(docsui.Config{})},
	}
	api, err := rest.New(rest.Settings{Title: "People", Version: name}, router)
	if err != nil {
		log.Fatal(err)
	}
	return api
}

func main() {
	v1 := version("v1", rest.Router{
		Deprecated: true, // in the document
		Headers: http.Header{ // RFC 9745, RFC 8594
			"Deprecation": {"@1767225600"},
			"Sunset":      {"Thu, 31 Dec 2026 23:59:59 GMT"},
		},
		Controllers: []rest.Controller{{Path: "/person/", Get: rest.Handle(personV1)}},
	})
	v2 := version("v2", rest.Router{
		Controllers: []rest.Controller{{Path: "/person/", Get: rest.Handle(personV2)}},
	})
	mux := http.NewServeMux()
	mux.Handle("/v1/", v1)
	mux.Handle("/v2/", v2)
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: mux,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
