package auth_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// sentIn is an authenticator whose credential is sent where its scheme says.
type sentIn struct {
	scheme openapi.SecurityScheme
	vary   []string
}

func (sentIn) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, auth.ErrSkip
}

func (s sentIn) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{s.scheme.Name: {}}, Principals: auth.PrincipalType[string]()}},
		Schemes:      map[string]auth.Scheme{s.scheme.Name: {SecurityScheme: s.scheme}},
		Vary:         s.vary,
	}, nil
}

// TestVary: a cache may not give one caller's reply to another, wherever the credential
// is sent. Authorization needs no word (RFC 9111 §3.5).
func TestVary(t *testing.T) {
	apiKey := func(in, name string) openapi.SecurityScheme {
		return openapi.SecurityScheme{Type: "apiKey", In: in, Name: name}
	}
	for _, test := range []struct {
		name string
		auth auth.Authenticator
		want []string
	}{
		{"a header", sentIn{scheme: apiKey("header", "x-api-token")}, []string{"X-Api-Token"}},
		{"a cookie", sentIn{scheme: apiKey("cookie", "sid")}, []string{"Cookie"}},
		{"Authorization", sentIn{scheme: apiKey("header", "authorization")}, nil},
		{"Bearer", sentIn{scheme: openapi.SecurityScheme{Type: "http", Scheme: "bearer", Name: "b"}}, nil},
		{"what is declared besides", sentIn{apiKey("cookie", "sid"), []string{"Origin", "Cookie"}}, []string{"Cookie", "Origin"}},
		{"Authorization where nobody passes, too", auth.Optional(sentIn{scheme: apiKey("header", "authorization")}), []string{"Authorization"}},
		{"Bearer where nobody passes, too", auth.Optional(sentIn{scheme: openapi.SecurityScheme{Type: "http", Scheme: "bearer", Name: "b"}}), []string{"Authorization"}},
		{"Authorization beside what has no scheme", auth.AnyOf(byAddress{}, sentIn{scheme: apiKey("header", "authorization")}), []string{"Authorization"}},
		{"the query", auth.Optional(sentIn{scheme: apiKey("query", "key")}), nil},
		{"a chain", auth.AnyOf(sentIn{scheme: apiKey("header", "X-B")}, sentIn{scheme: apiKey("cookie", "c")}, sentIn{scheme: apiKey("header", "X-A")}), []string{"X-A", "X-B", "Cookie"}},
	} {
		guard, err := auth.Compile(test.auth, "GET")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, guard.Declaration().Vary); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.name, diff)
		}
	}
}
