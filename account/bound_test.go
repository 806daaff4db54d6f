package account_test

import (
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// TestRoutersKeepTheirLogins: each router of logins names them to the checker, also where
// the users know nothing of the table.
func TestRoutersKeepTheirLogins(t *testing.T) {
	for name, router := range map[string]func(*site, *sessionauth.Auth[*store.User], *jwtauth.Issuer[*store.User]) rest.Router{
		"Session": func(s *site, session *sessionauth.Auth[*store.User], _ *jwtauth.Issuer[*store.User]) rest.Router {
			return s.Session("/x", session)
		},
		"JWT": func(s *site, _ *sessionauth.Auth[*store.User], tokens *jwtauth.Issuer[*store.User]) rest.Router {
			return s.JWT("/x", tokens)
		},
		"JWTCookies": func(s *site, _ *sessionauth.Auth[*store.User], tokens *jwtauth.Issuer[*store.User]) rest.Router {
			return s.JWTCookies("/x", tokens)
		},
		"Password": func(s *site, session *sessionauth.Auth[*store.User], tokens *jwtauth.Issuer[*store.User]) rest.Router {
			return s.Password("/x", session, session, tokens)
		},
		"LogoutAll": func(s *site, session *sessionauth.Auth[*store.User], tokens *jwtauth.Issuer[*store.User]) rest.Router {
			return s.LogoutAll("/x", session, session, tokens)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			session := s.session()
			tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: memory.New().Families()})
			newAPI(t, router(s, session, tokens))
			old, err := (&password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 1}).Hash(t.Context(), "alice-pass")
			if err == nil {
				err = s.db.Users().SetPassword(t.Context(), "1", old)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, account, err := s.db.Users().ByID(t.Context(), "1")
			if err != nil {
				t.Fatal(err)
			}
			page := httptest.NewRequest("GET", "/", nil)
			cookies, err := session.Begin(page, account)
			if err != nil {
				t.Fatal(err)
			}
			page.AddCookie(cookies[len(cookies)-1])
			pair, err := tokens.Issue(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Check(t.Context(), "alice", "alice-pass"); err != nil {
				t.Fatal(err)
			}
			_, bySession := session.Identify(page)
			_, _, byToken := tokens.Verify(t.Context(), pair.Access)
			if want := name != "JWT" && name != "JWTCookies"; (bySession == nil) != want {
				t.Errorf("the session: got %v, want it alive: %t", bySession, want)
			}
			if want := name != "Session"; (byToken == nil) != want {
				t.Errorf("the token: got %v, want it alive: %t", byToken, want)
			}
		})
	}
}

// TestUpgradeKeepsLogins: the first login after a change of the hasher replaces the
// encoding of the password; the other logins of the user go on, a forged one does not
// begin to.
func TestUpgradeKeepsLogins(t *testing.T) {
	for _, by := range []string{"/session/login/", "/jwt/obtain/", "/cookies/obtain/"} {
		t.Run(by, func(t *testing.T) {
			api, tokens, s := passwordAPI(t)
			session := s.session()
			old, err := (&password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 1}).Hash(t.Context(), "alice-pass")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.db.Users().SetPassword(t.Context(), "1", old); err != nil {
				t.Fatal(err)
			}
			_, account, err := s.db.Users().ByID(t.Context(), "1")
			if err != nil {
				t.Fatal(err)
			}
			begin := func(account auth.Account) *browser {
				b := newBrowser(api)
				cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), account)
				if err != nil {
					t.Fatal(err)
				}
				for _, cookie := range cookies {
					b.jar[cookie.Name] = cookie.Value
				}
				return b
			}
			page := begin(account)
			stale := account
			stale.Password = "of long ago"
			former := begin(stale)
			pair, err := tokens.Issue(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			if w := newBrowser(api).send("POST", by, byAlice); w.Code >= 300 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			if _, now, err := s.db.Users().ByID(t.Context(), "1"); err != nil || now.Password == old {
				t.Fatalf("got %v, and the encoding is still %q", err, now.Password)
			}
			for name, test := range map[string]struct {
				b       *browser
				headers []string
				want    int
			}{
				"a session":                     {page, nil, 200},
				"a token":                       {newBrowser(api), []string{"Authorization", "Bearer " + pair.Access}, 200},
				"a session of another password": {former, nil, 401},
			} {
				if w := test.b.send("GET", "/me", "", test.headers...); w.Code != test.want {
					t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, test.want)
				}
			}
		})
	}
}
