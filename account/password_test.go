package account_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

const (
	byAlice  = `{"username":"alice","password":"alice-pass"}`
	toNew    = `{"old_password":"alice-pass","new_password":"a better one"}`
	byAlice2 = `{"username":"alice","password":"a better one"}`
)

// passwordAPI has every kind of login, and a change of the password that ends them.
func passwordAPI(t *testing.T) (*rest.API, *jwtauth.Issuer[*store.User], *site) {
	t.Helper()
	s := newSite(t)
	session := s.session()
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: s.db.Families(), Cookie: auth.Cookie{Insecure: true}})
	caller := auth.AnyOf(session, tokens.Header(), tokens.Cookie())
	return newAPI(t, rest.Router{
		Auth:        caller,
		Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(who)}},
		Routers: []rest.Router{
			s.Session("/session", session),
			s.JWT("/jwt", tokens),
			s.JWTCookies("/cookies", tokens),
			s.Password("/password", caller, session, tokens),
			s.LogoutAll("/logout-all", caller, session, tokens),
		},
	}), tokens, s
}

func TestPasswordChangeEndsOtherLogins(t *testing.T) {
	for _, by := range []string{"session", "header", "cookie"} {
		api, tokens, s := passwordAPI(t)
		_, account, err := s.passwords.Check(t.Context(), "alice", "alice-pass")
		if err != nil {
			t.Fatal(err)
		}
		open := map[string]*browser{}
		bearer := map[string]string{}
		for _, which := range []string{"here", "there"} {
			for path, kind := range map[string]string{"/session/login/": "session ", "/cookies/obtain/": "cookie "} {
				b := newBrowser(api)
				if w := b.send("POST", path, byAlice); w.Code >= 300 {
					t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
				}
				open[kind+which] = b
			}
			pair, err := tokens.Issue(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			open["header "+which], bearer["header "+which] = newBrowser(api), "Bearer "+pair.Access
		}
		headers := func(name string) []string {
			if bearer[name] == "" {
				return nil
			}
			return []string{"Authorization", bearer[name]}
		}
		here := by + " here"
		before := open[here].jar["sessionid"]
		for body, want := range map[string]string{
			`{"old_password":"wrong","new_password":"a better one"}`: `["parsed_body","old_password"]`,
			`{"old_password":"alice-pass","new_password":"short"}`:   `["parsed_body","new_password"]`,
		} {
			if w := open[here].post("/password/", body, headers(here)...); w.Code != 400 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s: got %d %s", by, body, w.Code, w.Body)
			}
		}
		if w := open[here].post("/password/", toNew, headers(here)...); w.Code != 204 || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: got %d %s", by, w.Code, w.Body)
		}
		for name, b := range open {
			want := 401
			if name == here {
				want = 200
			}
			if w := b.send("GET", "/me", "", headers(name)...); w.Code != want {
				t.Errorf("changed by %s: %s: got %d %s, want %d", here, name, w.Code, w.Body, want)
			}
		}
		if by == "session" && open[here].jar["sessionid"] == before {
			t.Error("the session kept its key")
		}
		for body, want := range map[string]int{byAlice: 401, byAlice2: 200} {
			if w := newBrowser(api).send("POST", "/session/login/", body); w.Code != want {
				t.Errorf("%s: got %d, want %d", body, w.Code, want)
			}
		}
	}
}

func TestPasswordNeedsALogin(t *testing.T) {
	api, _, _ := passwordAPI(t)
	if w := newBrowser(api).send("POST", "/password/", toNew); w.Code != 401 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	b := newBrowser(api)
	b.send("POST", "/session/login/", byAlice)
	if w := b.send("POST", "/password/", toNew); w.Code != 403 {
		t.Errorf("without CSRF token: got %d %s", w.Code, w.Body)
	}
	if w := b.send("GET", "/me", ""); w.Code != 200 {
		t.Errorf("got %d", w.Code)
	}
}

