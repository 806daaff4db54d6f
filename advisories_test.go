package rest_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

// What went wrong elsewhere, each as a test of ours. The advisories are those of
// gorilla, net/http, echo, fiber, chi, golang-jwt, go-jose, jwx, simplejwt, oathkeeper
// and oauth2-proxy that touch what this framework has; those of tokens are in
// advisories_jwt_test.go. Not ours: fiber CVE-2024-25124 (we have no CORS) and authboss
// 3.2.1 and 3.3.0 (nor account recovery).

// target is a site with a login at https://app.example.com.
type target struct {
	api     http.Handler
	db      *memory.DB
	session *sessionauth.Auth[*store.User]
}

func newTarget(t *testing.T, cfg sessionauth.Config) *target {
	t.Helper()
	db := memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	for _, name := range []string{"alice", "mallory"} {
		encoded, err := hasher.Hash(t.Context(), name+"-pass")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	cfg.Secret = []byte(strings.Repeat("s", 50))
	session := sessionauth.New(db.Users(), db.Sessions(), cfg)
	api, err := rest.New(settings(), account.New(password.NewChecker(db.Users(), hasher), account.Config{InsecureUnlimited: true}).Session("", session),
		rest.Router{Auth: session, Controllers: []rest.Controller{{Path: "/transfer", Get: rest.Handle(hello), Post: rest.Handle(hello)}}})
	if err != nil {
		t.Fatal(err)
	}
	return &target{api, db, session}
}

// send is a request as net/http's server makes it: its URL has neither scheme nor host.
func (s *target) send(method, path, body string, jar map[string]string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.URL = &url.URL{Path: path}
	r.Host, r.TLS = "app.example.com", &tls.ConnectionState{}
	for name, value := range jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	return w
}

// login returns the cookies of a login that the browser came to with others.
func (s *target) login(t *testing.T, name string, jar map[string]string) map[string]string {
	t.Helper()
	w := s.send("POST", "/login/", fmt.Sprintf(`{"username":%q,"password":"%s-pass"}`, name, name), jar)
	if w.Code != 200 {
		t.Fatalf("login: got %d %s", w.Code, w.Body)
	}
	out := map[string]string{}
	for _, c := range w.Result().Cookies() {
		out[c.Name] = c.Value
	}
	return out
}

// gorilla/csrf decided by the scheme of r.URL, which a server's requests do not have,
// so that Origin and Referer were not looked at.
func TestAdvisoryCVE2025_24358_gorilla(t *testing.T) {
	s := newTarget(t, sessionauth.Config{})
	jar := s.login(t, "alice", nil)
	for _, test := range []struct {
		header, value string
		want          int
	}{
		{"Origin", "https://app.example.com", 201},
		{"Origin", "https://evil.example.com", 403}, // a sibling, which may set cookies for both
		{"Origin", "http://app.example.com", 403},
		{"Origin", "null", 403},
		{"Referer", "https://app.example.com/page", 201},
		{"Referer", "http://app.example.com/page", 403},
		{"Referer", "https://evil.example.com/page", 403},
		{"X-Nothing", "x", 403}, // over TLS one of the two must be there
	} {
		if w := s.send("POST", "/transfer", "", jar, "X-CSRFToken", jar["csrftoken"], test.header, test.value); w.Code != test.want {
			t.Errorf("%s: %s: got %d, want %d", test.header, test.value, w.Code, test.want)
		}
	}
}

// gorilla/csrf took trusted hosts, and so trusted them over plain http, too.
func TestAdvisoryCVE2025_47909_gorilla(t *testing.T) {
	s := newTarget(t, sessionauth.Config{CSRF: csrf.New(csrf.Config{TrustedOrigins: []string{"https://trusted.example"}})})
	jar := s.login(t, "alice", nil)
	for origin, want := range map[string]int{"https://trusted.example": 201, "http://trusted.example": 403, "https://trusted.example:8443": 403, "https://trusted.example.evil": 403} {
		if w := s.send("POST", "/transfer", "", jar, "X-CSRFToken", jar["csrftoken"], "Origin", origin); w.Code != want {
			t.Errorf("%s: got %d, want %d", origin, w.Code, want)
		}
	}
	for _, bare := range []string{"trusted.example", "trusted.example:443", "//trusted.example"} {
		if csrf.New(csrf.Config{TrustedOrigins: []string{bare}}).Err() == nil {
			t.Errorf("the bare host %q was taken for an origin", bare)
		}
	}
}

// net/http's CrossOriginProtection exempted a path that redirects to one that is not
// exempt, and an open report is about userinfo in an Origin.
func TestAdvisoryCVE2025_47910_nethttp(t *testing.T) {
	s := newTarget(t, sessionauth.Config{})
	jar := s.login(t, "alice", nil)
	for _, origin := range []string{"https://x@app.example.com", "https://app.example.com@evil.example", "https://x:y@app.example.com"} {
		if w := s.send("POST", "/transfer", "", jar, "X-CSRFToken", jar["csrftoken"], "Origin", origin); w.Code != 403 {
			t.Errorf("session: Origin %s: got %d, want 403", origin, w.Code)
		}
		if w := s.send("POST", "/login/", `{"username":"alice","password":"alice-pass"}`, nil, "Origin", origin); w.Code != 403 {
			t.Errorf("guard: Origin %s: got %d, want 403", origin, w.Code)
		}
	}
	for _, path := range []string{"/transfer/", "//transfer", "/./transfer"} { // redirects, which nothing is exempt by
		if w := s.send("POST", path, "", jar); w.Code < 300 {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^go 1\.(2[6-9]|[3-9]\d)`).Match(module) {
		t.Error("go.mod allows a Go without the fix, which came in 1.25.1")
	}
}

// echo decoded %2F and %5C after its middleware had looked at the path.
func TestAdvisoryCVE2026_55677_echo(t *testing.T) {
	ran := ""
	run := func(what string) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (string, error) { ran += what; return what, nil })
	}
	private := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran += "private mount" })
	api, err := rest.New(settings(), rest.Router{
		Auth: auth.Public,
		Controllers: []rest.Controller{
			{Path: "/public/{name}", Get: rest.Handle(func(_ context.Context, in anyID2) (string, error) { return in.Name, nil })},
			{Path: "/admin/secret", Auth: alice, Get: run("secret"), Post: run("secret"), Options: run("secret")},
		},
		Mounts: []rest.Mount{
			{Path: "/files/", Handler: http.NotFoundHandler()},
			{Path: "/files/private/", Auth: alice, Handler: private},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }} // follows
	for _, path := range []string{
		"/admin/secret", "/admin%2Fsecret", "/admin%2fsecret", "/admin%5Csecret", "/%61dmin/secret", "/admin/secre%74", "//admin/secret", "/admin//secret",
		"/./admin/secret", "/admin/./secret", "/public/../admin/secret", "/public/..%2Fadmin%2Fsecret", "/public/%2e%2e/admin/secret", "/admin/secret/",
		"/admin/secret%00", "/admin/secret;x", "/admin/secret%3Fx", "/ADMIN/secret", "/admin/secret%20", "/files/private/x", "/files/private", "/files//private/x",
		"/files/./private/x", "/files/x/../private/x", "/files/%2e/private/x", "/files/private%2Fx", "/files%2Fprivate/x", "/files/..%2Ffiles/private/x",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "PUT", "TRACE", "QUERY", "get", "FOO"} {
			r, err := http.NewRequest(method, server.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.URL.Opaque = "//" + strings.TrimPrefix(server.URL, "http://") + path // as it stands
			reply, err := client.Do(r)
			if err != nil {
				continue // the server did not take it for a request
			}
			_ = reply.Body.Close()
			if ran != "" {
				t.Fatalf("%s %s ran the handler of %s: %d", method, path, ran, reply.StatusCode)
			}
		}
	}
	if send(api, "GET", "/admin/secret", "", "Authorization", credential); ran != "secret" {
		t.Error("the handler cannot be reached at all")
	}
}

type anyID2 struct {
	Name string `path:"name"`
}

// birdnet-go let requests in that said Sec-Fetch-Site: same-origin of themselves.
func TestAdvisoryGHSA_9fhj_f35q_w532_birdnet(t *testing.T) {
	s := newTarget(t, sessionauth.Config{})
	jar := s.login(t, "alice", nil) // a client without any of a browser's headers may log in
	for _, headers := range [][]string{
		nil, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", "https://app.example.com"},
		{"Sec-Fetch-Site", "same-origin", "Origin", "https://app.example.com"},
	} {
		if w := s.send("POST", "/transfer", "", jar, headers...); w.Code != 403 {
			t.Errorf("cookies alone with %q: got %d, want 403", headers, w.Code)
		}
		if w := s.send("GET", "/transfer", "", nil, headers...); w.Code != 401 {
			t.Errorf("no cookie with %q: got %d, want 401", headers, w.Code)
		}
	}
}

// fiber accepted any token of its store for any client.
func TestAdvisoryCVE2023_45128_45141_fiber(t *testing.T) {
	for name, cfg := range map[string]sessionauth.Config{"in a cookie": {}, "in the session": {CSRFInSession: true}} {
		s := newTarget(t, cfg)
		token := func(jar map[string]string) string {
			r := httptest.NewRequest("GET", "https://app.example.com/", nil)
			for name, value := range jar {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			token, _, err := s.session.CSRF().Token(r)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		mallory := s.login(t, "mallory", nil)
		before := s.login(t, "alice", nil)
		old := token(before)
		jar := s.login(t, "alice", before) // again: what was known before is not known after
		post := func(token string) int {
			return s.send("POST", "/transfer", "", jar, "X-CSRFToken", token, "Origin", "https://app.example.com").Code
		}
		for what, test := range map[string]struct {
			token string
			want  int
		}{
			"one's own":    {token(jar), 201},
			"another's":    {token(mallory), 403},
			"of before":    {old, 403},
			"made up":      {strings.Repeat("a", 32), 403},
			"made up long": {strings.Repeat("a", 64), 403},
			"empty":        {"", 403},
		} {
			if got := post(test.token); got != test.want {
				t.Errorf("%s: %s: got %d, want %d", name, what, got, test.want)
			}
		}
		if name == "in the session" { // a cookie that a sibling planted is not looked at
			jar["csrftoken"] = strings.Repeat("b", 32)
			if got := post(jar["csrftoken"]); got != 403 {
				t.Errorf("%s: a planted cookie: got %d, want 403", name, got)
			}
		}
	}
}

// fiber's session took the id that the client chose, and kept it at login.
func TestAdvisoryCVE2024_38513_fiber(t *testing.T) {
	s := newTarget(t, sessionauth.Config{})
	chosen := strings.Repeat("a", 32)
	jar := s.login(t, "alice", map[string]string{"sessionid": chosen})
	if jar["sessionid"] == chosen || jar["sessionid"] == "" {
		t.Errorf("the client's id was adopted: %v", jar)
	}
	if w := s.send("GET", "/transfer", "", map[string]string{"sessionid": chosen}); w.Code != 401 {
		t.Errorf("the chosen id: got %d, want 401", w.Code)
	}
	other := s.login(t, "mallory", jar) // another user in the same browser
	if other["sessionid"] == jar["sessionid"] {
		t.Error("the id did not change with the user")
	}
	if w := s.send("GET", "/transfer", "", jar); w.Code != 401 {
		t.Errorf("the id of before: got %d, want 401", w.Code)
	}
}

type noEntropy struct{}

func (noEntropy) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

// fiber fell back to predictable ids where the system had no randomness.
func TestAdvisoryCVE2025_66630_fiber(t *testing.T) {
	s := newTarget(t, sessionauth.Config{Rand: noEntropy{}})
	w := s.send("POST", "/login/", `{"username":"alice","password":"alice-pass"}`, nil)
	if w.Code < 500 || len(w.Result().Cookies()) != 0 {
		t.Errorf("got %d with %v, want a fault and no cookie", w.Code, w.Result().Cookies())
	}
}

// fiber's basic auth answered sooner for names that it did not know.
func TestAdvisoryGHSA_g5vh_55hw_rxm8_fiber(t *testing.T) {
	db := memory.New()
	hasher := &password.Hasher{Algorithm: password.Scrypt, Scrypt: password.ScryptCost{N: 4096, R: 8, P: 1}} // 4 MiB: a hash is seen
	encoded, err := hasher.Hash(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	for name, active := range map[string]bool{"known": true, "inactive": false} {
		if _, err := db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: active}); err != nil {
			t.Fatal(err)
		}
	}
	passwords := password.NewChecker(db.Users(), hasher)
	for _, test := range [][2]string{{"known", "wrong"}, {"unknown", "wrong"}, {"inactive", "wrong"}, {"inactive", "right"}, {"known", ""}, {"", ""}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := passwords.Check(t.Context(), test[0], test[1])
		runtime.ReadMemStats(&after)
		if hashes := float64(after.TotalAlloc-before.TotalAlloc) / (4 << 20); err == nil || hashes < 0.9 || hashes > 1.2 {
			t.Errorf("%q: %.2f hashes were computed (%v), want 1", test, hashes, err)
		}
	}
}

// fiber wrote what the client had sent into HTML that the client could ask for.
func TestAdvisoryCVE2026_42554_fiber(t *testing.T) {
	const evil = "<script>alert(1)</script>"
	api := newAPI(t, settings(), rest.Controller{Path: "/items/{name}", Auth: auth.Public, Post: rest.Handle(func(_ context.Context, in struct {
		Name string `path:"name" maxLength:"3"`
		Body struct {
			Title string `json:"title" enum:"a,b"`
		} `body:""`
	}) (string, error) {
		return in.Name, nil
	})})
	escaped := url.PathEscape(evil)
	for _, test := range [][]string{
		{"GET", "/" + escaped, ""}, {"POST", "/items/" + escaped, `{"title":"` + evil + `"}`}, {"POST", "/items/a", `{"` + evil + `":1}`},
		{"POST", "/items/a", evil}, {"PUT", "/items/a", ""}, {"POST", "/items/a", `{"title":"a"}`, "Accept", "text/html," + evil}, {"POST", "/items/a", "x", "Content-Type", evil},
	} {
		for _, accept := range []string{"text/html", "text/html, */*;q=0.1", ""} {
			headers := append([]string{"Accept", accept}, test[3:]...)
			w := send(api, test[0], test[1], test[2], headers...)
			if got := w.Header().Get("Content-Type"); got != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%q: got %d of type %q, nosniff %q", test, w.Code, got, w.Header().Get("X-Content-Type-Options"))
			}
			if strings.ContainsAny(w.Body.String(), "<>") {
				t.Errorf("%q: got %d %s", test, w.Code, w.Body)
			}
		}
	}
}

// oathkeeper matched another path than it served, and believed forwarded headers of
// anybody; with a header of their own, clients of oauth2-proxy picked a public rule.
func TestAdvisoryGHSA_p224_vhr5_oathkeeper_CVE2026_40575_oauth2proxy(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/private", Auth: alice, Get: rest.Handle(hello), Post: rest.Handle(hello)},
		rest.Controller{Path: "/public", Auth: auth.Public, Get: rest.Handle(hello)})
	for _, name := range []string{
		"X-Original-URL", "X-Original-Uri", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Envoy-Original-Path",
		"X-Forwarded-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Forwarded-Host", "X-Forwarded-User", "X-Remote-User", "Remote-User",
		"X-Auth-Request-User", "X-Accel-Redirect",
	} {
		for _, value := range []string{"/public", "GET", "OPTIONS", "alice", "public"} {
			for _, method := range []string{"GET", "POST"} {
				if w := send(api, method, "/private", "", name, value); w.Code != 401 {
					t.Errorf("%s with %s: %s: got %d, want 401", method, name, value, w.Code)
				}
			}
		}
	}
}

// chi's RealIP took the address that the client wrote into a header.
func TestAdvisoryGHSA_3fxj_rjr7_9g5q_chi(t *testing.T) {
	for name, test := range map[string]struct {
		trusted []netip.Prefix
		want    int // requests that pass
	}{
		"nobody is trusted":      {nil, 1},
		"another is trusted":     {[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 1},
		"the peer is a proxy":    {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, 5},
		"and so is what it says": {[]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}, 1},
	} {
		s := settings()
		s.TrustedProxies = test.trusted
		once := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
		api := newAPI(t, s, rest.Controller{Path: "/", Auth: auth.Public, Get: rest.Handle(hello, rest.Op{LimitsBeforeAuth: []rest.Limiter{once}})})
		passed := 0
		for i := range 5 {
			w := send(api, "GET", "/", "", "X-Forwarded-For", fmt.Sprintf("203.0.113.7, 198.51.100.%d", i), "X-Real-IP", fmt.Sprintf("198.51.100.%d", i),
				"True-Client-IP", fmt.Sprintf("198.51.100.%d", i), "Forwarded", fmt.Sprintf("for=198.51.100.%d", i)) // httptest's peer is 192.0.2.1
			if w.Code == 200 {
				passed++
			}
		}
		if passed != test.want {
			t.Errorf("%s: %d requests passed, want %d", name, passed, test.want)
		}
	}
}
