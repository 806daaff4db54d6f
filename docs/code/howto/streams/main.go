package main

import (
	"context"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type Tick struct {
	N int `json:"n"`
}

// countdown is a stream of three items: events or lines, as the client asks.
func countdown(context.Context, rest.None) (rest.Stream[Tick], error) {
	return func(yield func(Tick, error) bool) {
		for n := 3; n > 0; n-- {
			if !yield(Tick{n}, nil) {
				return // the client left
			}
		}
	}, nil
}

type Subscribe struct {
	Last int `header:"Last-Event-ID" default:"0"` // a browser sends it when it connects again
}

// events names its events and numbers them, so that a client goes on where it was.
func events(ctx context.Context, in Subscribe) (rest.Stream[rest.Event[Tick]], error) {
	ticks := time.NewTicker(20 * time.Millisecond)
	return func(yield func(rest.Event[Tick], error) bool) {
		defer ticks.Stop()
		for n := in.Last + 1; ; n++ {
			select {
			case <-ctx.Done():
				return // the client left, the server shuts down, or the credential ended
			case <-ticks.C:
			}
			if !yield(rest.Event[Tick]{ID: strconv.Itoa(n), Name: "tick", Data: Tick{n}}, nil) {
				return
			}
		}
	}, nil
}

func main() {
	api, err := rest.New(rest.Settings{Title: "Streams", Version: "1"}, rest.Router{
		Auth: auth.Public,
		Controllers: []rest.Controller{
			{Path: "/countdown/", Get: rest.Handle(countdown)},
			{Path: "/ticks/", Get: rest.Handle(events)},
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
