package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestPasswordsOfASite hashes new passwords as the latest ones of the table.
func TestPasswordsOfASite(t *testing.T) {
	const django5 = "pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	const django6 = "pbkdf2_sha256$1200$abcdefghijklmnopqrstuv$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	const scrypt = "scrypt$1024$abcdefghijklmnopqrstuv$8$1$AAAA"
	user := func(name, encoded, joined, login string) string {
		return fmt.Sprintf(`INSERT INTO auth_user (password, last_login, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name)
			VALUES ('%s', NULLIF('%s', ''), 0, '%s', '', '', 0, 1, '%s', '')`, encoded, login, name, joined)
	}
	for _, c := range []struct {
		name  string
		users []string
		want  string
	}{
		{"no users", nil, "pbkdf2_sha256$1000000$"},
		{"one", []string{user("a", django5, "2026-01-01", "")}, "pbkdf2_sha256$1000$"},
		{"the latest sign-up", []string{user("a", django6, "2026-02-01", ""), user("b", django5, "2026-01-01", "")}, "pbkdf2_sha256$1200$"},
		{"the latest login", []string{user("a", django6, "2026-02-01", ""), user("b", django5, "2026-01-01", "2026-03-01")}, "pbkdf2_sha256$1000$"},
		{"a sign-up after the latest login", []string{user("a", django6, "2026-04-01", ""), user("b", django5, "2026-01-01", "2026-03-01")}, "pbkdf2_sha256$1200$"},
		{"another algorithm", []string{user("a", scrypt, "2026-02-01", ""), user("b", django5, "2026-01-01", "")}, "scrypt$1024$"},
		{"none that is written", []string{
			user("a", "!unusable", "2026-03-01", ""), user("b", "", "2026-03-02", ""), user("c", "md5$salt$x", "2026-03-03", ""),
			user("d", "$2b$12$"+strings.Repeat("a", 53), "2026-03-04", ""), user("e", "unknown$1$x", "2026-03-05", ""), user("f", django5, "2026-01-01", ""),
		}, "pbkdf2_sha256$1000$"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := siteFile(t, siteKinds[0], append([]string{`DELETE FROM auth_user`}, c.users...)...)
			db := open(t, path, siteKinds[0].cfg)
			checker := password.NewChecker(db.Users(), nil)
			encoded, err := checker.Hash(t.Context(), "a new password")
			if err != nil || !strings.HasPrefix(encoded, c.want) {
				t.Errorf("got %q, %v, want %s…", encoded, err, c.want)
			}
			mine := password.NewChecker(db.Users(), &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 10})
			if encoded, err := mine.Hash(t.Context(), "a new password"); err != nil || !strings.HasPrefix(encoded, "pbkdf2_sha1$10$") {
				t.Errorf("an Algorithm of one's own: got %q, %v", encoded, err)
			}
		})
	}
	db := open(t, ":memory:", sqlite.Config{})
	if encoded, err := password.NewChecker(db.Users(), nil).Hash(t.Context(), "a new password"); err != nil || !strings.HasPrefix(encoded, "argon2$") {
		t.Errorf("not a site: got %q, %v, want argon2id", encoded, err)
	}
}

// TestUpgradesOfASite logs users in whose encodings are older than the latest, or not.
func TestUpgradesOfASite(t *testing.T) {
	db := open(t, siteFile(t, siteKinds[0]), siteKinds[0].cfg)
	checker := password.NewChecker(db.Users(), nil)
	// alice has logged in to the site, which wrote pbkdf2_sha256$1000000.
	_, before, err := db.Users().ByUsername(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, after, err := checker.Check(t.Context(), "alice", "django-pass"); err != nil || after.Password != before.Password {
		t.Errorf("alice: got %q, %v, want the encoding unchanged", after.Password, err)
	}
	old, err := (&password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1000}).Hash(t.Context(), "old-pass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "bob", Password: old, Active: true, DateJoined: begun.AddDate(-1, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	_, after, err := checker.Check(t.Context(), "bob", "old-pass")
	if err != nil || !strings.HasPrefix(after.Password, "pbkdf2_sha256$1000000$") {
		t.Errorf("bob: got %q, %v, want Django's encoding", after.Password, err)
	}
	if _, stored, err := db.Users().ByUsername(t.Context(), "bob"); err != nil || stored.Password != after.Password {
		t.Errorf("bob: stored %q, %v", stored.Password, err)
	}
}

// living is a running Django site, see testdata/django/site.py.
type living struct {
	path string
	kind siteKind
	in   io.Writer
	out  *bufio.Scanner
}

// startSite makes a site with a real Django, which .ci/tools installs.
func startSite(t *testing.T, kind siteKind) *living {
	t.Helper()
	python, err := filepath.Abs("../../.ci/installed/venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "-c", "import django, dmr").CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Django: %v\n%s\nrun .ci/tools", err, out)
		}
		t.Skip("Django is not installed: .ci/tools installs it")
	}
	site := &living{path: filepath.Join(t.TempDir(), "site.sqlite3"), kind: kind}
	cmd := exec.Command(python, "testdata/django/site.py")
	cmd.Env = append(os.Environ(), "SITE_DATABASE="+site.path, "SITE_APPS="+kind.apps, "SITE_HASHER=people.hashers.Cheap", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = os.Stderr
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	site.in, site.out = in, bufio.NewScanner(out)
	site.read(t)
	return site
}

