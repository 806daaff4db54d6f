package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/store"
)

// Families is a table of refresh families, a jwtauth.Families. A family is a hash under the prefix
// and "family:" and its id; a sorted set under "families:" and a user's id has the ids of the
// user's families.
type Families DB

func (t *Families) db() *DB { return (*DB)(t) }

func (t *Families) name(id string) string { return t.cfg.Prefix + "family:" + id }

// sets is what the names of the sets of all users begin with.
func (t *Families) sets() string { return t.cfg.Prefix + "families:" }

// fields are the names of the fields of a family, in the order of decodeFamily.
var fields = []string{"user", "current", "previous", "bound", "created", "rotated", "expires"}

func decodeFamily(id string, values []string) (store.Family, error) {
	if len(values) != len(fields) {
		return store.Family{}, errors.New("redis: family: the value was not written by this package")
	}
	var times [3]int64
	var errs [3]error
	for i := range times {
		times[i], errs[i] = strconv.ParseInt(values[4+i], 10, 64)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return store.Family{}, fmt.Errorf("redis: family: %w", err)
	}
	return store.Family{
		ID: id, UserID: values[0], Current: values[1], Previous: values[2], Bound: values[3],
		Created: moment(times[0]), Rotated: moment(times[1]), Expires: moment(times[2]),
	}, nil
}

// Family returns the row with this id. A row that expired more than some minutes ago is gone.
func (t *Families) Family(ctx context.Context, id string) (store.Family, error) {
	result, err := t.line.read(ctx, "family", func(ctx context.Context) rueidis.RedisResult {
		return t.client.Do(ctx, t.client.B().Hmget().Key(t.name(id)).Field(fields...).Build())
	})
	if err != nil {
		return store.Family{}, err
	}
	values, err := result.ToArray()
	if err != nil {
		return store.Family{}, fmt.Errorf("redis: family: %w", err)
	}
	texts := make([]string, len(values))
	for i, value := range values {
		if value.IsNil() {
			return store.Family{}, notFound("family")
		}
		if texts[i], err = value.ToString(); err != nil {
			return store.Family{}, fmt.Errorf("redis: family: %w", err)
		}
	}
	return decodeFamily(id, texts)
}

// CreateFamily adds a row. The error is [store.ErrExists] if the id is taken.
func (t *Families) CreateFamily(ctx context.Context, row store.Family) error {
	result, err := t.db().run(ctx, "family", createFamily, []string{t.name(row.ID)},
		t.sets(), row.ID, until(row.Expires), row.UserID, "current", row.Current, "previous", row.Previous, "bound", row.Bound,
		"created", micro(row.Created), "rotated", micro(row.Rotated), "expires", micro(row.Expires))
	return changed(result, err, "family")
}

// RotateFamily sets Current, Previous, Bound, Rotated and Expires of the row with this
// ID whose Current is row.Previous and whose Bound is row.Bound or empty, and reports
// whether there was one.
func (t *Families) RotateFamily(ctx context.Context, row store.Family) (bool, error) {
	result, err := t.db().run(ctx, "family", rotateFamily, []string{t.name(row.ID)},
		t.sets(), row.ID, until(row.Expires), row.Previous, row.Current, row.Bound, micro(row.Rotated), micro(row.Expires))
	err = changed(result, err, "family")
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// RebindFamilies sets Bound in the rows of a user whose Bound is old.
func (t *Families) RebindFamilies(ctx context.Context, userID, old, bound string) error {
	_, err := t.db().run(ctx, "families", rebindFamilies, []string{t.sets() + userID}, t.name(""), old, bound)
	return err
}

// FamiliesOf returns a user's rows, the latest first.
func (t *Families) FamiliesOf(ctx context.Context, userID string) ([]store.Family, error) {
	found, err := t.db().list(ctx, "families", familiesOfUser, t.sets()+userID, append([]string{t.name("")}, fields...)...)
	if err != nil {
		return nil, err
	}
	var rows []store.Family
	for values := range slices.Chunk(found, 1+len(fields)) {
		row, err := decodeFamily(values[0], values[1:])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b store.Family) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return rows, nil
}

// EndFamily removes a row of a user. The error is [store.ErrNotFound] if there is none.
func (t *Families) EndFamily(ctx context.Context, userID, id string) error {
	result, err := t.db().run(ctx, "family", endFamily, []string{t.name(id)}, t.sets(), userID, id)
	return changed(result, err, "family")
}

// EndFamiliesOf removes the rows of a user except the one with this id, and returns the ids of those
// that it removed. An empty id excepts none.
func (t *Families) EndFamiliesOf(ctx context.Context, userID, exceptID string) ([]string, error) {
	return t.db().list(ctx, "families", endOfUser, t.sets()+userID, t.name(""), exceptID)
}
