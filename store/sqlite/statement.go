package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

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

// inTx runs f in a transaction of the writer.
func (db *DB) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(fmt.Errorf("sqlite: %w", err), rollback(tx))
	}
	return nil
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
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

// sweep runs a statement that deletes at most so many rows that expired, until none
// is left, and returns how many they were. Between the portions other writers get
// their turn.
func sweep(ctx context.Context, statement *sql.Stmt, now time.Time, what string) (int, error) {
	const portion = 500
	for total := 0; ; {
		result, err := statement.ExecContext(ctx, formatTime(now), portion)
		n, err := affected(result, err, what)
		if total += n; err != nil || n < portion {
			return total, err
		}
	}
}
