package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

type ticket struct {
	ID    int    `json:"id"`
	Title string `json:"title" maxLength:"5"`
}

// yields is an endpoint whose stream yields some values, and an error after them unless it
// is nil.
func yields[T any](err error, values ...T) func(op ...rest.Op) *rest.Endpoint {
	return func(op ...rest.Op) *rest.Endpoint {
		return gives[rest.Stream[T]](func(yield func(T, error) bool) {
			for _, value := range values {
				if !yield(value, nil) {
					return
				}
			}
			if err != nil {
				var zero T
				yield(zero, err)
			}
		}, op...)
	}
}

// TestStreamForms: the client chooses events or lines, and events where it does not care.
func TestStreamForms(t *testing.T) {
	tickets := yields(nil, ticket{1, "a"}, ticket{2, "b\nc"})
	events := yields(nil, rest.Event[ticket]{"7", "changed", 1500 * time.Millisecond, ticket{1, "a"}}, rest.Event[ticket]{Data: ticket{2, "b"}})
	const asEvents = "data: {\"id\":1,\"title\":\"a\"}\n\ndata: {\"id\":2,\"title\":\"b\\nc\"}\n\n"
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		accept   string
		status   int
		media    string
		body     string
	}{
		{"anything", tickets(), "*/*", 200, "text/event-stream", asEvents},
		{"nothing said", tickets(), "", 200, "text/event-stream", asEvents},
		{"events", tickets(), "text/event-stream", 200, "text/event-stream", asEvents},
		{"lines", tickets(), "application/jsonl", 200, "application/jsonl", "{\"id\":1,\"title\":\"a\"}\n{\"id\":2,\"title\":\"b\\nc\"}\n"},
		{"lines rather than events", tickets(), "application/jsonl, text/event-stream;q=0.5", 200, "application/jsonl", "{\"id\":1,\"title\":\"a\"}\n{\"id\":2,\"title\":\"b\\nc\"}\n"},
		{"neither", tickets(), "application/json", 406, "application/json", ""},
		{"named events", events(), "", 200, "text/event-stream", "id: 7\nevent: changed\nretry: 1500\ndata: {\"id\":1,\"title\":\"a\"}\n\ndata: {\"id\":2,\"title\":\"b\"}\n\n"},
		{"named events as lines", events(), "application/jsonl", 406, "application/json", ""},
		{"a failing handler", rest.Handle(failing[rest.Stream[ticket]], notThere), "text/event-stream", 404, "application/json", ""},
		{"no items", yields[int](nil)(), "application/jsonl", 200, "application/jsonl", ""},
		{"a nil stream", gives(rest.Stream[int](nil)), "", 500, "application/json", ""},
	} {
		w := send(newAPI(t, settings(), public(test.endpoint)), "GET", "/x", "", "Accept", test.accept)
		if w.Code != test.status || w.Header().Get("Content-Type") != test.media || w.Code == 200 && w.Body.String() != test.body {
			t.Errorf("%s: got %d %v %q", test.name, w.Code, w.Header(), w.Body)
		}
		if h := w.Header(); w.Code == 200 && (h.Get("Cache-Control") != "no-cache" || h.Get("X-Accel-Buffering") != "no") {
			t.Errorf("%s: got %v", test.name, h)
		}
	}
}

// TestStreamDocumented: the document has the items, as OpenAPI 3.2 writes them.
func TestStreamDocumented(t *testing.T) {
	type reply struct {
		Status int                             `status:"200,204"`
		Topic  string                          `header:"X-Topic"`
		Body   rest.Stream[rest.Event[ticket]] `body:""`
	}
	item := `{"$ref":"#/components/schemas/Ticket"}`
	data := `{"type":"string","contentMediaType":"application/json","contentSchema":` + item + `}`
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		want     string
	}{
		{"items", yields[ticket](nil)(), `{"application/jsonl":{"itemSchema":` + item + `},"text/event-stream":{"itemSchema":{"type":"object","properties":{"data":` + data + `},"required":["data"]}}}`},
		{"events", gives(reply{}), `{"text/event-stream":{"itemSchema":{"type":"object","properties":{"id":{"type":"string"},"event":{"type":"string"},"retry":{"type":"integer","minimum":0},"data":` + data + `},"required":["data"]}}}`},
	} {
		s := settings()
		api := newAPI(t, s, public(test.endpoint))
		got, err := json.Marshal(repliesOf(api, "GET")["200"].Content)
		if err != nil || string(got) != test.want {
			t.Errorf("%s:\n got %s %v\nwant %s", test.name, got, err, test.want)
		}
		if api.Document().Components.Schemas["Ticket"] == nil {
			t.Errorf("%s: the item is not a component", test.name)
		}
		s.OpenAPI = "3.1.1"
		for name, media := range repliesOf(newAPI(t, s, public(test.endpoint)), "GET")["200"].Content {
			if media.ItemSchema != nil {
				t.Errorf("%s, 3.1: %s has %+v", test.name, name, media)
			}
		}
	}
	replies := repliesOf(newAPI(t, settings(), public(gives(reply{}))), "GET")
	if h := replies["200"].Headers; h["X-Topic"].Schema == nil || h["Cache-Control"].Schema == nil || h["X-Accel-Buffering"].Schema == nil || replies["204"].Content != nil {
		t.Errorf("got %v, 204 %v", h, replies["204"])
	}
}

