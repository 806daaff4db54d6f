package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-modern-rest/rest/store"
)

// detach takes the cancellation from the context of a statement. The driver would
// start a goroutine to watch it, which costs a quarter of a read by key; such a
// read ends soon, and waits for a lock no longer than Config.BusyTimeout. A
// context that is over already stops the statement here.
func detach(ctx context.Context) (context.Context, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	return context.WithoutCancel(ctx), nil
}

// changed turns "no row was changed" into store.ErrNotFound.
func changed(result sql.Result, err error, what string) error {
	if err != nil {
		return failed(err, what)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fmt.Errorf("sqlite: %s: %w", what, store.ErrNotFound)
}

// affected is how many rows a statement changed.
func affected(result sql.Result, err error, what string) (int, error) {
	if err != nil {
		return 0, failed(err, what)
	}
	n, err := result.RowsAffected()
	return int(n), err
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
