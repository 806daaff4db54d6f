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

	blocked, list *query
	block         *sql.Stmt

	expired *sweeper
}

func newBlocklist(db *DB, p *preparer) *Blocklist {
	if !p.blocklist {
		return &Blocklist{db: db}
	}
	t := &Blocklist{
		db:      db,
		blocked: p.read(`SELECT ` + packed("1") + ` FROM {blocklist} WHERE jti = ?`),
		block: p.write(`INSERT INTO {blocklist} (jti, expires_at, created_at, updated_at, user_id)
			VALUES (?1, ?2, ?3, ?3, (SELECT id FROM {users} WHERE id = ?4)) ON CONFLICT (jti) DO NOTHING`),
		list: p.read(`SELECT ` + packed("b.jti", db.external("b.user_id"), "b.expires_at", "b.created_at") +
			` FROM {blocklist} b ORDER BY b.id`),
	}
	if p.own {
		t.expired = newSweeper(p, "{own}."+tableBlocklist, "id", "expires_at")
	}
	if db.cfg.Django && p.own { // the site may have got its table later
		t.blocked = p.read(`SELECT ` + packed("1") + ` FROM {blocklist} WHERE jti = ?1 UNION ALL SELECT ` + packed("1") + ` FROM {own}.` + tableBlocklist + ` WHERE jti = ?1`)
	}
	return t
}

// Validate reports whether there is no such table: the database is that of a Django site that has
// none, and [Config].OwnTables is empty.
func (t *Blocklist) Validate() error {
	if t.blocked == nil {
		return errNoTable("blocked tokens", "the app dmr.security.jwt.blocklist of django-modern-rest")
	}
	return nil
}

// Blocked reports whether a jti is on the list.
func (t *Blocklist) Blocked(ctx context.Context, id string) (bool, error) {
	_, err := one(ctx, t.db, "blocklist", t.blocked, (*row).integer, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func readBlocked(r *row) store.BlockedToken {
	return store.BlockedToken{ID: r.text(), UserID: r.text(), Expires: r.time(), Created: r.time()}
}

// Block puts a token on the list, and reports whether it was not there before.
func (t *Blocklist) Block(ctx context.Context, row store.BlockedToken) (bool, error) {
	user, _ := t.db.column(row.UserID)
	result, err := t.db.exec(ctx, t.block, row.ID, formatTime(row.Expires), formatTime(time.Now()), user)
	n, err := affected(result, err, "blocklist")
	return n > 0, err
}

// List returns all rows, the oldest first.
func (t *Blocklist) List(ctx context.Context) ([]store.BlockedToken, error) {
	return list(ctx, t.db, "blocklist", t.list, readBlocked)
}

// Sweep removes the rows of tokens that expired by now, in portions, and returns how many it
// removed. It leaves those of a Django site, see [DB.Sweep].
func (t *Blocklist) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, formatTime(now))
}
