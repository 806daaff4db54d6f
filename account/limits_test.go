package account_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/throttle"
)

// routers are those that check a password, and the paths that do.
func routers(s *site, cfg account.Config) map[string]rest.Router {
	accounts := account.New(s.passwords, cfg)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret})
	keys := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	return map[string]rest.Router{
		"/x/login/":    accounts.Session("/x", s.session()),
		"/jwt/obtain/": accounts.JWT("/jwt", tokens),
		"/jc/obtain/":  accounts.JWTCookies("/jc", tokens),
		"/tok/obtain/": accounts.Tokens("/tok", keys.Header(), keys),
	}
}

func attempt(api http.Handler, path, address, name string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(fmt.Sprintf(`{"username":%q,"password":"wrong"}`, name)))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = address + ":1"
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w
}

// TestLoginsAreLimited by default: 10 attempts for a name, from wherever, and 30 from
// an address, for whomever; of all routers together.
func TestLoginsAreLimited(t *testing.T) {
	all := routers(newSite(t), account.Config{})
	paths := slices.Sorted(maps.Keys(all))
	api := newAPI(t, slices.Collect(maps.Values(all))...)
	count := func(n int, address, name func(int) string) (tried int, last *httptest.ResponseRecorder) {
		for i := range n {
			if last = attempt(api, paths[i%len(paths)], address(i), name(i)); last.Code != 401 {
				break
			}
			tried++
		}
		return tried, last
	}
	always := func(text string) func(int) string { return func(int) string { return text } }
	each := func(format string) func(int) string { return func(i int) string { return fmt.Sprintf(format, i) } }
	// Names in another case or form are one name; a slow machine may be given another try.
	forms := []string{"alice", "Alice", "ａｌｉｃｅ"}
	tried, w := count(20, each("192.0.2.%d"), func(i int) string { return forms[i%len(forms)] })
	if tried < 10 || tried > 12 || w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a name was tried %d times, then %d %v", tried, w.Code, w.Header())
	}
	for _, path := range paths {
		if w := attempt(api, path, "192.0.2.99", "alice"); w.Code != 429 {
			t.Errorf("%s: got %d after the others were asked too often", path, w.Code)
		}
		if api.Document().Paths[path].Post.Responses["429"] == nil {
			t.Errorf("%s does not document 429", path)
		}
	}
	if tried, w = count(50, always("198.51.100.1"), each("user%d")); tried < 30 || tried > 40 || w.Code != 429 {
		t.Errorf("from an address %d tries, then %d", tried, w.Code)
	}
}

// TestSignUpIsLimited by address: there is no name yet.
func TestSignUpIsLimited(t *testing.T) {
	api := newAPI(t, newSite(t).SignUp("/sign-up", func(context.Context, store.User) (*store.User, error) { return nil, store.ErrExists }))
	codes := map[int]int{}
	for range 40 {
		codes[attempt(api, "/sign-up/", "192.0.2.1", "dora").Code]++
	}
	if codes[429] == 0 || codes[409]+codes[400] < 30 {
		t.Errorf("got %v", codes)
	}
}

