package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/throttle"
)

func TestOnAuth(t *testing.T) {
	var got []auth.Event
	s := settings()
	s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's peer
	s.OnAuth = func(r *http.Request, e auth.Event) {
		if r.URL.Path == "" {
			t.Error("the request has no path")
		}
		got = append(got, e)
	}
	tokens := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Secret: jwtSecret})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	wrongPassword := func(context.Context, rest.None) (string, error) { return "", auth.Refuse("wrong password") }
	loggedIn := func(ctx context.Context, _ rest.None) (string, error) {
		rest.LoggedIn(context.WithValue(ctx, anyID{}, 1), "7") // a context of the handler's own
		return "", nil
	}
	fails := func(ctx context.Context, _ rest.None) (string, error) {
		rest.LoggedIn(ctx, "7")
		return "", &rest.Error{Status: 400, Msg: "no", Err: auth.Refuse("wrong old password")}
	}
	one := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
	once := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Key: throttle.User()})
	api, err := rest.New(s, rest.Router{
		Auth: auth.AnyOf(alice, tokens.Header()),
		Controllers: []rest.Controller{
			{Path: "/me/{id}", Get: rest.Handle(helloID)},
			{Path: "/limited", Get: rest.Handle(hello, rest.Op{Limits: []rest.Limiter{once, once}})},
			{Path: "/busy", Auth: auth.Public, Get: rest.Handle(hello, rest.Op{LimitsBeforeAuth: []rest.Limiter{one, one}})},
			{Path: "/logged-in", Auth: auth.Public, Post: rest.Handle(loggedIn)},
			{Path: "/fails", Post: rest.Handle(fails, rest.Op{Errors: []error{&rest.Error{Status: 400}}})},
			{Path: "/login", Auth: auth.Public, Post: rest.Handle(wrongPassword, rest.Op{Errors: []error{&auth.Error{}}})},
		},
		Mounts: []rest.Mount{{Path: "/files/", Auth: alice, Handler: http.NotFoundHandler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path, credential string
		want                     auth.Event // the last one
		challenge                string
	}{
		{"GET", "/me/1", credential, auth.Event{Outcome: auth.Accepted, Operation: "GET /me/{id}", Level: "router", Scheme: "http_basic"}, ""},
		{"GET", "/me/1", "Bearer " + pair.Access, auth.Event{Outcome: auth.Accepted, Operation: "GET /me/{id}", Level: "router", Scheme: "jwt", UserID: "1"}, ""},
		{"GET", "/me/1", "Bearer " + pair.Refresh, auth.Event{Outcome: auth.Refused, Operation: "GET /me/{id}", Level: "router", Scheme: "jwt", Reason: "jwt: a token of another type", Status: 401}, `Basic realm="api", charset="UTF-8", Bearer realm="api", error="invalid_token"`},
		{"GET", "/me/1", "", auth.Event{Outcome: auth.Refused, Operation: "GET /me/{id}", Level: "router", Reason: "no credential", Status: 401}, `Basic realm="api", charset="UTF-8", Bearer realm="api"`},
		{"POST", "/login", "", auth.Event{Outcome: auth.Refused, Operation: "POST /login", Level: "controller", Reason: "wrong password", Status: 401}, ""},
		{"POST", "/logged-in", "", auth.Event{Outcome: auth.LoggedIn, Operation: "POST /logged-in", Level: "controller", UserID: "7"}, ""},
		{"POST", "/fails", "Bearer " + pair.Access, auth.Event{Outcome: auth.Refused, Operation: "POST /fails", Level: "router", Scheme: "jwt", UserID: "1", Reason: "wrong old password", Status: 400}, ""},
		{"GET", "/limited", "Bearer " + pair.Access, auth.Event{Outcome: auth.Refused, Operation: "GET /limited", Level: "router", Scheme: "jwt", UserID: "1", Reason: "throttle: too many requests", Status: 429}, ""},
		{"GET", "/busy", "", auth.Event{Outcome: auth.Refused, Operation: "GET /busy", Level: "controller", Reason: "throttle: too many requests", Status: 429}, ""},
		{"GET", "/files/x", "", auth.Event{Outcome: auth.Refused, Operation: "/files/", Level: "mount", Reason: "no credential", Status: 401}, `Basic realm="api", charset="UTF-8"`},
	} {
		got, test.want.Client = nil, "198.51.100.1"
		w := send(api, test.method, test.path, "", "Authorization", test.credential, "X-Forwarded-For", "198.51.100.1")
		if len(got) == 0 || !cmp.Equal(test.want, got[len(got)-1]) {
			t.Errorf("%s %s %q: got %d and %+v, want %+v", test.method, test.path, test.credential, w.Code, got, test.want)
		}
		if let := test.path == "/fails" || test.path == "/limited" || strings.HasPrefix(test.path, "/log"); len(got) != map[bool]int{true: 2, false: 1}[let] {
			t.Errorf("%s %s: got %d events", test.method, test.path, len(got))
		}
		if challenge := strings.Join(w.Header()["Www-Authenticate"], "|"); challenge != test.challenge {
			t.Errorf("%s %s %q: got the challenge %q, want %q", test.method, test.path, test.credential, challenge, test.challenge)
		}
	}
}

type anyID struct {
	ID string `path:"id"`
}

func helloID(_ context.Context, in anyID) (string, error) { return "hello " + in.ID, nil }

// TestGoneClientsAreTold: a client that closes its side before it reads the refusal has
// guessed all the same. A store that its leaving interrupts is no event.
func TestGoneClientsAreTold(t *testing.T) {
	var got []auth.Outcome
	s := settings()
	s.OnAuth = func(_ *http.Request, e auth.Event) { got = append(got, e.Outcome) }
	gone, leave := context.WithCancel(t.Context())
	outcome := map[string]error{"/wrong": auth.Refuse("wrong password"), "/down": auth.Unavailable(context.Canceled)}
	handler := func(_ context.Context, in struct{ R *http.Request }) (string, error) {
		leave()
		return "", outcome[in.R.URL.Path]
	}
	errs := rest.Op{Errors: []error{&auth.Error{}}}
	api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/wrong", Post: rest.Handle(handler, errs)}, {Path: "/down", Post: rest.Handle(handler, errs)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/wrong": 2, "/down": 1} { // the first is that the operation is public
		got = nil
		api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", path, http.NoBody).WithContext(gone))
		if len(got) != want {
			t.Errorf("%s: got the events %v, want %d", path, got, want)
		}
	}
}