// TestPasswordBoundTokens: where tokens go with the password, a browser gets new ones.
func TestPasswordBoundTokens(t *testing.T) {
	s := newSite(t)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, BindPassword: true, Cookie: auth.Cookie{Insecure: true}})
	api := newAPI(t, rest.Router{
		Auth: tokens.Cookie(), Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(who)}},
		Routers: []rest.Router{
			s.JWTCookies("/cookies", tokens),
			s.Password("/password", tokens.Cookie(), tokens),
		},
	})
	here, there := newBrowser(api), newBrowser(api)
	here.send("POST", "/cookies/obtain/", byAlice)
	there.send("POST", "/cookies/obtain/", byAlice)
	if w := here.post("/password/", toNew); w.Code != 204 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if w := here.send("GET", "/me", ""); w.Code != 200 {
		t.Errorf("here: got %d", w.Code)
	}
	if w := there.send("GET", "/me", ""); w.Code != 401 {
		t.Errorf("there: got %d", w.Code)
	}
}

func TestPasswordMistakes(t *testing.T) {
	s := newSite(t)
	stateless := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret})
	readOnly := password.NewChecker[*store.User](struct{ auth.Users[*store.User] }{s.db.Users()}, s.hasher)
	for name, test := range map[string]struct {
		router rest.Router
		want   string
	}{
		"tokens that nothing ends": {s.Password("/p", stateless.Header(), stateless), "needs Families or BindPassword"},
		"users without a writer":   {account.New(readOnly, account.Config{}).Password("/p", stateless.Header(), account.NoLogins{}), "UpgradePassword"},
	} {
		if _, err := rest.New(rest.Settings{Title: "T", Version: "1"}, test.router); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestLogoutOfEveryKind: a session ends the tokens, and a token the sessions.
func TestLogoutOfEveryKind(t *testing.T) {
	for _, by := range []string{"session", "header", "cookie"} {
		api, tokens, s := passwordAPI(t)
		open := map[string]*browser{"session": newBrowser(api), "cookie": newBrowser(api), "header": newBrowser(api)}
		open["session"].send("POST", "/session/login/", byAlice)
		open["cookie"].send("POST", "/cookies/obtain/", byAlice)
		pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		headers := map[string][]string{"header": {"Authorization", "Bearer " + pair.Access}}
		me := func(want int) {
			t.Helper()
			for name, b := range open {
				if w := b.send("GET", "/me", "", headers[name]...); w.Code != want {
					t.Errorf("by %s: %s: got %d, want %d", by, name, w.Code, want)
				}
			}
		}
		carol := newBrowser(api)
		carol.send("POST", "/session/login/", `{"username":"carol","password":"carol-pass"}`)
		me(200)
		if w := newBrowser(api).send("POST", "/logout-all/", ""); w.Code != 401 {
			t.Errorf("nobody: got %d", w.Code)
		}
		if w := open[by].post("/logout-all/", "", headers[by]...); w.Code != 204 {
			t.Errorf("by %s: got %d %s", by, w.Code, w.Body)
		}
		me(401)
		if w := carol.send("GET", "/me", ""); w.Code != 200 {
			t.Errorf("another user: got %d", w.Code)
		}
		if rows, err := s.db.Families().FamiliesOf(t.Context(), "1"); err != nil || len(rows) != 0 {
			t.Errorf("got the logins %v, %v", rows, err)
		}
	}
}

// EndAll of broken logins: they cannot be ended now.
func (broken) EndAll(context.Context, string, string) (int, error) {
	return 0, auth.Unavailable(errors.New("10.0.0.1 is down"))
}

// TestLogoutAllIsFinished: the client is gone, and one of the tables is down, which is
// told of.
func TestLogoutAllIsFinished(t *testing.T) {
	s := newSite(t)
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: strict{s.db.Families()}})
	for name, logins := range map[string][]account.Logins{"the client is gone": {tokens}, "a table is down": {broken{users: s.db.Users()}, tokens}} {
		if _, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true}); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		api := newAPI(t, s.LogoutAll("/all", leaver{letIn("1"), leave}, logins...))
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("POST", "/all/", nil).WithContext(ctx))
		if want := map[int]int{1: 204, 2: 503}[len(logins)]; w.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
		if rows, err := s.db.Families().FamiliesOf(t.Context(), "1"); err != nil || len(rows) != 0 {
			t.Errorf("%s: got the logins %v, %v", name, rows, err)
		}
	}
}

