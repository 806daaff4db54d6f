package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/docsui"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store/sqlite"
)

func main() {
	key, err := secret.File("secret") // made at the first start
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), "notes.sqlite3", sqlite.Config{}) // with tables for users, sessions and more
	if err != nil {
		log.Fatal(err)
	}
	notes, err := newNotes(db)
	if err != nil {
		log.Fatal(err)
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: key})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Issuer: "notes", Lifetime: 10 * time.Minute, Families: db.Families()})
	caller := auth.AnyOf(session, tokens.Header())
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: db.Throttle()})

	api, err := rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0",
		ErrorFormat: rest.Problem,
		Auth:        caller,
	}, rest.Router{
		Controllers: []rest.Controller{
			{Path: "/notes/", Get: rest.Handle(notes.List), Post: rest.Handle(notes.Create)},
			{Path: "/notes/{id}/", Errors: []error{errNoNote}, Get: rest.Handle(notes.Read)},
		},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create),
			accounts.Session("/session", session),
			accounts.JWT("/jwt", tokens),                            // POST /jwt/obtain/, refresh/, verify/, revoke/, revoke/all/
			accounts.Password("/password", caller, session, tokens), // POST /password/ ends all other logins
		},
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
			{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{Title: "Notes"})},
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
