package jwtauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// TestInvalidToken: the challenge has a parameter, and says that it is the token's fault
// (RFC 6750 §3, §3.1).
func TestInvalidToken(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  jwtauth.Config
		sent string
		want string
	}{
		{"no token", jwtauth.Config{}, "", `Bearer realm="api"`},
		{"a bad one", jwtauth.Config{}, "Bearer x", `Bearer realm="api", error="invalid_token"`},
		{"another realm", jwtauth.Config{Header: auth.Header{Realm: "shop"}}, "Bearer x", `Bearer realm="shop", error="invalid_token"`},
		{"without the error", jwtauth.Config{Compat: jwtauth.Compat{NoErrorCode: true}}, "Bearer x", `Bearer realm="api"`},
		{"as it was", jwtauth.Config{Compat: jwtauth.Compat{BareChallenge: true}}, "", `Bearer`},
		{"as it was, a bad one", jwtauth.Config{Compat: jwtauth.Compat{BareChallenge: true}}, "Bearer x", `Bearer error="invalid_token"`},
		{"another scheme", jwtauth.Config{Header: auth.Header{Scheme: "Token"}}, "Token x", `Token realm="api"`},
		{"none", jwtauth.Config{Header: auth.Header{NoChallenge: true}}, "Bearer x", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			protect, err := auth.Require(newIssuer(t, test.cfg).Header(), auth.RequireConfig{})
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			protect(http.NotFoundHandler()).ServeHTTP(w, request("Authorization", test.sent))
			if got := w.Header().Get("WWW-Authenticate"); w.Code != 401 || got != test.want {
				t.Errorf("got %d %q, want %q", w.Code, got, test.want)
			}
		})
	}
	_, err := jwtauth.New(people(t), jwtauth.Config{Secret: secret, Header: auth.Header{Realm: "a\r\nb"}}).Header().Declare("GET")
	if err == nil || !strings.Contains(err.Error(), "Header.Realm has a control character") {
		t.Errorf("a line in the realm: got %v", err)
	}
}
