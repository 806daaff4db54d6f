package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
	"github.com/go-modern-rest/rest/throttle"
)

// reads are reads of every table.
func reads(db *sqlite.DB) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"user": func(ctx context.Context) error { _, _, err := db.Users().ByUsername(ctx, "alice"); return err },
		"users": func(ctx context.Context) error {
			_, err := db.Users().List(ctx, "", 10)
			return err
		},
		"session": func(ctx context.Context) error { _, err := db.Sessions().Session(ctx, "k"); return err },
		"session with user": func(ctx context.Context) error {
			_, _, _, err := db.Sessions().WithUser(ctx, "k")
			return err
		},
		"family": func(ctx context.Context) error { _, err := db.Families().Family(ctx, "f"); return err },
		"family with user": func(ctx context.Context) error {
			_, _, _, err := db.Families().WithUser(ctx, "f")
			return err
		},
		"token": func(ctx context.Context) error { _, _, _, err := db.Tokens().WithUser(ctx, "h"); return err },
		"blocklist": func(ctx context.Context) error {
			_, err := db.Blocklist().Blocked(ctx, "jti")
			return err
		},
		"throttle": func(ctx context.Context) error {
			_, err := db.Throttle().Take(ctx, "key", throttle.Rate{Requests: 1, Window: time.Minute}, begun)
			return err
		},
		"ping": db.Ping,
	}
}

