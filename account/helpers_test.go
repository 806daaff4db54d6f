package account_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

var secret = []byte(strings.Repeat("s", 50))

// site has the users alice, 1, bob, 2, who is inactive, and carol, 3. Their passwords
// are alice-pass and so on.
type site struct {
	db        *memory.DB
	hasher    *password.Hasher
	passwords *password.Checker[*store.User]
	*account.Accounts[*store.User]
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{db: memory.New(), hasher: &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}}
	s.passwords = password.NewChecker(s.db.Users(), s.hasher)
	s.Accounts = account.New(s.passwords, account.Config{})
	for _, name := range []string{"alice", "bob", "carol"} {
		encoded, err := s.hasher.Hash(t.Context(), name+"-pass")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: name != "bob"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *site) session() *sessionauth.Auth[*store.User] {
	return sessionauth.New(s.db.Users(), s.db.Sessions(), sessionauth.Config{Secret: secret, Cookie: auth.Cookie{Insecure: true}})
}

func newAPI(t *testing.T, routers ...rest.Router) *rest.API {
	t.Helper()
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, routers...)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

type whoami struct {
	User *store.User `auth:""`
}

func who(_ context.Context, in whoami) (string, error) { return in.User.Username, nil }

// browser keeps cookies between requests.
type browser struct {
	api http.Handler
	jar map[string]string
}

func newBrowser(api http.Handler) *browser { return &browser{api, map[string]string{}} }

// post sends JSON with the CSRF token, as a page of the site does.
func (b *browser) post(path, body string, headers ...string) *httptest.ResponseRecorder {
	return b.send("POST", path, body, append([]string{"X-CSRFToken", b.jar["csrftoken"]}, headers...)...)
}

func (b *browser) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.api.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if b.jar[cookie.Name] = cookie.Value; cookie.MaxAge < 0 {
			delete(b.jar, cookie.Name)
		}
	}
	return w
}
