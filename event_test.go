package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

func TestOnAuth(t *testing.T) {
	var got []auth.Event
	s := settings()
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
	api, err := rest.New(s, rest.Router{
		Auth: auth.AnyOf(alice, tokens.Header()),
		Controllers: []rest.Controller{
			{Path: "/me/{id}", Get: rest.Handle(helloID)},
			{Path: "/login", Auth: auth.Public, Post: rest.Handle(wrongPassword, rest.Op{Errors: []error{&auth.Error{}}})},
		},
		Mounts: []rest.Mount{{Path: "/files/", Auth: alice, Handler: http.NotFoundHandler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path, credential string
		want                     auth.Event
		challenge                string
	}{
		{"GET", "/me/1", credential, auth.Event{Outcome: auth.Accepted, Operation: "GET /me/{id}", Level: "router", Scheme: "http_basic"}, ""},
		{"GET", "/me/1", "Bearer " + pair.Access, auth.Event{Outcome: auth.Accepted, Operation: "GET /me/{id}", Level: "router", Scheme: "jwt", UserID: "1"}, ""},
		{"GET", "/me/1", "Bearer " + pair.Refresh, auth.Event{Outcome: auth.Refused, Operation: "GET /me/{id}", Level: "router", Scheme: "jwt", Reason: "jwt: a token of another type", Status: 401}, `Basic realm="api", charset="UTF-8", Bearer error="invalid_token"`},
		{"GET", "/me/1", "", auth.Event{Outcome: auth.Refused, Operation: "GET /me/{id}", Level: "router", Reason: "no credential", Status: 401}, `Basic realm="api", charset="UTF-8", Bearer`},
		{"POST", "/login", "", auth.Event{Outcome: auth.Refused, Operation: "POST /login", Level: "controller", Reason: "wrong password", Status: 401}, ""},
		{"GET", "/files/x", "", auth.Event{Outcome: auth.Refused, Operation: "/files/", Level: "mount", Reason: "no credential", Status: 401}, `Basic realm="api", charset="UTF-8"`},
	} {
		got, test.want.Client = nil, "192.0.2.1"
		w := send(api, test.method, test.path, "", "Authorization", test.credential)
		if diff := cmp.Diff([]auth.Event{test.want}, got); diff != "" {
			t.Errorf("%s %s %q: got %d, %s", test.method, test.path, test.credential, w.Code, diff)
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
