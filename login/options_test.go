package login_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/login"
	"github.com/go-modern-rest/rest/throttle"
)

// routers are those that check a password, and the paths that do.
func routers(s *site, options ...login.Options) map[string]rest.Router {
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret})
	return map[string]rest.Router{
		"/x/login/":    login.Session(s.session(), s.passwords, "/x", options...),
		"/jwt/obtain/": login.JWT(tokens, s.passwords, "/jwt", options...),
		"/jc/obtain/":  login.JWTCookies(tokens, s.passwords, "/jc", options...),
		"/tok/obtain/": login.Tokens(tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret}), s.passwords, "/tok", options...),
	}
}

func attempt(api http.Handler, path, address, name string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(fmt.Sprintf(`{"username":%q,"password":"wrong"}`, name)))
	r.RemoteAddr = address + ":1"
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

// TestLoginsAreLimited by default: 10 attempts for a name, from wherever, and 30 from
// an address, for whomever.
func TestLoginsAreLimited(t *testing.T) {
	for path, router := range routers(newSite(t)) {
		api := newAPI(t, router)
		count := func(n int, address, name func(int) string) (tried int, last *httptest.ResponseRecorder) {
			for i := range n {
				if last = attempt(api, path, address(i), name(i)); last.Code != 401 {
					break
				}
				tried++
			}
			return tried, last
		}
		always := func(text string) func(int) string { return func(int) string { return text } }
		each := func(format string) func(int) string { return func(i int) string { return fmt.Sprintf(format, i) } }
		// Names in another case are one name; a slow machine may be given another try.
		tried, w := count(20, each("192.0.2.%d"), func(i int) string { return []string{"alice", "Alice"}[i%2] })
		if tried < 10 || tried > 12 || w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a name was tried %d times, then %d %v", path, tried, w.Code, w.Header())
		}
		if tried, w = count(50, always("198.51.100.1"), each("user%d")); tried < 30 || tried > 40 || w.Code != 429 {
			t.Errorf("%s: from an address %d tries, then %d", path, tried, w.Code)
		}
		if api.Document().Paths[path].Post.Responses["429"] == nil {
			t.Errorf("%s does not document 429", path)
		}
	}
}

func TestLimitsOfOnesOwn(t *testing.T) {
	one := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
	loose := throttle.New(throttle.Limit{Requests: 1000, Window: time.Hour})
	s := newSite(t)
	var all []rest.Router
	for _, router := range routers(s, login.Options{Address: one, Name: loose}) {
		all = append(all, router)
	}
	api := newAPI(t, all...)
	codes := map[int]int{}
	for path := range routers(s) {
		codes[attempt(api, path, "192.0.2.1", "alice").Code]++
	}
	if codes[401] != 1 || codes[429] != 3 {
		t.Errorf("one budget for all: got %v", codes)
	}
	for path, router := range routers(s, login.Options{InsecureUnlimited: true, Address: one}) {
		api := newAPI(t, router)
		for range 40 {
			if w := attempt(api, path, "192.0.2.1", "alice"); w.Code != 401 {
				t.Fatalf("unlimited: %s: got %d", path, w.Code)
			}
		}
		if api.Document().Paths[path].Post.Responses["429"] != nil {
			t.Errorf("%s documents 429", path)
		}
	}
	if _, err := rest.New(rest.Settings{Title: "T", Version: "1"}, routers(s, login.Options{Name: throttle.New(throttle.Limit{})})["/x/login/"]); err == nil {
		t.Error("a limiter with a mistake: got nil")
	}
}
