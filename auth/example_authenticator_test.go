package auth_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// Monitor is the principal of the health checks of a load balancer.
type Monitor struct{ Name string }

// Probe accepts health checks. An authenticator of your own is as short: what it checks, and
// how OpenAPI describes it.
type Probe struct{ Key string }

// Authenticate skips requests without the header, so that the next alternative of an AnyOf is
// tried, and refuses a wrong key.
func (p *Probe) Authenticate(r *http.Request) (auth.Identity, error) {
	switch r.Header.Get("X-Probe") {
	case "":
		return auth.Identity{}, auth.ErrSkip
	case p.Key: // a secret is compared with subtle.ConstantTimeCompare
		return auth.Identity{Principal: Monitor{"load balancer"}}, nil
	}
	return auth.Identity{}, auth.Refuse("wrong probe key") // the reason is for the log
}

// Declare is called once for each method, when the API is built.
func (p *Probe) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"probe": {}}, Principals: auth.PrincipalType[Monitor]()}},
		Schemes:      map[string]auth.Scheme{"probe": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Probe"}, Source: p}},
	}, nil
}

func ExampleAuthenticator() {
	type check struct {
		By Monitor `auth:""`
	}
	health := func(_ context.Context, in check) (string, error) { return "healthy, " + in.By.Name, nil }
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: &Probe{Key: "s3cret"}}, rest.Router{
		Controllers: []rest.Controller{{Path: "/health", Get: rest.Handle(health)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"", "wrong", "s3cret"} {
		r := httptest.NewRequest("GET", "/health", nil)
		r.Header.Set("X-Probe", key)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 "healthy, load balancer"
}
