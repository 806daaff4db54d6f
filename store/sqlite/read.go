package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// one finds one row by key. It tries again until no lock is in its way, Config.Timeout is over or the
// context ends.
//
// The wait for a connection ends with the context. The driver gets one without cancellation, because it
// would start a goroutine otherwise, which makes a read by key a quarter slower. The connections do
// not wait for locks, so that such a read is short.
func one[T any](ctx context.Context, db *DB, what string, q *query, read func(*row) T, args ...any) (T, error) {
	var found struct {
		row T
		ok  bool
	}
	if q == nil {
		return found.row, errMissing
	}
	if err := ctx.Err(); err != nil {
		return found.row, fmt.Errorf("sqlite: %w", err)
	}
	first := func(r *row) bool {
		found.row, found.ok = read(r), true
		return false
	}
	var err error
	if db.path != inMemory {
		err = failed(db.query(ctx, context.Background(), q, args, first), what)
	}
	if db.path == inMemory || errors.Is(err, ErrBusy) { // the application may hold the one connection for long
		err = db.scanning(ctx, what, func(ctx context.Context) error { return db.query(ctx, ctx, q, args, first) })
	}
	if err == nil && !found.ok {
		err = failed(sql.ErrNoRows, what)
	}
	return found.row, err
}

// prepare prepares a query on one connection.
func (db *DB) prepare(ctx context.Context, q *query) error {
	return db.with(ctx, func(c *conn) error {
		_, err := c.statement(ctx, q)
		return err
	})
}

// query calls f with the rows of a query until it returns false. ctx ends the wait for a connection,
// and running ends the query.
func (db *DB) query(ctx, running context.Context, q *query, args []any, f func(*row) bool) error {
	return db.with(ctx, func(c *conn) error { return c.read(running, q, args, f) })
}

// with calls f with a connection that reads, which no one else uses meanwhile.
func (db *DB) with(ctx context.Context, f func(*conn) error) error {
	c, err := db.read.Conn(ctx)
	if err != nil {
		return err
	}
	return cmp.Or(c.Raw(func(c any) error { return f(c.(*conn)) }), c.Close()) //nolint:forcetypeassert // see connector
}

// scanning calls f, which runs a query of many rows, until no lock is in its way, Config.Timeout is over
// or the context ends.
func (db *DB) scanning(ctx context.Context, what string, f func(context.Context) error) error {
	wait, cancel := context.WithTimeoutCause(ctx, db.cfg.Timeout, ErrBusy)
	defer cancel()
	if db.path == inMemory {
		ctx = wait
	}
	err := until(wait, func() error { return f(ctx) })
	if wait.Err() != nil && (busy(err) || errors.Is(err, wait.Err())) {
		return over(wait)
	}
	return failed(err, what)
}

// patiently calls f until no lock is in its way, Config.Timeout is over or the context ends. It
// returns the error of f.
func (db *DB) patiently(ctx context.Context, f func(context.Context) error) error {
	wait, cancel := context.WithTimeout(ctx, db.cfg.Timeout)
	defer cancel()
	return until(wait, func() error { return f(ctx) })
}

// until calls f until no lock is in its way or the context ends.
func until(ctx context.Context, f func() error) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 25*time.Millisecond) {
		err := f()
		if !busy(err) {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// busy reports whether an error is a lock of another connection.
func busy(err error) bool {
	if err == nil {
		return false
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xFF == sqlite3.SQLITE_BUSY
}

// list reads all rows of a query.
func list[T any](ctx context.Context, db *DB, what string, q *query, read func(*row) T, args ...any) (found []T, err error) {
	if q == nil {
		return nil, errMissing
	}
	err = db.scanning(ctx, what, func(ctx context.Context) error {
		found = nil
		return db.query(ctx, ctx, q, args, func(r *row) bool {
			found = append(found, read(r))
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// counted reads a count.
func (db *DB) counted(ctx context.Context, what string, q *query) (n int, err error) {
	counts, err := list(ctx, db, what, q, (*row).integer)
	if err == nil && len(counts) == 1 {
		n = int(counts[0])
	}
	return n, err
}
