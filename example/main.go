// The example is a small service: notes of users, on SQLite.
//
//	go run ./example
//
// It prints its addresses, its first user and curl lines to try.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/docsui"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "address to listen on")
	data := flag.String("data", "example-data", "folder of the database and the secret")
	flag.Parse()
	if err := run(*addr, *data); err != nil {
		log.Fatal(err)
	}
}

func run(addr, data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	key, err := loadSecret(data)
	if err != nil {
		return err
	}
	db, err := sqlite.Open(filepath.Join(data, "notes.sqlite3"), sqlite.Config{})
	if err != nil {
		return err
	}
	defer db.Close()
	hasher := &password.Hasher{}
	if err := seed(db.Users(), hasher); err != nil {
		return err
	}
	handler, err := newHandler(db, hasher, key)
	if err != nil {
		return err // every mistake of the API at once
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	background.Go(func() { sweep(ctx, db) })
	greet(listener.Addr().String())
	return serve(ctx, stop, listener, handler)
}

// serve answers requests until the context ends, and then those that have begun.
func serve(ctx context.Context, stop func(), listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		stop() // before the listener is closed: a second signal ends the program at once
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}

// sweep removes what expired, now and once an hour.
func sweep(ctx context.Context, db *sqlite.DB) {
	for {
		if n, err := db.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "sweep", "removed", n, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

// newHandler builds the API: what it serves, and under which auth.
func newHandler(db *sqlite.DB, hasher *password.Hasher, key []byte) (http.Handler, error) {
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: key,
		Cookie: auth.Cookie{Insecure: true}, // the example speaks plain HTTP on this machine
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Issuer: "notes", Lifetime: 10 * time.Minute, Families: db.Families()})
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: key, Prefix: "notes", TrackUse: true})
	caller := auth.AnyOf(session, tokens.Header(), keys.Header())

	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{Limits: db.Throttle()}) // guessing is limited
	logins := []rest.Router{
		accounts.SignUp("/sign-up", db.Users().Create),
		accounts.Session("/session", session),                         // login/, logout/, logout/all/
		accounts.JWT("/jwt", tokens),                                  // obtain/, refresh/, verify/, revoke/
		accounts.Tokens("/tokens", caller, keys),                      // obtain/, revoke/, list/
		accounts.Password("/password", caller, session, tokens, keys), // ends all other logins
	}
	metrics := basicauth.New(basicauth.Static(map[string]string{"prometheus": "metrics-pass"}), basicauth.Config{Header: auth.Header{Realm: "metrics"}})
	notes, err := newNotes(db)
	if err != nil {
		return nil, err
	}

	api, err := rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0",
		Auth:   caller,                         // what is not said otherwise needs a session or a token
		OnAuth: auth.LogEvents(slog.Default()), // who was refused, and why
	}, rest.Router{
		Auth: auth.Public,
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Handler: rest.OpenAPI()},
			{Path: "/docs/", Handler: docsui.New(docsui.Config{Title: "Notes"})},
		},
	}, rest.Router{
		Path: "/api", Tags: []string{"Notes"},
		Controllers: []rest.Controller{
			{Path: "/notes/", Get: rest.Handle(notes.List), Post: rest.Handle(notes.Create)},
			{Path: "/notes/{id}/",
				Get:    rest.Handle(notes.Read, rest.Op{Errors: []error{errNoNote}}),
				Delete: rest.Handle(notes.Delete, rest.Op{Errors: []error{errNoNote}})},
			{Path: "/notes/{id}/share/", Post: rest.Handle(notes.Share, rest.Op{Errors: []error{errNoNote}})},
			{Path: "/metrics/", Auth: metrics, Get: rest.Handle(notes.Metrics)},
			{Path: "/health/", Auth: auth.Public, Get: rest.Handle(health)},
		},
		Routers: []rest.Router{{Tags: []string{"Accounts"}, Routers: logins}},
	})
	if err != nil {
		return nil, err
	}
	return api, nil
}

func health(context.Context, rest.None) (string, error) { return "ok", nil }

// seed makes the first user, once.
func seed(users *sqlite.Users, hasher *password.Hasher) error {
	ctx := context.Background()
	if _, _, err := users.ByUsername(ctx, "alice"); !errors.Is(err, store.ErrNotFound) {
		return err // nil if alice is there
	}
	encoded, err := hasher.Hash(ctx, "alice-pass")
	if err != nil {
		return err
	}
	_, err = users.Create(ctx, store.User{Username: "alice", Password: encoded, Active: true})
	if errors.Is(err, store.ErrExists) {
		return nil // another process was faster
	}
	return err
}

// loadSecret reads the secret from the environment variable SECRET, or from a file that
// it makes at the first start.
func loadSecret(data string) ([]byte, error) {
	if key := os.Getenv("SECRET"); key != "" {
		return []byte(key), nil
	}
	return secret.File(filepath.Join(data, "secret"))
}

func greet(addr string) {
	fmt.Printf(`Notes: http://%[1]s/api/notes/   docs: http://%[1]s/docs/   user: alice, alice-pass

  curl -c jar -d '{"username":"alice","password":"alice-pass"}' -H 'Content-Type: application/json' http://%[1]s/api/session/login/
  curl -b jar http://%[1]s/api/notes/
  curl -b jar -H "X-CSRFToken: $(awk '/csrftoken/{print $7}' jar)" -H 'Content-Type: application/json' -d '{"title":"Milk"}' http://%[1]s/api/notes/
  curl -d '{"username":"alice","password":"alice-pass"}' -H 'Content-Type: application/json' http://%[1]s/api/jwt/obtain/
  curl -H 'Authorization: Bearer <access_token>' http://%[1]s/api/notes/
  curl -d '{"username":"alice","password":"alice-pass","name":"laptop"}' -H 'Content-Type: application/json' http://%[1]s/api/tokens/obtain/
  curl -H 'X-API-Token: <token>' http://%[1]s/api/tokens/list/
  curl -d '{"username":"dora","password":"long enough"}' -H 'Content-Type: application/json' http://%[1]s/api/sign-up/
  curl -u prometheus:metrics-pass http://%[1]s/api/metrics/
  curl http://%[1]s/api/health/

`, addr)
}
