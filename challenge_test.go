package rest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
)

// scoped lets a user in whose token is not enough for some requests.
type scoped struct{ auth.Authenticator }

const notEnough = `Bearer error="insufficient_scope", scope="notes"`

func (s scoped) Authenticate(r *http.Request) (auth.Identity, error) {
	id, err := s.Authenticator.Authenticate(r)
	if err == nil && r.URL.Path == "/outside" {
		err = &auth.Error{Status: http.StatusForbidden, Challenge: notEnough}
	}
	return id, err
}

func (s scoped) Declare(method string) (auth.Declaration, error) {
	d, err := s.Authenticator.Declare(method)
	d.Refusals = append(d.Refusals, auth.Refusal{Status: http.StatusForbidden, Description: "The token lacks a scope", Headers: []string{"WWW-Authenticate"}})
	return d, err
}

// TestChallengeOfA403: a 403 says what would be enough (RFC 6750 §3.1), whether an
// authenticator or a handler refuses, in every error format; both are documented.
func TestChallengeOfA403(t *testing.T) {
	refusal := &auth.Error{Status: http.StatusForbidden, Challenge: notEnough}
	own := &auth.Error{Status: http.StatusForbidden, Challenge: notEnough, Header: http.Header{"X-Own": {"1"}}}
	fails := func(err error) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (rest.None, error) { return rest.None{}, err },
			rest.Op{Status: http.StatusNoContent, Errors: []error{err}})
	}
	all := authtest.As(&user{"alice"})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: all}, rest.Router{Controllers: []rest.Controller{
		{Path: "/outside", Auth: scoped{all}, Get: rest.Handle(func(context.Context, rest.None) (rest.None, error) { return rest.None{}, errors.New("reached") }, rest.Op{Status: http.StatusNoContent})},
		{Path: "/inside", Get: fails(refusal)},
		{Path: "/headers", Get: fails(own)},
		{Path: "/problem", ErrorFormat: rest.Problem, Get: fails(refusal)},
		{Path: "/plain", Get: fails(&auth.Error{Status: http.StatusForbidden})},
	}})
	if err != nil {
		t.Fatal(err)
	}
	doc := api.Document()
	for path, want := range map[string]string{"/outside": notEnough, "/inside": notEnough, "/headers": notEnough, "/problem": notEnough, "/plain": ""} {
		w := send(api, "GET", path, "")
		if got := w.Header().Get("WWW-Authenticate"); w.Code != 403 || got != want || len(w.Header().Values("WWW-Authenticate")) > 1 {
			t.Errorf("%s: got %d %q %s, want the challenge %q", path, w.Code, got, w.Body, want)
		}
		header, documented := doc.Resolve(doc.Paths[path].Get.Responses["403"]).Headers["WWW-Authenticate"]
		if documented != (want != "") || documented && header.Description == "" {
			t.Errorf("%s: documents %+v, want the challenge: %t", path, header, want != "")
		}
	}
}
