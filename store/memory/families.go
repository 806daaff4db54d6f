package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Families is a table of refresh families, a jwtauth.Families. Expired rows remain until
// [Families.Sweep].
type Families DB

// Family returns the row with this id.
func (t *Families) Family(_ context.Context, id string) (store.Family, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	row, ok := t.families[id]
	if !ok {
		return store.Family{}, fmt.Errorf("memory: family: %w", store.ErrNotFound)
	}
	return row, nil
}

// CreateFamily adds a row. The error is [store.ErrExists] if the id is taken.
func (t *Families) CreateFamily(_ context.Context, row store.Family) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, taken := t.families[row.ID]; taken {
		return fmt.Errorf("memory: family: %w", store.ErrExists)
	}
	row.Created, row.Rotated, row.Expires = micro(row.Created), micro(row.Rotated), micro(row.Expires)
	t.families[row.ID] = row
	return nil
}

// RotateFamily sets Current, Previous, Bound, Rotated and Expires of the row with this
// ID whose Current is row.Previous and whose Bound is row.Bound or empty, and reports
// whether there was one.
func (t *Families) RotateFamily(_ context.Context, row store.Family) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	have, ok := t.families[row.ID]
	if !ok || have.Current != row.Previous || have.Bound != row.Bound && have.Bound != "" {
		return false, nil
	}
	have.Current, have.Previous, have.Bound = row.Current, row.Previous, row.Bound
	have.Rotated, have.Expires = micro(row.Rotated), micro(row.Expires)
	t.families[row.ID] = have
	return true, nil
}

// RebindFamilies sets Bound in the rows of a user whose Bound is old.
func (t *Families) RebindFamilies(_ context.Context, userID, old, bound string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, row := range t.families {
		if row.UserID == userID && row.Bound == old {
			row.Bound = bound
			t.families[id] = row
		}
	}
	return nil
}

// FamiliesOf returns a user's rows, the latest first.
func (t *Families) FamiliesOf(_ context.Context, userID string) ([]store.Family, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var rows []store.Family
	for _, row := range t.families {
		if row.UserID == userID {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b store.Family) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return rows, nil
}

// EndFamily removes a row of a user. The error is [store.ErrNotFound] if there is none.
func (t *Families) EndFamily(_ context.Context, userID, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if row, ok := t.families[id]; !ok || row.UserID != userID {
		return fmt.Errorf("memory: family: %w", store.ErrNotFound)
	}
	delete(t.families, id)
	return nil
}

// EndFamiliesOf removes the rows of a user except the one with this id, and returns the ids of
// the removed rows. An empty id excepts none.
func (t *Families) EndFamiliesOf(_ context.Context, userID, exceptID string) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string
	for id, row := range t.families {
		if row.UserID == userID && id != exceptID {
			delete(t.families, id)
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Sweep removes the rows that expired by now, and returns how many it removed.
func (t *Families) Sweep(_ context.Context, now time.Time) (int, error) {
	return sweep(&t.mu, t.families,
		func(row store.Family) bool { return !row.Expires.After(now) },
		func(id string, _ store.Family) { delete(t.families, id) }), nil
}
