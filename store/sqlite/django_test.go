package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
	"github.com/go-modern-rest/rest/store/storetest"
	"github.com/go-modern-rest/rest/throttle"
)

// siteKind is one of the sites in testdata, and what Config says about it.
type siteKind struct {
	name string // testdata/site-NAME.sql
	apps string // see testdata/django/site.py
	cfg  sqlite.Config
}

var siteKinds = []siteKind{
	{"plain", "", sqlite.Config{Django: true}},
	{"dmr", "dmr", sqlite.Config{Django: true}},
	{"uuid", "dmr uuid", sqlite.Config{Django: true, UserTable: "people_person", UserID: store.UUID}},
}

// siteFile makes the database of a Django site, with the user alice and a session of hers.
func siteFile(t *testing.T, kind siteKind, more ...string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/site-" + kind.name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "site.sqlite3")
	plainly(t, path, func(db *sql.DB) {
		for _, statements := range append([]string{string(text)}, more...) {
			if _, err := db.Exec(statements); err != nil {
				t.Fatal(err)
			}
		}
	})
	return path
}

// plainly opens a file as another program would.
func plainly(t *testing.T, path string, f func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	f(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// shape is what must not change in a site's file: the schema, word for word, and the bytes of the
// header that are the journal mode (https://www.sqlite.org/fileformat.html §1.3.3).
func shape(t *testing.T, path string) string {
	t.Helper()
	var rows []string
	plainly(t, path, func(db *sql.DB) {
		list, err := db.Query(`SELECT type || ' ' || name || ' ' || tbl_name || ' ' || rootpage || ' ' || COALESCE(sql, '') FROM sqlite_master`)
		if err != nil {
			t.Fatal(err)
		}
		defer list.Close()
		for list.Next() {
			var row string
			if err := list.Scan(&row); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
	})
	file, err := os.ReadFile(path)
	if err != nil || len(file) < 100 || len(rows) < 10 {
		t.Fatalf("%d bytes, %d rows, %v", len(file), len(rows), err)
	}
	return strings.Join(rows, "\n") + "\n" + string(file[18:20])
}

func TestDjangoSiteIsRefused(t *testing.T) {
	path := siteFile(t, siteKinds[1])
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]sqlite.Config{"without": {}, "by hand": {ManualMigrations: true}} {
		if _, err := sqlite.Open(t.Context(), path, cfg); err == nil || !strings.Contains(err.Error(), "Config.Django") {
			t.Errorf("%s: got %v, want an error that names Config.Django", name, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed, %v", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v, want no more files", files, err)
	}
}

func TestDjangoConfig(t *testing.T) {
	dir := t.TempDir()
	ours := filepath.Join(dir, "ours.sqlite3")
	if err := open(t, ours, sqlite.Config{}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	site := siteFile(t, siteKinds[0])
	uuids := siteFile(t, siteKinds[2])
	for _, c := range []struct {
		name, path string
		cfg        sqlite.Config
		want       string
	}{
		{"no file", filepath.Join(dir, "none"), sqlite.Config{Django: true}, "no such file"},
		{"not a site", ours, sqlite.Config{Django: true}, "django_migrations"},
		{"memory", ":memory:", sqlite.Config{Django: true}, "are files"},
		{"own tables in memory", site, sqlite.Config{Django: true, OwnTables: ":memory:"}, "are files"},
		{"own tables of no site", ours, sqlite.Config{OwnTables: filepath.Join(dir, "own")}, "set Config.Django"},
		{"own tables in the site", site, sqlite.Config{Django: true, OwnTables: site}, "path of its own"},
		{"own tables by another path", site, sqlite.Config{Django: true, OwnTables: filepath.Dir(site) + "/./site.sqlite3"}, "path of its own"},
		{"no own file", site, sqlite.Config{Django: true, OwnTables: filepath.Join(dir, "missing"), ManualMigrations: true}, "missing"},
		{"no such users", site, sqlite.Config{Django: true, UserTable: "people"}, "people"},
		{"integers as UUIDs", site, sqlite.Config{Django: true, UserID: store.UUID}, `is "INTEGER"`},
		{"UUIDs as integers", uuids, sqlite.Config{Django: true, UserTable: "people_person"}, `is "char(32)"`},
	} {
		if _, err := sqlite.Open(t.Context(), c.path, c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// TestDjangoSiteStays uses every table, and compares the file of the site.
func TestDjangoSiteStays(t *testing.T) {
	for _, kind := range siteKinds {
		for _, mode := range []string{"delete", "wal"} {
			for _, owned := range []bool{false, true} {
				name := kind.name + " " + mode
				cfg := kind.cfg
				path := siteFile(t, kind, "PRAGMA journal_mode="+mode)
				if owned {
					name += " with own tables"
					cfg.OwnTables = filepath.Join(t.TempDir(), "own.sqlite3")
				}
				t.Run(name, func(t *testing.T) {
					before := shape(t, path)
					useSite(t, path, cfg)
					if after := shape(t, path); after != before {
						t.Errorf("the schema or the journal mode have changed: got\n%s\nwant\n%s", after, before)
					}
					if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
						t.Errorf("got %v, %v, want the file of the site alone", files, err)
					}
				})
			}
		}
	}
}

// useSite writes to all tables that there are.
func useSite(t *testing.T, path string, cfg sqlite.Config) {
	t.Helper()
	ctx := t.Context()
	db, err := sqlite.Open(ctx, path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	alice, _, err := db.Users().ByUsername(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	row := store.Session{Key: "key", Data: "d", UserID: alice.ID, Created: begun, Seen: begun, Expires: begun}
	later := row
	later.Seen = begun.Add(time.Hour)
	users, sessions := db.Users(), db.Sessions()
	for what, do := range map[string]func() error{
		"users": func() error {
			bob, err := users.Create(ctx, store.User{Username: "bob", Password: "x"})
			if err != nil {
				return err
			}
			return errors.Join(users.SetPassword(ctx, bob.ID, "y"), users.UpgradePassword(ctx, bob.ID, "y", "z"), users.Delete(ctx, bob.ID))
		},
		"sessions": func() error {
			err := errors.Join(sessions.Create(ctx, row), sessions.Update(ctx, row), sessions.Touch(ctx, later), db.Flush(ctx), sessions.Replace(ctx, "key", store.Session{Key: "other", Expires: begun}))
			_, errUser := sessions.ByUser(ctx, alice.ID)
			return errors.Join(err, errUser, sessions.Delete(ctx, "other"))
		},
		"tokens": func() error {
			row, err := db.Tokens().CreateToken(ctx, store.Token{UserID: alice.ID, Hash: "h", Created: begun, Updated: begun})
			return errors.Join(err, db.Tokens().TouchToken(ctx, row.ID, begun), db.Flush(ctx), db.Tokens().RevokeToken(ctx, alice.ID, row.ID, begun))
		},
		"blocklist": func() error {
			_, err := db.Blocklist().Block(ctx, store.BlockedToken{ID: "jti", UserID: alice.ID, Expires: begun})
			return err
		},
		"families": func() error {
			return db.Families().CreateFamily(ctx, store.Family{ID: "f", UserID: alice.ID, Created: begun, Rotated: begun, Expires: begun})
		},
		"throttle": func() error {
			_, err := db.Throttle().Take(ctx, "k", throttle.Rate{Requests: 1, Window: time.Minute}, begun)
			return err
		},
		"sweep": func() error { _, err := db.Sweep(ctx, begun.AddDate(100, 0, 0)); return err },
	} {
		invalid := map[string]error{"tokens": db.Tokens().Validate(), "blocklist": db.Blocklist().Validate(), "families": db.Families().Validate(), "throttle": db.Throttle().Validate()}[what]
		if invalid != nil && cfg.OwnTables != "" {
			t.Errorf("%s: %v", what, invalid)
		}
		if err := do(); (err != nil) != (invalid != nil) {
			t.Errorf("%s: got %v, and Validate %v", what, err, invalid)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	plainly(t, path, func(site *sql.DB) {
		var n int
		if err := site.QueryRow(`SELECT COUNT(*) FROM django_session`).Scan(&n); n != 1 || err != nil {
			t.Errorf("got %d sessions of the site, %v, want the one that was there: Sweep leaves it", n, err)
		}
	})
}

// TestNoTable gives backends tables that a site does not have. They say so when an API is built.
func TestNoTable(t *testing.T) {
	db := open(t, siteFile(t, siteKinds[0]), siteKinds[0].cfg)
	secret := []byte(strings.Repeat("s", 64))
	for name, c := range map[string]struct {
		declare func() error
		want    string
	}{
		"families": {func() error {
			_, err := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()}).Header().Declare("GET")
			return err
		}, "refresh families"},
		"blocklist": {func() error {
			_, err := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Blocklist: db.Blocklist()}).Header().Declare("GET")
			return err
		}, "dmr.security.jwt.blocklist"},
		"tokens": {func() error {
			_, err := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret}).Header().Declare("GET")
			return err
		}, "API tokens"},
		"idle": {func() error {
			_, err := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Idle: time.Hour}).Declare("GET")
			return err
		}, "Idle and Lifetime"},
		"lifetime": {func() error {
			_, err := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Lifetime: time.Hour}).Declare("GET")
			return err
		}, "Idle and Lifetime"},
		"limit": {func() error {
			return throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Store: db.Throttle()}).Count(t.Context(), "k")
		}, "counts of limits"},
	} {
		if err := c.declare(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "OwnTables") {
			t.Errorf("%s: got %v, want an error with %q that names OwnTables", name, err, c.want)
		}
	}
	if _, err := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret}).Declare("GET"); err != nil {
		t.Errorf("sessions: %v", err)
	}
}

