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

// ErrBusy says that a writer got no turn within [Config.BusyTimeout], and that it wrote
// nothing.
var ErrBusy = errors.New("sqlite: other writers kept the database busy")

// Write runs f in a transaction of the one connection that writes, and commits if f
// returns nil. All other writers wait for f, so it should be short.
//
// Writers get their turn in the order in which they came. Waiting for it, in this
// process and for other processes, ends after [Config.BusyTimeout] with [ErrBusy], or
// earlier with the context. A context that ends before the commit undoes what f did. If
// Write returns an error, which is that of f if f returned one, nothing was written, and
// nothing will be.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	wait, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	timer := time.AfterFunc(db.busy, func() { stop(ErrBusy) })
	defer timer.Stop()
	select {
	case db.queue <- struct{}{}:
		defer func() { <-db.queue }()
	case <-wait.Done():
		return over(wait)
	}
	tx, err := db.write.BeginTx(wait, nil)
	if err != nil {
		return notBegun(wait, err)
	}
	timer.Stop() // from here on the context alone ends the transaction
	if err = f(tx); err == nil {
		err = tx.Commit()
	}
	if err == nil {
		return nil
	}
	if wait.Err() != nil {
		err = over(wait)
	}
	if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
		return errors.Join(err, undo)
	}
	return err
}

// over returns why waiting ended.
func over(wait context.Context) error {
	if cause := context.Cause(wait); !errors.Is(cause, ErrBusy) {
		return fmt.Errorf("sqlite: %w", cause)
	}
	return ErrBusy
}

func notBegun(wait context.Context, err error) error {
	if wait.Err() != nil {
		return over(wait)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xFF == sqlite3.SQLITE_BUSY {
		return ErrBusy
	}
	return fmt.Errorf("sqlite: %w", err)
}

// exec runs a prepared statement in a transaction of its own.
func (db *DB) exec(ctx context.Context, statement *sql.Stmt, args ...any) (result sql.Result, err error) {
	err = db.Write(ctx, func(tx *sql.Tx) error {
		result, err = run(ctx, tx, statement, args...)
		return err
	})
	return result, err
}

// run runs a prepared statement in a transaction. The driver would start a goroutine
// to watch the context; the transaction watches it already.
func run(ctx context.Context, tx *sql.Tx, statement *sql.Stmt, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	return tx.StmtContext(ctx, statement).ExecContext(ctx, args...)
}
