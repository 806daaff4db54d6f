package main

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
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
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	key, err := secret.File("secret")
	if err != nil {
		return err
	}
	db, err := sqlite.Open(context.Background(), "notes.sqlite3", sqlite.Config{})
	if err != nil {
		return err
	}
	defer db.Close()
	caller, logins := newLogins(db, key)
	api, err := newAPI(db, caller, logins)
	if err != nil {
		return err // every mistake in the API at once
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go db.Run(ctx) // sweeps, and writes what is batched
	return serve(ctx, api)
}

// serve answers requests until the context ends, and then those in flight. Streams end by
// themselves.
func serve(ctx context.Context, api http.Handler) error {
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

func newLogins(db *sqlite.DB, key []byte) (auth.Authenticator, []rest.Router) {
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: key})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Issuer: "notes", Lifetime: 10 * time.Minute, Families: db.Families()})
	caller := auth.AnyOf(session, tokens.Header())
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: db.Throttle()})
	return caller, []rest.Router{
		accounts.SignUp("/sign-up", db.Users().Create),
		accounts.Session("/session", session),
		accounts.JWT("/jwt", tokens),
		accounts.Password("/password", caller, session, tokens),
	}
}

// newAPI builds the API. Tests pass a stand-in as caller, and no logins.
func newAPI(db *sqlite.DB, caller auth.Authenticator, logins []rest.Router) (*rest.API, error) {
	notes, err := newNotes(db)
	if err != nil {
		return nil, err
	}
	return rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0",
		ErrorFormat: rest.Problem,
		Auth:        caller,
		OnAuth:      auth.LogEvents(slog.Default()), // logins and refusals, with their reasons
	}, rest.Router{
		Controllers: []rest.Controller{
			{Path: "/notes/", Get: rest.Handle(notes.List), Post: rest.Handle(notes.Create)},
			{Path: "/notes/{id}/", Errors: []error{errNoNote}, Get: rest.Handle(notes.Read)},
		},
		Routers: logins,
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
			{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{Title: "Notes"})},
		},
	})
}
