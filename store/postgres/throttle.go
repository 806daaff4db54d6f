package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/throttle"
)

const (
	selectCount = `SELECT until, used FROM rest.throttle WHERE key = $1`
	// lockCount locks the row of a key, which it adds if there is none. The transaction does not
	// wait for the disk: a crash of PostgreSQL may lose the counts of the last second.
	lockCount = `INSERT INTO rest.throttle AS t (key, until, used) VALUES ($1, 0, 0)
		ON CONFLICT (key) DO UPDATE SET used = t.used RETURNING until, used, set_config('synchronous_commit', 'off', true)`
	updateCount = `UPDATE rest.throttle SET until = $2, used = $3 WHERE key = $1`
)

// Throttle counts the requests of limits. All processes that use the database share the
// counts, and a restart keeps them. It implements [throttle.Store].
//
// A request that is allowed is a small transaction; one that is refused only reads.
type Throttle struct {
	db *DB
}

// Take counts a request under a key if it is allowed, and returns whether it is.
func (t *Throttle) Take(ctx context.Context, key string, rate throttle.Rate, now time.Time) (throttle.Result, error) {
	count, err := t.count(ctx, key)
	if err != nil {
		return throttle.Result{}, err
	}
	result, _ := rate.Take(count, now)
	if !result.Allowed {
		return result, nil
	}
	err = t.change(ctx, key, func(count throttle.Count) throttle.Count { // other requests may have been counted meanwhile
		result, count = rate.Take(count, now)
		return count
	})
	if err != nil {
		return throttle.Result{}, err
	}
	return result, nil
}

// Refund takes back one request that Take counted under the key. If the count is zero, it remains
// zero.
func (t *Throttle) Refund(ctx context.Context, key string, rate throttle.Rate, now time.Time) error {
	count, err := t.count(ctx, key)
	if err != nil || !count.Until.After(now) {
		return err
	}
	return t.change(ctx, key, func(count throttle.Count) throttle.Count {
		if !count.Until.After(now) {
			return count
		}
		return rate.Refund(count)
	})
}

func (t *Throttle) count(ctx context.Context, key string) (throttle.Count, error) {
	var until, used int64
	err := t.db.one(ctx, "throttle", selectCount, []any{[]byte(key)}, &until, &used)
	if errors.Is(err, store.ErrNotFound) {
		return throttle.Count{}, nil
	}
	return countOf(until, used), err
}

func countOf(until, used int64) throttle.Count {
	if until == 0 {
		return throttle.Count{}
	}
	return throttle.Count{Until: time.Unix(0, until), Used: int(used)}
}

// change replaces the count of a key.
func (t *Throttle) change(ctx context.Context, key string, f func(throttle.Count) throttle.Count) error {
	return t.db.transact(ctx, "throttle", func(ctx context.Context, tx pgx.Tx) error {
		var until, used int64
		if err := tx.QueryRow(ctx, lockCount, []byte(key)).Scan(&until, &used, nil); err != nil {
			return err
		}
		before := countOf(until, used)
		after := f(before)
		if after == before {
			return nil
		}
		_, err := tx.Exec(ctx, updateCount, []byte(key), after.Until.UnixNano(), after.Used)
		return err
	})
}

// Sweep removes the keys whose windows were over by now, in portions, and returns how many it
// removed.
func (t *Throttle) Sweep(ctx context.Context, now time.Time) (int, error) {
	return sweep(ctx, t.db, "throttle", "key", "until", now.UnixNano(), int64(0))
}
