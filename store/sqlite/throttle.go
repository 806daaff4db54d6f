package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/throttle"
)

// Throttle counts the requests of limits. All processes that use the file share the
// counts, and a restart keeps them. It implements [throttle.Store].
//
// A request that is allowed is one small write; one that is refused only reads.
type Throttle struct {
	db *DB

	count     *query
	inTx, set *sql.Stmt

	expired *sweeper
}

func newThrottle(db *DB, p *preparer) *Throttle {
	if !p.own {
		return &Throttle{db: db}
	}
	return &Throttle{
		db:    db,
		inTx:  p.write(`SELECT until, used` + fromCounts),
		count: p.read(`SELECT ` + packed("until", "used") + fromCounts),
		set: p.write(`INSERT INTO {own}.rest_throttle (key, until, used) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET until = excluded.until, used = excluded.used`),
		expired: newSweeper(p, "{own}.rest_throttle", "key", "until"),
	}
}

const fromCounts = ` FROM {own}.rest_throttle WHERE key = ?`

// Validate reports whether there is no such table: the database is that of a Django site, and
// [Config].OwnTables is empty.
func (t *Throttle) Validate() error {
	if t.count == nil {
		return errNoTable("counts of limits", "")
	}
	return nil
}

func readCount(r *row) throttle.Count {
	return throttle.Count{Until: time.Unix(0, r.integer()), Used: int(r.integer())}
}

// Take counts a request under a key if it is allowed, and returns whether it is.
func (t *Throttle) Take(ctx context.Context, key string, rate throttle.Rate, now time.Time) (throttle.Result, error) {
	count, err := one(ctx, t.db, "throttle", t.count, readCount, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
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
	return t.change(ctx, key, func(count throttle.Count) throttle.Count {
		if !count.Until.After(now) {
			return count
		}
		return rate.Refund(count)
	})
}

// change replaces the count of a key.
func (t *Throttle) change(ctx context.Context, key string, f func(throttle.Count) throttle.Count) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		var before throttle.Count
		var until int64
		switch err := rowIn(ctx, tx, t.inTx, key, &until, &before.Used); {
		case err == nil:
			before.Until = time.Unix(0, until)
		case !errors.Is(err, sql.ErrNoRows):
			return failed(err, "throttle")
		}
		after := f(before)
		if after == before {
			return nil
		}
		if _, err := run(ctx, tx, t.set, key, after.Until.UnixNano(), after.Used); err != nil {
			return failed(err, "throttle")
		}
		return nil
	})
}

// Sweep removes the keys whose windows were over by now, in portions, and returns how many it
// removed.
func (t *Throttle) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, now.UnixNano())
}
