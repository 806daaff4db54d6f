package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/go-modern-rest/rest/store"
)

const (
	selectBlocked  = `SELECT EXISTS (SELECT FROM rest.blocklist WHERE jti = $1)`
	insertBlocked  = `INSERT INTO rest.blocklist (jti, user_id, created, expires) VALUES ($1, $2, $3, $4) ON CONFLICT (jti) DO NOTHING`
	selectBlockeds = `SELECT jti, user_id, created, expires FROM rest.blocklist ORDER BY created, jti`
)

// Blocklist is the table of revoked tokens, a jwtauth.Blocklist. The rows of expired tokens remain
// until [Blocklist.Sweep].
type Blocklist struct {
	db *DB
}

// Blocked reports whether a jti is on the list.
func (t *Blocklist) Blocked(ctx context.Context, id string) (blocked bool, _ error) {
	if !storable(id) {
		return false, nil // Block refuses it
	}
	return blocked, t.db.one(ctx, "blocklist", selectBlocked, []any{id}, &blocked)
}

// Block puts a token on the list, and reports whether it was not there before.
func (t *Blocklist) Block(ctx context.Context, row store.BlockedToken) (bool, error) {
	n, err := t.db.exec(ctx, "blocklist", insertBlocked, row.ID, row.UserID, at(time.Now()), at(row.Expires))
	return n > 0, err
}

// List returns all rows, the oldest first.
func (t *Blocklist) List(ctx context.Context) ([]store.BlockedToken, error) {
	return list(ctx, t.db, "blocklist", selectBlockeds, nil, func(scan func(...any) error) (row store.BlockedToken, _ error) {
		var created, expires pgtype.Timestamptz
		err := scan(&row.ID, &row.UserID, &created, &expires)
		row.Created, row.Expires = timeOf(created), timeOf(expires)
		return row, err
	})
}

// Sweep removes the rows of tokens that expired by now, in portions, and returns how many it
// removed. Call it once an hour, for example, or let [DB.Run] do it.
func (t *Blocklist) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.db.sweep(ctx, "blocklist", "jti", micro(now))
}