func TestLimitsOfOnesOwn(t *testing.T) {
	one := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
	loose := throttle.New(throttle.Limit{Requests: 1000, Window: time.Hour})
	s := newSite(t)
	var all []rest.Router
	for _, router := range routers(s, account.Config{Address: one, Name: loose}) {
		all = append(all, router)
	}
	api := newAPI(t, all...)
	codes := map[int]int{}
	for path := range routers(s, account.Config{}) {
		codes[attempt(api, path, "192.0.2.1", "alice").Code]++
	}
	if codes[401] != 1 || codes[429] != 3 {
		t.Errorf("one budget for all: got %v", codes)
	}
	for path, router := range routers(s, account.Config{InsecureUnlimited: true}) {
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
}

// TestMistakes surface when the API is built, at the line that made them.
func TestMistakes(t *testing.T) {
	s := newSite(t)
	one := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
	var noSession *sessionauth.Auth[*store.User]
	var noTokens *jwtauth.Issuer[*store.User]
	var noKeys *tokenauth.Auth[*store.User]
	nobody := account.New[*store.User](nil, account.Config{})
	if _, _, err := nobody.Check(t.Context(), "alice", "alice-pass"); !errors.As(err, new(*auth.ConfigError)) {
		t.Errorf("Check: got %v, want the mistake", err)
	}
	for want, router := range map[string]rest.Router{
		"Requests must be 1 or more":           routers(s, account.Config{Name: throttle.New(throttle.Limit{})})["/x/login/"],
		"InsecureUnlimited contradicts":        routers(s, account.Config{InsecureUnlimited: true, Name: one})["/jwt/obtain/"],
		"New: passwords must not be nil":       nobody.Session("/x", s.session()),
		"Session: session must not be nil":     s.Session("/x", noSession),
		"JWT: tokens must not be nil":          s.JWT("/x", noTokens),
		"JWTCookies: tokens must not be nil":   s.JWTCookies("/x", noTokens),
		"Tokens: tokens must not be nil":       s.Tokens("/x", auth.Public, noKeys),
		"Password: no logins to end":           s.Password("/x", s.session()),
		"Password: one of logins must not be ": s.Password("/x", s.session(), noSession),
		"LogoutAll: no logins to end":          s.LogoutAll("/x", s.session()),
		"sessionauth: Secret has":              s.LogoutAll("/x", s.session(), sessionauth.New(s.db.Users(), s.db.Sessions(), sessionauth.Config{})),
		"passwords must not be nil (account":   {Controllers: []rest.Controller{{Path: "/x", Post: rest.Handle(who, nobody.Limited(rest.Op{}))}}},
		"ending logins needs Families":         s.LogoutAll("/x", s.session(), jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret})),
		"SignUp: create must not be nil":       s.SignUp("/x", nil),
		"Hasher.Legacy[0]":                     account.New(password.NewChecker(s.db.Users(), &password.Hasher{Legacy: []string{"sha1"}}), account.Config{}).Session("/x", s.session()),
	} {
		_, err := rest.New(rest.Settings{Title: "T", Version: "1"}, router)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "_test.go:") {
			t.Errorf("got %v, want %q and a line", err, want)
		}
	}
}