// run runs a command of the site, and returns what it prints.
func (s *living) run(t *testing.T, words ...string) string {
	t.Helper()
	if _, err := io.WriteString(s.in, strings.Join(words, "\t")+"\n"); err != nil {
		t.Fatal(err)
	}
	return s.read(t)
}

func (s *living) read(t *testing.T) string {
	t.Helper()
	if !s.out.Scan() {
		t.Fatalf("the site has ended: %v", s.out.Err())
	}
	return s.out.Text()
}

// TestLivingSite has a Django site and this package work on one file.
func TestLivingSite(t *testing.T) {
	for i, kind := range siteKinds {
		t.Run(kind.name, func(t *testing.T) {
			if i > 0 {
				kind.cfg.OwnTables = filepath.Join(t.TempDir(), "own.sqlite3")
			}
			shareSite(t, startSite(t, kind))
		})
	}
}

func shareSite(t *testing.T, site *living) {
	ctx := t.Context()
	aliceID := site.run(t, "createuser", "alice", "django-pass")
	before := shape(t, site.path)
	db := open(t, site.path, site.kind.cfg)
	checker := password.NewChecker(db.Users(), nil)
	sessions := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte("a secret key of fifty characters, for tests alone!"), Compat: sessionauth.Compat{PlainKeys: true}, InsecureNoCSRF: true,
	})

	// A user who signs up here can log in there, and keeps the encoding.
	encoded, err := checker.Hash(ctx, "sails at dawn")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := db.Users().Create(ctx, store.User{Username: "bob", Password: encoded, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	id, key, _ := strings.Cut(site.run(t, "login", "bob", "sails at dawn"), " ")
	if id != bob.ID {
		t.Fatalf("bob logs in at the site: got %q, want the id %q", id, bob.ID)
	}
	if !strings.HasPrefix(encoded, "pbkdf2_sha256$2000$") {
		t.Errorf("got the encoding %q, want that of the site", encoded)
	}
	if got := site.run(t, "password", "bob"); got != encoded {
		t.Errorf("the site has replaced the encoding %q by %q", encoded, got)
	}
	// The session of the site is valid here.
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "sessionid", Value: key})
	if identity, err := sessions.Authenticate(r); err != nil || identity.UserID != bob.ID {
		t.Errorf("the session of the site: got %+v, %v", identity, err)
	}

	// A user who changes the password here can log in there, and is logged out there.
	_, alice, err := checker.Check(ctx, "alice", "django-pass")
	if err != nil || alice.ID != aliceID {
		t.Fatalf("alice: got %+v, %v, want the id %q", alice, err, aliceID)
	}
	_, old, _ := strings.Cut(site.run(t, "login", "alice", "django-pass"), " ")
	if alice, err = checker.Change(ctx, alice, "a new password"); err != nil {
		t.Fatal(err)
	}
	if got := site.run(t, "login", "alice", "django-pass"); got != "refused" {
		t.Errorf("the old password at the site: got %q", got)
	}
	if got := site.run(t, "session", old); got != "anonymous" {
		t.Errorf("the old session at the site: got %q", got)
	}
	if got := site.run(t, "login", "alice", "a new password"); !strings.HasPrefix(got, aliceID+" ") {
		t.Errorf("the new password at the site: got %q", got)
	}
	// A session that begins here is valid there, until it ends here.
	value := begin(t, sessions, alice)
	if got := site.run(t, "session", value); got != aliceID {
		t.Errorf("our session at the site: got %q, want %q", got, aliceID)
	}
	if _, err := sessions.EndAll(ctx, aliceID, ""); err != nil {
		t.Fatal(err)
	}
	if got := site.run(t, "session", value); got != "anonymous" {
		t.Errorf("our session after its end: got %q", got)
	}
	if after := shape(t, site.path); after != before {
		t.Errorf("the schema or the journal mode have changed: got\n%s\nwant\n%s", after, before)
	}
}

// begin begins a session, and returns the value of its cookie.
func begin(t *testing.T, sessions *sessionauth.Auth[*store.User], who auth.Account) string {
	t.Helper()
	cookies, err := sessions.Begin(httptest.NewRequest("POST", "/", nil), who)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		if c.Name == "sessionid" {
			return c.Value
		}
	}
	t.Fatalf("got %v, want a cookie of the session", cookies)
	return ""
}
