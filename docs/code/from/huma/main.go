// A greeting service, to compare with huma's first example.
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

// GreetInput is the request.
type GreetInput struct {
	Name string `path:"name" maxLength:"30" example:"world" doc:"Name to greet"`
	User string `auth:""` // the caller
}

// Greeting is the body of the reply. Headers and cookies would be fields of a struct around it.
type Greeting struct {
	Message string `json:"message" example:"Hello, world!"`
}

var errRude = &rest.Error{Status: http.StatusConflict, Msg: "We do not greet people by this name", Code: "rude"}

// Greet answers one greeting.
func Greet(_ context.Context, in GreetInput) (Greeting, error) {
	if in.Name == "nobody" {
		return Greeting{}, errRude
	}
	return Greeting{Message: "Hello, " + in.Name + "! " + in.User + " says hi."}, nil
}

func newAPI() (*rest.API, error) {
	users := basicauth.Static(map[string]string{"alice": "secret"})
	return rest.New(rest.Settings{
		Title: "Greetings", Version: "1.0.0",
		Auth:        basicauth.New(users, basicauth.Config{}),
		ErrorFormat: rest.Problem,
	}, rest.Router{
		Path: "/v1", Tags: []string{"Greetings"},
		Controllers: []rest.Controller{
			{Path: "/greeting/{name}", Get: rest.Handle(Greet, rest.Op{Errors: []error{errRude}})},
		},
	}, rest.Router{
		Auth: auth.Public,
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Handler: rest.OpenAPI()},
			{Path: "/docs/", Handler: docsui.New(docsui.Config{})},
		},
	})
}

func main() {
	api, err := newAPI()
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
