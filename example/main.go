// The example is a small service: notes of users, on SQLite.
//
//	go run ./example
//
// It prints its addresses, its first user and curl lines to try. On PostgreSQL, with the sessions
// in Redis, any number of processes serve the same notes; they need the same secret:
//
//	SECRET=... go run ./example -store postgres://notes:password@127.0.0.1/notes -sessions redis://127.0.0.1
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
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/secret"
	"github.com/go-modern-rest/rest/store"
)

// options are what the command line says.
type options struct {
	addr, data, store, sessions string
	insecure                    bool
}

func main() {
	var o options
	flag.StringVar(&o.addr, "addr", "127.0.0.1:8000", "address to listen on")
	flag.StringVar(&o.data, "data", "example-data", "folder of the secret and the SQLite database")
	flag.StringVar(&o.store, "store", "sqlite", "database of users and notes: sqlite or postgres://user:password@host/database")
	flag.StringVar(&o.sessions, "sessions", "", "Redis of sessions, logins and limits, redis://host:port; empty: the database of -store")
	flag.BoolVar(&o.insecure, "insecure-cookies", false, "also send cookies to other machines over plain HTTP; never in production")
	flag.Parse()
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) (err error) {
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	key, err := loadSecret(o.data)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	stores, err := openStores(ctx, o.store, o.sessions, o.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.close()) }()
	hasher := &password.Hasher{}
	if err := seed(ctx, stores.users); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	insecure := o.insecure || onLoopback(listener.Addr())
	handler, err := newHandler(ctx, stores, hasher, key, insecure)
	if err != nil {
		return errors.Join(err, listener.Close()) // every mistake of the API at once
	}
	if !insecure {
		slog.Warn("the cookies are Secure, and this program speaks plain HTTP: browsers send them only through a proxy that speaks HTTPS",
			"addr", listener.Addr(), "fix", "name the proxy in Settings.TrustedProxies; to try the example without one, pass -insecure-cookies")
	}
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	for _, db := range stores.open {
		background.Go(func() {
			if err := db.Run(ctx); err != nil {
				slog.ErrorContext(ctx, "the last uses of sessions were not written", "err", err)
			}
		})
	}
	greet(listener.Addr().String())
	return serve(ctx, stop, listener, handler)
}

// onLoopback reports whether only this machine can connect.
func onLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// serve answers requests until the context ends. Then it waits for the requests in flight.
// Streams end by themselves when the server shuts down.
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

// newHandler builds the credentials of the service and its API.
func newHandler(ctx context.Context, db *stores, hasher *password.Hasher, key []byte, insecure bool) (http.Handler, error) {
	session := sessionauth.New(db.users, db.sessions, sessionauth.Config{Secret: key, Cookie: auth.Cookie{Insecure: insecure}})
	tokens := jwtauth.New(db.users, jwtauth.Config{Secret: key, Issuer: "notes", Lifetime: 10 * time.Minute, Families: db.families})
	keys := tokenauth.New(db.users, db.tokens, tokenauth.Config{Secret: key, Prefix: "notes", TrackUse: true})
	caller := auth.AnyOf(session, tokens.Header(), keys.Header())

	accounts := account.New(password.NewChecker(db.users, hasher), account.Config{Limits: db.limits}) // guessing is limited
	logins := []rest.Router{
		accounts.SignUp("/sign-up", db.users.Create),                  // POST /sign-up/; every path ends in a slash
		accounts.Session("/session", session),                         // login/, logout/, logout/all/
		accounts.JWT("/jwt", tokens),                                  // obtain/, refresh/, verify/, revoke/
		accounts.Tokens("/tokens", caller, keys),                      // obtain/, revoke/, list/
		accounts.Password("/password", caller, session, tokens, keys), // ends all other logins
	}
	notes, err := newNotes(ctx, db.notes)
	if err != nil {
		return nil, err
	}
	return newAPI(notes, caller, logins)
}

