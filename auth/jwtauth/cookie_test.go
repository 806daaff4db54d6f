package jwtauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store/memory"
)

var alice = auth.Account{ID: "1", Username: "alice", Active: true}

// browse makes a request with cookies, and with the CSRF token if there is one.
func browse(method string, cookies []*http.Cookie, withToken bool) *http.Request {
	r := httptest.NewRequest(method, "https://api.example/", nil)
	for _, c := range cookies {
		if c.MaxAge >= 0 {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		if c.Name == "csrftoken" && withToken {
			r.Header.Set("X-CSRFToken", c.Value)
			r.Header.Set("Origin", "https://api.example")
		}
	}
	return r
}

func TestCookie(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{})
	set, err := tokens.Begin(browse("POST", nil, false), alice)
	if err != nil || len(set) != 3 {
		t.Fatalf("got %v, %v", set, err)
	}
	other := newIssuer(t, jwtauth.Config{Secret: []byte(strings.Repeat("o", 32))})
	foreign, err := other.Begin(browse("POST", nil, false), alice)
	if err != nil {
		t.Fatal(err)
	}
	refresh := []*http.Cookie{{Name: "access_token", Value: set[1].Value}}
	for name, c := range map[string]struct {
		r    *http.Request
		want int // 0: skipped
	}{
		"absent":                {browse("GET", nil, false), 0},
		"absent, POST":          {browse("POST", nil, false), 0},
		"empty":                 {browse("POST", []*http.Cookie{{Name: "access_token"}}, false), 0},
		"header":                {request("Authorization", "Bearer "+set[0].Value), 0},
		"GET":                   {browse("GET", set, false), 200},
		"HEAD":                  {browse("HEAD", set, false), 200},
		"POST":                  {browse("POST", set, true), 200},
		"POST without token":    {browse("POST", set, false), 403},
		"DELETE without token":  {browse("DELETE", set, false), 403},
		"junk, CSRF goes first": {browse("POST", []*http.Cookie{{Name: "access_token", Value: "x"}}, false), 403},
		"junk":                  {browse("GET", []*http.Cookie{{Name: "access_token", Value: "x"}}, false), 401},
		"another issuer's":      {browse("GET", foreign, false), 401},
		"a refresh token":       {browse("GET", refresh, false), 401},
	} {
		id, err := tokens.Cookie().Authenticate(c.r)
		refusal := new(auth.Error)
		switch {
		case c.want == 0 && !errors.Is(err, auth.ErrSkip):
			t.Errorf("%s: got %v, want a skip", name, err)
		case c.want == 200 && (err != nil || id.By != tokens.Cookie()):
			t.Errorf("%s: got %v, want accepted", name, err)
		case c.want > 400 && (!errors.As(err, &refusal) || refusal.HTTPStatus() != c.want):
			t.Errorf("%s: got %v, want %d", name, err, c.want)
		}
	}
}

func TestRenewAndEnd(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Cookie: auth.Cookie{Domain: "example.com", SameSite: http.SameSiteStrictMode}, RefreshCookie: auth.Cookie{Path: "/refresh"}})
	set, err := tokens.Begin(browse("POST", nil, false), alice)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"access_token=X; Path=/; Domain=example.com; Max-Age=86400; HttpOnly; Secure; SameSite=Strict",
		"refresh_token=X; Path=/refresh; Domain=example.com; Max-Age=864000; HttpOnly; Secure; SameSite=Strict",
	} {
		c := *set[i]
		if !c.Expires.Equal(now.Add([]time.Duration{24 * time.Hour, 240 * time.Hour}[i])) {
			t.Errorf("%s: expires %v", c.Name, c.Expires)
		}
		c.Value, c.Expires = "X", c.Expires.AddDate(-3000, 0, 0)
		if got := c.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	next, err := tokens.Renew(browse("POST", set, true))
	if err != nil || len(next) != 2 || next[0].Value == set[0].Value || next[1].Value == set[1].Value {
		t.Fatalf("got %v, %v", next, err)
	}
	if _, err := tokens.Cookie().Authenticate(browse("GET", next, false)); err != nil {
		t.Errorf("a renewed token: %v", err)
	}
	for name, r := range map[string]*http.Request{
		"no cookie": browse("POST", nil, false), "an access token": browse("POST", []*http.Cookie{{Name: "refresh_token", Value: set[0].Value}}, false),
	} {
		if _, err := tokens.Renew(r); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	gone, err := tokens.End(browse("POST", set, true))
	if err != nil || len(gone) != 2 {
		t.Fatalf("End: got %v, %v", gone, err)
	}
	for i, c := range gone {
		if c.Name != set[i].Name || c.Path != set[i].Path || c.Domain != set[i].Domain || c.MaxAge >= 0 || c.Value != "" || !c.Secure {
			t.Errorf("got %v, want what deletes %v", c, set[i])
		}
	}
	if _, err := tokens.Begin(browse("POST", nil, false), auth.Account{ID: "2"}); !errors.As(err, new(*auth.Error)) {
		t.Errorf("an inactive account: got %v, want a refusal", err)
	}
}

func TestCookieDeclares(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{})
	get, err := tokens.Cookie().Declare("GET")
	if err != nil {
		t.Fatal(err)
	}
	post, _ := tokens.Cookie().Declare("POST")
	if len(get.Alternatives[0].Requirement) != 1 || len(get.Refusals) != 0 || get.Challenges != nil || get.Schemes["jwt_cookie"].In != "cookie" {
		t.Errorf("GET: got %+v", get)
	}
	if len(post.Alternatives[0].Requirement) != 2 || post.Refusals[0].Status != 403 {
		t.Errorf("POST: got %+v", post)
	}
	for name, cfg := range map[string]jwtauth.Config{
		"one name for two":        {Cookie: auth.Cookie{Name: "t"}, RefreshCookie: auth.Cookie{Name: "t"}},
		"None without Secure":     {Cookie: auth.Cookie{SameSite: http.SameSiteNoneMode, Insecure: true}},
		"a name with a blank":     {Cookie: auth.Cookie{Name: "a b"}},
		"a path with a semicolon": {Cookie: auth.Cookie{Path: "/;"}},
		"a scheme of no use":      {RefreshCookie: auth.Cookie{SchemeName: "r"}},
		"a bad protection":        {CSRF: csrf.New(csrf.Config{TrustedOrigins: []string{"example.com"}})},
	} {
		cfg.Secret = secret
		if _, err := jwtauth.New(people(t), cfg).Cookie().Declare("GET"); !errors.As(err, new(*auth.ConfigError)) {
			t.Errorf("%s: got %v, want a mistake", name, err)
		}
	}
}

