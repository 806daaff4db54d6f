package rest_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/throttle"
)

type aroundKey struct{}

// TestAround is what an Around may do, and what it cannot.
func TestAround(t *testing.T) {
	errGone := &rest.Error{Status: 410, Msg: "gone"}
	failing := true
	for _, test := range []struct {
		name    string
		around  rest.Around
		handler func(context.Context, struct{ Request *http.Request }) (string, error)
		status  int
		body    string
	}{
		{"passes on a context", func(ctx context.Context, next func(context.Context) error) error {
			return next(context.WithValue(ctx, aroundKey{}, "value"))
		}, func(ctx context.Context, in struct{ Request *http.Request }) (string, error) {
			fromRequest, _ := in.Request.Context().Value(aroundKey{}).(string)
			fromContext, _ := ctx.Value(aroundKey{}).(string)
			user, _ := auth.PrincipalFrom[*user](ctx)
			return fromRequest + fromContext + user.Name, nil
		}, 200, `"valuevaluealice"`},
		{"sees and changes the error", func(ctx context.Context, next func(context.Context) error) error {
			if err := next(ctx); err.Error() != "lost" {
				return err
			}
			return errGone
		}, func(context.Context, struct{ Request *http.Request }) (string, error) { return "", errors.New("lost") }, 410, "gone"},
		{"calls next again", func(ctx context.Context, next func(context.Context) error) error {
			if err := next(ctx); err == nil {
				return errors.New("the first call succeeded")
			}
			return next(ctx)
		}, func(context.Context, struct{ Request *http.Request }) (string, error) {
			if failing = !failing; !failing {
				return "", errGone
			}
			return "second", nil
		}, 200, `"second"`},
		{"cannot make a success of an error", func(ctx context.Context, next func(context.Context) error) error {
			_ = next(ctx)
			return nil
		}, func(context.Context, struct{ Request *http.Request }) (string, error) { return "half", errGone }, 410, "gone"},
		{"does not call next", func(context.Context, func(context.Context) error) error { return nil }, nil, 500, "internal_error"},
		{"panics", func(context.Context, func(context.Context) error) error { panic("boom") }, nil, 500, "internal_error"},
		{"sees a panic", func(ctx context.Context, next func(context.Context) error) (err error) {
			defer func() {
				if recover() != nil {
					err = errGone
				}
			}()
			return next(ctx)
		}, func(context.Context, struct{ Request *http.Request }) (string, error) { panic("boom") }, 410, "gone"},
		{"hides a panic", func(ctx context.Context, next func(context.Context) error) error {
			defer func() { _ = recover() }()
			return next(ctx)
		}, func(context.Context, struct{ Request *http.Request }) (string, error) { panic("boom") }, 500, "internal_error"},
	} {
		handler := test.handler
		if handler == nil {
			handler = func(context.Context, struct{ Request *http.Request }) (string, error) { return "not asked", nil }
		}
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, Around: test.around, Get: rest.Handle(handler, rest.Op{Errors: []error{errGone}})})
		w := send(api, "GET", "/x", "", "Authorization", credential)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) || strings.Contains(w.Body.String(), "boom") {
			t.Errorf("%s: got %d %s, want %d %s", test.name, w.Code, w.Body, test.status, test.body)
		}
		if w := send(api, "GET", "/x", ""); w.Code != 401 {
			t.Errorf("%s, without a credential: got %d", test.name, w.Code)
		}
	}
}

// TestNextAfterTheReply: next cannot be called again once a part of the reply is out, and
// an error before that is an ordinary reply.
func TestNextAfterTheReply(t *testing.T) {
	gone := &rest.Error{Status: 410, Msg: "gone"}
	for _, test := range []struct {
		name, text string
		status     int
	}{{"written", "a", 0}, {"nothing written", "", 410}} {
		called, second := 0, error(nil)
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Errors: []error{gone},
			Around: func(ctx context.Context, next func(context.Context) error) error {
				_ = next(ctx)
				second = next(ctx)
				return gone
			},
			Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
				called++
				w.Header().Set("X-Mine", "1")
				if test.text != "" {
					_, _ = io.WriteString(w, test.text)
				}
			})})
		status := 0
		func() {
			defer func() { _ = recover() }()
			w := send(api, "GET", "/x", "")
			if status = w.Code; w.Header().Get("X-Mine") != "" {
				t.Errorf("%s: an error reply has the handler's header", test.name)
			}
		}()
		if status != test.status || (second != nil) != (test.text != "") || called != map[bool]int{true: 1, false: 2}[second != nil] {
			t.Errorf("%s: got %d, %d calls and %v", test.name, status, called, second)
		}
	}
}

