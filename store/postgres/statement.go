package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/go-modern-rest/rest/store"
)

// one reads a row into targets. The error is store.ErrNotFound if there is none.
func (db *DB) one(ctx context.Context, what, query string, args []any, targets ...any) error {
	if !storable(args...) {
		return failed(pgx.ErrNoRows, what)
	}
	return db.repeat(ctx, what, func(ctx context.Context, conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, query, args...).Scan(targets...)
	})
}

// list reads all rows of a query, each by scan. Arguments that cannot be stored match no row.
func list[T any](ctx context.Context, db *DB, what, query string, args []any, scan func(scan func(...any) error) (T, error)) (all []T, _ error) {
	if !storable(args...) {
		return nil, nil
	}
	err := db.repeat(ctx, what, func(ctx context.Context, conn *pgxpool.Conn) error {
		rows, err := conn.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		all, err = collect(rows, scan)
		return err
	})
	return all, err
}

func collect[T any](rows pgx.Rows, scan func(scan func(...any) error) (T, error)) (all []T, _ error) {
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// text scans rows with one column of text.
func text(scan func(...any) error) (value string, err error) { return value, scan(&value) }

// exec runs a statement and returns how many rows it changed.
func (db *DB) exec(ctx context.Context, what, statement string, args ...any) (n int, _ error) {
	if !storable(args...) {
		return 0, failed(errText, what)
	}
	err := db.repeat(ctx, what, func(ctx context.Context, conn *pgxpool.Conn) error {
		tag, err := conn.Exec(ctx, statement, args...)
		n = int(tag.RowsAffected())
		return err
	})
	return n, err
}

// change runs a statement that must change a row. The error is store.ErrNotFound if it does not.
func (db *DB) change(ctx context.Context, what, statement string, args ...any) error {
	n, err := db.exec(ctx, what, statement, args...)
	if err == nil && n == 0 {
		err = failed(store.ErrNotFound, what)
	}
	return err
}

// transact runs f in a transaction.
func (db *DB) transact(ctx context.Context, what string, f func(context.Context, pgx.Tx) error) error {
	return db.repeat(ctx, what, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error { return f(ctx, tx) })
	})
}

// repeat runs f within Config.Timeout, and again when it failed because of another transaction: of
// two that wait for each other, PostgreSQL ends one.
func (db *DB) repeat(ctx context.Context, what string, f func(context.Context, *pgxpool.Conn) error) error {
	bound, stop := context.WithTimeout(ctx, db.cfg.Timeout)
	defer stop()
	for {
		err := db.run(bound, f)
		switch {
		case err == nil:
			return nil
		case repeatable(err):
			continue
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
			err = fmt.Errorf("no answer within %v: %w", db.cfg.Timeout, err)
		case codeOf(err) == readOnly:
			db.renew()
		}
		return failed(err, what)
	}
}

// run runs f with a connection. The wait for one ends when the context does. f ends when the time of
// the context is over, but not when it is cancelled: the driver would close the connection, so
// that clients who leave would cost one each.
func (db *DB) run(ctx context.Context, f func(context.Context, *pgxpool.Conn) error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("no connection: %w", err)
	}
	defer conn.Release()
	deadline, _ := ctx.Deadline()
	inside, stop := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer stop()
	return f(inside, conn)
}

// renew closes the connections when they have been used, at most once a second. After a database
// has been read-only, the connections from that time still are.
func (db *DB) renew() {
	now, last := time.Now().Unix(), db.renewed.Load()
	if now > last && db.renewed.CompareAndSwap(last, now) {
		db.pool.Reset()
	}
}

// storable reports whether PostgreSQL can have the texts among values.
func storable(values ...any) bool {
	for _, value := range values {
		if text, ok := value.(string); ok && (!utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0) {
			return false
		}
	}
	return true
}

// at returns a time as a parameter. The zero time is NULL.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = micro(t)
	return &t
}

// micro returns a time as it will be read again.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// timeOf returns a time that was read. NULL is the zero time.
func timeOf(t pgtype.Timestamptz) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
