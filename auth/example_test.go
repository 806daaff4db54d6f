package auth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// Probe lets the load balancer's health checks in. An authenticator of your own is
// these ten lines: what it checks, and how OpenAPI says so.
type Probe struct{ key string }

func (p *Probe) Authenticate(r *http.Request) (auth.Identity, error) {
	switch r.Header.Get("X-Probe") {
	case "":
		return auth.Identity{}, auth.ErrSkip
	case p.key:
		return auth.Identity{Principal: p}, nil
	}
	return auth.Identity{}, auth.Refuse("wrong probe key")
}

func (p *Probe) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"probe": {}}, Principals: auth.PrincipalType[*Probe]()}},
		Schemes:      map[string]auth.Scheme{"probe": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Probe"}, Source: p}},
	}, nil
}

func ExampleRequire() {
	protect, err := auth.Require(&Probe{key: "s3cret"})
	if err != nil {
		panic(err) // every mistake of the authenticator surfaces here
	}
	handler := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "healthy")
	}))
	for _, key := range []string{"", "wrong", "s3cret"} {
		r := httptest.NewRequest("GET", "/health", nil)
		if key != "" {
			r.Header.Set("X-Probe", key)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 healthy
}

// Two kinds of keys come in one header while callers change over: what the old one
// refuses, the new one may accept.
func ExampleFallthrough() {
	chain := auth.AnyOf(auth.Fallthrough(&Probe{key: "old"}), &Probe{key: "new"})
	for _, key := range []string{"old", "new", "wrong"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Probe", key)
		id, err := chain.Authenticate(r)
		fmt.Println(key, id.Principal != nil, err)
	}
	// Output:
	// old true <nil>
	// new true <nil>
	// wrong false auth: 401 Not authenticated: wrong probe key
}

// Who was let in and who was not, for the security log. In an API it is
// rest.Settings.OnAuth.
func ExampleLogEvents() {
	events := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	protect, err := auth.Require(&Probe{key: "s3cret"}, auth.LogEvents(events))
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("GET", "/health", nil)
	r.Header.Set("X-Probe", "wrong")
	r.Header.Set("X-Request-Id", "7f3a")
	protect(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// level=INFO msg=auth outcome=refused reason="wrong probe key" client=192.0.2.1 status=401 request_id=7f3a
}
