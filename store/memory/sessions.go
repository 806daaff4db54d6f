package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Sessions is a table of sessions, a sessionauth.Store. Expired rows remain until
// [Sessions.Sweep].
type Sessions DB

// Session returns the row with this key, expired or not.
func (t *Sessions) Session(_ context.Context, key string) (store.Session, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	row, ok := t.sessions[key]
	if !ok {
		return store.Session{}, noSession()
	}
	return row, nil
}

// Create adds a row. The error is [store.ErrExists] if the key is taken.
func (t *Sessions) Create(_ context.Context, row store.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.insert(row)
}

// Update replaces the row with the same key. The error is [store.ErrNotFound] if there is none,
// because the session has ended.
func (t *Sessions) Update(_ context.Context, row store.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.remove(row.Key) {
		return noSession()
	}
	return t.insert(row)
}

// Touch replaces everything but Data in the row with the same key.
func (t *Sessions) Touch(_ context.Context, row store.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, ok := t.sessions[row.Key]
	if !ok {
		return noSession()
	}
	t.remove(row.Key)
	row.Data = old.Data
	return t.insert(row)
}

// Replace adds a row and removes the one with the key old, in one step. The error is
// [store.ErrNotFound] if there is no old row, and [store.ErrExists] if the new key is taken;
// nothing is changed then.
func (t *Sessions) Replace(_ context.Context, old string, row store.Session) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.sessions[old]; !ok {
		return noSession()
	}
	if err := t.insert(row); err != nil {
		return err
	}
	t.remove(old)
	return nil
}

// Delete removes a row. It is not an error if there is none.
func (t *Sessions) Delete(_ context.Context, key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(key)
	return nil
}

// ByUser returns a user's rows, the latest first.
func (t *Sessions) ByUser(_ context.Context, userID string) ([]store.Session, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var rows []store.Session
	for key := range t.byUser[userID] {
		rows = append(rows, t.sessions[key])
	}
	slices.SortFunc(rows, func(a, b store.Session) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Key, b.Key))
	})
	return rows, nil
}

// DeleteByUser removes the rows of a user except the one with this key, and returns the keys of
// the removed rows. An empty key excepts none.
func (t *Sessions) DeleteByUser(_ context.Context, userID, exceptKey string) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var keys []string
	for key := range t.byUser[userID] {
		if key != exceptKey && t.remove(key) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// Sweep removes the rows that expired by now, and returns how many it removed. Call it once an
// hour, for example.
func (t *Sessions) Sweep(_ context.Context, now time.Time) (int, error) {
	return sweep(&t.mu, t.sessions,
		func(row store.Session) bool { return !row.Expires.After(now) },
		func(key string, _ store.Session) { t.remove(key) }), nil
}

// Count returns the number of rows, including expired ones.
func (t *Sessions) Count(context.Context) (int, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.sessions), nil
}

func (t *Sessions) insert(row store.Session) error {
	if _, taken := t.sessions[row.Key]; taken {
		return fmt.Errorf("memory: session: %w", store.ErrExists)
	}
	row.Created, row.Seen, row.Expires = micro(row.Created), micro(row.Seen), micro(row.Expires)
	t.sessions[row.Key] = row
	if row.UserID != "" {
		if t.byUser[row.UserID] == nil {
			t.byUser[row.UserID] = map[string]struct{}{}
		}
		t.byUser[row.UserID][row.Key] = struct{}{}
	}
	return nil
}

func (t *Sessions) remove(key string) bool {
	row, ok := t.sessions[key]
	if !ok {
		return false
	}
	delete(t.sessions, key)
	if keys := t.byUser[row.UserID]; keys != nil {
		delete(keys, key)
		if len(keys) == 0 {
			delete(t.byUser, row.UserID)
		}
	}
	return true
}

// noSession is an error without the key, which is a credential.
func noSession() error { return fmt.Errorf("memory: session: %w", store.ErrNotFound) }
