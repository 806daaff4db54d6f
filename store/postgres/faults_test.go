package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/throttle"
)

// brief is a Config whose operations give up soon, but not before a healthy server answers.
var brief = postgres.Config{Timeout: 2 * time.Second}

// operations are an example of each way to use the database.
var operations = map[string]func(context.Context, *postgres.DB) error{
	"read": func(ctx context.Context, db *postgres.DB) error {
		_, err := db.Sessions().Session(ctx, "key")
		return err
	},
	"join": func(ctx context.Context, db *postgres.DB) error {
		_, _, _, err := db.Sessions().WithUser(ctx, "key")
		return err
	},
	"list":   func(ctx context.Context, db *postgres.DB) error { _, err := db.Sessions().ByUser(ctx, "7"); return err },
	"ping":   func(ctx context.Context, db *postgres.DB) error { return db.Ping(ctx) },
	"write":  func(ctx context.Context, db *postgres.DB) error { return db.Sessions().Create(ctx, row("new")) },
	"update": func(ctx context.Context, db *postgres.DB) error { return db.Sessions().Update(ctx, row("key")) },
	"delete": func(ctx context.Context, db *postgres.DB) error {
		_, err := db.Sessions().DeleteByUser(ctx, "8", "")
		return err
	},
	"sweep":    func(ctx context.Context, db *postgres.DB) error { _, err := db.Sweep(ctx, time.Now()); return err },
	"throttle": func(ctx context.Context, db *postgres.DB) error { return takeOne(ctx, db) },
	"create": func(ctx context.Context, db *postgres.DB) error {
		_, err := db.Users().Create(ctx, store.User{Username: "alice"})
		return err
	},
}

// reads are the operations that do not write.
var reads = []string{"read", "join", "list", "ping"}

func row(key string) store.Session {
	now := time.Now()
	return store.Session{Key: key, Data: "data", UserID: "7", Created: now, Seen: now, Expires: now.Add(time.Hour)}
}

func takeOne(ctx context.Context, db *postgres.DB) error {
	_, err := db.Throttle().Take(ctx, "key", throttle.Rate{Requests: 1000, Window: time.Hour}, time.Now())
	return err
}

// down checks that operations fail, in time, as a database fails that is down.
func down(t *testing.T, what string, db *postgres.DB, except ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // much longer than brief.Timeout
	defer stop()
	done := make(chan struct{})
	for name, operation := range operations {
		go func() {
			defer func() { done <- struct{}{} }()
			err := operation(ctx, db)
			if strings.Contains(strings.Join(except, " "), name) {
				if err != nil {
					t.Errorf("%s: %s: %v", what, name, err)
				}
				return
			}
			switch {
			case err == nil:
				t.Errorf("%s: %s: got no error", what, name)
			case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrExists):
				t.Errorf("%s: %s: got %v, which is an answer", what, name, err)
			case strings.Contains(err.Error(), "secret"):
				t.Errorf("%s: %s: the error has the password: %v", what, name, err)
			}
		}()
	}
	for range operations {
		<-done
	}
	if ctx.Err() != nil {
		t.Errorf("%s: an operation lasted longer than Config.Timeout", what)
	}
}

// up waits until all operations work.
func up(t *testing.T, what string, db *postgres.DB) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for name, operation := range operations {
		for {
			err := operation(ctx, db)
			if err == nil || errors.Is(err, store.ErrExists) {
				break
			}
			if ctx.Err() != nil {
				t.Fatalf("%s: %s: %v", what, name, err)
			}
		}
	}
}

// prepared returns a server of the test's own, and a DB with a session.
func prepared(t *testing.T, settings ...string) (*servers.Server, *postgres.DB) {
	t.Helper()
	server := servers.OwnPostgres(t, settings...)
	migrate(t, server.URL, brief)
	db, err := postgres.Open(t.Context(), with(t, server.URL, "app"), brief)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	up(t, "before", db)
	return server, db
}

func TestServerIsKilled(t *testing.T) {
	server, db := prepared(t)
	server.Kill()
	down(t, "killed", db)
	refused(t, "Open of a server that is down", server.URL, brief)
	server.Start()
	up(t, "back", db)
}

func TestServerIsPaused(t *testing.T) {
	server, db := prepared(t)
	server.Pause()
	down(t, "paused", db)
	refused(t, "Open of a server that is paused", server.URL, brief)
	server.Resume()
	up(t, "back", db)
}

func TestPgBouncerIsKilledAndPaused(t *testing.T) {
	_, app := migrated(t, brief)
	bouncer := servers.PgBouncer(t, app)
	db := open(t, with(t, bouncer.URL, "", "default_query_exec_mode", "exec"), brief)
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	up(t, "before", db)
	bouncer.Kill()
	down(t, "killed", db)
	bouncer.Start()
	up(t, "back", db)
	bouncer.Pause()
	down(t, "paused", db)
	bouncer.Resume()
	up(t, "back again", db)
}