// TestLateNext: a call of next after the request has ended does not reach the handler.
func TestLateNext(t *testing.T) {
	var late func(context.Context) error
	called := 0
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public,
		Around: func(ctx context.Context, next func(context.Context) error) error { late = next; return next(ctx) },
		Get:    rest.Handle(func(context.Context, rest.None) (string, error) { called++; return "", nil })})
	send(api, "GET", "/x", "")
	if err := late(t.Context()); err == nil || called != 1 {
		t.Errorf("got %v, and the handler was called %d times", err, called)
	}
}

// TestNextInAnotherGoroutine: the reply of an Around that returns while next runs waits for
// next, because the next request uses the same memory.
func TestNextInAnotherGoroutine(t *testing.T) {
	gone := &rest.Error{Status: 410, Msg: "gone"}
	for _, inner := range []rest.Around{nil, func(ctx context.Context, next func(context.Context) error) error { return next(ctx) }} {
		started, replied, returned := make(chan struct{}), make(chan struct{}), make(chan error, 2)
		finished := false
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Errors: []error{gone},
			Around: func(ctx context.Context, next func(context.Context) error) error {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				go func() {
					returned <- next(ctx)
					<-replied
					returned <- next(ctx)
				}()
				<-started
				return gone
			},
			Get: rest.Handle(func(ctx context.Context, _ rest.None) (string, error) {
				close(started)
				<-ctx.Done()
				finished = true
				return "", errors.New("too late")
			}, rest.Op{Around: inner})})
		w := send(api, "GET", "/x", "")
		close(replied)
		if w.Code != 410 || !finished {
			t.Errorf("got %d, and the handler had returned: %v", w.Code, finished)
		}
		if first, second := <-returned, <-returned; first == nil || first.Error() != "too late" || second == nil {
			t.Errorf("next returned %v, then %v", first, second)
		}
	}
}

// TestInnerAroundFails: an Around cannot make a success of the error of another, whose
// commit may have failed.
func TestInnerAroundFails(t *testing.T) {
	conflict := &rest.Error{Status: 409, Msg: "conflict"}
	for name, inner := range map[string]rest.Around{
		"after the handler": func(ctx context.Context, next func(context.Context) error) error {
			if err := next(ctx); err != nil {
				return err
			}
			return conflict
		},
		"instead of the handler": func(context.Context, func(context.Context) error) error { return conflict },
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Errors: []error{conflict},
			Around: func(ctx context.Context, next func(context.Context) error) error { _ = next(ctx); return nil },
			Get:    rest.Handle(hello, rest.Op{Around: inner})})
		if w := send(api, "GET", "/x", ""); w.Code != 409 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}

// TestDeadlineOfAround: a time limit that an Around sets is answered with 503.
func TestDeadlineOfAround(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    func(context.Context) error
		status int
	}{
		{"the handler heeds it", context.Context.Err, 503},
		{"another error", func(context.Context) error { return errors.New("broken") }, 500},
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public,
			Around: func(ctx context.Context, next func(context.Context) error) error {
				ctx, cancel := context.WithTimeout(ctx, 0)
				defer cancel()
				return next(ctx)
			},
			Get: rest.Handle(func(ctx context.Context, _ rest.None) (string, error) { return "", test.err(ctx) })})
		if w := send(api, "GET", "/x", ""); w.Code != test.status {
			t.Errorf("%s: got %d %s", test.name, w.Code, w.Body)
		}
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public,
		Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", context.DeadlineExceeded })})
	if w := send(api, "GET", "/x", ""); w.Code != 500 {
		t.Errorf("a deadline of the handler's own: got %d", w.Code)
	}
}

// TestAroundAllocatesOnce: one Around costs one allocation, none costs nothing.
func TestAroundAllocatesOnce(t *testing.T) {
	around := func(ctx context.Context, next func(context.Context) error) error { return next(ctx) }
	measure := func(op rest.Op) float64 {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(hello, op)})
		w, r := &discard{}, httptest.NewRequest("GET", "/x", http.NoBody)
		return testing.AllocsPerRun(100, func() { api.ServeHTTP(w, r) })
	}
	if without, with := measure(rest.Op{}), measure(rest.Op{Around: around}); with > without+1 {
		t.Errorf("got %v allocations with an Around, %v without", with, without)
	}
}

