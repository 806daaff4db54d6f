package login_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/login"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

func jwtAPI(t *testing.T) *rest.API {
	t.Helper()
	s := newSite(t)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Lifetime: time.Hour})
	return newAPI(t, rest.Router{
		Controllers: []rest.Controller{{Path: "/me", Auth: tokens.Header(), Get: rest.Handle(who)}},
		Routers:     []rest.Router{login.JWT(tokens, s.passwords, "/jwt")},
	})
}

func TestJWT(t *testing.T) {
	api := jwtAPI(t)
	post := func(path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(body)))
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("POST %s %s: got Cache-Control %q, want no-store", path, body, got)
		}
		return w
	}
	for _, body := range []string{
		`{"username":"alice","password":"wrong"}`, `{"username":"nobody","password":"x"}`, `{"username":"bob","password":"bob-pass"}`, `{"username":"","password":""}`,
	} {
		if w := post("/jwt/obtain/", body); w.Code != 401 || w.Body.String() != `{"detail":[{"msg":"Not authenticated","type":"security"}]}` || w.Header()["Www-Authenticate"] != nil {
			t.Errorf("%s: got %d %s %v", body, w.Code, w.Body, w.Header())
		}
	}
	type pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	obtain := func(path, body string) (p pair) {
		t.Helper()
		w := post(path, body)
		if err := json.Unmarshal(w.Body.Bytes(), &p); w.Code != 200 || err != nil {
			t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
		}
		return p
	}
	first := obtain("/jwt/obtain/", `{"username":"alice","password":"alice-pass"}`)
	second := obtain("/jwt/refresh/", `{"refresh_token":"`+first.Refresh+`"}`)
	if second == first || second.Access == "" {
		t.Errorf("got %v after %v", second, first)
	}
	for _, p := range []pair{first, second} {
		r := httptest.NewRequest("GET", "/me", nil)
		r.Header.Set("Authorization", "Bearer "+p.Access)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != 200 || w.Body.String() != `"alice"` {
			t.Errorf("GET /me: got %d %s", w.Code, w.Body)
		}
		if w := post("/jwt/verify/", `{"access_token":"`+p.Access+`"}`); w.Code != 204 || w.Body.Len() != 0 {
			t.Errorf("verify: got %d %s", w.Code, w.Body)
		}
		if w := post("/jwt/verify/", `{"access_token":"`+p.Refresh+`"}`); w.Code != 401 {
			t.Errorf("verify of a refresh token: got %d %s", w.Code, w.Body)
		}
		if w := post("/jwt/refresh/", `{"refresh_token":"`+p.Access+`"}`); w.Code != 401 {
			t.Errorf("refresh with an access token: got %d %s", w.Code, w.Body)
		}
	}
}

func TestJWTIsDocumented(t *testing.T) {
	doc := jwtAPI(t).Document()
	for path, success := range map[string]string{"/jwt/obtain/": "200", "/jwt/refresh/": "200", "/jwt/verify/": "204"} {
		op := doc.Paths[path].Post
		for _, status := range []string{success, "400", "401", "413", "415"} {
			if op.Responses[status] == nil {
				t.Errorf("%s does not document %s", path, status)
			}
		}
		if op.Security != nil || op.Responses["401"].Headers["WWW-Authenticate"].Schema != nil || op.Responses[success].Headers["Cache-Control"].Schema == nil {
			t.Errorf("%s: got %+v", path, op)
		}
	}
}

func TestJWTNeedsAKeyThatSigns(t *testing.T) {
	key, err := jwtauth.ParseKey([]byte(publicPEM))
	if err != nil {
		t.Fatal(err)
	}
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Keys: []jwtauth.Key{key}})
	_, err = rest.New(rest.Settings{Title: "T", Version: "1"}, login.JWT(tokens, password.NewChecker(db.Users(), &password.Hasher{}), "/jwt"))
	if err == nil || !strings.Contains(err.Error(), "no key that can sign") {
		t.Errorf("got %v", err)
	}
}

const publicPEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`
