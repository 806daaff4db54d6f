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

// ErrBusy means that a write had to wait longer than [Config.BusyTimeout], and wrote nothing.
var ErrBusy = errors.New("sqlite: other writers kept the database busy")

// Write runs f in a transaction of the one connection that writes, and commits if f
// returns nil. All other writers wait for f, so it should be short.
//
// Writers write in the order in which they called Write. Write waits for writers of this process and
// of others. It fails with [ErrBusy] after [Config.BusyTimeout], and earlier if the context
// ends. If the context ends before the commit, the transaction is rolled back. If Write returns
// an error, which may be that of f, nothing was written.
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

// over returns the error with which waiting ended.
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

// run runs a prepared statement in a transaction. It has no cancellation, for which the driver would
// start a goroutine, because the transaction already watches the context.
func run(ctx context.Context, tx *sql.Tx, statement *sql.Stmt, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	return tx.StmtContext(ctx, statement).ExecContext(ctx, args...)
}