// TestNamesAndAccountsAreCountedApart: nobody can use up what an account has for its
// change of the password by sending a name.
func TestNamesAndAccountsAreCountedApart(t *testing.T) {
	s := newSite(t)
	api := newAPI(t, s.Session("/x", s.session()), s.Password("/p", letIn("1"), account.NoLogins{}))
	for _, name := range []string{"1", "id 1", "\x00id 1", "name 1"} {
		for i := range 12 {
			attempt(api, "/x/login/", fmt.Sprintf("192.0.2.%d", i), name)
		}
	}
	if w := newBrowser(api).send("POST", "/p/", toNew); w.Code != 204 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestLongNamesAreNotWorkedOn: putting a megabyte into another form takes a second and a
// hundred megabytes. It is counted all the same.
func TestLongNamesAreNotWorkedOn(t *testing.T) {
	s := newSite(t)
	accounts := account.New(s.passwords, account.Config{Name: throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})})
	long := strings.Repeat("ﷺ", 340_000) // 18 letters each
	if _, _, err := accounts.Check(t.Context(), long, "x"); !errors.As(err, new(*auth.Error)) {
		t.Errorf("got %v", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := accounts.Check(t.Context(), long, "x")
	runtime.ReadMemStats(&after)
	if refusal, ok := errors.AsType[*auth.Error](err); !ok || refusal.HTTPStatus() != 429 {
		t.Errorf("the second time: got %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 5<<20 {
		t.Errorf("refusing took %d bytes", n)
	}
}

// TestLimitedKeepsWhatIsThere: an operation of one's own has limits and errors of its
// own, and is not written to.
func TestLimitedKeepsWhatIsThere(t *testing.T) {
	one := throttle.New(throttle.Limit{Requests: 1, Window: time.Hour})
	op := rest.Op{LimitsBeforeAuth: make([]rest.Limiter, 1, 9), Limits: make([]rest.Limiter, 1, 9), Errors: make([]error, 1, 9)}
	op.LimitsBeforeAuth[0], op.Limits[0], op.Errors[0] = one, one, &rest.Error{Status: 418}
	accounts := account.New(newSite(t).passwords, account.Config{})
	first, second := accounts.Limited(op), accounts.Limited(op)
	second.LimitsBeforeAuth[1], second.Limits[1], second.Errors[1] = nil, nil, nil
	if len(first.LimitsBeforeAuth) != 2 || len(first.Limits) != 2 || len(first.Errors) != 3 || first.LimitsBeforeAuth[0] != one || first.Limits[0] != one || first.Errors[0] != op.Errors[0] {
		t.Errorf("got %+v", first)
	}
	if first.LimitsBeforeAuth[1] == nil || first.Limits[1] == nil || first.Errors[1] == nil {
		t.Error("two operations share one list")
	}
	if !first.NoStore || op.NoStore {
		t.Errorf("NoStore: got %t, of the argument %t", first.NoStore, op.NoStore)
	}
}

// TestLimitsAreShared is two processes with one store of counts.
func TestLimitsAreShared(t *testing.T) {
	s, counts := newSite(t), throttle.NewMemory()
	api := func(limits throttle.Store) http.Handler {
		return newAPI(t, account.New(s.passwords, account.Config{Limits: limits}).Session("/x", s.session()))
	}
	first, second, other := api(counts), api(counts), api(nil)
	for i := range 10 {
		if w := attempt(first, "/x/login/", fmt.Sprintf("192.0.2.%d", i), "alice"); w.Code != 401 {
			t.Fatalf("attempt %d: got %d", i, w.Code)
		}
	}
	for name, c := range map[string]struct {
		api  http.Handler
		want int
	}{"the same process": {first, 429}, "another process": {second, 429}, "a process of its own": {other, 401}} {
		if w := attempt(c.api, "/x/login/", "192.0.2.99", "alice"); w.Code != c.want {
			t.Errorf("%s: got %d, want %d", name, w.Code, c.want)
		}
	}
	_, err := rest.New(rest.Settings{Title: "T", Version: "1"},
		account.New(s.passwords, account.Config{InsecureUnlimited: true, Limits: counts}).Session("/x", s.session()))
	if err == nil || !strings.Contains(err.Error(), "Limits") {
		t.Errorf("InsecureUnlimited with Limits: got %v, want an error", err)
	}
}

// TestRightPasswordsAreNotCounted: a right password is no guess, so any number of logins
// pass where wrong ones are limited; one of them does not excuse the wrong ones.
func TestRightPasswordsAreNotCounted(t *testing.T) {
	s := newSite(t)
	limit := throttle.New(throttle.Limit{Requests: 2, Window: time.Hour})
	accounts := account.New(s.passwords, account.Config{Name: limit})
	check := func(password string, want int) {
		t.Helper()
		_, _, err := accounts.Check(t.Context(), "alice", password)
		code := 200
		if e, ok := errors.AsType[*auth.Error](err); ok {
			code = e.HTTPStatus()
		}
		if code != want {
			t.Errorf("%s: got %v, want %d", password, err, want)
		}
	}
	for range 5 {
		check("alice-pass", 200)
	}
	check("wrong", 401)
	check("alice-pass", 200)
	check("wrong", 401)
	check("alice-pass", 429)

	change := newAPI(t, account.New(s.passwords, account.Config{Name: limit}).Password("/p", letIn("1"), account.NoLogins{}))
	for _, old := range []string{"alice-pass", "changed once", "changed 2x"} {
		next := map[string]string{"alice-pass": "changed once", "changed once": "changed 2x", "changed 2x": "changed 3x"}[old]
		if w := newBrowser(change).send("POST", "/p/", fmt.Sprintf(`{"old_password":%q,"new_password":%q}`, old, next)); w.Code != 204 {
			t.Errorf("a change: got %d %s", w.Code, w.Body)
		}
	}
}

// TestNameKey: users of the same name in two tenants have each their own budget.
func TestNameKey(t *testing.T) {
	type tenant struct{}
	s := newSite(t)
	accounts := account.New(s.passwords, account.Config{
		Name:    throttle.New(throttle.Limit{Requests: 1, Window: time.Hour}),
		NameKey: func(ctx context.Context, name string) string { return ctx.Value(tenant{}).(string) + "/" + name },
	})
	for _, try := range []struct {
		tenant, name string
		want         int
	}{{"a", "alice", 401}, {"a", "ALICE", 429}, {"b", "alice", 401}, {"b", "alice", 429}} {
		_, _, err := accounts.Check(context.WithValue(t.Context(), tenant{}, try.tenant), try.name, "wrong")
		if e, ok := errors.AsType[*auth.Error](err); !ok || e.HTTPStatus() != try.want {
			t.Errorf("%s of %s: got %v, want %d", try.name, try.tenant, err, try.want)
		}
	}
}
