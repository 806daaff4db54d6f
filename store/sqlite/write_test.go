package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
	"github.com/go-modern-rest/rest/throttle"
)

// hold keeps all others from writing until the function that it returns is called.
func hold(t *testing.T, db *sqlite.DB) (release func()) {
	t.Helper()
	end, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := end(); err != nil {
			t.Error(err)
		}
	}
}

// TestWritersThatGetNoTurn lets several writers wait for one that does not end. Each
// gives up after one Timeout, and nothing is written when the way is free again.
func TestWritersThatGetNoTurn(t *testing.T) {
	for _, c := range []struct {
		name  string
		other bool // the writer that does not end is another process
	}{{"this process", false}, {"another process", true}} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "db.sqlite3")
			db := open(t, path, sqlite.Config{Timeout: 200 * time.Millisecond})
			holder := db
			if c.other {
				holder = open(t, path, sqlite.Config{})
			}
			release := hold(t, holder)
			var wg sync.WaitGroup
			for name, write := range writes(db) {
				wg.Go(func() {
					if err := write(t.Context()); !errors.Is(err, sqlite.ErrBusy) {
						t.Errorf("%s: got %v, want ErrBusy", name, err)
					}
				})
			}
			wg.Wait()
			release()
			wantUnwritten(t, db)
		})
	}
}

// TestWritersWhoseContextEnds waits for a turn that comes too late for the request.
func TestWritersWhoseContextEnds(t *testing.T) {
	for _, other := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "db.sqlite3")
		db := open(t, path, sqlite.Config{Timeout: time.Hour})
		holder := db
		if other {
			holder = open(t, path, sqlite.Config{})
		}
		release := hold(t, holder)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		var wg sync.WaitGroup
		for name, write := range writes(db) {
			wg.Go(func() {
				if err := write(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: got %v, want DeadlineExceeded", name, err)
				}
			})
		}
		wg.Wait()
		cancel()
		release()
		wantUnwritten(t, db)
	}
}

// writes are writers of every table.
func writes(db *sqlite.DB) map[string]func(context.Context) error {
	session := store.Session{Key: "key-of-a-session", Created: begun, Expires: begun}
	return map[string]func(context.Context) error{
		"users": func(ctx context.Context) error {
			_, err := db.Users().Create(ctx, store.User{Username: "alice"})
			return err
		},
		"sessions": func(ctx context.Context) error { return db.Sessions().Create(ctx, session) },
		"delete":   func(ctx context.Context) error { return db.Sessions().Delete(ctx, session.Key) },
		"families": func(ctx context.Context) error {
			return db.Families().CreateFamily(ctx, store.Family{ID: "f", Created: begun, Rotated: begun, Expires: begun})
		},
		"blocklist": func(ctx context.Context) error {
			_, err := db.Blocklist().Block(ctx, store.BlockedToken{ID: "b", Expires: begun})
			return err
		},
		"Write": func(ctx context.Context) error {
			return db.Write(ctx, func(tx *sql.Tx) error { return errors.New("ran") })
		},
	}
}

func wantUnwritten(t *testing.T, db *sqlite.DB) {
	t.Helper()
	for _, table := range []string{"auth_user", "django_session", "rest_refresh_family", "blocklist_blocklistedjwtoken"} {
		if n, err := db.Text("SELECT COUNT(*) FROM " + table); n != "0" || err != nil {
			t.Errorf("%s: got %s rows, %v, want none: the writer was answered with an error", table, n, err)
		}
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "bob"}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWrite(t *testing.T) {
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		db := open(t)
		insert := func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO django_session VALUES ('k', '', '2026-01-01 00:00:00')`)
			return err
		}
		failed := errors.New("failed")
		ctx, cancel := context.WithCancel(t.Context())
		for _, c := range []struct {
			name string
			f    func(*sql.Tx) error
			want error
		}{
			{"f fails", func(tx *sql.Tx) error { return errors.Join(insert(tx), failed) }, failed},
			{"the context ends before the commit", func(tx *sql.Tx) error { err := insert(tx); cancel(); return err }, context.Canceled},
			{"the context ended", insert, context.Canceled},
		} {
			if err := db.Write(ctx, c.f); !errors.Is(err, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
			if n, err := db.Sessions().Count(t.Context()); n != 0 || err != nil {
				t.Errorf("%s: got %d rows, %v, want none", c.name, n, err)
			}
		}
		if err := db.Write(t.Context(), insert); err != nil {
			t.Error(err)
		}
		if n, err := db.Sessions().Count(t.Context()); n != 1 || err != nil {
			t.Errorf("got %d rows, %v, want one", n, err)
		}
	})
}

// TestSweepOfTheLivingWritesNothing sweeps while another process writes.
func TestSweepOfTheLivingWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	writer := open(t, path, sqlite.Config{})
	err := writer.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
		INSERT INTO django_session SELECT 'key' || i, '', '2026-01-02 03:04:06' FROM n;
		INSERT INTO rest_session SELECT session_key, '1', '', '' FROM django_session`)
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, path, sqlite.Config{Timeout: time.Millisecond})
	release := hold(t, writer)
	defer release()
	if n, err := db.Sweep(t.Context(), begun); n != 0 || err != nil {
		t.Errorf("got %d, %v, want nothing to sweep, and no wait for the writer", n, err)
	}
}

// TestSweepChecksAgain prolongs a session between the reader that finds it and the
// writer that would remove it.
func TestSweepChecksAgain(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{})
	for _, key := range []string{"prolonged", "expired"} {
		if err := db.Sessions().Create(t.Context(), store.Session{Key: key, Created: begun, Expires: begun}); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := db.Writer().Begin()
	if err != nil {
		t.Fatal(err)
	}
	swept := make(chan int)
	go func() {
		n, err := db.Sessions().Sweep(context.Background(), begun)
		if err != nil {
			t.Error(err)
		}
		swept <- n
	}()
	for !db.Taken() {
		runtime.Gosched()
	}
	if _, err := tx.Exec(`UPDATE django_session SET expire_date = '2026-01-02 03:04:06' WHERE session_key = 'prolonged'`); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if n := <-swept; n != 1 {
		t.Errorf("got %d, want the one that expired", n)
	}
	if _, err := db.Sessions().Session(t.Context(), "prolonged"); err != nil {
		t.Errorf("the prolonged session: %v", err)
	}
}

func ExampleDB_Write() {
	db, err := sqlite.Open(context.Background(), ":memory:", sqlite.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	err = db.Write(context.Background(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE note (title TEXT)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO note VALUES ('Milk')`)
		return err
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleDB_Throttle() {
	db, err := sqlite.Open(context.Background(), ":memory:", sqlite.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	perName := throttle.New(throttle.Limit{Requests: 2, Window: time.Hour, Name: "codes", Store: db.Throttle()})
	for range 3 {
		fmt.Println(perName.Count(context.Background(), "alice") == nil)
	}
	// Output:
	// true
	// true
	// false
}