// newAPI builds the API of notes. Tests pass a stand-in as caller, and no logins.
func newAPI(notes *Notes, caller auth.Authenticator, logins []rest.Router) (*rest.API, error) {
	metrics := basicauth.New(basicauth.Static(map[string]string{"prometheus": "metrics-pass"}), basicauth.Config{Header: auth.Header{Realm: "metrics"}})
	noNote := []error{errNoNote}
	return rest.New(rest.Settings{
		Title: "Notes", Version: "1.0.0",
		License:     &openapi.License{Name: "MIT", Identifier: "MIT"},
		Tags:        []openapi.Tag{{Name: "Notes", Description: "Notes of users, and who may read them."}, {Name: "Accounts", Description: "Sign up, log in and out."}},
		Auth:        caller,                         // an operation that says nothing else needs a session or a token
		OnAuth:      auth.LogEvents(slog.Default()), // logs refusals and their reasons
		ErrorFormat: rest.Problem,                   // application/problem+json (RFC 9457)
	}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/", Get: rest.Handle(toDocs, rest.Op{Summary: "Redirect to the documentation"})}},
		Mounts: []rest.Mount{
			{Path: "/openapi.json", Handler: rest.OpenAPI()},
			{Path: "/docs/", Handler: docsui.New(docsui.Config{Title: "Notes"})},
		},
	}, rest.Router{
		Path: "/api", Tags: []string{"Notes"},
		Controllers: []rest.Controller{
			{Path: "/notes/",
				Get:  rest.Handle(notes.List, rest.Op{Summary: "List the notes that the caller may read"}),
				Post: rest.Handle(notes.Create, rest.Op{Summary: "Create a note"})},
			{Path: "/notes/changes/", Get: rest.Handle(notes.Changes, rest.Op{Summary: "Watch the notes that the caller may read"})},
			{Path: "/notes/export/", Get: rest.Handle(notes.Export, rest.Op{Summary: "Download the notes as CSV"})},
			{Path: "/notes/{id}/",
				Get:    rest.Handle(notes.Read, rest.Op{Summary: "Read a note", Errors: noNote}),
				Delete: rest.Handle(notes.Delete, rest.Op{Summary: "Delete a note of the caller", Errors: noNote})},
			{Path: "/notes/{id}/share/", Post: rest.Handle(notes.Share, rest.Op{Summary: "Let another user read a note", Errors: noNote})},
			{Path: "/notes/{id}/attachments/", Post: rest.Handle(notes.Attach, rest.Op{Summary: "Attach a file to a note of the caller", Errors: noNote})},
			{Path: "/notes/{id}/attachments/{attachment}/", Get: rest.Handle(notes.Download, rest.Op{Summary: "Download an attachment", Errors: []error{errNoAttachment}})},
			{Path: "/metrics/", Auth: metrics, Get: rest.Handle(notes.Metrics, rest.Op{Summary: "Count the notes"})},
			{Path: "/health/", Auth: auth.Public, Get: rest.Handle(health, rest.Op{Summary: "Tell that the service runs"})},
		},
		Routers: []rest.Router{{Tags: []string{"Accounts"}, Routers: logins}},
	})
}

// redirect sends a browser to another page.
type redirect struct {
	Status   int    `status:"303"`
	Location string `header:"Location"`
}

func toDocs(context.Context, rest.None) (redirect, error) { return redirect{Location: "/docs/"}, nil }

func health(context.Context, rest.None) (string, error) { return "ok", nil }

// alicePassword is "alice-pass" as a password.Hasher encodes it. To hash it at the start would take the
// memory of a hash, 19 MiB.
const alicePassword = "argon2$argon2id$v=19$m=19456,t=2,p=1$M25jczB3bG9SZ3B3RUtocTRCS0luUw$DL3LyXIvskTOd42CV2MlyqOWVBtsgDvq4YSQy+mIfzw"

// seed makes the first user, once.
func seed(ctx context.Context, users users) error {
	if _, _, err := users.ByUsername(ctx, "alice"); !errors.Is(err, store.ErrNotFound) {
		return err // nil if alice is there
	}
	_, err := users.Create(ctx, store.User{Username: "alice", Password: alicePassword, Active: true})
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
	fmt.Printf(`Notes: http://%[1]s/   user: alice, alice-pass

  curl -c jar -d '{"username":"alice","password":"alice-pass"}' -H 'Content-Type: application/json' http://%[1]s/api/session/login/
  curl -b jar http://%[1]s/api/notes/
  curl -b jar -H "X-CSRFToken: $(awk '/csrftoken/{print $7}' jar)" -H 'Content-Type: application/json' -d '{"title":"Milk"}' http://%[1]s/api/notes/
  curl -b jar -H "X-CSRFToken: $(awk '/csrftoken/{print $7}' jar)" -F file=@README.md -F modified=1767225600000 http://%[1]s/api/notes/1/attachments/
  curl -OJ -b jar http://%[1]s/api/notes/1/attachments/1/
  curl -N -b jar http://%[1]s/api/notes/changes/
  curl -OJ -b jar http://%[1]s/api/notes/export/
  curl -d '{"username":"alice","password":"alice-pass"}' -H 'Content-Type: application/json' http://%[1]s/api/jwt/obtain/
  curl -H 'Authorization: Bearer <access_token>' http://%[1]s/api/notes/
  curl -d '{"username":"alice","password":"alice-pass","name":"laptop"}' -H 'Content-Type: application/json' http://%[1]s/api/tokens/obtain/
  curl -H 'X-API-Token: <token>' http://%[1]s/api/tokens/list/
  curl -d '{"username":"dora","password":"long enough"}' -H 'Content-Type: application/json' http://%[1]s/api/sign-up/
  curl -u prometheus:metrics-pass http://%[1]s/api/metrics/
  curl http://%[1]s/api/health/

`, addr)
}
