package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Blocklist is the table of revoked tokens, blocklist_blocklistedjwtoken of django-modern-rest. It
// is a jwtauth.Blocklist. The rows of expired tokens remain until [Blocklist.Sweep].
type Blocklist struct {
	db *DB

	blocked, block, list *sql.Stmt

	expired *sweeper
}

func newBlocklist(db *DB, p *preparer) *Blocklist {
	return &Blocklist{
		db:      db,
		blocked: p.read(`SELECT 1 FROM blocklist_blocklistedjwtoken WHERE jti = ?`),
		block: p.write(`INSERT INTO blocklist_blocklistedjwtoken (jti, expires_at, created_at, updated_at, user_id)
			VALUES (?1, ?2, ?3, ?3, (SELECT id FROM {users} WHERE id = ?4)) ON CONFLICT (jti) DO NOTHING`),
		list: p.read(`SELECT jti, COALESCE(user_id, ''), expires_at || '', created_at || ''
			FROM blocklist_blocklistedjwtoken ORDER BY id`),
		expired: newSweeper(p, "blocklist_blocklistedjwtoken", "id", "expires_at"),
	}
}

// Blocked reports whether a jti is on the list.
func (t *Blocklist) Blocked(ctx context.Context, id string) (bool, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return false, err
	}
	var one int
	err = t.blocked.QueryRowContext(ctx, id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "blocklist")
	}
	return true, nil
}

// Block puts a token on the list, and reports whether it was not there before.
func (t *Blocklist) Block(ctx context.Context, row store.BlockedToken) (bool, error) {
	var user any
	if id, ok := parseID(row.UserID); ok {
		user = id
	}
	result, err := t.db.exec(ctx, t.block, row.ID, formatTime(row.Expires), formatTime(time.Now()), user)
	n, err := affected(result, err, "blocklist")
	return n > 0, err
}

// List returns all rows, the oldest first.
func (t *Blocklist) List(ctx context.Context) ([]store.BlockedToken, error) {
	rows, err := t.list.QueryContext(ctx)
	return collect(rows, err, func(rows *sql.Rows) (row store.BlockedToken, err error) {
		var expires, created string
		if err := rows.Scan(&row.ID, &row.UserID, &expires, &created); err != nil {
			return row, failed(err, "blocklist")
		}
		var errs [2]error
		row.Expires, errs[0] = parseTime(expires)
		row.Created, errs[1] = parseTime(created)
		return row, errors.Join(errs[:]...)
	})
}

// Sweep removes the rows of tokens that expired by now, in portions, and returns how many it
// removed. Call it once an hour, for example.
func (t *Blocklist) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, formatTime(now))
}
