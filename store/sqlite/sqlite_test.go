package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
	"github.com/go-modern-rest/rest/store/storetest"
	"github.com/go-modern-rest/rest/throttle"
)

func Example() {
	db, err := sqlite.Open(context.Background(), ":memory:", sqlite.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	created, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	user, account, err := db.Users().ByUsername(context.Background(), "alice")
	fmt.Println(created.ID, user.Username, account.Active, err)
	// Output: 1 alice true <nil>
}

func open(t testing.TB, path string, cfg sqlite.Config) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// both runs a test with a file and in memory, which differ in connections.
func both(t *testing.T, test func(*testing.T, func(*testing.T) *sqlite.DB)) {
	t.Run("file", func(t *testing.T) {
		test(t, func(t *testing.T) *sqlite.DB {
			return open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{})
		})
	})
	t.Run("memory", func(t *testing.T) {
		test(t, func(t *testing.T) *sqlite.DB { return open(t, ":memory:", sqlite.Config{}) })
	})
}

func TestUsers(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Users(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
	})
}

func TestSessions(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Sessions(t, func(t *testing.T) sessionauth.Store { return open(t).Sessions() })
	})
}

func TestDjangoTimes(t *testing.T) {
	text, err := os.ReadFile("testdata/sqlite_datetimes.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Vectors []struct{ ID, ISO, Stored string }
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Vectors) < 20 {
		t.Fatalf("%d vectors, %v", len(doc.Vectors), err)
	}
	for _, v := range doc.Vectors {
		at, err := time.Parse(time.RFC3339, v.ISO)
		if err != nil {
			t.Fatal(err)
		}
		if at.IsZero() {
			continue // Go's zero time, which is NULL here
		}
		if got := sqlite.FormatTime(at); got != v.Stored {
			t.Errorf("%s %s: got %q, want %q", v.ID, v.ISO, got, v.Stored)
		}
		if got, err := sqlite.ParseTime(v.Stored); err != nil || !got.Equal(at) {
			t.Errorf("%s %s: got %v, %v, want %v", v.ID, v.Stored, got, err, at)
		}
	}
	for _, foreign := range []string{"2026-01-02T03:04:05Z", "2026-01-02", "now", "2026-01-02 03:04:05+00:00"} {
		if got, err := sqlite.ParseTime(foreign); err == nil {
			t.Errorf("%q: got %v, want an error", foreign, got)
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if db, err := sqlite.Open(t.Context(), "", sqlite.Config{}); err == nil {
		t.Errorf("empty path: got %v", db)
	}
	if db, err := sqlite.Open(t.Context(), filepath.Join(dir, "none", "db"), sqlite.Config{}); err == nil {
		t.Errorf("missing directory: got %v", db)
	}
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := sqlite.Open(t.Context(), filepath.Join(dir, "text"), sqlite.Config{}); err == nil {
		t.Errorf("not a database: got %v", db)
	}
	if _, err := sqlite.Open(t.Context(), ":memory:", sqlite.Config{UserTable: "app_user"}); err == nil || !strings.Contains(err.Error(), "app_user") {
		t.Errorf("missing user table: got %v, want an error that names it", err)
	}

	// A path is a path, whatever is in it; and data outlive Close.
	odd := filepath.Join(dir, "a b?mode=memory#c%41.db")
	db, err := sqlite.Open(t.Context(), odd, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(odd); err != nil {
		t.Error(err)
	}
	if _, _, err := open(t, odd, sqlite.Config{}).Users().ByUsername(t.Context(), "alice"); err != nil {
		t.Errorf("after opening again: %v", err)
	}
}

// TestFilesAreTheOwners creates databases under an open umask.
func TestFilesAreTheOwners(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("target.db", filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"new.db": 0o600, "link.db": 0o600, "shared.db": 0o664} {
		path := filepath.Join(dir, name)
		if name == "shared.db" {
			if err := os.WriteFile(path, nil, mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		db := open(t, path, sqlite.Config{})
		if _, err := db.Users().Create(t.Context(), store.User{Username: "alice"}); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(strings.Replace(path, "link", "target", 1) + "*")
		if err != nil || len(files) != 3 {
			t.Errorf("%s: got %v, %v, want the database, its log and its shared memory", name, files, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s: got %v, %v, want %v", file, info.Mode(), err, mode)
			}
		}
	}
}

// TestOpenTogether is several instances that start at once on a new file.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			for i := range 5 {
				if _, err := db.Users().Count(t.Context()); err != nil {
					t.Error(err)
				}
				key := fmt.Sprintf("%p-%d", db, i)
				if err := db.Sessions().Create(t.Context(), store.Session{Key: key, Expires: time.Now(), Created: time.Now()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := open(t, path, sqlite.Config{}).Sessions().Count(t.Context()); n != 20 || err != nil {
		t.Errorf("got %d sessions, %v, want 20", n, err)
	}
}

func TestCustomUserTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	db := open(t, path, sqlite.Config{})
	if err := db.Exec(`CREATE TABLE "app ""user" AS SELECT * FROM auth_user; CREATE UNIQUE INDEX app_user_name ON "app ""user" (username)`); err != nil {
		t.Fatal(err)
	}
	custom := open(t, path, sqlite.Config{UserTable: `app "user`})
	if _, err := custom.Users().Create(t.Context(), store.User{ID: "7", Username: "alice"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := custom.Users().ByUsername(t.Context(), "alice"); err != nil {
		t.Error(err)
	}
	if _, _, err := db.Users().ByUsername(t.Context(), "alice"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("auth_user: got %v, want ErrNotFound", err)
	}
}

var begun = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestDjangoMadeSession reads a row that Django wrote, and describes it.
func TestDjangoMadeSession(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	err := db.Exec(`INSERT INTO django_session VALUES ('k', 'data', '2026-01-16 03:04:05.000001')`)
	if err != nil {
		t.Fatal(err)
	}
	row, err := db.Sessions().Session(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	want := store.Session{Key: "k", Data: "data", Expires: begun.AddDate(0, 0, 14).Add(time.Microsecond)}
	if row != want {
		t.Errorf("got %+v, want %+v", row, want)
	}
	row.UserID, row.Created, row.Seen = "7", begun, begun
	if err := db.Sessions().Touch(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if rows, err := db.Sessions().ByUser(t.Context(), "7"); len(rows) != 1 || rows[0] != row || err != nil {
		t.Errorf("ByUser: got %+v, %v, want %+v", rows, err, row)
	}
	if text, err := db.Text(`SELECT expire_date || '' FROM django_session`); text != "2026-01-16 03:04:05.000001" || err != nil {
		t.Errorf("expire_date: got %q, %v", text, err)
	}
	// Django logs out: nothing is left of it.
	if err := db.Exec(`DELETE FROM django_session`); err != nil {
		t.Fatal(err)
	}
	if text, err := db.Text(`SELECT COUNT(*) FROM rest_session`); text != "0" || err != nil {
		t.Errorf("rest_session: got %s rows, %v, want none", text, err)
	}
}

func TestSweepRemovesOrphans(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	if err := db.Exec(`INSERT INTO rest_session VALUES ('gone', '7', '2026-01-01 00:00:00', '2026-01-01 00:00:00')`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sessions().Sweep(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	if text, err := db.Text(`SELECT COUNT(*) FROM rest_session`); text != "0" || err != nil {
		t.Errorf("rest_session: got %s rows, %v, want none", text, err)
	}
}

func TestSweepInPortions(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1201)
		INSERT INTO django_session SELECT 'key' || i, '', '2026-01-01 00:00:00' FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.Sessions().Sweep(t.Context(), begun); n != 1201 || err != nil {
		t.Errorf("got %d, %v, want 1201", n, err)
	}
}

func TestWithUser(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	user, err := db.Users().Create(t.Context(), store.User{Username: "alice", Password: "x", Active: true, LastLogin: begun, DateJoined: begun})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{"own": user.ID, "gone": "99", "anonymous": "", "odd": "0" + user.ID, "junk": "x"}
	for key, userID := range rows {
		row := store.Session{Key: key, Data: "d", UserID: userID, Created: begun, Seen: begun, Expires: begun}
		if err := db.Sessions().Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		got, found, account, err := db.Sessions().WithUser(t.Context(), key)
		if err != nil || got != row {
			t.Errorf("%s: got %+v, %v, want %+v", key, got, err, row)
		}
		if key == "own" && (found == nil || *found != *user || account != auth.Account{ID: "1", Username: "alice", Password: "x", Active: true}) {
			t.Errorf("own: got %+v, %+v", found, account)
		}
		if (key == "gone" || key == "anonymous" || key == "junk") && (found != nil || account.ID != "") {
			t.Errorf("%s: got %+v, %+v, want nobody", key, found, account)
		}
		if key == "odd" && account.ID == userID {
			t.Errorf("odd: the account says it is %q", account.ID)
		}
	}
	if _, _, _, err := db.Sessions().WithUser(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("none: got %v, want ErrNotFound", err)
	}
	other := open(t, ":memory:", sqlite.Config{})
	if !db.Sessions().JoinsUsers(db.Users()) || db.Sessions().JoinsUsers(other.Users()) {
		t.Error("JoinsUsers does not tell databases apart")
	}
	plan, err := db.Plan()
	if err != nil || strings.Contains(plan, "SCAN") || !strings.Contains(plan, "INTEGER PRIMARY KEY") {
		t.Errorf("the joined read does not go by keys: %v\n%s", err, plan)
	}
}

// TestDeleteUserOfADjangoSite has the tables that point to a user.
func TestDeleteUserOfADjangoSite(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	err := db.Exec(`
		CREATE TABLE app_order (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED)`)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		if _, err := db.Users().Create(t.Context(), store.User{Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	err = db.Exec(`INSERT INTO app_token (id, name, token_hash, created_at, updated_at, user_id) VALUES (1, '', 'a', '', '', 1), (2, '', 'b', '', '', 2); INSERT INTO blocklist_blocklistedjwtoken VALUES (1, 'jti', '2026-01-01', '2026-01-01', '2026-01-01', 1); INSERT INTO app_order VALUES (1, 2)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Users().Delete(t.Context(), "1"); err != nil {
		t.Error(err)
	}
	for query, want := range map[string]string{
		`SELECT COUNT(*) FROM app_token WHERE user_id = 1`:                        "0",
		`SELECT COUNT(*) FROM blocklist_blocklistedjwtoken WHERE user_id IS NULL`: "1",
		`SELECT COUNT(*) FROM auth_user WHERE id = 1`:                             "0",
	} {
		if got, err := db.Text(query); got != want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", query, got, err, want)
		}
	}
	// The site's own table still points to bob: nothing of him goes.
	if err := db.Users().Delete(t.Context(), "2"); err == nil {
		t.Error("deleted a user with orders")
	}
	if got, err := db.Text(`SELECT COUNT(*) FROM app_token WHERE user_id = 2`); got != "1" || err != nil {
		t.Errorf("bob's tokens: got %s, %v, want 1", got, err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "carol"}); err != nil {
		t.Errorf("after the failure: %v", err)
	}
}

func TestContextThatIsOver(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := db.Users().ByID(ctx, "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("ByID: got %v", err)
	}
	if _, err := db.Sessions().Session(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("Session: got %v", err)
	}
	if err := db.Sessions().Create(ctx, store.Session{Key: "k"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Create: got %v", err)
	}
}

// TestTransactionsAreWriters has one process in a transaction that has not written
// yet: another must wait, or the first could not write any more.
func TestTransactionsAreWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	first := open(t, path, sqlite.Config{})
	second := open(t, path, sqlite.Config{Timeout: 200 * time.Millisecond})
	end, err := first.Begin()
	if err != nil {
		t.Fatal(err)
	}
	row := store.Session{Key: "k", Expires: begun}
	if err := second.Sessions().Create(t.Context(), row); err == nil {
		t.Error("two writers at once")
	}
	if _, err := second.Sessions().Count(t.Context()); err != nil {
		t.Errorf("a reader beside a writer: %v", err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if err := second.Sessions().Create(t.Context(), row); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestErrorsHoldNoKeys(t *testing.T) {
	db := open(t, ":memory:", sqlite.Config{})
	row := store.Session{Key: "secretkeysecretkeysecretkey", Expires: begun}
	if err := db.Sessions().Create(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	_, errMissing := db.Sessions().Session(t.Context(), "secretkeythatismissing")
	for _, err := range []error{errMissing, db.Sessions().Create(t.Context(), row)} {
		if err == nil || strings.Contains(err.Error(), "secretkey") {
			t.Errorf("got %v, want an error without the key", err)
		}
	}
}

func BenchmarkWithUser(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "db.sqlite3"), sqlite.Config{})
	if _, err := db.Users().Create(b.Context(), store.User{Username: "alice"}); err != nil {
		b.Fatal(err)
	}
	row := store.Session{Key: "k", Data: strings.Repeat("x", 250), UserID: "1", Created: begun, Seen: begun, Expires: begun}
	if err := db.Sessions().Create(b.Context(), row); err != nil {
		b.Fatal(err)
	}
	b.Run("joined", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := db.Sessions().WithUser(b.Context(), "k"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("one by one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Sessions().Session(b.Context(), "k"); err != nil {
				b.Fatal(err)
			}
			if _, _, err := db.Users().ByID(b.Context(), "1"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestLogin is package sessionauth on these tables: one statement reads session
// and user.
func TestLogin(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		db := open(t)
		alice, err := db.Users().Create(t.Context(), store.User{Username: "alice", Password: "encoded", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("0123456789abcdef0123456789abcdef")})
		cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), auth.Account{ID: "1", Password: "encoded", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		id, err := session.Authenticate(r)
		if err != nil || id.Principal.(*store.User).ID != alice.ID {
			t.Fatalf("got %+v, %v, want alice", id, err)
		}
		if user, _, err := db.Users().ByID(t.Context(), "1"); err != nil || user.LastLogin.IsZero() {
			t.Errorf("last login: got %v, %v", user.LastLogin, err)
		}
		if list, err := session.List(t.Context(), "1"); len(list) != 1 || err != nil {
			t.Errorf("List: got %v, %v, want one", list, err)
		}
		if err := db.Users().SetPassword(t.Context(), "1", "new"); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Authenticate(r); !errors.Is(err, auth.ErrSkip) {
			t.Errorf("after a change of password: got %v, want a skip", err)
		}
		if n, err := db.Sessions().Count(t.Context()); n != 0 || err != nil {
			t.Errorf("got %d sessions, %v, want none", n, err)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	db := open(b, filepath.Join(b.TempDir(), "db.sqlite3"), sqlite.Config{})
	if _, err := db.Users().Create(b.Context(), store.User{Username: "alice", Password: "encoded", Active: true}); err != nil {
		b.Fatal(err)
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("0123456789abcdef0123456789abcdef")})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), auth.Account{ID: "1", Password: "encoded", Active: true})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := session.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}

func TestBlocklist(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Blocklist(t, func(t *testing.T) (jwtauth.Blocklist, storetest.UserStore) {
			db := open(t)
			return db.Blocklist(), db.Users()
		})
	})
}

func TestTokens(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Tokens(t, func(t *testing.T) (tokenauth.Store, storetest.UserStore) {
			db := open(t)
			return db.Tokens(), db.Users()
		})
	})
}

func TestFamilies(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Families(t, func(t *testing.T) (jwtauth.Families, storetest.UserStore) {
			db := open(t)
			return db.Families(), db.Users()
		})
	})
}

func TestUsersIgnoringCase(t *testing.T) {
	storetest.UsersIgnoringCase(t, func(t *testing.T) storetest.UserStore {
		return open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{IgnoreCase: true}).Users()
	})
}

// TestSeveralSpellings has users of a Django site whose names differ only in case.
func TestSeveralSpellings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	site := open(t, path, sqlite.Config{})
	for _, name := range []string{"alice", "Alice", "bob"} {
		if _, err := site.Users().Create(t.Context(), store.User{Username: name}); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	users := open(t, path, sqlite.Config{IgnoreCase: true, Logger: slog.New(slog.NewTextHandler(&log, nil))}).Users()
	if user, _, err := users.ByUsername(t.Context(), "BOB"); err != nil || user.Username != "bob" || log.Len() > 0 {
		t.Errorf("one spelling: got %+v, %v, log %q", user, err, log.String())
	}
	if user, _, err := users.ByUsername(t.Context(), "alice"); !errors.Is(err, store.ErrNotFound) || !strings.Contains(log.String(), "username=alice") {
		t.Errorf("two spellings: got %+v, %v, log %q, want ErrNotFound and a warning", user, err, log.String())
	}
}

func TestThrottle(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Throttle(t, func(t *testing.T) throttle.Store { return open(t).Throttle() })
	})
}

// TestLimitsOutliveARestart counts in one process and asks in another, and in one that
// starts later.
func TestLimitsOutliveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	rate := throttle.Rate{Requests: 2, Window: time.Minute}
	first, second := open(t, path, sqlite.Config{}), open(t, path, sqlite.Config{})
	for i, step := range []struct {
		db   func() *sqlite.DB
		want bool
	}{
		{func() *sqlite.DB { return first }, true},
		{func() *sqlite.DB { return second }, true},
		{func() *sqlite.DB { return first }, false},
		{func() *sqlite.DB { return open(t, path, sqlite.Config{}) }, false},
	} {
		if result, err := step.db().Throttle().Take(t.Context(), "alice", rate, begun); err != nil || result.Allowed != step.want {
			t.Errorf("step %d: got %+v, %v, want allowed %v", i, result, err, step.want)
		}
	}
}

func TestForeignUsers(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.ForeignUsers(t, func(t *testing.T) storetest.Tables { return tables(open(t)) })
	})
}

func tables(db *sqlite.DB) storetest.Tables {
	return storetest.Tables{Users: db.Users(), Sessions: db.Sessions(), Blocklist: db.Blocklist(), Families: db.Families(), Tokens: db.Tokens(), Sweep: db.Sweep}
}

func TestSweepOfAll(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		storetest.Sweep(t, func(t *testing.T) storetest.Tables {
			return tables(open(t))
		})
	})
}
