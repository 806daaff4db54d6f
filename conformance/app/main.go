// The conformance app exposes what the recorded app of django-modern-rest 0.16.0
// exposes, for the scenarios in testdata. It is for tests: its users, secrets and
// helper endpoints are public.
//
//	go run ./conformance/app -addr 127.0.0.1:8000 -profile main
//
// Its tables are in memory, or in the databases that -database and -sessions name. It empties these.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-modern-rest/rest/conformance/internal/app"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "address to listen on")
	profile := flag.String("profile", "main", "main, debug, csrfsession or clients")
	database := flag.String("database", "", "postgres://...: everything is there instead of in memory")
	sessions := flag.String("sessions", "", "redis://...: sessions are there instead of in the database")
	flag.Parse()
	if err := run(*addr, app.Profile(*profile), *database, *sessions); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, profile app.Profile, database, sessions string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	engine, closeStores, err := app.Open(ctx, database, sessions)
	if err != nil {
		return err
	}
	handler, err := app.New(ctx, profile, engine)
	if err != nil {
		return errors.Join(err, closeStores())
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("conformance app, profile %s: http://%s/\n", profile, listener.Addr())
	return errors.Join(serve(ctx, stop, listener, handler), closeStores())
}

// serve answers requests until the context ends, and then those that have begun.
func serve(ctx context.Context, stop func(), listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: 1 << 18,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute,
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
