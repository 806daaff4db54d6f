package account_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

func jwtAPI(t *testing.T) *rest.API {
	t.Helper()
	s := newSite(t)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Lifetime: time.Hour})
	return newAPI(t, rest.Router{
		Controllers: []rest.Controller{{Path: "/me", Auth: tokens.Header(), Get: rest.Handle(who)}},
		Routers:     []rest.Router{s.JWT("/jwt", tokens)},
	})
}

func TestJWT(t *testing.T) {
	api := jwtAPI(t)
	post := func(path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		api.ServeHTTP(w, r)
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
		if len(op.Security) != 0 || op.Security == nil || doc.Resolve(op.Responses["401"]).Headers["WWW-Authenticate"].Schema != nil || op.Responses[success].Headers["Cache-Control"].Schema == nil {
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
	_, err = rest.New(rest.Settings{Title: "T", Version: "1"}, account.New(password.NewChecker(db.Users(), nil), account.Config{}).JWT("/jwt", tokens))
	if err == nil || !strings.Contains(err.Error(), "no key that can sign") {
		t.Errorf("got %v", err)
	}
}

const publicPEM = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`

// TestJWTRevoke: revoke/ ends the login of a refresh token, revoke/all/ all of the
// caller's; with a blocklist there is no login, and it ends the token.
func TestJWTRevoke(t *testing.T) {
	for name, cfg := range map[string]func(*site) jwtauth.Config{
		"families":  func(s *site) jwtauth.Config { return jwtauth.Config{Families: s.db.Families()} },
		"blocklist": func(s *site) jwtauth.Config { return jwtauth.Config{Blocklist: s.db.Blocklist()} },
		"neither":   func(*site) jwtauth.Config { return jwtauth.Config{} },
	} {
		s := newSite(t)
		c := cfg(s)
		c.Secret = secret
		tokens := jwtauth.New(s.db.Users(), c)
		api := newAPI(t, rest.Router{
			Controllers: []rest.Controller{{Path: "/me", Auth: tokens.Header(), Get: rest.Handle(who)}},
			Routers:     []rest.Router{s.JWT("/jwt", tokens)},
		})
		b := newBrowser(api)
		pair := func(user string) (p account.TokenPair) {
			t.Helper()
			w := b.send("POST", "/jwt/obtain/", `{"username":"`+user+`","password":"`+user+`-pass"}`)
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 200 {
				t.Fatalf("%s: obtain: got %d %s", name, w.Code, w.Body)
			}
			return p
		}
		me := func(what string, p account.TokenPair, want int) {
			t.Helper()
			if w := b.send("GET", "/me", "", "Authorization", "Bearer "+p.Access); w.Code != want {
				t.Errorf("%s: %s: got %d, want %d", name, what, w.Code, want)
			}
		}
		revoke := func(token string, want int) {
			t.Helper()
			if w := b.send("POST", "/jwt/revoke/", `{"refresh_token":"`+token+`"}`); w.Code != want {
				t.Errorf("%s: revoke: got %d %s, want %d", name, w.Code, w.Body, want)
			}
		}
		here, there, carols := pair("alice"), pair("alice"), pair("carol")
		if name == "neither" {
			revoke(here.Refresh, 404)
			continue
		}
		revoke("junk", 401)
		revoke(here.Access, 401)
		revoke(here.Refresh, 204)
		revoke(here.Refresh, 204) // is no error (RFC 7009 §2.2)
		if w := b.send("POST", "/jwt/refresh/", `{"refresh_token":"`+here.Refresh+`"}`); w.Code != 401 {
			t.Errorf("%s: a revoked token is exchanged: got %d", name, w.Code)
		}
		me("another login", there, 200)
		all := func(headers ...string) int { return b.send("POST", "/jwt/revoke/all/", "", headers...).Code }
		if name == "blocklist" {
			me("the access token of a revoked refresh token", here, 200)
			if got := all("Authorization", "Bearer "+there.Access); got != 404 {
				t.Errorf("%s: revoke/all/: got %d", name, got)
			}
			continue
		}
		me("the login that ended", here, 401)
		if got := all(); got != 401 {
			t.Errorf("%s: revoke/all/ by nobody: got %d", name, got)
		}
		if got := all("Authorization", "Bearer "+there.Access); got != 204 {
			t.Errorf("%s: revoke/all/: got %d", name, got)
		}
		me("after all ended", there, 401)
		me("another user", carols, 200)
	}
}

// TestRefreshTwiceAtOnce: the second of two tabs is told, its cookies stay, and the login
// goes on.
func TestRefreshTwiceAtOnce(t *testing.T) {
	s := newSite(t)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: s.db.Families()})
	api := newAPI(t, rest.Router{
		Controllers: []rest.Controller{{Path: "/me", Auth: tokens.Cookie(), Get: rest.Handle(who)}},
		Routers:     []rest.Router{s.JWT("/jwt", tokens), s.JWTCookies("/cookies", tokens)},
	})
	const repeated = `{"detail":[{"msg":"The refresh token was exchanged a moment ago","type":"refresh_repeated"}]}`
	b := newBrowser(api)
	var first, second account.TokenPair
	w := b.send("POST", "/jwt/obtain/", `{"username":"alice","password":"alice-pass"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &first); err != nil {
		t.Fatal(err)
	}
	refresh := func(p account.TokenPair) *httptest.ResponseRecorder {
		return b.send("POST", "/jwt/refresh/", `{"refresh_token":"`+p.Refresh+`"}`)
	}
	if err := json.Unmarshal(refresh(first).Body.Bytes(), &second); err != nil {
		t.Fatal(err)
	}
	if w := refresh(first); w.Code != 409 || w.Body.String() != repeated {
		t.Errorf("again: got %d %s", w.Code, w.Body)
	}
	if w := refresh(second); w.Code != 200 {
		t.Errorf("the login goes on: got %d %s", w.Code, w.Body)
	}

	here, other := newBrowser(api), newBrowser(api)
	here.send("POST", "/cookies/obtain/", `{"username":"alice","password":"alice-pass"}`)
	maps.Copy(other.jar, here.jar)
	if w := here.post("/cookies/refresh/", ""); w.Code != 204 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if w := other.post("/cookies/refresh/", ""); w.Code != 409 || w.Body.String() != repeated || w.Header()["Set-Cookie"] != nil {
		t.Errorf("cookies, again: got %d %s %v", w.Code, w.Body, w.Header())
	}
	for name, b := range map[string]*browser{"here": here, "other": other} {
		if w := b.send("GET", "/me", ""); w.Code != 200 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	for name, want := range map[string]bool{"default": true, "no grace": false, "no families": false} {
		cfg := jwtauth.Config{Secret: secret}
		if name != "no families" {
			cfg.Families = s.db.Families()
		}
		if name == "no grace" {
			cfg.Grace = -1
		}
		issuer := jwtauth.New(s.db.Users(), cfg)
		doc := newAPI(t, s.JWT("/jwt", issuer), s.JWTCookies("/cookies", issuer)).Document()
		for _, path := range []string{"/jwt/refresh/", "/cookies/refresh/"} {
			if got := doc.Paths[path].Post.Responses["409"] != nil; got != want {
				t.Errorf("%s: %s documents 409: %t, want %t", name, path, got, want)
			}
		}
	}
}
