//go:build !race

package rest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// reused is a ResponseWriter that allocates nothing, so that what is counted is ours.
type reused struct{ header http.Header }

func (w *reused) Header() http.Header         { return w.header }
func (w *reused) WriteHeader(int)             {}
func (w *reused) Write(b []byte) (int, error) { return len(b), nil }

// cheap accepts one key; its user is in memory.
type cheap struct{ user *user }

func (c *cheap) Authenticate(r *http.Request) (auth.Identity, error) {
	if key := r.Header["X-Key"]; len(key) == 1 && key[0] == "k" {
		return auth.Identity{Principal: c.user, By: c}, nil
	}
	return auth.Identity{}, auth.ErrSkip
}

func (c *cheap) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"key": {}}, Principals: auth.PrincipalType[*user]()}},
		Schemes:      map[string]auth.Scheme{"key": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}, Source: c}},
	}, nil
}

type readNote struct {
	ID   int64 `path:"id" minimum:"1"`
	User *user `auth:""`
}

type noteReply struct {
	ID    int64  `json:"id"`
	Owner string `json:"owner"`
}

func noteAPI(t testing.TB) (*rest.API, *http.Request) {
	api, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{
		Path: "/notes/{id}", Auth: &cheap{&user{"alice"}},
		Get: rest.Handle(func(_ context.Context, in readNote) (noteReply, error) { return noteReply{in.ID, in.User.Name}, nil }),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/notes/7", nil)
	r.Header.Set("X-Key", "k")
	return api, r
}

// The framework's own share of a protected GET with a path parameter is one
// allocation, the frame; refusing costs none.
func TestAllocations(t *testing.T) {
	api, r := noteAPI(t)
	refused := r.Clone(r.Context())
	refused.Header.Del("X-Key")
	w := &reused{http.Header{}}
	for _, test := range []struct {
		name    string
		request *http.Request
		most    float64
	}{{"accepted", r, 1}, {"refused", refused, 0}} {
		if n := testing.AllocsPerRun(200, func() { api.ServeHTTP(w, test.request) }); n > test.most {
			t.Errorf("%s: got %v allocations, want %v at most", test.name, n, test.most)
		}
	}
}

func BenchmarkProtectedGet(b *testing.B) {
	api, r := noteAPI(b)
	w := &reused{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		api.ServeHTTP(w, r)
	}
}

// BenchmarkProtectedGetByHand is the same work on net/http alone.
func BenchmarkProtectedGetByHand(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "k" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":` + r.PathValue("id") + `,"owner":"alice"}`))
	})
	r := httptest.NewRequest("GET", "/notes/7", nil)
	r.Header.Set("X-Key", "k")
	w := &reused{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		mux.ServeHTTP(w, r)
	}
}