// TestStreamStatuses: a stream without a body, which tells a browser not to connect again,
// and HEAD never run the iterator.
func TestStreamStatuses(t *testing.T) {
	type reply struct {
		Status int              `status:"200,204"`
		Body   rest.Stream[int] `body:""`
	}
	ran := false
	run := rest.Stream[int](func(func(int, error) bool) { ran = true })
	api := newAPI(t, settings(), public(gives(reply{Status: 204, Body: run})), rest.Controller{Path: "/y", Auth: auth.Public, Get: gives(run)})
	if w := send(api, "GET", "/x", ""); w.Code != 204 || w.Body.Len() > 0 || w.Header().Get("Content-Type") != "" {
		t.Errorf("204: got %d %q %v", w.Code, w.Body, w.Header())
	}
	if w := send(api, "HEAD", "/y", ""); w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: got %d %q %v", w.Code, w.Body, w.Header())
	}
	if ran {
		t.Error("the iterator ran")
	}
}

// TestStreamErrors: a client of events reads the error, and one of lines an aborted reply.
func TestStreamErrors(t *testing.T) {
	declared := rest.Op{Errors: []error{&rest.Error{Status: 409}}}
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		want     string
		log      string
	}{
		{"an error", yields(&rest.Error{Status: 409, Msg: "A conflict", Code: "busy"}, ticket{1, "a"})(declared),
			`{"detail":[{"msg":"A conflict","type":"busy"}]}`, ""},
		{"a fault", yields(errDisk, ticket{1, "a"})(), `{"detail":[{"msg":"Internal server error","type":"internal_error"}]}`, "disk is broken"},
		{"an undeclared error", yields(&rest.Error{Status: 409}, ticket{1, "a"})(), `Returned status code 409 is not specified`, "undeclared error"},
		{"a wrong item", yields(nil, ticket{1, "a"}, ticket{2, "too long"}, ticket{3, "c"})(), `at most 5 characters`, "breaks its schema"},
		{"a wrong item, reported", yields(errDisk, ticket{1, "a"}, ticket{2, "too long"})(rest.Op{Replies: rest.Reported}), `Internal server error`, "breaks its schema"},
		{"a problem", yields(&rest.Error{Status: 409, Msg: "A conflict"}, ticket{1, "a"})(rest.Op{Errors: declared.Errors, ErrorFormat: rest.Problem}),
			`{"title":"Conflict","status":409,"detail":"A conflict"}`, ""},
		{"a line break in an ID", yields(nil, rest.Event[ticket]{ID: "1", Data: ticket{1, "a"}}, rest.Event[ticket]{ID: "2\ndata: forged"})(), `Internal server error`, "line break"},
		{"a panic", gives[rest.Stream[ticket]](func(yield func(ticket, error) bool) { yield(ticket{1, "a"}, nil); panic("oh no") }), `Internal server error`, "oh no"},
	} {
		s, log := logged()
		server := httptest.NewServer(newAPI(t, s, public(test.endpoint)))
		status, _, body, err := fetch(server.URL + "/x")
		first, last, _ := strings.Cut(body, "\n\n")
		if !strings.HasSuffix(first, `data: {"id":1,"title":"a"}`) || strings.Contains(last, `"id":3`) || strings.Contains(body, "forged") {
			t.Errorf("%s: got %q", test.name, body)
		}
		if !strings.Contains(last, "event: error\ndata: {") || !strings.Contains(last, test.want) || !strings.HasSuffix(last, "}\n\n") || status != 200 || err != nil {
			t.Errorf("%s: got %d %q %v, want %s", test.name, status, last, err, test.want)
		}
		if !strings.Contains(log.String(), test.log) || test.log == "" && log.Len() > 0 {
			t.Errorf("%s: logged %s", test.name, log)
		}
		server.Close()
	}
}

func TestStreamErrorsInLines(t *testing.T) {
	s, log := logged()
	server := httptest.NewServer(newAPI(t, s, public(yields(errDisk, ticket{1, strings.Repeat("a", 5)})())))
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/jsonl")
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(reply.Body); err == nil || body.String() != "{\"id\":1,\"title\":\"aaaaa\"}\n" {
		t.Errorf("got %q, %v; want an aborted reply", &body, err)
	}
	server.Close()
	if !strings.Contains(log.String(), "the reply broke off") || !strings.Contains(log.String(), "disk is broken") {
		t.Errorf("logged %s", log)
	}
}

