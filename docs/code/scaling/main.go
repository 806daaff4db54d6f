// Command scaling has users in PostgreSQL and sessions in Redis, so that any number of processes
// serve the same API.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
)

// stores opens both databases. Users and API tokens stay in SQL.
func stores(ctx context.Context) (*postgres.DB, *redis.DB, error) {
	db, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Config{})
	if err != nil {
		return nil, nil, err
	}
	fast, err := redis.Open(ctx, os.Getenv("REDIS_URL"), redis.Config{Prefix: "notes:"})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, fast, nil
}

func newAPI(db *postgres.DB, fast *redis.DB, key []byte) (*rest.API, error) {
	session := sessionauth.New(db.Users(), fast.Sessions(), sessionauth.Config{Secret: key})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: key, Issuer: "notes", Families: fast.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{Limits: fast.Throttle()})
	health := rest.Health(rest.HealthCheck{Name: "postgres", Check: db.Ping}, rest.HealthCheck{Name: "redis", Check: fast.Ping})
	return rest.New(rest.Settings{Title: "Notes", Version: "1", Auth: auth.AnyOf(session, tokens.Header())}, health, rest.Router{
		Controllers: []rest.Controller{{Path: "/me/", Get: rest.Handle(me)}},
		Routers:     []rest.Router{accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session), accounts.JWT("/jwt", tokens)},
	})
}

type caller struct {
	User *store.User `auth:""`
}

func me(_ context.Context, in caller) (string, error) { return in.User.Username, nil }

// background runs what both databases do beside the requests, until the context ends: it writes when
// sessions were last used, and removes expired rows of PostgreSQL.
func background(ctx context.Context, db *postgres.DB, fast *redis.DB) (wait func()) {
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{db.Run, fast.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				log.Print(err)
			}
		})
	}
	return running.Wait
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db, fast, err := stores(ctx)
	if err != nil {
		log.Fatal(err)
	}
	api, err := newAPI(db, fast, []byte(os.Getenv("SECRET"))) // the same in all processes
	if err != nil {
		log.Fatal(err)
	}
	wait := background(ctx, db, fast)
	server := &http.Server{
		Addr: cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:8000"), Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	context.AfterFunc(ctx, func() { _ = server.Shutdown(context.Background()) })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Print(err)
	}
	stop()
	wait()
	if err := errors.Join(fast.Close(), db.Close()); err != nil {
		log.Fatal(err)
	}
}