func TestOperationFrom(t *testing.T) {
	type id struct {
		ID int `path:"id"`
	}
	var got rest.Operation
	seen := func(ctx context.Context, next func(context.Context) error) error {
		got, _ = rest.OperationFrom(ctx)
		return next(ctx)
	}
	api, err := rest.New(settings(), rest.Router{Path: "/v1", Auth: auth.Public, Around: seen,
		Controllers: []rest.Controller{{Path: "/notes/{id}", Get: rest.Handle(func(context.Context, id) (string, error) { return "", nil }, rest.Op{ID: "readNote"})}},
		Mounts:      []rest.Mount{{Path: "/files/", Handler: http.NotFoundHandler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]rest.Operation{
		"/v1/notes/7": {ID: "readNote", Method: "GET", Pattern: "/v1/notes/{id}"}, "/v1/files/a": {Method: "GET", Pattern: "/v1/files/"},
	} {
		if send(api, "GET", path, ""); got != want {
			t.Errorf("%s: got %+v, want %+v", path, got, want)
		}
	}
	if _, ok := rest.OperationFrom(t.Context()); ok {
		t.Error("a context without an operation has one")
	}
}

// TestOperationOfFailures: errors of requests that never came to a handler have the
// operation as well, in MapError and in ErrorBody; unknown paths and methods have none.
func TestOperationOfFailures(t *testing.T) {
	type none struct {
		Operation string `json:"operation"`
	}
	var mapped string
	s := settings()
	s.ErrorFormat = rest.ErrorBody(func(ctx context.Context, _ *rest.Error) none {
		op, ok := rest.OperationFrom(ctx)
		if !ok {
			return none{"none"}
		}
		return none{op.ID}
	})
	s.MapError = func(ctx context.Context, err error) error {
		op, _ := rest.OperationFrom(ctx)
		mapped = op.ID
		return err
	}
	full := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Key: throttle.KeyFunc(func(*http.Request, auth.Identity) (string, bool) { return "all", true })})
	if err := full.Count(t.Context(), "all"); err != nil {
		t.Fatal(err)
	}
	api := newAPI(t, s,
		rest.Controller{Path: "/auth", Auth: basicauth.New(basicauth.Static(nil), basicauth.Config{}), Get: rest.Handle(hello, rest.Op{ID: "auth"})},
		rest.Controller{Path: "/limit", Auth: auth.Public, Get: rest.Handle(hello, rest.Op{ID: "limit", LimitsBeforeAuth: []rest.Limiter{full}})},
		rest.Controller{Path: "/accept", Auth: auth.Public, Get: rest.Handle(hello, rest.Op{ID: "accept"})},
		rest.Controller{Path: "/panic", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) { panic("broken") }, rest.Op{ID: "panic"})})
	for _, test := range []struct {
		name, method, path string
		status             int
		want, wantMapped   string
	}{
		{"no credential", "GET", "/auth", 401, "auth", "auth"},
		{"limit before auth", "GET", "/limit", 429, "limit", "limit"},
		{"Accept", "GET", "/accept", 406, "accept", "accept"},
		{"panic", "GET", "/panic", 500, "panic", ""},
		{"unknown path", "GET", "/nowhere", 404, "none", ""},
		{"unknown method", "DELETE", "/auth", 405, "none", ""},
	} {
		mapped = ""
		var headers []string
		if test.status == 406 {
			headers = []string{"Accept", "image/png"}
		}
		w := send(api, test.method, test.path, "", headers...)
		if want := `{"operation":"` + test.want + `"}`; w.Code != test.status || w.Body.String() != want || mapped != test.wantMapped {
			t.Errorf("%s: got %d %s and %q in MapError, want %d %s and %q", test.name, w.Code, w.Body, mapped, test.status, want, test.wantMapped)
		}
	}
}

