// The conformance app exposes what the recorded app of django-modern-rest 0.16.0
// exposes, for the scenarios in testdata. It is for tests: its users, secrets and
// helper endpoints are public.
//
//	go run ./conformance/app -addr 127.0.0.1:8000 -profile main
package main

import (
	"context"
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
	flag.Parse()
	if err := run(*addr, app.Profile(*profile)); err != nil {
		log.Fatal(err)
	}
}

func run(addr string, profile app.Profile) error {
	handler, err := app.New(profile)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	fmt.Printf("conformance app, profile %s: http://%s/\n", profile, listener.Addr())
	return serve(ctx, stop, listener, handler)
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
