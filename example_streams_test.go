package rest_test

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-modern-rest/rest"
)

// A stream of a channel. The client chooses between events and lines.
func ExampleReceive() {
	type Note struct {
		ID string `path:"id"`
	}
	type Change struct {
		Text string `json:"text"`
	}
	watch := func(ctx context.Context) <-chan Change { // ends with ctx
		changes := make(chan Change)
		go func() {
			defer close(changes)
			for _, text := range []string{"hello", "hello, you"} {
				select {
				case changes <- Change{text}:
				case <-ctx.Done():
					return
				}
			}
		}()
		return changes
	}
	api := exampleAPI(rest.Controller{Path: "/notes/{id}", Get: rest.Handle(func(ctx context.Context, _ Note) (rest.Stream[Change], error) {
		return rest.Receive(ctx, watch(ctx)), nil
	})})
	show(api, "GET", http.Header{"Accept": {"text/event-stream"}}, "")
	show(api, "GET", http.Header{"Accept": {"application/jsonl"}}, "")
	// Output:
	// 200
	// data: {"text":"hello"}
	//
	// data: {"text":"hello, you"}
	// 200
	// {"text":"hello"}
	// {"text":"hello, you"}
}

// A browser that reconnects sends the ID of the last event that it got.
func ExampleEvent() {
	type Follow struct {
		ID   string `path:"id"`
		Last int    `header:"Last-Event-ID" default:"0"`
	}
	type Line struct {
		Text string `json:"text"`
	}
	lines := []string{"one", "two", "three"}
	api := exampleAPI(rest.Controller{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in Follow) (rest.Stream[rest.Event[Line]], error) {
		return func(yield func(rest.Event[Line], error) bool) {
			for i := in.Last; i < len(lines); i++ {
				event := rest.Event[Line]{ID: strconv.Itoa(i + 1), Name: "line", Data: Line{lines[i]}}
				if !yield(event, nil) {
					return
				}
			}
		}, nil
	})})
	show(api, "GET", http.Header{"Last-Event-Id": {"2"}}, "")
	// Output:
	// 200
	// id: 3
	// event: line
	// data: {"text":"three"}
}