// noFlush is a ResponseWriter of careless middleware.
type noFlush struct{ http.ResponseWriter }

type unwraps struct{ noFlush }

func (u unwraps) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func TestStreamNeedsFlush(t *testing.T) {
	s, log := logged()
	api := newAPI(t, s, public(yields(nil, 1)()))
	w := httptest.NewRecorder()
	api.ServeHTTP(noFlush{w}, httptest.NewRequest("GET", "/x", nil))
	if w.Code != 500 || !strings.Contains(log.String(), "rest_test.noFlush") || strings.Contains(w.Body.String(), "noFlush") {
		t.Errorf("got %d %s, logged %s", w.Code, w.Body, log)
	}
	w = httptest.NewRecorder()
	if api.ServeHTTP(unwraps{noFlush{w}}, httptest.NewRequest("GET", "/x", nil)); w.Code != 200 || !w.Flushed {
		t.Errorf("unwrapped: got %d, flushed %v", w.Code, w.Flushed)
	}
}

// doorkeeper accepts everybody, and refuses at rechecks what refuse returns.
type doorkeeper struct {
	expires time.Time
	refuse  func() error
}

func (d *doorkeeper) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: &user{"alice"}, By: d, Expires: d.expires}, nil
}

func (d *doorkeeper) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"key": {}}, Principals: auth.PrincipalType[*user]()}},
		Schemes:      map[string]auth.Scheme{"key": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}, Source: d}},
	}, nil
}

func (d *doorkeeper) Recheck(context.Context, auth.Identity) error { return d.refuse() }

// TestStreamEnds: whatever ends a stream before its iterator cancels its context with the
// cause.
func TestStreamEnds(t *testing.T) {
	accepted := func() error { return nil }
	for _, test := range []struct {
		name   string
		keeper func() *doorkeeper
		op     rest.Op
		leave  time.Duration // zero: never
		cause  error
		after  time.Duration
		log    string
	}{
		{"expired", func() *doorkeeper { return &doorkeeper{expires: time.Now().Add(90 * time.Second), refuse: accepted} }, rest.Op{}, 0, rest.ErrExpired, 90 * time.Second, ""},
		{"refused at a recheck", func() *doorkeeper {
			start := time.Now()
			return &doorkeeper{refuse: func() error {
				if time.Since(start) > 150*time.Second {
					return auth.Refuse("logged out")
				}
				return nil
			}}
		}, rest.Op{}, 0, rest.ErrRevoked, 3 * time.Minute, ""},
		{"rechecked often", func() *doorkeeper { return &doorkeeper{refuse: func() error { return auth.ErrSkip }} }, rest.Op{Recheck: time.Second}, 0, rest.ErrRevoked, time.Second, ""},
		{"the store is down", func() *doorkeeper {
			return &doorkeeper{expires: time.Now().Add(10 * time.Minute), refuse: func() error { return auth.Unavailable(errDisk) }}
		}, rest.Op{}, 0, rest.ErrExpired, 10 * time.Minute, "store unavailable at a recheck"},
		{"a fault at a recheck", func() *doorkeeper {
			return &doorkeeper{expires: time.Now().Add(10 * time.Minute), refuse: func() error { return errDisk }}
		}, rest.Op{}, 0, rest.ErrExpired, 10 * time.Minute, "internal error at a recheck"},
		{"a panic at a recheck", func() *doorkeeper {
			return &doorkeeper{expires: time.Now().Add(10 * time.Minute), refuse: func() error { panic("oh no") }}
		}, rest.Op{}, 0, rest.ErrExpired, 10 * time.Minute, "oh no"},
		{"the client leaves", func() *doorkeeper { return &doorkeeper{refuse: accepted} }, rest.Op{}, 42 * time.Second, context.Canceled, 42 * time.Second, ""},
	} {
		for _, accept := range []string{"text/event-stream", "application/jsonl"} {
			t.Run(test.name+" "+accept, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					keeper := test.keeper()
					var cause error
					s, log := logged()
					var events []auth.Outcome
					s.OnAuth = func(_ *http.Request, e auth.Event) { events = append(events, e.Outcome) }
					api := newAPI(t, s, rest.Controller{Path: "/x", Auth: keeper, Get: rest.Handle(func(ctx context.Context, _ rest.None) (rest.Stream[int], error) {
						return func(yield func(int, error) bool) {
							yield(1, nil)
							<-ctx.Done()
							cause = context.Cause(ctx)
							yield(2, nil)
						}, nil
					}, test.op)})
					ctx, leave := context.WithCancel(t.Context())
					if test.leave > 0 {
						time.AfterFunc(test.leave, leave)
					}
					r := httptest.NewRequest("GET", "/x", nil).WithContext(ctx)
					r.Header.Set("Accept", accept)
					w := httptest.NewRecorder()
					aborted := aborts(func() { api.ServeHTTP(w, r) })
					synctest.Wait() // for the iterator and the recheck, which write what is read here
					if !errors.Is(cause, test.cause) || time.Since(start) != test.after {
						t.Errorf("got %v after %v, want %v after %v", cause, time.Since(start), test.cause, test.after)
					}
					if want := accept == "application/jsonl" || test.leave > 0; aborted != want || strings.Contains(w.Body.String(), "2") || strings.Contains(w.Body.String(), "error") {
						t.Errorf("aborted %v, want %v; got %q", aborted, want, w.Body)
					}
					if !strings.Contains(log.String(), test.log) || test.log == "" && log.Len() > 0 {
						t.Errorf("logged %s", log)
					}
					if refused := len(events) == 2 && events[1] == auth.Refused; refused != errors.Is(test.cause, rest.ErrRevoked) {
						t.Errorf("got the events %v", events)
					}
					leave()
				})
			})
		}
	}
}

