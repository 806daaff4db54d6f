package rest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// A stream is a function that yields one item after the other. The client gets events, or
// lines of JSON if it asks for them. The reply ends when the function returns, when the client
// leaves, and when the credential expires.
func ExampleStream() {
	type Tick struct {
		N int `json:"n"`
	}
	count := func(ctx context.Context, _ rest.None) (rest.Stream[Tick], error) {
		return func(yield func(Tick, error) bool) {
			for n := 1; n <= 2 && ctx.Err() == nil; n++ {
				if !yield(Tick{n}, nil) {
					return
				}
			}
		}, nil
	}
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/ticks", Get: rest.Handle(count)},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/ticks", nil))
	fmt.Print(w.Header().Get("Content-Type"), "\n", strings.TrimSpace(w.Body.String()))
	// Output:
	// text/event-stream
	// data: {"n":1}
	//
	// data: {"n":2}
}

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
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(ctx context.Context, _ Note) (rest.Stream[Change], error) {
			return rest.Receive(ctx, watch(ctx)), nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("GET", http.Header{"Accept": {"text/event-stream"}}, "")
	send("GET", http.Header{"Accept": {"application/jsonl"}}, "")
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
	api, err := rest.New(rest.Settings{Title: "Example", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in Follow) (rest.Stream[rest.Event[Line]], error) {
			return func(yield func(rest.Event[Line], error) bool) {
				for i := in.Last; i < len(lines); i++ {
					event := rest.Event[Line]{ID: strconv.Itoa(i + 1), Name: "line", Data: Line{lines[i]}}
					if !yield(event, nil) {
						return
					}
				}
			}, nil
		})},
	}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	send := func(method string, sent http.Header, body string, headers ...string) {
		r := httptest.NewRequest(method, "/notes/7", strings.NewReader(body))
		r.Header = sent
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code)
		for _, name := range headers {
			fmt.Println(name+":", w.Header().Get(name))
		}
		fmt.Println(strings.TrimSpace(w.Body.String()))
	}
	send("GET", http.Header{"Last-Event-Id": {"2"}}, "")
	// Output:
	// 200
	// id: 3
	// event: line
	// data: {"text":"three"}
}
