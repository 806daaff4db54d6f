package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-modern-rest/rest/store"
)

// detach returns a context without cancellation for a short statement. The driver would start a
// goroutine to watch the cancellation, which makes a read by key a quarter slower. Such a read
// is short, and waits for a lock no longer than Config.BusyTimeout. If the context has already
// ended, detach returns its error.
func detach(ctx context.Context) (context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return context.WithoutCancel(ctx), nil
}

// changed returns store.ErrNotFound if a statement has changed no row.
func changed(result sql.Result, err error, what string) error {
	if err != nil {
		return failed(err, what)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fmt.Errorf("sqlite: %s: %w", what, store.ErrNotFound)
}

// affected returns how many rows a statement has changed.
func affected(result sql.Result, err error, what string) (int, error) {
	if err != nil {
		return 0, failed(err, what)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// removed runs a statement that removes rows and returns their keys, in a transaction of its own.
func (db *DB) removed(ctx context.Context, statement *sql.Stmt, what string, args ...any) (keys []string, err error) {
	err = db.Write(ctx, func(tx *sql.Tx) error {
		ctx := context.WithoutCancel(ctx) // see run
		rows, err := tx.StmtContext(ctx, statement).QueryContext(ctx, args...)
		keys, err = collect(rows, err, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
		return err
	})
	if err != nil {
		return nil, failed(err, what)
	}
	return keys, nil
}

// collect reads all rows of a query, each by scan.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) (list []T, _ error) {
	if err != nil {
		return nil, failed(err, "query")
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err, "query")
	}
	return list, nil
}
