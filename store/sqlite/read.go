package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// reading runs f, which reads, again until no lock is in its way, Config.Timeout is over or the
// context ends.
//
// f gets a context without cancellation, for which the driver would start a goroutine: it makes a
// read by key a quarter slower. The connections do not wait for locks, so that such a read is
// short. A database in memory has one connection, which the application may hold for long; there
// f gets a context that ends.
func (db *DB) reading(ctx context.Context, what string, f func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if db.path == inMemory {
		return db.scanning(ctx, what, f)
	}
	err := f(context.WithoutCancel(ctx))
	if !busy(err) {
		return failed(err, what)
	}
	return db.scanning(ctx, what, f)
}

// scanning is reading for queries of many rows, which end with the context.
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

// row reads one row by key.
func (db *DB) row(ctx context.Context, what string, query *sql.Stmt, key any, targets ...any) error {
	if query == nil {
		return errMissing
	}
	return db.reading(ctx, what, func(ctx context.Context) error {
		return query.QueryRowContext(ctx, key).Scan(targets...)
	})
}

// list reads all rows of a query, each by scan.
func list[T any](ctx context.Context, db *DB, what string, query *sql.Stmt, scan func(*sql.Rows) (T, error), args ...any) (found []T, err error) {
	if query == nil {
		return nil, errMissing
	}
	err = db.scanning(ctx, what, func(ctx context.Context) error {
		rows, err := query.QueryContext(ctx, args...)
		found, err = collect(rows, err, scan)
		return err
	})
	return found, err
}

// collect reads all rows, each by scan.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) (list []T, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// counted reads a count.
func (db *DB) counted(ctx context.Context, what string, query *sql.Stmt) (n int, err error) {
	err = db.scanning(ctx, what, func(ctx context.Context) error { return query.QueryRowContext(ctx).Scan(&n) })
	return n, err
}
