package faults_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/sqlite"
)

func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// A database of passwords and sessions that Open creates is its owner's alone, with the files beside it (CWE-276).
func TestSQLiteFilesAreTheOwners(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "site.sqlite3"))
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true}); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
}

// The rights of a file that was there stay as its owner made them.
func TestSQLiteLeavesTheRightsOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "site.sqlite3")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v %v", info.Mode(), err)
	}
}

type customer struct{ id string }

// customers are users of a table of one's own, whose ids are UUIDs.
type customers struct{}

func (customers) ByID(_ context.Context, id string) (*customer, auth.Account, error) {
	return &customer{id}, auth.Account{ID: id, Username: "alice", Active: true}, nil
}

func (c customers) ByUsername(ctx context.Context, _ string) (*customer, auth.Account, error) {
	return c.ByID(ctx, "6ba7b810-9dad-11d1-80b4-00c04fd430c8")
}

// tokensOfUUIDs fails unless API tokens work for users with text ids, or New says that they do not: a 503 at the first login is too late.
func tokensOfUUIDs(t *testing.T, s tokenauth.Store) {
	t.Helper()
	keys := tokenauth.New[*customer](customers{}, s, tokenauth.Config{Secret: secret})
	set := general
	set.Auth = keys.Header()
	api, err := rest.New(set, rest.Router{Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
	if err != nil {
		return
	}
	_, account, _ := customers{}.ByUsername(t.Context(), "alice")
	raw, _, err := keys.Issue(t.Context(), account, tokenauth.Grant{Name: "laptop"})
	if err != nil {
		t.Fatalf("the API starts, and no token can be issued: %v", err)
	}
	if w := send(api, "GET", "/x", "", "X-API-Token", raw); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// Tokens of users with UUIDs work on SQLite, or do not start.
func TestTokensOfUUIDsOnSQLite(t *testing.T) { tokensOfUUIDs(t, open(t, ":memory:").Tokens()) }

// Tokens of users with UUIDs work in memory, or do not start.
func TestTokensOfUUIDsInMemory(t *testing.T) { tokensOfUUIDs(t, memory.New().Tokens()) }

// A user as a reply must not hand out the hash of the password: New refuses the record, or leaves it out (CWE-200).
func TestUserInAReplyHasNoHash(t *testing.T) {
	db := memory.New()
	u, _ := addUser(t, db, "alice", "alice-pass")
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(context.Context, rest.None) (*store.User, error) { return u, nil })}}})
	if err != nil {
		return
	}
	if w := send(api, "GET", "/x", ""); strings.Contains(w.Body.String(), "argon2") {
		t.Errorf("got %s", short(w.Body.String()))
	}
}

// A list of sessions as a reply must not hand out their keys: who has one is logged in.
func TestSessionsInAReplyHaveNoKey(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(ctx context.Context, _ rest.None) ([]store.Session, error) {
		return db.Sessions().ByUser(ctx, alice.ID)
	})}}})
	if err != nil {
		return
	}
	if w := send(api, "GET", "/x", ""); strings.Contains(w.Body.String(), cookieOf(t, cookies, "sessionid").Value) {
		t.Errorf("got %s", short(w.Body.String()))
	}
}

// A user as the body of a sign-up must not make administrators: New refuses the record (CWE-915).
func TestUserAsABodyIsNoAdministrator(t *testing.T) {
	made := store.User{}
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Post: rest.Handle(func(_ context.Context, in bodyOf[store.User]) (string, error) {
		made = in.Body
		return "ok", nil
	})}}})
	if err != nil {
		return
	}
	send(api, "POST", "/x", `{"ID":0,"Username":"mallory","Email":"","FirstName":"","LastName":"","Password":"x","Active":true,"Staff":true,"Superuser":true,"LastLogin":"0001-01-01T00:00:00Z","DateJoined":"0001-01-01T00:00:00Z"}`)
	if made.Superuser || made.Staff {
		t.Error("the client made itself an administrator")
	}
}

// A user in a log is written without the hash of the password (CWE-532).
func TestUserInALogHasNoHash(t *testing.T) {
	u, _ := addUser(t, memory.New(), "alice", "alice-pass")
	var text, object bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("hello", "user", u)
	slog.New(slog.NewJSONHandler(&object, nil)).Info("hello", "user", u)
	if strings.Contains(text.String()+object.String(), "argon2") {
		t.Errorf("got %s%s", short(text.String()), short(object.String()))
	}
}

// SignUp answers with the id of the account, whatever the table makes of it: not with 0 for a UUID.
func TestSignUpOfUUIDs(t *testing.T) {
	accounts := account.New(password.NewChecker[*customer](customers{}, hasher), account.Config{})
	create := func(_ context.Context, u store.User) (*store.User, error) { return &u, nil } // the row has an id of its own
	api, err := rest.New(general, accounts.SignUp("/sign-up", create))
	if err != nil {
		return
	}
	w := send(api, "POST", "/sign-up/", `{"username":"alice","password":"long enough"}`)
	if w.Code < 300 && strings.Contains(w.Body.String(), `"0"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