// TestSessionsOfASite finds and ends the session that Django made, which says in its data whose
// it is.
func TestSessionsOfASite(t *testing.T) {
	for _, kind := range siteKinds {
		t.Run(kind.name, func(t *testing.T) {
			db := open(t, siteFile(t, kind), kind.cfg)
			alice, _, err := db.Users().ByUsername(t.Context(), "alice")
			if err != nil {
				t.Fatal(err)
			}
			sessions, err := db.Sessions().ByUser(t.Context(), alice.ID)
			if err != nil || len(sessions) != 1 || sessions[0].UserID != alice.ID || sessions[0].Expires.IsZero() {
				t.Fatalf("ByUser: got %v, %v, want the session of the site", sessions, err)
			}
			key := sessions[0].Key
			for _, c := range []struct {
				user, except string
				want         []string
			}{{"77", "", nil}, {"", "", nil}, {alice.ID, key, nil}, {alice.ID, "", []string{key}}, {alice.ID, "", nil}} {
				if keys, err := db.Sessions().DeleteByUser(t.Context(), c.user, c.except); err != nil || !slices.Equal(keys, c.want) {
					t.Errorf("DeleteByUser(%q, %q): got %v, %v, want %v", c.user, c.except, keys, err, c.want)
				}
			}
		})
	}
}