// aborts reports whether a handler aborts its connection.
func aborts(f func()) (aborted bool) {
	defer func() {
		if fault := recover(); fault != nil {
			aborted = fault == http.ErrAbortHandler
		}
	}()
	f()
	return false
}

// TestStreamEndsWithAround: a time limit of an Around is one of the stream.
func TestStreamEndsWithAround(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := rest.Op{Around: func(ctx context.Context, next func(context.Context) error) error {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return next(ctx)
		}}
		start := time.Now()
		api := newAPI(t, settings(), public(gives[rest.Stream[int]](func(yield func(int, error) bool) {
			for n := 0; yield(n, nil); n++ {
				<-time.After(7 * time.Second)
			}
		}, limit)))
		w := send(api, "GET", "/x", "")
		if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second || strings.Count(w.Body.String(), "data:") != 9 {
			t.Errorf("got %v, %q", took, w.Body)
		}
		<-time.After(time.Minute)
	})
}

// TestStreamOfLiar: an iterator that ignores its context and the result of yield neither
// keeps the reply nor goes on for ever.
func TestStreamOfLiar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, ended := time.Now(), make(chan struct{})
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives[rest.Stream[int]](func(yield func(int, error) bool) {
			defer close(ended)
			for i := 0; ; i++ {
				yield(i, nil)
				<-time.After(7 * time.Second)
			}
		})})
		ctx, leave := context.WithTimeout(t.Context(), time.Minute)
		defer leave()
		w := httptest.NewRecorder()
		aborts(func() { api.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil).WithContext(ctx)) })
		if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("got %v", took)
		}
		body := w.Body.String()
		<-ended
		if w.Body.String() != body {
			t.Errorf("sent afterwards: %q", strings.TrimPrefix(w.Body.String(), body))
		}
	})
}

// TestReceive: a stream of a channel ends when the channel is closed, and when its context
// ends.
func TestReceive(t *testing.T) {
	items := make(chan int, 3)
	items <- 1
	items <- 2
	close(items)
	var got []int
	for item, err := range iter.Seq2[int, error](rest.Receive(t.Context(), items)) {
		if err != nil {
			t.Error(err)
		}
		got = append(got, item)
	}
	if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range iter.Seq2[int, error](rest.Receive(ctx, make(chan int))) {
		t.Error("got an item")
	}
	full := make(chan int, 2)
	full <- 1
	full <- 2
	for range iter.Seq2[int, error](rest.Receive(t.Context(), full)) {
		break
	}
	if len(full) != 1 {
		t.Errorf("got %d items left, want 1", len(full))
	}
}

// TestStreamMistakes are found at start.
func TestStreamMistakes(t *testing.T) {
	type secret struct {
		Broken chan int `json:"broken"`
	}
	for name, test := range map[string]struct {
		endpoint *rest.Endpoint
		want     string
	}{
		"an iterator":      {gives(iter.Seq2[int, error](nil)), "convert it to a rest.Stream"},
		"a channel":        {gives(make(<-chan int)), "rest.Receive"},
		"a recheck":        {yields(nil, 1)(rest.Op{Recheck: -1}), "Op.Recheck is -1ns"},
		"a recheck alone":  {gives("text", rest.Op{Recheck: time.Second}), "Op.Recheck is for streams"},
		"an item":          {yields(nil, secret{})(), "a chan has no JSON"},
		"the data":         {yields(nil, rest.Event[secret]{})(), "a chan has no JSON"},
		"an event without": {gives(rest.Event[int]{}), "is an item of a rest.Stream"},
	} {
		_, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{public(test.endpoint)}})
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.want)) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}
