package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

func TestMigrate(t *testing.T) {
	for _, django := range []bool{false, true} {
		t.Run(fmt.Sprintf("Django %t", django), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite3")
			ours, cfg := path, sqlite.Config{}
			if django {
				path, cfg = siteFile(t, siteKinds[0]), sqlite.Config{Django: true, OwnTables: ours}
			}
			manual := cfg
			manual.ManualMigrations = true
			fails := func(what string, cfg sqlite.Config, want ...string) {
				t.Helper()
				db, err := sqlite.Open(t.Context(), path, cfg)
				if err == nil {
					t.Fatalf("%s: got %v, want an error", what, db.Close())
				}
				for _, part := range want {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("%s: got %v, want an error with %q", what, err, part)
					}
				}
			}
			fails("no file", manual, "no such file")
			if err := os.WriteFile(ours, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			fails("an empty file", manual, "version 0", "version 9", "sqlite.Migrate")
			if info, err := os.Stat(ours); err != nil || info.Size() != 0 {
				t.Errorf("the check has written: %v, %v", info, err)
			}
			for range 2 { // the second time there is nothing to do
				if err := sqlite.Migrate(t.Context(), path, manual); err != nil {
					t.Fatal(err)
				}
			}
			if err := open(t, path, manual).Ping(t.Context()); err != nil {
				t.Error(err)
			}
			version := func(statement string) {
				plainly(t, ours, func(db *sql.DB) {
					if _, err := db.Exec(statement); err != nil {
						t.Fatal(err)
					}
				})
			}
			version(`DELETE FROM rest_schema WHERE version_id = 9`)
			fails("behind", manual, "version 8", "version 9", "sqlite.Migrate")
			if err := open(t, path, cfg).Ping(t.Context()); err != nil { // migrates
				t.Error(err)
			}
			version(`INSERT INTO rest_schema (version_id, is_applied) VALUES (10, 1)`)
			fails("ahead", cfg, "version 10", "version 9", "must be updated")
			fails("ahead, by hand", manual, "version 10", "version 9", "must be updated")
			if err := sqlite.Migrate(t.Context(), path, cfg); err == nil || !strings.Contains(err.Error(), "version 10") {
				t.Errorf("Migrate: got %v, want an error", err)
			}
		})
	}
}

// TestFailedMigration finds a table in the way, and leaves the file as it was.
func TestFailedMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	plainly(t, path, func(db *sql.DB) {
		if _, err := db.Exec(`CREATE VIEW rest_throttle AS SELECT 1 AS key`); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := sqlite.Open(t.Context(), path, sqlite.Config{}); err == nil || !strings.Contains(err.Error(), "00008_throttle.sql") {
		t.Errorf("got %v, want an error that names the migration", err)
	}
	plainly(t, path, func(db *sql.DB) {
		var n int
		if err := db.QueryRow(`SELECT COUNT(*) FROM sqlite_master`).Scan(&n); n != 1 || err != nil {
			t.Errorf("got %d tables, %v, want the view alone", n, err)
		}
	})
}

// TestFilesOfEarlierVersions opens a file that goose has migrated, as until version 9.
func TestFilesOfEarlierVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	text, err := os.ReadFile("testdata/version-7.sql")
	if err != nil {
		t.Fatal(err)
	}
	plainly(t, path, func(db *sql.DB) {
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatal(err)
		}
	})
	db := open(t, path, sqlite.Config{})
	if user, _, err := db.Users().ByID(t.Context(), "1"); err != nil || user.Username != "alice" {
		t.Errorf("got %v, %v, want alice", user, err)
	}
	if _, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: "someone", Hash: "h", Created: begun, Updated: begun}); err != nil {
		t.Errorf("a table of version 9: %v", err)
	}
}

// TestMigrateTogether migrates a file in several connections at once.
func TestMigrateTogether(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "db.sqlite3")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := sqlite.Migrate(t.Context(), path, sqlite.Config{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n, err := open(t, path, sqlite.Config{}).Text(`SELECT COUNT(*) FROM rest_schema WHERE version_id = 1`); n != "1" || err != nil {
			t.Errorf("the first migration ran %s times, %v, want once", n, err)
		}
	}
}
