package sqlite

import (
	"context"
	"database/sql"
)

// portion is how many rows a sweep removes in one transaction, so that other writers wait for some
// milliseconds at most.
const portion = 200

// sweeper removes the expired rows of a table. It finds them with a reader, so that a sweep without
// expired rows does not block writers.
type sweeper struct {
	db   *DB
	what string
	find *query    // finds the keys of some rows that expired
	del  *sql.Stmt // deletes the row with a key if it expired
}

// newSweeper prepares the sweep of a table with a key and a column of the expiry, which needs an
// index.
func newSweeper(p *preparer, table, key, expires string) *sweeper {
	return &sweeper{
		db:   p.db,
		what: table,
		find: p.read(`SELECT ` + packed(key) + ` FROM ` + table + ` WHERE ` + expires + ` <= ? LIMIT ?`),
		del:  p.write(`DELETE FROM ` + table + ` WHERE ` + key + ` = ? AND ` + expires + ` <= ?`),
	}
}

// sweep removes the rows that expired by now, in portions, and returns how many it removed. now has
// the form of the column. A nil sweeper is for a table of a Django site, whose rows remain.
func (s *sweeper) sweep(ctx context.Context, now any) (int, error) {
	if s == nil {
		return 0, nil
	}
	for total := 0; ; {
		keys, err := s.keys(ctx, now)
		if err != nil || len(keys) == 0 {
			return total, err
		}
		n, err := s.remove(ctx, keys, now)
		if total += n; err != nil || len(keys) < portion {
			return total, err
		}
	}
}

func (s *sweeper) keys(ctx context.Context, now any) ([]any, error) {
	return list(ctx, s.db, s.what, s.find, (*row).key, now, int64(portion))
}

// remove deletes the rows with these keys, unless they were prolonged meanwhile.
func (s *sweeper) remove(ctx context.Context, keys []any, now any) (total int, err error) {
	err = s.db.Write(ctx, func(tx *sql.Tx) error {
		total = 0
		for _, key := range keys {
			result, err := run(ctx, tx, s.del, key, now)
			n, err := affected(result, err, s.what)
			if total += n; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return total, nil
}