// lock locks a file against readers as well, until the function that it returns is called.
func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	if _, err := other.Exec(`BEGIN EXCLUSIVE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := other.Exec(`ROLLBACK`); err != nil {
			t.Error(err)
		}
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestForeignLock has another program lock the whole file of a site. Reads and writes fail after
// Timeout or with their context, and succeed afterwards.
func TestForeignLock(t *testing.T) {
	for _, c := range []struct {
		name    string
		timeout time.Duration
		request time.Duration // the deadline of a request; 0: none
		want    error
	}{
		{"Timeout", 100 * time.Millisecond, 0, sqlite.ErrBusy},
		{"the deadline of the request", time.Hour, 50 * time.Millisecond, context.DeadlineExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := siteKinds[0].cfg
			cfg.OwnTables, cfg.Timeout = filepath.Join(t.TempDir(), "own.sqlite3"), c.timeout
			path := siteFile(t, siteKinds[0])
			db := open(t, path, cfg)
			release := lock(t, path)
			ctx := t.Context()
			if c.request > 0 {
				short, cancel := context.WithTimeout(ctx, c.request)
				defer cancel()
				ctx = short
			}
			var wg sync.WaitGroup
			all := reads(db)
			for name, do := range writes(db) {
				all["write "+name] = do
			}
			for name, do := range all {
				wg.Go(func() {
					err := do(ctx)
					if name == "family" || name == "blocklist" { // which are in the other file
						if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, c.want) { // late
							t.Errorf("%s: got %v", name, err)
						}
						return
					}
					if !errors.Is(err, c.want) {
						t.Errorf("%s: got %v, want %v", name, err, c.want)
					}
				})
			}
			wg.Wait()
			release()
			for name, do := range reads(db) {
				if err := do(t.Context()); err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s afterwards: %v", name, err)
				}
			}
			if err := writes(db)["users"](t.Context()); !errors.Is(err, store.ErrExists) { // alice is there
				t.Errorf("a write afterwards: %v", err)
			}
			if err := writes(db)["sessions"](t.Context()); err != nil {
				t.Errorf("a write afterwards: %v", err)
			}
		})
	}
}

// TestOpenBehindALock opens a file that another program has locked.
func TestOpenBehindALock(t *testing.T) {
	site, ours := siteFile(t, siteKinds[0]), filepath.Join(t.TempDir(), "db.sqlite3")
	if err := sqlite.Migrate(t.Context(), ours, sqlite.Config{}); err != nil {
		t.Fatal(err)
	}
	plainly(t, ours, func(db *sql.DB) { // without write-ahead log, so that a lock keeps readers away
		if _, err := db.Exec(`PRAGMA journal_mode=DELETE`); err != nil {
			t.Fatal(err)
		}
	})
	for _, c := range []struct {
		path string
		cfg  sqlite.Config
	}{{site, sqlite.Config{Django: true}}, {ours, sqlite.Config{}}} {
		release := lock(t, c.path)
		cfg := c.cfg
		cfg.Timeout = 50 * time.Millisecond
		if _, err := sqlite.Open(t.Context(), c.path, cfg); !errors.Is(err, sqlite.ErrBusy) {
			t.Errorf("%s: got %v, want ErrBusy", c.path, err)
		}
		cfg.Timeout = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := sqlite.Open(ctx, c.path, cfg); err == nil {
			t.Errorf("%s: opened a file that is locked", c.path)
		}
		cancel()
		release()
		if err := open(t, c.path, c.cfg).Ping(t.Context()); err != nil {
			t.Errorf("%s: afterwards: %v", c.path, err)
		}
	}
}

// TestCommitBehindAReader has a reader of a site's file without write-ahead log, for which a commit
// waits.
func TestCommitBehindAReader(t *testing.T) {
	cfg := siteKinds[0].cfg
	cfg.Timeout = 100 * time.Millisecond
	path := siteFile(t, siteKinds[0])
	db := open(t, path, cfg)
	row := store.Session{Key: "k", Expires: begun}
	plainly(t, path, func(reader *sql.DB) {
		rows, err := reader.Query(`SELECT * FROM auth_permission`)
		if err != nil || !rows.Next() {
			t.Fatal(err, rows.Err())
		}
		defer rows.Close()
		if err := db.Sessions().Create(t.Context(), row); !errors.Is(err, sqlite.ErrBusy) {
			t.Errorf("got %v, want ErrBusy", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if err := db.Sessions().Create(ctx, row); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want DeadlineExceeded", err)
		}
	})
	if _, err := db.Sessions().Session(t.Context(), "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session: got %v, want ErrNotFound, because nothing was written", err)
	}
	if err := db.Sessions().Create(t.Context(), row); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestDiskTrouble lets writes fail as on a full disk and on one that is read-only. They succeed
// when the trouble is over.
func TestDiskTrouble(t *testing.T) {
	for _, c := range []struct{ name, begin, end, want string }{
		{"full", `PRAGMA max_page_count = 1`, `PRAGMA max_page_count = 1073741823`, "full"},
		{"read-only", `PRAGMA query_only = 1`, `PRAGMA query_only = 0`, "readonly"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{})
			create := func(key string) error {
				return db.Sessions().Create(t.Context(), store.Session{Key: key, Data: strings.Repeat("d", 3000), Created: begun, Seen: begun, Expires: begun})
			}
			if err := create("before"); err != nil {
				t.Fatal(err)
			}
			if err := db.Exec(c.begin); err != nil {
				t.Fatal(err)
			}
			var failed []string
			for i := range 20 {
				key := fmt.Sprint("during ", i)
				if err := create(key); err != nil {
					if !strings.Contains(err.Error(), c.want) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotFound) {
						t.Errorf("got %v, want an error with %q", err, c.want)
					}
					failed = append(failed, key)
				}
			}
			if len(failed) == 0 {
				t.Error("no write failed")
			}
			if _, err := db.Sessions().Session(t.Context(), "before"); err != nil {
				t.Errorf("a read: %v", err)
			}
			if err := db.Ping(t.Context()); err != nil {
				t.Errorf("Ping: %v", err)
			}
			for _, key := range failed {
				if _, err := db.Sessions().Session(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: got %v, want ErrNotFound", key, err)
				}
			}
			if err := db.Exec(c.end); err != nil {
				t.Fatal(err)
			}
			if err := create("after"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestFullSync reads the setting of each connection that writes.
func TestFullSync(t *testing.T) {
	for _, c := range []struct {
		full   bool
		own    bool
		schema string
		want   string
	}{
		{false, false, "main", "1"}, {true, false, "main", "2"},
		{false, true, "main", "2"}, {false, true, "rest", "1"}, {true, true, "rest", "2"},
	} {
		path, cfg := filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{FullSync: c.full}
		if c.own {
			cfg.Django, cfg.OwnTables, path = true, path, siteFile(t, siteKinds[0])
		}
		db := open(t, path, cfg)
		var got string
		if err := db.Writer().QueryRow(`PRAGMA ` + c.schema + `.synchronous`).Scan(&got); err != nil || got != c.want {
			t.Errorf("%+v: got %s, %v", c, got, err)
		}
	}
}

// TestMigrationOfTheSite: manage.py migrate makes a table again while connections have prepared
// statements for it (django/db/backends/sqlite3/schema.py:_remake_table).
func TestMigrationOfTheSite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	db := open(t, path, sqlite.Config{})
	user, err := db.Users().Create(t.Context(), store.User{Username: "alice", Password: "a", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	row := store.Session{Key: "k", UserID: user.ID, Created: begun, Seen: begun, Expires: begun.Add(time.Hour)}
	if err := db.Sessions().Create(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	check := func(when, name string) {
		t.Helper()
		for range 10 { // several connections
			got, _, err := db.Users().ByID(t.Context(), user.ID)
			if err != nil || got.Username != name {
				t.Fatalf("%s: got %+v, %v", when, got, err)
			}
			if _, got, _, err := db.Sessions().WithUser(t.Context(), "k"); err != nil || got == nil || got.Username != name {
				t.Fatalf("%s: got the session of %+v, %v", when, got, err)
			}
		}
	}
	check("before", "alice")
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	var made string
	if err := other.QueryRow(`SELECT sql FROM sqlite_master WHERE name = 'auth_user'`).Scan(&made); err != nil {
		t.Fatal(err)
	}
	made = strings.NewReplacer(`"auth_user"`, `"new__auth_user"`, `"username"`, `"phone" text NOT NULL DEFAULT 'none', "username"`).Replace(made)
	const columns = `id, username, email, first_name, last_name, password, is_active, is_staff, is_superuser, last_login, date_joined`
	migrate := func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := other.Exec(statement); err != nil {
				t.Fatal(statement, err)
			}
		}
	}
	migrate(`BEGIN`, made, `INSERT INTO new__auth_user (`+columns+`) SELECT `+columns+` FROM auth_user`,
		`DROP TABLE auth_user`, `ALTER TABLE new__auth_user RENAME TO auth_user`, `UPDATE auth_user SET username = 'bob'`, `COMMIT`)
	check("after", "bob")
	if err := db.Sessions().Login(t.Context(), "k", store.Session{Key: "k2", UserID: user.ID, Created: begun, Seen: begun, Expires: begun.Add(time.Hour)}); err != nil {
		t.Errorf("a login: %v", err)
	}
	migrate(`ALTER TABLE auth_user RENAME TO gone`)
	if _, _, err := db.Users().ByID(t.Context(), user.ID); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("without the table: got %v, want an error other than store.ErrNotFound", err)
	}
	migrate(`ALTER TABLE gone RENAME TO auth_user`)
	if got, _, err := db.Users().ByID(t.Context(), user.ID); err != nil || got.Username != "bob" || got.LastLogin.IsZero() {
		t.Errorf("with the table again: got %+v, %v", got, err)
	}
}
