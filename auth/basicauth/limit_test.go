package basicauth_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/throttle"
)

func checkAlice(_ context.Context, username, password string) (string, auth.Account, error) {
	if !strings.EqualFold(username, "alice") || password != "right" {
		return "", auth.Account{}, auth.Refuse("wrong password")
	}
	return username, auth.Account{ID: "7", Username: username}, nil
}

// TestLimit: wrong passwords for a name are limited, right ones are not counted, and the
// 429 is documented.
func TestLimit(t *testing.T) {
	limit := throttle.New(throttle.Limit{Requests: 2, Window: time.Hour})
	a := basicauth.NewAccounts(checkAlice, basicauth.Config{Limit: limit})
	for i, try := range []struct {
		name, password string
		want           int
	}{
		{"alice", "right", 200}, {"alice", "right", 200}, {"alice", "right", 200},
		{"alice", "wrong", 401}, {"alice", "right", 200}, {"ALICE", "wrong", 401},
		{"alice", "right", 429}, {"alice", "wrong", 429}, {"bob", "wrong", 401},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(try.name, try.password)
		_, err := a.Authenticate(r)
		code := 200
		if e, ok := errors.AsType[*auth.Error](err); ok {
			code = e.HTTPStatus()
		}
		if code != try.want {
			t.Errorf("try %d, %s: got %v, want %d", i, try.name, err, try.want)
		}
	}
	for _, want := range []bool{true, false} {
		cfg := basicauth.Config{Limit: limit}
		if !want {
			cfg = basicauth.Config{InsecureUnlimited: true}
		}
		d, err := basicauth.NewAccounts(checkAlice, cfg).Declare("GET")
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(d.Refusals, func(r auth.Refusal) bool { return r.Status == 429 }); got != want {
			t.Errorf("%+v: 429 is documented: %v", cfg, got)
		}
	}
}

// TestLimitIgnoresCase: the spellings of a name, which a table of accounts may take for one,
// share one limit.
func TestLimitIgnoresCase(t *testing.T) {
	for _, spellings := range [][]string{{"alice", "ALICE", "aLiCe"}, {"Σίσυφος", "σίσυφοσ", "ςίσυφος"}, {"Kelvin", "KELVIN", "\u212Aelvin"}, {"\u00B5", "\u03BC", "\u039C"}} {
		a := basicauth.NewAccounts(checkAlice, basicauth.Config{Limit: throttle.New(throttle.Limit{Requests: 2, Window: time.Hour})})
		for i, want := range []int{401, 401, 429} {
			r := httptest.NewRequest("GET", "/", nil)
			r.SetBasicAuth(spellings[i], "wrong")
			_, err := a.Authenticate(r)
			if e, ok := errors.AsType[*auth.Error](err); !ok || e.HTTPStatus() != want {
				t.Errorf("%q: got %v, want %d", spellings[i], err, want)
			}
		}
	}
}

func TestLimitMistakes(t *testing.T) {
	wrong := throttle.New(throttle.Limit{})
	for name, a := range map[string]auth.Authenticator{
		"NewAccounts without Limit": basicauth.NewAccounts(checkAlice, basicauth.Config{}),
		"a contradiction":           basicauth.NewAccounts(checkAlice, basicauth.Config{Limit: throttle.New(throttle.Limit{Requests: 1, Window: time.Hour}), InsecureUnlimited: true}),
		"a nil limit":               basicauth.New(static(), basicauth.Config{Limit: (*throttle.Limiter)(nil)}),
		"a wrong limit":             basicauth.New(static(), basicauth.Config{Limit: wrong}),
		"a wrong origin":            basicauth.New(static(), basicauth.Config{TrustedOrigins: []string{"app.example"}}),
		"origins of another header": basicauth.New(static(), basicauth.Config{Header: auth.Header{Name: "X-Basic"}, TrustedOrigins: []string{"https://app.example"}}),
		"origins without the check": basicauth.New(static(), basicauth.Config{InsecureCrossOrigin: true, TrustedOrigins: []string{"https://app.example"}}),
	} {
		_, err := a.Declare("GET")
		config, ok := errors.AsType[*auth.ConfigError](err)
		if !ok || !strings.Contains(config.Pos, "limit_test.go:") {
			t.Errorf("%s: got %v, want a mistake with its line", name, err)
		}
	}
}

// TestCrossOrigin: what a page of another origin makes a browser send is refused before
// the password is looked at; programs and the page itself pass.
func TestCrossOrigin(t *testing.T) {
	asked := 0
	verify := func(_ context.Context, name, _ string) (string, error) {
		asked++
		return name, nil
	}
	strict := basicauth.New(verify, basicauth.Config{TrustedOrigins: []string{"https://app.example"}})
	for _, test := range []struct {
		name, method, origin, site string
		auth                       *basicauth.Auth[string]
		refused                    bool
	}{
		{"a program", "POST", "", "", strict, false},
		{"the page itself", "POST", "https://api.example", "same-origin", strict, false},
		{"a trusted page", "POST", "https://app.example", "cross-site", strict, false},
		{"another site", "POST", "https://evil.example", "cross-site", strict, true},
		{"a sibling", "DELETE", "https://evil.api.example", "same-site", strict, true},
		{"another port, old browser", "PUT", "https://api.example:8443", "", strict, true},
		{"an unknown method", "PROPPATCH", "https://evil.example", "cross-site", strict, true},
		{"a safe method", "GET", "https://evil.example", "cross-site", strict, false},
		{"switched off", "POST", "https://evil.example", "cross-site", basicauth.New(verify, basicauth.Config{InsecureCrossOrigin: true}), false},
		{"a scheme that browsers do not know", "POST", "https://evil.example", "cross-site", basicauth.New(verify, basicauth.Config{Header: auth.Header{NoScheme: true}}), false},
	} {
		r := httptest.NewRequest(test.method, "https://api.example/", nil)
		credential := b64("alice:x")
		if test.name != "a scheme that browsers do not know" {
			credential = "Basic " + credential
		}
		r.Header.Set("Authorization", credential)
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		if test.site != "" {
			r.Header.Set("Sec-Fetch-Site", test.site)
		}
		before := asked
		_, err := test.auth.Authenticate(r)
		e, refused := errors.AsType[*auth.Error](err)
		if refused != test.refused || refused && (e.HTTPStatus() != 403 || e.Scheme != "http_basic" || asked != before) {
			t.Errorf("%s: got %v, the password was asked for %d times", test.name, err, asked-before)
		}
	}
	for method, want := range map[string]bool{"GET": false, "HEAD": false, "POST": true, "PATCH": true, "DELETE": true} {
		d, err := strict.Declare(method)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(d.Refusals, func(r auth.Refusal) bool { return r.Status == 403 }); got != want {
			t.Errorf("%s: 403 is documented: %v", method, got)
		}
	}
}