// TestEndRevokes: a logout ends the login, by whichever of its tokens the browser
// sent, and minds no junk.
func TestEndRevokes(t *testing.T) {
	for name, which := range map[string]string{"access": "access_token", "refresh": "refresh_token"} {
		tokens := newIssuer(t, jwtauth.Config{Families: memory.New().Families()})
		pair := login(t, tokens)
		for _, value := range []string{"junk", map[string]string{"access": pair.Access, "refresh": pair.Refresh}[name]} {
			cookies, err := tokens.End(browse("POST", []*http.Cookie{{Name: which, Value: value}}, true))
			if err != nil || len(cookies) != 2 {
				t.Errorf("%s %q: got %v, %v", name, value, cookies, err)
			}
		}
		if _, _, err := tokens.Verify(t.Context(), pair.Access); !refusedBecause(err, "login was ended") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	list := memory.New().Blocklist()
	tokens := newIssuer(t, jwtauth.Config{Blocklist: list})
	pair := login(t, tokens)
	if _, err := tokens.End(browse("POST", []*http.Cookie{{Name: "access_token", Value: pair.Access}, {Name: "refresh_token", Value: pair.Refresh}}, true)); err != nil {
		t.Fatal(err)
	}
	if rows, err := list.List(t.Context()); err != nil || len(rows) != 2 {
		t.Errorf("got the rows %v, %v, want both tokens", rows, err)
	}
	broken := newIssuer(t, jwtauth.Config{Families: brokenFamilies{}})
	if _, err := broken.End(browse("POST", []*http.Cookie{{Name: "access_token", Value: mint(header, claims("extras", `{"type":"access","family":"f"}`))}}, true)); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a store that is down: got %v", err)
	}
}

// TestCookiesThatBrowsersDrop: what would never come back is a mistake at start.
func TestCookiesThatBrowsersDrop(t *testing.T) {
	for want, cfg := range map[string]struct{ access, refresh auth.Cookie }{
		"must begin with a slash": {refresh: auth.Cookie{Path: "auth/"}},
		"must be Secure":          {access: auth.Cookie{Name: "__Secure-a", Insecure: true}},
		"the path / and no":       {access: auth.Cookie{Name: "__host-a", Path: "/api"}},
		"cannot be sent":          {access: auth.Cookie{Domain: "exa mple"}},
		"SameSite=None":           {access: auth.Cookie{SameSite: http.SameSiteNoneMode, Insecure: true}},
		"one name and path":       {refresh: auth.Cookie{Name: "access_token"}},
		"":                        {auth.Cookie{Name: "__Host-a"}, auth.Cookie{Name: "__Secure-r", Path: "/auth/"}},
	} {
		_, err := jwtauth.New(people(t), jwtauth.Config{Secret: secret, Cookie: cfg.access, RefreshCookie: cfg.refresh}).Cookie().Declare("GET")
		if want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestRefreshElsewhere: the log says why a browser sends no cookie.
func TestRefreshElsewhere(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{RefreshCookie: auth.Cookie{Path: "/auth/"}})
	for path, want := range map[string]string{"/auth/refresh/": "no refresh token in a cookie", "/api/auth/refresh/": "does not cover"} {
		if _, err := tokens.Renew(httptest.NewRequest("POST", path, nil)); !refusedBecause(err, want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
