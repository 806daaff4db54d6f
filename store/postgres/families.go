package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// familyColumns are read in the order of familyRow.targets.
const familyColumns = `f.id, f.user_id, f.current_jti, f.previous_jti, f.bound, f.created, f.rotated, f.expires`

const (
	selectFamily   = `SELECT ` + familyColumns + ` FROM rest.families f WHERE f.id = $1`
	selectFamilies = `SELECT ` + familyColumns + ` FROM rest.families f WHERE f.user_id = $1 ORDER BY f.created DESC, f.id`
	insertFamily   = `INSERT INTO rest.families (id, user_id, current_jti, previous_jti, bound, created, rotated, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	rotateFamily = `UPDATE rest.families SET current_jti = $1, previous_jti = $2, bound = $3, rotated = $4, expires = $5
		WHERE id = $6 AND current_jti = $2 AND bound IN ($3, '')`
	// rebindFamilies and deleteFamilies lock the rows in the order of their ids, so that two of
	// them do not wait for each other.
	rebindFamilies = `WITH bound AS (SELECT id FROM rest.families WHERE user_id = $1 AND bound = $2 ORDER BY id FOR UPDATE)
		UPDATE rest.families f SET bound = $3 FROM bound WHERE f.id = bound.id`
	deleteFamily   = `DELETE FROM rest.families WHERE user_id = $1 AND id = $2`
	deleteFamilies = `WITH ended AS (SELECT id FROM rest.families WHERE user_id = $1 AND id <> $2 ORDER BY id FOR UPDATE)
		DELETE FROM rest.families f USING ended WHERE f.id = ended.id RETURNING f.id`
)

// Families is the table of refresh families, a jwtauth.Families. Expired rows remain until
// [Families.Sweep].
type Families struct {
	db         *DB
	familyUser string
}

func newFamilies(db *DB) *Families {
	return &Families{
		db: db,
		familyUser: `SELECT ` + familyColumns + `, ` + userColumns + ` FROM rest.families f
			LEFT JOIN ` + db.users.table + ` u ON u.id = ` + idOf(db.cfg.UserID, "f.user_id") + ` WHERE f.id = $1`,
	}
}

// familyRow is what a row of families is scanned into.
type familyRow struct {
	family                    store.Family
	created, rotated, expires pgtype.Timestamptz
}

func (r *familyRow) targets() []any {
	f := &r.family
	return []any{&f.ID, &f.UserID, &f.Current, &f.Previous, &f.Bound, &r.created, &r.rotated, &r.expires}
}

func (r *familyRow) result() store.Family {
	r.family.Created, r.family.Rotated, r.family.Expires = timeOf(r.created), timeOf(r.rotated), timeOf(r.expires)
	return r.family
}

// Family returns the row with this id.
func (t *Families) Family(ctx context.Context, id string) (store.Family, error) {
	var row familyRow
	if err := t.db.one(ctx, "family", selectFamily, []any{id}, row.targets()...); err != nil {
		return store.Family{}, err
	}
	return row.result(), nil
}

// JoinsUsers implements [auth.UserJoiner].
func (t *Families) JoinsUsers(users auth.Users[*store.User]) bool { return t.db.owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Families) WithUser(ctx context.Context, id string) (store.Family, *store.User, auth.Account, error) {
	var row familyRow
	user, account, err := t.db.withUser(ctx, "family", t.familyUser, id, row.targets())
	if err != nil {
		return store.Family{}, nil, auth.Account{}, err
	}
	return row.result(), user, account, nil
}

// CreateFamily adds a row. The error is [store.ErrExists] if the id is taken.
func (t *Families) CreateFamily(ctx context.Context, row store.Family) error {
	_, err := t.db.exec(ctx, "family", insertFamily, row.ID, row.UserID, row.Current, row.Previous, row.Bound,
		at(row.Created), at(row.Rotated), at(row.Expires))
	return err
}

// RotateFamily sets Current, Previous, Bound, Rotated and Expires of the row with this
// ID whose Current is row.Previous and whose Bound is row.Bound or empty, and reports
// whether there was one.
func (t *Families) RotateFamily(ctx context.Context, row store.Family) (bool, error) {
	if !storable(row.ID, row.Previous) {
		return false, nil
	}
	n, err := t.db.exec(ctx, "family", rotateFamily, row.Current, row.Previous, row.Bound, at(row.Rotated), at(row.Expires), row.ID)
	return n > 0, err
}

// RebindFamilies sets Bound in the rows of a user whose Bound is old.
func (t *Families) RebindFamilies(ctx context.Context, userID, old, bound string) error {
	_, err := t.db.exec(ctx, "families", rebindFamilies, userID, old, bound)
	return err
}

// FamiliesOf returns a user's rows, the latest first.
func (t *Families) FamiliesOf(ctx context.Context, userID string) ([]store.Family, error) {
	return list(ctx, t.db, "families", selectFamilies, []any{userID}, func(scan func(...any) error) (store.Family, error) {
		var row familyRow
		err := scan(row.targets()...)
		return row.result(), err
	})
}

// EndFamily removes a row of a user. The error is [store.ErrNotFound] if there is none.
func (t *Families) EndFamily(ctx context.Context, userID, id string) error {
	if !storable(userID, id) {
		return failed(store.ErrNotFound, "family")
	}
	return t.db.change(ctx, "family", deleteFamily, userID, id)
}

// EndFamiliesOf removes the rows of a user except the one with this id, and returns the ids of
// those that it removed. An empty id excepts none.
func (t *Families) EndFamiliesOf(ctx context.Context, userID, exceptID string) ([]string, error) {
	return list(ctx, t.db, "families", deleteFamilies, []any{userID, exceptID}, text)
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed.
func (t *Families) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.db.sweep(ctx, "families", "id", micro(now))
}
