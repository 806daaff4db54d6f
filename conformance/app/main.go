// The conformance app exposes what the recorded app of django-modern-rest 0.16.0
// exposes, for the scenarios in testdata. It is for tests: its users, secrets and
// helper endpoints are public.
//
//	go run ./conformance/app -addr 127.0.0.1:8000 -profile main
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
	profile := flag.String("profile", "main", "main, debug or csrfsession")
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
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 18}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	fmt.Printf("conformance app, profile %s: http://%s/\n", profile, listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
