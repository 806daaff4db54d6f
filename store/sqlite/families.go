package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-modern-rest/rest/store"
)

const familyColumns = `id, user_id, current_jti, previous_jti, bound, created_at || '', rotated_at || '', expires_at || ''`

// Families is the table of refresh families, a jwtauth.Families. Expired rows remain until
// [Families.Sweep].
type Families struct {
	db *DB

	family, ofUser, create, rotate, rebind, end, endOfUser *sql.Stmt

	expired *sweeper
}

func newFamilies(db *DB, p *preparer) *Families {
	return &Families{
		db:     db,
		family: p.read(`SELECT ` + familyColumns + ` FROM rest_refresh_family WHERE id = ?`),
		ofUser: p.read(`SELECT ` + familyColumns + ` FROM rest_refresh_family WHERE user_id = ? ORDER BY created_at DESC, id`),
		create: p.write(`INSERT INTO rest_refresh_family (id, user_id, current_jti, previous_jti, bound, created_at, rotated_at, expires_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`),
		rotate: p.write(`UPDATE rest_refresh_family SET current_jti = ?1, previous_jti = ?2, bound = ?3, rotated_at = ?4, expires_at = ?5
			WHERE id = ?6 AND current_jti = ?2 AND bound IN (?3, '')`),
		rebind:    p.write(`UPDATE rest_refresh_family SET bound = ?3 WHERE user_id = ?1 AND bound = ?2`),
		end:       p.write(`DELETE FROM rest_refresh_family WHERE user_id = ? AND id = ?`),
		endOfUser: p.write(`DELETE FROM rest_refresh_family WHERE user_id = ? AND id <> ? RETURNING id`),
		expired:   newSweeper(p, "rest_refresh_family", "id", "expires_at"),
	}
}

func scanFamily(scan func(...any) error) (row store.Family, err error) {
	var times [3]string
	if err := scan(&row.ID, &row.UserID, &row.Current, &row.Previous, &row.Bound, &times[0], &times[1], &times[2]); err != nil {
		return store.Family{}, failed(err, "family")
	}
	var errs [3]error
	row.Created, errs[0] = parseTime(times[0])
	row.Rotated, errs[1] = parseTime(times[1])
	row.Expires, errs[2] = parseTime(times[2])
	return row, errors.Join(errs[:]...)
}

// Family returns the row with this id.
func (t *Families) Family(ctx context.Context, id string) (store.Family, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return store.Family{}, err
	}
	return scanFamily(t.family.QueryRowContext(ctx, id).Scan)
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
	rows, err := t.ofUser.QueryContext(ctx, userID)
	return collect(rows, err, func(rows *sql.Rows) (store.Family, error) { return scanFamily(rows.Scan) })
}

// EndFamily removes a row of a user. The error is [store.ErrNotFound] if there is none.
func (t *Families) EndFamily(ctx context.Context, userID, id string) error {
	result, err := t.db.exec(ctx, t.end, userID, id)
	return changed(result, err, "family")
}

// EndFamiliesOf removes the rows of a user except the one with this id, and returns the ids of the
// removed rows. An empty id excepts none.
func (t *Families) EndFamiliesOf(ctx context.Context, userID, exceptID string) ([]string, error) {
	return t.db.removed(ctx, t.endOfUser, "families", userID, exceptID)
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed.
func (t *Families) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, formatTime(now))
}
