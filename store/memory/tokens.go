package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Tokens is a table of API tokens, a tokenauth.Store.
type Tokens DB

// Token returns the row with this hash.
func (t *Tokens) Token(_ context.Context, hash string) (store.Token, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	id, ok := t.hashes[hash]
	if !ok {
		return store.Token{}, fmt.Errorf("memory: token: %w", store.ErrNotFound)
	}
	return t.tokens[id], nil
}

// CreateToken adds a row and returns it with its id. The error is [store.ErrExists] if the hash is
// taken. The user may be in another table.
func (t *Tokens) CreateToken(_ context.Context, row store.Token) (store.Token, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, taken := t.hashes[row.Hash]; taken {
		return store.Token{}, fmt.Errorf("memory: token: %w", store.ErrExists)
	}
	t.lastID++
	row.ID = t.lastID
	t.tokens[row.ID], t.hashes[row.Hash] = row, row.ID
	return row, nil
}

// TokensOf returns a user's rows, the latest first.
func (t *Tokens) TokensOf(_ context.Context, userID string) ([]store.Token, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var rows []store.Token
	for _, row := range t.tokens {
		if row.UserID == userID {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b store.Token) int { return int(b.ID - a.ID) })
	return rows, nil
}

// RevokeToken marks a row of a user as revoked. One that is revoked already keeps its time.
func (t *Tokens) RevokeToken(_ context.Context, userID string, id int64, at time.Time) error {
	return t.change(id, func(row *store.Token) bool {
		if row.UserID == userID && row.Revoked.IsZero() {
			row.Revoked, row.Updated = at, at
		}
		return row.UserID == userID
	})
}

// TouchToken records a use.
func (t *Tokens) TouchToken(_ context.Context, id int64, at time.Time) error {
	return t.change(id, func(row *store.Token) bool {
		row.LastUsed, row.Updated = at, at
		return true
	})
}

// Sweep removes the rows that expired by now, and returns how many it removed. Revoked ones remain
// until they would have expired.
func (t *Tokens) Sweep(_ context.Context, now time.Time) (int, error) {
	return sweep(&t.mu, t.tokens,
		func(row store.Token) bool { return !row.Expires.IsZero() && !row.Expires.After(now) },
		func(id int64, row store.Token) {
			delete(t.tokens, id)
			delete(t.hashes, row.Hash)
		}), nil
}

func (t *Tokens) change(id int64, change func(*store.Token) bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	row, ok := t.tokens[id]
	if !ok || !change(&row) {
		return fmt.Errorf("memory: token %d: %w", id, store.ErrNotFound)
	}
	t.tokens[id] = row
	return nil
}
