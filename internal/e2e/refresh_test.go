package e2e_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestParallelRefreshes: of 20 requests at once with one refresh token exactly one is
// answered with a pair, on SQLite and through the whole API. The others are told that
// the token was exchanged, and the login goes on.
func TestParallelRefreshes(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	user, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	who := auth.Account{ID: user.ID, Username: "alice", Active: true}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte(strings.Repeat("s", 32)), Families: db.Families(), Logger: slog.New(slog.DiscardHandler),
	})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, account.New(password.NewChecker(db.Users(), nil), account.Config{}).JWT("/jwt", tokens))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 20
	post := func(path, body string) (int, string) {
		reply, err := server.Client().Post(server.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer reply.Body.Close()
		text, err := io.ReadAll(reply.Body)
		if err != nil {
			t.Error(err)
		}
		return reply.StatusCode, string(text)
	}
	for round := range 100 {
		pair, err := tokens.Issue(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		var won, refused atomic.Int64
		var next atomic.Value
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				switch status, body := post("/jwt/refresh/", `{"refresh_token":"`+pair.Refresh+`"}`); status {
				case http.StatusOK:
					won.Add(1)
					next.Store(body)
				case http.StatusConflict:
					if !strings.Contains(body, `"type":"refresh_repeated"`) {
						t.Errorf("got %s", body)
					}
					refused.Add(1)
				default:
					t.Errorf("got %d %s", status, body)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 || refused.Load() != 19 {
			t.Fatalf("round %d: got %d pairs and %d refusals, want 1 and 19", round, won.Load(), refused.Load())
		}
		winner, _ := next.Load().(string)
		for path, want := range map[string]int{"/jwt/verify/": http.StatusNoContent, "/jwt/refresh/": http.StatusOK} { // both members stand in the body
			if status, body := post(path, winner); status != want {
				t.Fatalf("round %d: %s with the pair: got %d %s", round, path, status, body)
			}
		}
	}
	if rows, err := db.Families().FamiliesOf(t.Context(), who.ID); err != nil || len(rows) != 100 {
		t.Errorf("got %d logins, %v, want 100", len(rows), err)
	}
}

// TestPasswordSetByAnotherProgram: Django's admin writes the table, and tells nobody. The
// logins of that user end, by session and by token; API tokens stay.
func TestPasswordSetByAnotherProgram(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{"alice", "carol"} {
		if _, err := db.Users().Create(t.Context(), store.User{Username: name, Password: "encoded", Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	secret := []byte(strings.Repeat("s", 32))
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	type login struct {
		session *http.Request
		pair    jwtauth.Pair
		key     string
	}
	begin := func(name string) (l login) {
		_, account, err := db.Users().ByUsername(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		l.session = httptest.NewRequest(http.MethodGet, "/", nil)
		cookies, err := session.Begin(l.session, account)
		for _, cookie := range cookies {
			l.session.AddCookie(cookie)
		}
		var errs [2]error
		l.pair, errs[0] = tokens.Issue(t.Context(), account)
		l.key, _, errs[1] = keys.Issue(t.Context(), account, tokenauth.Grant{})
		if err := errors.Join(err, errs[0], errs[1]); err != nil {
			t.Fatal(err)
		}
		return l
	}
	alice, carol := begin("alice"), begin("carol")
	if _, err := db.Writer().ExecContext(t.Context(), `UPDATE auth_user SET password = 'another' WHERE username = 'alice'`); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		login
		alive bool
	}{"alice": {alice, false}, "carol": {carol, true}} {
		_, bySession := session.Identify(test.session)
		_, _, byAccess := tokens.Verify(t.Context(), test.pair.Access)
		_, byRefresh := tokens.Refresh(t.Context(), test.pair.Refresh)
		for kind, err := range map[string]error{"session": bySession, "access": byAccess, "refresh": byRefresh} {
			if (err == nil) != test.alive {
				t.Errorf("%s of %s: got %v, want it alive: %t", kind, name, err, test.alive)
			}
		}
		if _, _, err := keys.Verify(t.Context(), test.key); err != nil {
			t.Errorf("the API token of %s: got %v", name, err)
		}
	}
}
