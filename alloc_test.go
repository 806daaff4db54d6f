//go:build !race

package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

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

func noteAPI(t testing.TB, a auth.Authenticator) (*rest.API, *http.Request) {
	api, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{
		Path: "/notes/{id}", Auth: a,
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
	api, r := noteAPI(t, &cheap{&user{"alice"}})
	refused := r.Clone(r.Context())
	refused.Header.Del("X-Key")
	tokens, token := jwtIssuer(t)
	jwtAPI, sent := noteAPI(t, tokens.Header())
	sent.Header.Set("Authorization", "Bearer "+token)
	forged := sent.Clone(sent.Context())
	forged.Header.Set("Authorization", "Bearer "+token[:len(token)-4]+"AAAA")
	w := &reused{http.Header{}}
	for _, test := range []struct {
		name    string
		api     *rest.API
		request *http.Request
		status  int
		most    float64
	}{
		{"accepted", api, r, 200, 1},
		{"refused", api, refused, 401, 0},
		{"JWT accepted", jwtAPI, sent, 200, 3}, // the frame, the claims and their text
		{"JWT absent", jwtAPI, r, 401, 0},
		{"JWT forged", jwtAPI, forged, 401, 0},
	} {
		check := httptest.NewRecorder()
		if test.api.ServeHTTP(check, test.request); check.Code != test.status {
			t.Errorf("%s: got %d %s, want %d", test.name, check.Code, check.Body, test.status)
		}
		api := test.api
		if n := testing.AllocsPerRun(200, func() { api.ServeHTTP(w, test.request) }); n > test.most {
			t.Errorf("%s: got %v allocations, want %v at most", test.name, n, test.most)
		}
	}
}

// TestAllocationsOfReplies: a status field costs nothing; text of a media type and an ETag
// cost the value of their header.
func TestAllocationsOfReplies(t *testing.T) {
	type chosen struct {
		Status int       `status:"200,201"`
		Body   noteReply `body:""`
	}
	type text struct {
		Body string `body:"text/plain"`
	}
	type tagged struct {
		ETag string    `header:"ETag"`
		Body noteReply `body:""`
	}
	w := &reused{http.Header{}}
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		header   http.Header
		status   int
		most     float64
	}{
		{"a status field", gives(chosen{201, noteReply{1, "alice"}}), nil, 201, 1},
		{"text", gives(text{"hello"}), nil, 200, 2},
		{"an ETag", gives(tagged{`"v1"`, noteReply{1, "alice"}}), nil, 200, 2},
		{"not modified", gives(tagged{`"v1"`, noteReply{1, "alice"}}), http.Header{"If-None-Match": {`"v0", "v1"`}}, 304, 2},
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: test.endpoint})
		r := httptest.NewRequest("GET", "/x", nil)
		r.Header = test.header
		check := httptest.NewRecorder()
		if api.ServeHTTP(check, r); check.Code != test.status {
			t.Errorf("%s: got %d %s, want %d", test.name, check.Code, check.Body, test.status)
		}
		if n := testing.AllocsPerRun(200, func() { api.ServeHTTP(w, r) }); n > test.most {
			t.Errorf("%s: got %v allocations, want %v at most", test.name, n, test.most)
		}
	}
}

// TestAllocationsOfBodies: a body costs its texts, its list, and a block for each 512 bytes of short
// texts in the list; a long list in a reply costs nothing for its elements.
func TestAllocationsOfBodies(t *testing.T) {
	text := orderJSON()
	body := replay{bytes.NewReader(text)}
	r := httptest.NewRequest("POST", "/orders/7", nil)
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = int64(len(text))
	for _, test := range []struct {
		name    string
		api     http.Handler
		request *http.Request
		status  int
		most    float64
	}{
		{"an order of 10 lines", orderAPI(t), r, 201, 15},
		{"a list of 10,000", productAPI(t), httptest.NewRequest("GET", "/products", nil), 200, 5},
	} {
		serve := func(w http.ResponseWriter) {
			body.Reset(text)
			test.request.Body = body
			test.api.ServeHTTP(w, test.request)
		}
		check := httptest.NewRecorder()
		if serve(check); check.Code != test.status {
			t.Errorf("%s: got %d %.200s, want %d", test.name, check.Code, check.Body, test.status)
		}
		w := &reused{http.Header{}}
		if n := testing.AllocsPerRun(50, func() { serve(w) }); n > test.most {
			t.Errorf("%s: got %v allocations, want %v at most", test.name, n, test.most)
		}
	}
}

func BenchmarkProtectedGet(b *testing.B) {
	api, r := noteAPI(b, &cheap{&user{"alice"}})
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

// BenchmarkJWT is a GET protected by an HS256 token whose claims are all checked.
func BenchmarkJWT(b *testing.B) {
	tokens, token := jwtIssuer(b)
	api, r := noteAPI(b, tokens.Header())
	r.Header.Set("Authorization", "Bearer "+token)
	w := &reused{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		api.ServeHTTP(w, r)
	}
}

// BenchmarkJWTByHand is the same work on net/http and go-jose.
func BenchmarkJWTByHand(b *testing.B) {
	users := oneUser{&user{"alice"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes/{id}", func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
		var claims struct {
			jwt.Claims
			Extras struct {
				Type string `json:"type"`
			} `json:"extras"`
		}
		if err == nil {
			err = parsed.Claims(jwtSecret, &claims)
		}
		if err == nil {
			err = claims.ValidateWithLeeway(jwt.Expected{Time: time.Now(), Issuer: "https://id.example.com", AnyAudience: jwt.Audience{"notes"}}, 0)
		}
		if err != nil || claims.Expiry == nil || claims.IssuedAt == nil || claims.Extras.Type != "access" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		owner, _, err := users.ByID(r.Context(), claims.Subject)
		id, bad := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil || bad != nil || id < 1 {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(noteReply{id, owner.Name})
	})
	_, token := jwtIssuer(b)
	r := httptest.NewRequest("GET", "/notes/7", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := &reused{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		mux.ServeHTTP(w, r)
	}
}

// golang-jwt, go-jose and x/oauth2 split a token at every dot before they counted them.
func TestAdvisoryCVE2025_30204_27144_22868_AllocationsOfDots(t *testing.T) {
	tokens, _ := jwtIssuer(t)
	for name, token := range map[string]string{"dots": strings.Repeat(".", 1<<20), "a few dots": strings.Repeat(".", 1000), "long": strings.Repeat("a", 1<<20) + ".b.c"} {
		allocations := testing.AllocsPerRun(20, func() {
			if _, _, err := tokens.Verify(t.Context(), token); err == nil {
				t.Error("accepted")
			}
		})
		if allocations > 4 {
			t.Errorf("%s: got %v allocations", name, allocations)
		}
	}
}