func TestServerIsReadOnly(t *testing.T) {
	owner, app := migrated(t, brief)
	db := open(t, app, brief)
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	database := strings.Trim(pathOf(t, owner), "/")
	servers.SQL(t, owner, `ALTER DATABASE `+database+` SET default_transaction_read_only = on`)
	db.Pool().Reset() // a connection that is open remains as it was
	down(t, "read-only", db, append(reads, "ping")...)
	if err := db.Sessions().Touch(t.Context(), row("key")); err != nil {
		t.Errorf("Touch: got %v: a request that only reads should pass", err)
	}
	servers.SQL(t, with(t, owner, "", "options", "-c default_transaction_read_only=off"), `ALTER DATABASE `+database+` RESET default_transaction_read_only`)
	up(t, "back", db)
}

func TestPoolIsExhausted(t *testing.T) {
	_, app := migrated(t, brief)
	db := open(t, with(t, app, "", "pool_max_conns", "2"), brief)
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conn, err := db.Pool().Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	down(t, "no connection is free", db)
}

// TestRowIsLocked: a write waits for the transaction of another program, in time, and a read and the
// use of a session do not wait.
func TestRowIsLocked(t *testing.T) {
	_, app := migrated(t, brief)
	db := open(t, app, brief)
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	other, err := db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `SELECT FROM rest.sessions FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	if err := db.Sessions().Update(t.Context(), row("key")); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "within 2s") {
		t.Errorf("Update of a locked row: got %v", err)
	}
	used := row("key")
	used.Seen = used.Seen.Add(time.Minute)
	if err := db.Sessions().Touch(t.Context(), used); err != nil {
		t.Error(err)
	}
	if err := db.Flush(t.Context()); err != nil {
		t.Errorf("Flush waits for a lock: %v", err)
	}
	if _, err := db.Sessions().Session(t.Context(), "key"); err != nil {
		t.Error(err)
	}
	if n, err := db.Sessions().Sweep(t.Context(), time.Now().Add(2*time.Hour)); n != 0 || err != nil {
		t.Errorf("Sweep of a locked row: got %d, %v, want 0", n, err)
	}
	other.Rollback(t.Context())
	if n, err := db.Sessions().Sweep(t.Context(), time.Now().Add(2*time.Hour)); n != 1 || err != nil {
		t.Errorf("Sweep: got %d, %v, want 1", n, err)
	}
}

// TestContextEnds: an operation ends with its context.
func TestContextEnds(t *testing.T) {
	_, app := migrated(t, postgres.Config{Timeout: time.Hour})
	db := open(t, app, postgres.Config{Timeout: time.Hour})
	other, err := db.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback(context.Background())
	if _, err := other.Exec(t.Context(), `LOCK TABLE rest.sessions`); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if _, err := db.Sessions().Session(ctx, "key"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestClientLeaves: a request that is cancelled does not wait for a connection any more, and does not
// cost the one that it has.
func TestClientLeaves(t *testing.T) {
	owner, app := migrated(t, postgres.Config{Timeout: time.Hour})
	db := open(t, with(t, app, "", "pool_max_conns", "1"), postgres.Config{Timeout: time.Hour})
	process := func() (pid int) {
		t.Helper()
		if err := db.Pool().QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	before := process()
	other, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.Background())
	if _, err := other.Exec(t.Context(), `BEGIN; LOCK TABLE rest.sessions`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	read := func() {
		_, err := db.Sessions().Session(ctx, "key")
		done <- err
	}
	go read()
	eventually(t, "the request waits for the lock", func() bool {
		return servers.SQL(t, owner, `SELECT count(*) FROM pg_locks WHERE NOT granted`) == "1"
	})
	go read()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the request without connection: got %v, want %v", err, context.Canceled)
	}
	if _, err := other.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the request that had the connection: got %v, want %v", err, store.ErrNotFound)
	}
	if after := process(); after != before {
		t.Error("the connection was closed")
	}
}

func TestCloseFlushes(t *testing.T) {
	_, app := migrated(t, brief)
	db, other := open(t, app, brief), open(t, app, brief)
	if err := db.Sessions().Create(t.Context(), row("key")); err != nil {
		t.Fatal(err)
	}
	used := row("key")
	used.Seen = used.Seen.Add(time.Minute).UTC().Truncate(time.Microsecond)
	if err := db.Sessions().Touch(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Sessions().Session(t.Context(), "key"); err != nil || !got.Seen.Equal(used.Seen) {
		t.Errorf("got %v, %v, want the time of the last use", got.Seen, err)
	}
}
