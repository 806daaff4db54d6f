package sqlite_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// used begins sessions and issues a token, and records a use of each, which is not written yet.
func used(t *testing.T, db *sqlite.DB, n int) {
	t.Helper()
	for i := range n {
		row := store.Session{Key: fmt.Sprint("key ", i), UserID: "1", Created: begun, Seen: begun, Expires: begun.Add(time.Hour)}
		if err := db.Sessions().Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	token, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: "1", Hash: "h", Created: begun, Updated: begun})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		later := store.Session{Key: fmt.Sprint("key ", i), UserID: "1", Created: begun, Seen: begun.Add(time.Minute), Expires: begun.Add(2 * time.Hour)}
		if err := db.Sessions().Touch(t.Context(), later); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Tokens().TouchToken(t.Context(), token.ID, begun.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
}

// usesIn returns how many uses another process sees.
func usesIn(t *testing.T, path string) string {
	t.Helper()
	uses, err := open(t, path, sqlite.Config{}).Text(`SELECT
		(SELECT COUNT(*) FROM rest_session WHERE seen > created) || ' ' ||
		(SELECT COUNT(*) FROM django_session WHERE expire_date > '2026-01-02 04:30:00') || ' ' ||
		(SELECT COUNT(*) FROM rest_token WHERE last_used_at IS NOT NULL)`)
	if err != nil {
		t.Fatal(err)
	}
	return uses
}

func TestUsesAreBatched(t *testing.T) {
	for name, write := range map[string]func(*testing.T, *sqlite.DB) error{
		"Flush": func(t *testing.T, db *sqlite.DB) error { return db.Flush(t.Context()) },
		"Close": func(t *testing.T, db *sqlite.DB) error { return db.Close() },
		"Run": func(t *testing.T, db *sqlite.DB) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return db.Run(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite3")
			db, err := sqlite.Open(t.Context(), path, sqlite.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() }) // the second time has nothing to do
			used(t, db, 20)
			if got := usesIn(t, path); got != "0 0 0" {
				t.Errorf("before: got %s uses, want none", got)
			}
			if err := write(t, db); err != nil {
				t.Error(err)
			}
			if got := usesIn(t, path); got != "20 20 1" {
				t.Errorf("after: got %s uses, want 20 sessions, 20 expiries and a token", got)
			}
		})
	}
}

// TestFullBatch has no Run: the request that fills a batch writes it.
func TestFullBatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	used(t, open(t, path, sqlite.Config{}), 200)
	if got := usesIn(t, path); got != "200 200 0" {
		t.Errorf("got %s uses, want 200 sessions", got)
	}
}

// TestUsesAreTriedAgain cannot write a batch, logs that once, and writes it later.
func TestUsesAreTriedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	var logged strings.Builder
	db := open(t, path, sqlite.Config{Timeout: 20 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	used(t, db, 1)
	release := hold(t, open(t, path, sqlite.Config{}))
	row := store.Session{Key: "key 0", UserID: "1", Created: begun, Seen: begun.Add(time.Minute), Expires: begun} // due at once
	for range 2 {
		if err := db.Sessions().Touch(t.Context(), row); err != nil {
			t.Errorf("Touch: %v", err)
		}
	}
	if n := strings.Count(logged.String(), "not recorded"); n != 1 {
		t.Errorf("got %d lines, want one:\n%s", n, logged.String())
	}
	release()
	if err := db.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if got := usesIn(t, path); !strings.HasPrefix(got, "1 ") {
		t.Errorf("got %s uses, want the session", got)
	}
}

// TestLateUseOfAToken is written by a process that is slower than another one.
func TestLateUseOfAToken(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{})
	row, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: "1", Hash: "h", Created: begun, Updated: begun})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{2 * time.Minute, time.Minute} {
		if err := db.Tokens().TouchToken(t.Context(), row.ID, begun.Add(at)); err != nil {
			t.Error(err)
		}
		if err := db.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got, err := db.Tokens().Token(t.Context(), "h"); err != nil || !got.LastUsed.Equal(begun.Add(2*time.Minute)) || !got.Updated.Equal(got.LastUsed) {
		t.Errorf("got %v, %v, %v, want the later use", got.LastUsed, got.Updated, err)
	}
}

func ExampleDB_Run() {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, "site.sqlite3", sqlite.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	go func() {
		if err := db.Run(ctx); err != nil {
			log.Print(err)
		}
	}()
	http.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if db.Ping(r.Context()) != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	log.Print(http.ListenAndServe("127.0.0.1:8000", nil))
}

func ExampleOpen_django() {
	db, err := sqlite.Open(context.Background(), "db.sqlite3", sqlite.Config{
		Django:    true,           // nothing in the site's file is created or altered
		OwnTables: "rest.sqlite3", // what the site has no tables for
	})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	fmt.Println(db.Ping(context.Background()))
}

func ExampleMigrate() {
	ctx, cfg := context.Background(), sqlite.Config{ManualMigrations: true}
	if err := sqlite.Migrate(ctx, "site.sqlite3", cfg); err != nil { // when a new version is deployed
		log.Fatal(err)
	}
	db, err := sqlite.Open(ctx, "site.sqlite3", cfg) // in the service
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}
