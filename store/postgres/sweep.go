package postgres

import (
	"context"
	"strings"
	"time"
)

const (
	// batchSize is how many uses of sessions or tokens are written at once.
	batchSize = 500
	// portion is how many rows a sweep removes in one transaction.
	portion = 1000
)

// sweep removes the rows of a table that expired by now, in portions, and returns how many it
// removed. It leaves rows out that others have locked. Each portion begins where the one before
// it ended: the index still has the removed rows.
func (db *DB) sweep(ctx context.Context, table, key string, now time.Time) (int, error) {
	return sweep(ctx, db, table, key, "expires", now, time.Unix(0, 0))
}

func sweep[T any](ctx context.Context, db *DB, table, key, expires string, now, from T) (total int, _ error) {
	statement := strings.NewReplacer("{table}", "rest."+table, "{key}", key, "{expires}", expires).Replace(`
		WITH doomed AS (SELECT {key} FROM {table} WHERE {expires} <= $1 AND {expires} >= $2 ORDER BY {expires} LIMIT $3 FOR UPDATE SKIP LOCKED),
		gone AS (DELETE FROM {table} t USING doomed WHERE t.{key} = doomed.{key} RETURNING t.{expires})
		SELECT count(*), COALESCE(max({expires}), $2) FROM gone`)
	for {
		n := 0
		err := db.one(ctx, table, statement, []any{now, from, portion}, &n, &from)
		if total += n; err != nil || n < portion {
			return total, err
		}
	}
}
