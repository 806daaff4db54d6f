package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrBusy means that an operation had to wait longer than [Config].Timeout for others that use the
// database. If it was to write, it wrote nothing.
var ErrBusy = errors.New("sqlite: others kept the database busy")

// Write runs f in a transaction of the one connection that writes, and commits if f
// returns nil. All other writers wait for f, so it should be short.
//
// Writers write in the order in which they called Write. Write waits for writers of this process and
// of others, and, in the file of a Django site without write-ahead log, for readers before the
// commit. It fails with [ErrBusy] after it has waited for [Config].Timeout, and earlier if the
// context ends; the time that f takes does not count. If the context ends before the commit, the
// transaction is rolled back. If Write returns an error, which may be that of f, nothing was written.
func (db *DB) Write(ctx context.Context, f func(*sql.Tx) error) error {
	wait, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	began := time.Now()
	timer := time.AfterFunc(db.cfg.Timeout, func() { stop(ErrBusy) })
	defer timer.Stop()
	select {
	case db.queue <- struct{}{}:
		defer func() { <-db.queue }()
	case <-wait.Done():
		return over(wait)
	}
	tx, err := db.write.BeginTx(wait, nil)
	if err != nil {
		return notWaited(wait, err)
	}
	timer.Stop() // while f runs the context alone ends the transaction
	left := db.cfg.Timeout - time.Since(began)
	if err = f(tx); err == nil {
		timer.Reset(left)
		if err = tx.Commit(); err == nil {
			return nil
		}
		err = notWaited(wait, err)
	} else if wait.Err() != nil {
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

// notWaited returns the error of a transaction that could not begin or commit.
func notWaited(wait context.Context, err error) error {
	if wait.Err() != nil {
		return over(wait)
	}
	if busy(err) {
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
	if statement == nil {
		return nil, errMissing
	}
	ctx = context.WithoutCancel(ctx)
	return tx.StmtContext(ctx, statement).ExecContext(ctx, args...)
}
