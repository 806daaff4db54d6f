package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Blocklist is a table of revoked tokens, a jwtauth.Blocklist. The rows of expired tokens remain
// until [Blocklist.Sweep].
type Blocklist DB

// Blocked reports whether a jti is on the list.
func (t *Blocklist) Blocked(_ context.Context, id string) (bool, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.blocked[id]
	return ok, nil
}

// Block puts a token on the list, and reports whether it was not there before.
func (t *Blocklist) Block(_ context.Context, row store.BlockedToken) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.blocked[row.ID]; ok {
		return false, nil
	}
	row.Created = time.Now()
	t.blocked[row.ID] = row
	return true, nil
}

// List returns all rows, the oldest first.
func (t *Blocklist) List(context.Context) ([]store.BlockedToken, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	rows := make([]store.BlockedToken, 0, len(t.blocked))
	for _, row := range t.blocked {
		if _, known := t.users[row.UserID]; !known {
			row.UserID = ""
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b store.BlockedToken) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return rows, nil
}

// Sweep removes the rows of tokens that expired by now, and returns how many it removed. Call it
// once an hour, for example.
func (t *Blocklist) Sweep(_ context.Context, now time.Time) (int, error) {
	return sweep(&t.mu, t.blocked,
		func(row store.BlockedToken) bool { return !row.Expires.After(now) },
		func(id string, _ store.BlockedToken) { delete(t.blocked, id) }), nil
}
