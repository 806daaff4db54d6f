package e2e_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

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
