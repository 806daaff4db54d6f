package login_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/login"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
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
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: s.db.Families(), Cookie: jwtauth.Cookie{Insecure: true}})
	anyone := auth.AnyOf(session, tokens.Header(), tokens.Cookie())
	return newAPI(t, rest.Router{
		Auth:        anyone,
		Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(who)}},
		Routers: []rest.Router{
			login.Session(session, s.passwords, "/session"),
			login.JWT(tokens, s.passwords, "/jwt"),
			login.JWTCookies(tokens, s.passwords, "/cookies"),
			login.Password(anyone, s.passwords, "/password", []login.Logins{session, tokens}),
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
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, BindPassword: true, Cookie: jwtauth.Cookie{Insecure: true}})
	api := newAPI(t, rest.Router{
		Auth: tokens.Cookie(), Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(who)}},
		Routers: []rest.Router{
			login.JWTCookies(tokens, s.passwords, "/cookies"),
			login.Password(tokens.Cookie(), s.passwords, "/password", []login.Logins{tokens}),
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

// TestPasswordOfNoAccount: an authenticator that does not say whose account it is
// cannot change its password; that is our fault, and not a wrong password.
func TestPasswordOfNoAccount(t *testing.T) {
	s := newSite(t)
	api := newAPI(t, login.Password(authtest.As(&store.User{Username: "alice"}), s.passwords, "/p", nil))
	if w := newBrowser(api).send("POST", "/p/", toNew); w.Code != 500 {
		t.Errorf("got %d %s", w.Code, w.Body)
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
		"tokens that nothing ends": {login.Password(stateless.Header(), s.passwords, "/p", []login.Logins{stateless}), "takes Families or BindPassword"},
		"users without a writer":   {login.Password(stateless.Header(), readOnly, "/p", nil), "UpgradePassword"},
	} {
		if _, err := rest.New(rest.Settings{Title: "T", Version: "1"}, test.router); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
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

func TestSignUp(t *testing.T) {
	s := newSite(t)
	leaked := &rest.Error{Status: 400, Msg: "This password is known to everybody", Type: "value_error", Loc: []any{"parsed_body", "password"}}
	refuse := func(_ context.Context, username, password string) error {
		if password == "password1" || password == username {
			return leaked
		}
		return nil
	}
	api := newAPI(t, login.SignUp(s.db.Users().Create, s.hasher, "/sign-up", login.Options{Accept: refuse}),
		login.Session(s.session(), s.passwords, "/session"))
	b := newBrowser(api)
	for _, test := range []struct {
		body, want string
		status     int
	}{
		{`{"username":"dora","password":"long enough"}`, `{"user_id":"4"}`, 201},
		{`{"username":"dora","password":"long enough"}`, `"loc":["parsed_body","username"]`, 409},
		{`{"username":"ｄｏｒａ","password":"long enough"}`, `"loc":["parsed_body","username"]`, 409}, // full width
		{`{"username":"ümit+1","password":"long enough","email":"u@example.com"}`, `{"user_id":"5"}`, 201},
		{`{"username":"a b","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"a\u200bb","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400}, // nothing to be seen
		{`{"username":"","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"eve","password":"short"}`, `"loc":["parsed_body","password"]`, 400},
		{`{"username":"eve","password":"password1"}`, `known to everybody`, 400},
		{`{"username":"eve","password":"long enough","email":"nowhere"}`, `"loc":["parsed_body","email"]`, 400},
		{fmt.Sprintf(`{"username":"eve","password":%q}`, strings.Repeat("é", 1001)), `"loc":["parsed_body","password"]`, 400},
		{fmt.Sprintf(`{"username":"eve","password":%q}`, strings.Repeat("😀", 1000)), `{"user_id":"6"}`, 201},
	} {
		if w := b.send("POST", "/sign-up/", test.body); w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%.60s: got %d %s, want %d %s", test.body, w.Code, w.Body, test.status, test.want)
		}
	}
	if w := b.send("POST", "/sign-up/", `{"username":"fay","password":"long enough"}`, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("cross-site: got %d", w.Code)
	}
	if w := b.send("POST", "/session/login/", `{"username":"dora","password":"long enough"}`); w.Code != 200 {
		t.Errorf("login: got %d %s", w.Code, w.Body)
	}
	short := &password.Hasher{Argon2: s.hasher.Argon2, MaxLength: 20}
	down := func(context.Context, store.User) (*store.User, error) {
		return nil, auth.Unavailable(errors.New("10.0.0.1"))
	}
	for name, test := range map[string]struct {
		api  *rest.API
		body string
		want int
	}{
		"longer than the hasher takes": {newAPI(t, login.SignUp(s.db.Users().Create, short, "/sign-up")), `{"username":"x","password":"longer than twenty bytes"}`, 400},
		"the store is down":            {newAPI(t, login.SignUp(down, s.hasher, "/sign-up")), `{"username":"x","password":"long enough"}`, 503},
	} {
		if w := newBrowser(test.api).send("POST", "/sign-up/", test.body); w.Code != test.want || strings.Contains(w.Body.String(), "10.0.0.1") {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}
