//go:build !race

package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type listed struct {
	ID    int64  `path:"id" minimum:"1"`
	Page  int    `query:"page" default:"1" minimum:"1"`
	Label string `query:"label" default:"" maxLength:"20"`
}

// manyOperations is a tree of operations, and the document at /openapi.json.
func manyOperations(n int) rest.Router {
	router := rest.Router{Path: "/api", Auth: auth.Public, Mounts: []rest.Mount{{Path: "/openapi.json", Handler: rest.OpenAPI()}}}
	read := func(_ context.Context, in listed) (noteReply, error) { return noteReply{in.ID, in.Label}, nil }
	for i := range n {
		router.Controllers = append(router.Controllers, rest.Controller{Path: fmt.Sprintf("/area%d/items%d/{id}", i%100, i), Get: rest.Handle(read)})
	}
	return router
}

// TestAllocationsOfStartUp: what an operation and its part of the document cost once.
func TestAllocationsOfStartUp(t *testing.T) {
	const few, many, most = 100, 200, 165
	allocations := func(n int) float64 {
		return testing.AllocsPerRun(3, func() {
			if _, err := rest.New(settings(), manyOperations(n)); err != nil {
				t.Error(err)
			}
		})
	}
	if each := (allocations(many) - allocations(few)) / (many - few); each > most {
		t.Errorf("got %.0f allocations for an operation, want %d at most", each, most)
	}
}

// BenchmarkStartUp builds an API of 1,000 operations, which serves its document.
func BenchmarkStartUp(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rest.New(settings(), manyOperations(1000)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStartUpByHand registers 1,000 handlers at net/http, without a document.
func BenchmarkStartUpByHand(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		mux := http.NewServeMux()
		for i := range 1000 {
			mux.HandleFunc(fmt.Sprintf("GET /api/area%d/items%d/{id}", i%100, i), func(w http.ResponseWriter, r *http.Request) {
				_ = json.NewEncoder(w).Encode(noteReply{1, r.PathValue("id")})
			})
		}
	}
}

// flushed is a reused ResponseWriter for streams.
type flushed struct{ reused }

func (*flushed) FlushError() error { return nil }

const streamed = 1000 // items

func benchStream(b *testing.B, h http.Handler) {
	r := httptest.NewRequest("GET", "/products", nil)
	r.Header.Set("Accept", "text/event-stream")
	check := httptest.NewRecorder()
	if h.ServeHTTP(check, r); check.Code != 200 {
		b.Fatalf("got %d %.200s", check.Code, check.Body)
	}
	w := &flushed{reused{http.Header{}}}
	b.SetBytes(int64(check.Body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// BenchmarkStream sends 1,000 checked items as events.
func BenchmarkStream(b *testing.B) {
	items := products()[:streamed]
	api, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/products", Get: rest.Handle(func(context.Context, rest.None) (rest.Stream[product], error) {
			return func(yield func(product, error) bool) {
				for _, item := range items {
					if !yield(item, nil) {
						return
					}
				}
			}, nil
		})},
	}})
	if err != nil {
		b.Fatal(err)
	}
	benchStream(b, api)
}

// BenchmarkStreamByHand sends the same events by net/http and encoding/json, without checks.
func BenchmarkStreamByHand(b *testing.B) {
	items := products()[:streamed]
	benchStream(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w)
		for _, item := range items {
			text, err := json.Marshal(item)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil || flush.Flush() != nil {
				return
			}
		}
	}))
}

func benchProblem(b *testing.B, h http.Handler) {
	r := httptest.NewRequest("GET", "/notes/0", nil)
	check := httptest.NewRecorder()
	if h.ServeHTTP(check, r); check.Code != 400 {
		b.Fatalf("got %d %s", check.Code, check.Body)
	}
	w := &reused{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// BenchmarkProblem refuses a request with problem details.
func BenchmarkProblem(b *testing.B) {
	api, err := rest.New(settings(), rest.Router{Auth: auth.Public, ErrorFormat: rest.Problem, Controllers: []rest.Controller{
		{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in listed) (noteReply, error) { return noteReply{}, nil })},
	}})
	if err != nil {
		b.Fatal(err)
	}
	benchProblem(b, api)
}

// BenchmarkProblemByHand writes the same reply by net/http and encoding/json.
func BenchmarkProblemByHand(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") != "0" {
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"title": "Bad Request", "status": 400, "code": "invalid_request", "errors": []map[string]any{
				{"detail": "Expected a number that is 1 or greater", "parameter": "id", "code": "minimum", "params": map[string]any{"minimum": 1}},
			},
		})
	})
	benchProblem(b, mux)
}