// leaver lets everybody in, whose client goes away then.
type leaver struct {
	letIn
	leave func()
}

func (l leaver) Authenticate(r *http.Request) (auth.Identity, error) {
	l.leave()
	return l.letIn.Authenticate(r)
}

func TestLogoutEverywhere(t *testing.T) {
	for path, all := range map[string]string{"/session/login/": "/session/logout/all/", "/cookies/obtain/": "/cookies/logout/all/"} {
		api, _, _ := passwordAPI(t)
		here, there := newBrowser(api), newBrowser(api)
		here.send("POST", path, byAlice)
		there.send("POST", path, byAlice)
		if w := here.send("POST", all, ""); w.Code != 403 {
			t.Errorf("%s without CSRF token: got %d", all, w.Code)
		}
		if w := here.post(all, ""); w.Code != 204 {
			t.Errorf("%s: got %d %s", all, w.Code, w.Body)
		}
		for name, b := range map[string]*browser{"here": here, "there": there} {
			if w := b.send("GET", "/me", ""); w.Code != 401 {
				t.Errorf("%s, %s: got %d", all, name, w.Code)
			}
		}
	}
}

// leaving is users whose client goes away the moment that the new password is written.
type leaving struct {
	*memory.Users
	leave func()
}

func (l leaving) UpgradePassword(ctx context.Context, id, old, encoded string) error {
	defer l.leave()
	return l.Users.UpgradePassword(ctx, id, old, encoded)
}

// strict is a table that a context ends, as databases are.
type strict struct{ jwtauth.Families }

func (s strict) EndFamiliesOf(ctx context.Context, user, except string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.Families.EndFamiliesOf(ctx, user, except)
}

// broken are logins that cannot be ended now.
type broken struct {
	account.NoLogins
	users *memory.Users
}

func (b broken) Accounts() any { return b.users }

func (broken) EndOthers(*http.Request, auth.Account) ([]*http.Cookie, error) {
	return nil, auth.Unavailable(errors.New("10.0.0.1 is down"))
}

// TestPasswordChangeIsFinished: once the password is changed the other logins end,
// though the client is gone, and though one of the tables cannot be written.
func TestPasswordChangeIsFinished(t *testing.T) {
	for name, fails := range map[string]bool{"the client is gone": false, "a table is down": true} {
		s := newSite(t)
		ctx, leave := context.WithCancel(t.Context())
		users := leaving{s.db.Users(), leave}
		tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: strict{s.db.Families()}})
		logins, want := []account.Logins{tokens}, 204
		if fails {
			users.leave, logins, want = func() {}, []account.Logins{broken{users: s.db.Users()}, tokens}, 503
		}
		accounts := account.New(password.NewChecker[*store.User](users, s.hasher), account.Config{})
		api := newAPI(t, accounts.Password("/password", tokens.Header(), logins...))
		account := auth.Account{ID: "1", Active: true}
		here, err := tokens.Issue(ctx, account)
		if err != nil {
			t.Fatal(err)
		}
		thief, err := tokens.Issue(ctx, account)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/password/", strings.NewReader(toNew)).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+here.Access)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, want)
		}
		if _, _, err := s.passwords.Check(t.Context(), "alice", "a better one"); err != nil {
			t.Errorf("%s: the password was not changed: %v", name, err)
		}
		if _, err := tokens.Refresh(t.Context(), thief.Refresh); err == nil {
			t.Errorf("%s: another login lives on", name)
		}
	}
}