// TestStoresOfASite runs the kits on a site's file and a second one.
func TestStoresOfASite(t *testing.T) {
	for _, kind := range []siteKind{siteKinds[0], siteKinds[2]} {
		t.Run(kind.name, func(t *testing.T) {
			storeKits(t, true, func(t *testing.T) *sqlite.DB {
				cfg := kind.cfg
				cfg.OwnTables = filepath.Join(t.TempDir(), "own.sqlite3")
				path := siteFile(t, kind, `DELETE FROM django_session`)
				plainly(t, path, func(db *sql.DB) {
					table := map[bool]string{true: "people_person", false: "auth_user"}[kind.cfg.UserTable != ""]
					if _, err := db.Exec(`DELETE FROM ` + table); err != nil {
						t.Fatal(err)
					}
				})
				return open(t, path, cfg)
			})
		})
	}
}

// storeKits runs the kits of all tables. Those of a Django site are not swept.
func storeKits(t *testing.T, django bool, open func(*testing.T) *sqlite.DB) {
	t.Run("users", func(t *testing.T) {
		storetest.Users(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
	})
	t.Run("sessions", func(t *testing.T) {
		storetest.Sessions(t, func(t *testing.T) sessionauth.Store {
			if django {
				return unsweptSessions{Sessions: open(t).Sessions()}
			}
			return open(t).Sessions()
		})
	})
	t.Run("tokens", func(t *testing.T) {
		storetest.Tokens(t, func(t *testing.T) (tokenauth.Store, storetest.UserStore) {
			db := open(t)
			if django {
				return unsweptTokens{Tokens: db.Tokens()}, db.Users()
			}
			return db.Tokens(), db.Users()
		})
	})
	t.Run("families", func(t *testing.T) {
		storetest.Families(t, func(t *testing.T) (jwtauth.Families, storetest.UserStore) {
			db := open(t)
			return db.Families(), db.Users()
		})
	})
	t.Run("blocklist", func(t *testing.T) {
		storetest.Blocklist(t, func(t *testing.T) (jwtauth.Blocklist, storetest.UserStore) {
			db := open(t)
			if django {
				return unsweptBlocklist{Blocklist: db.Blocklist()}, db.Users()
			}
			return db.Blocklist(), db.Users()
		})
	})
	t.Run("throttle", func(t *testing.T) {
		storetest.Throttle(t, func(t *testing.T) throttle.Store { return open(t).Throttle() })
	})
	t.Run("joined", func(t *testing.T) {
		storetest.Joined(t, open(t).Users(), func(t *testing.T) storetest.Tables { return tables(open(t)) })
	})
}

// Tables without the method Sweep, which is ambiguous in them.
//
//nolint:unused // that is what sweepless is for
type (
	sweepless       struct{}
	unsweptSessions struct {
		*sqlite.Sessions
		sweepless
	}
	unsweptTokens struct {
		*sqlite.Tokens
		sweepless
	}
	unsweptBlocklist struct {
		*sqlite.Blocklist
		sweepless
	}
)

func (sweepless) Sweep() {} //nolint:unused // as above

// TestIDTypes runs the kits on users with each type of id, in our table and in one of the
// application.
func TestIDTypes(t *testing.T) {
	for _, id := range []store.IDType{store.Integer, store.UUID, store.Text} {
		t.Run(id.String(), func(t *testing.T) {
			storeKits(t, false, func(t *testing.T) *sqlite.DB { return open(t, ":memory:", sqlite.Config{UserID: id}) })
		})
		t.Run(id.String()+" in another table", func(t *testing.T) {
			storeKits(t, false, func(t *testing.T) *sqlite.DB {
				path := filepath.Join(t.TempDir(), "db.sqlite3")
				db := open(t, path, sqlite.Config{UserID: id})
				sql, err := db.Text(`SELECT REPLACE(sql, 'auth_user', 'app_person') FROM sqlite_master WHERE name = 'auth_user'`)
				if err != nil || db.Exec(sql) != nil {
					t.Fatal(err)
				}
				return open(t, path, sqlite.Config{UserID: id, UserTable: "app_person"})
			})
		})
	}
}

// TestIDTypeOfAnotherFile opens files with another type than they were made with.
func TestIDTypeOfAnotherFile(t *testing.T) {
	types := []store.IDType{store.Integer, store.UUID, store.Text}
	for _, made := range types {
		path := filepath.Join(t.TempDir(), "db.sqlite3")
		open(t, path, sqlite.Config{UserID: made})
		for _, opened := range types {
			db, err := sqlite.Open(t.Context(), path, sqlite.Config{UserID: opened})
			if (err == nil) != (made == opened) || err != nil && !strings.Contains(err.Error(), "Config.UserID is "+opened.String()) {
				t.Errorf("made with %v, opened with %v: got %v", made, opened, err)
			}
			if err == nil {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestUUIDsOfDigits has UUIDs that SQLite would take for numbers.
func TestUUIDsOfDigits(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{UserID: store.UUID})
	for _, id := range []string{"00000000-0000-0000-0000-000000000001", "12345678-1234-1234-1234-123456789012", "00000000-0000-0000-0000-0000000000e1"} {
		user, err := db.Users().Create(t.Context(), store.User{ID: id, Username: id, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		if got, account, err := db.Users().ByID(t.Context(), id); err != nil || got.ID != id || account.ID != id || *got != *user {
			t.Errorf("%s: got %+v, %+v, %v", id, got, account, err)
		}
		stored, err := db.Text(`SELECT typeof(id) || ' ' || id FROM auth_user WHERE username = ?`, id)
		if want := "text " + strings.ReplaceAll(id, "-", ""); stored != want || err != nil {
			t.Errorf("stored as %q, %v, want %q", stored, err, want)
		}
		row, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: id, Hash: id, Created: begun, Updated: begun})
		if err != nil {
			t.Fatal(err)
		}
		if list, err := db.Tokens().TokensOf(t.Context(), id); err != nil || len(list) != 1 || list[0].ID != row.ID || list[0].UserID != id {
			t.Errorf("TokensOf: got %v, %v", list, err)
		}
	}
	for _, id := range []string{"", "1", "12345678123412341234123456789012", "12345678-1234-1234-1234-12345678901X"} {
		if _, _, err := db.Users().ByID(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ByID(%q): got %v, want ErrNotFound", id, err)
		}
	}
}
