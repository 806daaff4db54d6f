package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-modern-rest/rest/store"
)

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

// removed runs a statement that removes rows and returns their keys.
func removed(ctx context.Context, tx *sql.Tx, statement *sql.Stmt, args ...any) ([]string, error) {
	if statement == nil {
		return nil, errMissing
	}
	ctx = context.WithoutCancel(ctx) // see run
	rows, err := tx.StmtContext(ctx, statement).QueryContext(ctx, args...)
	return collect(rows, err, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
}

// rowIn reads one row by key in a transaction.
func rowIn(ctx context.Context, tx *sql.Tx, query *sql.Stmt, key any, targets ...any) error {
	if query == nil {
		return errMissing
	}
	ctx = context.WithoutCancel(ctx) // see run
	return tx.StmtContext(ctx, query).QueryRowContext(ctx, key).Scan(targets...)
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
