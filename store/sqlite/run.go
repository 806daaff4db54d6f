package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"
)

// batchSize is how many uses of sessions or tokens are written at once.
const batchSize = 200

// Run writes the batched uses of sessions and tokens in time, see [Sessions.Touch], and removes
// what has expired once an hour, see [DB.Sweep]. It ends with the context, after writing what is
// left, and returns nil; errors are logged. Without Run, the request writes a batch that fills
// it or comes when it is due, and nothing is removed.
func (db *DB) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { db.sessions.touched.Run(ctx, func(err error) { db.batched(ctx, err) }) })
	running.Go(func() { db.tokens.touched.Run(ctx, func(err error) { db.batched(ctx, err) }) })
	running.Go(func() { db.sweepHourly(ctx) })
	running.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.cfg.Timeout)
	defer cancel()
	db.batched(last, db.Flush(last))
	return nil
}

func (db *DB) sweepHourly(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		if _, err := db.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			db.cfg.Logger.WarnContext(ctx, "sqlite: the expired rows were not removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Flush writes the batched uses of sessions and tokens now.
func (db *DB) Flush(ctx context.Context) error {
	if db.sessions == nil || db.tokens == nil { // Open failed
		return nil
	}
	return errors.Join(db.sessions.touched.Flush(ctx), db.tokens.touched.Flush(ctx))
}

// batched logs that a batch was not written, once a minute. It is kept and written later.
func (db *DB) batched(ctx context.Context, err error) {
	if err == nil {
		return
	}
	if more, ok := db.unwritten.Allow(); ok {
		db.cfg.Logger.WarnContext(ctx, "sqlite: the last uses of sessions and tokens were not recorded, and will be tried again", append(more, "err", err)...)
	}
}
