package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// familyColumns are read by readFamily.
const familyColumns = `f.id, f.user_id, f.current_jti, f.previous_jti, f.bound, f.created_at, f.rotated_at, f.expires_at`

func readFamily(r *row) store.Family {
	return store.Family{
		ID: r.text(), UserID: r.text(), Current: r.text(), Previous: r.text(), Bound: r.text(),
		Created: r.time(), Rotated: r.time(), Expires: r.time(),
	}
}

var readOwnedFamily = withUser(readFamily, func(f store.Family) string { return f.UserID })

// Families is the table of refresh families, a jwtauth.Families. Expired rows remain until
// [Families.Sweep].
type Families struct {
	db *DB

	family, withUser, ofUser               *query
	create, rotate, rebind, end, endOfUser *sql.Stmt

	expired *sweeper
}

func newFamilies(db *DB, p *preparer) *Families {
	if !p.own {
		return &Families{db: db}
	}
	return &Families{
		db:     db,
		family: p.read(`SELECT ` + packed(familyColumns) + ` FROM {own}.rest_refresh_family f WHERE f.id = ?`),
		withUser: p.read(`SELECT ` + packed(familyColumns, userColumns) + ` FROM {own}.rest_refresh_family f
			LEFT JOIN {users} u ON u.id = ` + db.internal("f.user_id") + ` WHERE f.id = ?`),
		ofUser: p.read(`SELECT ` + packed(familyColumns) + ` FROM {own}.rest_refresh_family f WHERE f.user_id = ? ORDER BY f.created_at DESC, f.id`),
		create: p.write(`INSERT INTO {own}.rest_refresh_family (id, user_id, current_jti, previous_jti, bound, created_at, rotated_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
		rotate: p.write(`UPDATE {own}.rest_refresh_family SET current_jti = ?1, previous_jti = ?2, bound = ?3, rotated_at = ?4, expires_at = ?5
			WHERE id = ?6 AND current_jti = ?2 AND bound IN (?3, '')`),
		rebind:    p.write(`UPDATE {own}.rest_refresh_family SET bound = ?3 WHERE user_id = ?1 AND bound = ?2`),
		end:       p.write(`DELETE FROM {own}.rest_refresh_family WHERE user_id = ? AND id = ?`),
		endOfUser: p.write(`DELETE FROM {own}.rest_refresh_family WHERE user_id = ? AND id <> ? RETURNING id`),
		expired:   newSweeper(p, "{own}.rest_refresh_family", "id", "expires_at"),
	}
}

// Validate reports whether there is no such table: the database is that of a Django site, and
// [Config].OwnTables is empty.
func (t *Families) Validate() error {
	if t.family == nil {
		return errNoTable("refresh families", "")
	}
	return nil
}

// Family returns the row with this id.
func (t *Families) Family(ctx context.Context, id string) (store.Family, error) {
	return one(ctx, t.db, "family", t.family, readFamily, id)
}

// JoinsUsers reports whether users is the table of the same database, so that WithUser can read
// both at once.
func (t *Families) JoinsUsers(users auth.Users[*store.User]) bool {
	same, ok := users.(*Users)
	return ok && same == t.db.users && t.family != nil
}

// WithUser returns the row with this id and its user; nil if there is no user with its id.
func (t *Families) WithUser(ctx context.Context, id string) (store.Family, *store.User, auth.Account, error) {
	found, err := one(ctx, t.db, "family", t.withUser, readOwnedFamily, id)
	return found.results(err)
}

// CreateFamily adds a row. The error is [store.ErrExists] if the id is taken.
func (t *Families) CreateFamily(ctx context.Context, row store.Family) error {
	_, err := t.db.exec(ctx, t.create, row.ID, row.UserID, row.Current, row.Previous, row.Bound,
		formatTime(row.Created), formatTime(row.Rotated), formatTime(row.Expires))
	if err != nil {
		return failed(err, "family")
	}
	return nil
}

// RotateFamily sets Current, Previous, Bound, Rotated and Expires of the row with this
// ID whose Current is row.Previous and whose Bound is row.Bound or empty, and reports
// whether there was one.
func (t *Families) RotateFamily(ctx context.Context, row store.Family) (bool, error) {
	result, err := t.db.exec(ctx, t.rotate, row.Current, row.Previous, row.Bound, formatTime(row.Rotated), formatTime(row.Expires), row.ID)
	n, err := affected(result, err, "family")
	return n > 0, err
}

// RebindFamilies sets Bound in the rows of a user whose Bound is old.
func (t *Families) RebindFamilies(ctx context.Context, userID, old, bound string) error {
	if _, err := t.db.exec(ctx, t.rebind, userID, old, bound); err != nil {
		return failed(err, "families")
	}
	return nil
}

// FamiliesOf returns a user's rows, the latest first.
func (t *Families) FamiliesOf(ctx context.Context, userID string) ([]store.Family, error) {
	return list(ctx, t.db, "families", t.ofUser, readFamily, userID)
}

// EndFamily removes a row of a user. The error is [store.ErrNotFound] if there is none.
func (t *Families) EndFamily(ctx context.Context, userID, id string) error {
	result, err := t.db.exec(ctx, t.end, userID, id)
	return changed(result, err, "family")
}

// EndFamiliesOf removes the rows of a user except the one with this id, and returns the ids of the
// removed rows. An empty id excepts none.
func (t *Families) EndFamiliesOf(ctx context.Context, userID, exceptID string) (ids []string, err error) {
	err = t.db.Write(ctx, func(tx *sql.Tx) (err error) {
		ids, err = removed(ctx, tx, t.endOfUser, userID, exceptID)
		return failed(err, "families")
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed.
func (t *Families) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, formatTime(now))
}