// TestPasswordGuesses: who is logged in cannot guess the password either, by account
// and by address, and is told of.
func TestPasswordGuesses(t *testing.T) {
	s := newSite(t)
	var events []auth.Event
	as := func(id string) auth.Authenticator { return letIn(id) }
	settings := rest.Settings{Title: "T", Version: "1", OnAuth: func(_ *http.Request, e auth.Event) { events = append(events, e) }}
	api, err := rest.New(settings, s.Password("/a", as("1"), account.NoLogins{}), s.Password("/c", as("3"), account.NoLogins{}))
	if err != nil {
		t.Fatal(err)
	}
	guess := func(path, address, old string) int {
		r := httptest.NewRequest("POST", path, strings.NewReader(`{"old_password":"`+old+`","new_password":"long enough"}`))
		r.Header.Set("Content-Type", "application/json")
		r.RemoteAddr = address + ":1"
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}
	if got := guess("/a/", "192.0.2.1", "wrong"); got != 400 {
		t.Errorf("got %d", got)
	}
	want := auth.Event{Outcome: auth.Refused, Operation: "POST /a/", Level: "router", Scheme: "account", UserID: "1", Reason: "wrong password", Status: 400, Client: "192.0.2.1"}
	if diff := cmp.Diff(want, events[len(events)-1]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	codes := map[int]int{}
	for i := range 20 {
		codes[guess("/a/", fmt.Sprintf("192.0.2.%d", i), "wrong")]++
	}
	if codes[400] < 9 || codes[400] > 11 || codes[400]+codes[429] != 20 {
		t.Errorf("an account: got %v", codes)
	}
	if got := guess("/c/", "192.0.2.99", "carol-pass"); got != 204 {
		t.Errorf("another account: got %d", got)
	}
	codes = map[int]int{}
	for range 40 {
		codes[guess("/a/", "198.51.100.1", "wrong")]++
	}
	if before := events[len(events)-1]; before.Reason != "throttle: too many requests" || before.Scheme != "" {
		t.Errorf("an address: got %+v, want what is counted before authentication", before)
	}
}

// account lets everybody in as an account.
type letIn string

func (a letIn) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: string(a), UserID: string(a), Accounts: authctx.StandIn{}, By: a}, nil
}

func (a letIn) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"account": {}}, Principals: auth.PrincipalType[string](), Accounts: []any{authctx.StandIn{}}}},
		Schemes:      map[string]auth.Scheme{"account": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Account"}}},
	}, nil
}

// TestAccept: what the application refuses stays unchanged.
func TestAccept(t *testing.T) {
	s := newSite(t)
	refuse := func(_ context.Context, username, password string) error {
		return &rest.Error{Status: 400, Msg: username + " may not have " + password}
	}
	api := newAPI(t, account.New(s.passwords, account.Config{Accept: refuse}).Password("/p", letIn("1"), account.NoLogins{}))
	if w := newBrowser(api).send("POST", "/p/", toNew); w.Code != 400 || !strings.Contains(w.Body.String(), "alice may not have a better one") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if _, _, err := s.passwords.Check(t.Context(), "alice", "alice-pass"); err != nil {
		t.Errorf("the password was changed: %v", err)
	}
}

// TestPasswordCookiesAreDocumented where a change sets any.
func TestPasswordCookiesAreDocumented(t *testing.T) {
	s := newSite(t)
	for want, logins := range map[string][]account.Logins{
		"":          {account.NoLogins{}},
		"sessionid": {s.session()},
		"access_token csrftoken refresh_token sessionid": {s.session(), jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, BindPassword: true})},
	} {
		doc := newAPI(t, s.Password("/p", letIn("1"), logins...)).Document()
		if got := cookiesOf(doc.Paths["/p/"].Post.Responses["204"]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