// TestPattern: middleware around the API reads in the request it passed on what matched.
func TestPattern(t *testing.T) {
	type id struct {
		ID string `path:"id"`
	}
	behind := settings()
	behind.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} // of httptest; the API serves a copy of the request then
	api, err := rest.New(behind, rest.Router{Path: "/v1", Auth: alice,
		Controllers: []rest.Controller{{Path: "/notes/{id}", Get: rest.Handle(func(context.Context, id) (string, error) { return "", nil })},
			{Path: "/open", Auth: auth.Public, Get: rest.Handle(hello)}},
		Mounts: []rest.Mount{{Path: "/files/", Handler: http.NotFoundHandler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/v1/notes/7", "GET /v1/notes/{id}"}, {"HEAD", "/v1/notes/7", "GET /v1/notes/{id}"}, {"POST", "/v1/notes/7", "/v1/notes/{id}"},
		{"GET", "/v1/open", "GET /v1/open"}, {"GET", "/v1/files/a", "/v1/files/"}, {"GET", "/v1/nowhere", ""}, {"GET", "/v1/open/", "/v1/open"},
	} {
		r := httptest.NewRequest(test.method, test.path, http.NoBody)
		r.Pattern = "/"
		api.ServeHTTP(httptest.NewRecorder(), r)
		if r.Pattern != test.want {
			t.Errorf("%s %s: got %q, want %q", test.method, test.path, r.Pattern, test.want)
		}
	}
}

// TestSlashRedirect: the Location is the path as it was sent, and no other host.
func TestSlashRedirect(t *testing.T) {
	type name struct {
		Name string `path:"name"`
	}
	controllers := []rest.Controller{
		{Path: "/a", Get: rest.Handle(hello)}, {Path: "/b/", Get: rest.Handle(hello), Post: rest.Handle(hello)},
		{Path: "/{name}/c", Get: rest.Handle(func(context.Context, name) (string, error) { return "", nil })},
	}
	outside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OUTSIDE") })
	for _, off := range []bool{false, true} {
		s := settings()
		s.NoSlashRedirect = off
		api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: controllers, Mounts: []rest.Mount{{Path: "/", Handler: outside, Methods: []string{"*"}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct{ method, path, want string }{
			{"GET", "/a/", "/a"}, {"GET", "/b", "/b/"}, {"POST", "/b?x=1&y=%2F", "/b/?x=1&y=%2F"}, {"GET", "/%2Fevil.example/c/", "/%2Fevil.example/c"},
			{"GET", "/%61/", "/%61"}, {"GET", "/a%20b/c/", "/a%20b/c"},
		} {
			w := send(api, test.method, test.path, "")
			location := w.Header().Get("Location")
			if off && (w.Code != 404 || location != "") || !off && (w.Code != 308 || location != test.want) || strings.Contains(w.Body.String(), "OUTSIDE") {
				t.Errorf("%s %s, off: %v: got %d %q %s, want %q", test.method, test.path, off, w.Code, location, w.Body, test.want)
			}
		}
		if w := send(api, "GET", "//evil.example/c/", ""); w.Header().Get("Location") != "" {
			t.Errorf("two slashes: got %d %q", w.Code, w.Header().Get("Location"))
		}
	}
}

// TestRequestID: a reply has the id that the client sent or that a log line has, and
// otherwise none.
func TestRequestID(t *testing.T) {
	var log strings.Builder
	s := settings()
	s.Logger = slog.New(slog.NewTextHandler(&log, nil))
	api := newAPI(t, s, rest.Controller{Path: "/ok", Auth: auth.Public, Get: rest.Handle(hello)},
		rest.Controller{Path: "/fault", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", errors.New("broken") })},
		rest.Controller{Path: "/panic", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) { panic("broken") })},
		rest.Controller{Path: "/handler", Auth: auth.Public, Get: rest.HandleHTTP(func(http.ResponseWriter, *http.Request) { panic("broken") })})
	for _, path := range []string{"/ok", "/nowhere"} {
		if got := send(api, "GET", path, "").Header()["X-Request-Id"]; got != nil {
			t.Errorf("%s: got %q without one in the request", path, got)
		}
		if got := send(api, "GET", path, "", "X-Request-Id", "from-client.1").Header().Get("X-Request-Id"); got != "from-client.1" {
			t.Errorf("%s: got %q", path, got)
		}
		if got := send(api, "GET", path, "", "X-Request-Id", "bad id\"").Header()["X-Request-Id"]; got != nil {
			t.Errorf("%s: got %q for an id that cannot be in a log", path, got)
		}
	}
	if log.String() != "" {
		t.Errorf("client mistakes are logged: %s", log.String())
	}
	for _, path := range []string{"/fault", "/panic", "/handler"} {
		log.Reset()
		w := send(api, "GET", path, "")
		id := w.Header().Get("X-Request-Id")
		if w.Code != 500 || id == "" || strings.Count(log.String(), "level=ERROR") != 1 || !strings.Contains(log.String(), "request_id="+id) ||
			!strings.Contains(log.String(), `operation="GET `+path+`"`) || !strings.Contains(log.String(), "broken") {
			t.Errorf("%s: got %d, the id %q and the log %s", path, w.Code, id, log.String())
		}
	}
}
