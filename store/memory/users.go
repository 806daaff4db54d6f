package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Users is a table of users, an auth.Users. The principal is a *store.User, a new copy each time.
type Users DB

// Accounts returns the table itself, so that a type that embeds it has the same accounts, see
// [auth.AccountsOf].
func (t *Users) Accounts() any { return t }

// ByID finds a user by id. The error is [store.ErrNotFound] if there is none.
func (t *Users) ByID(_ context.Context, id string) (*store.User, auth.Account, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	user, found := t.users[id]
	return result(user, found, "id", id)
}

// ByUsername finds a user by name. [Config].IgnoreCase decides whether case matters.
func (t *Users) ByUsername(_ context.Context, name string) (*store.User, auth.Account, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	user, found := t.users[t.names[t.NameKey(name)]]
	return result(user, found, "name", name)
}

// NameKey returns the same text for all spellings of a name with which ByUsername finds the same
// user, see [Config].IgnoreCase.
func (t *Users) NameKey(name string) string {
	if t.cfg.IgnoreCase {
		return store.FoldCase(name)
	}
	return name
}

func result(user store.User, found bool, column, value string) (*store.User, auth.Account, error) {
	if !found {
		return nil, auth.Account{}, fmt.Errorf("memory: user with %s %q: %w", column, value, store.ErrNotFound)
	}
	return &user, account(user), nil
}

func account(u store.User) auth.Account {
	return auth.Account{ID: u.ID, Username: u.Username, Email: u.Email, Password: u.Password, Active: u.Active}
}

// Create adds a user and returns it with its id. It assigns an id if ID is empty, see
// [Config].UserID, and a zero DateJoined means now. Email is stored as [store.NormalizeEmail]
// returns it. No other field is set: a user who shall log in needs Active. The error is
// [store.ErrExists] if the name or the id is taken.
func (t *Users) Create(_ context.Context, u store.User) (*store.User, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if u.ID == "" {
		u.ID = t.nextID()
	}
	if !t.cfg.UserID.Valid(u.ID) {
		return nil, fmt.Errorf("memory: user %q: %q is not a valid %v id", u.Username, u.ID, t.cfg.UserID)
	}
	_, idTaken := t.users[u.ID]
	if _, nameTaken := t.names[t.NameKey(u.Username)]; nameTaken || idTaken {
		return nil, fmt.Errorf("memory: user %q: %w", u.Username, store.ErrExists)
	}
	if u.DateJoined.IsZero() {
		u.DateJoined = time.Now()
	}
	u.DateJoined, u.LastLogin, u.Email = micro(u.DateJoined), micro(u.LastLogin), store.NormalizeEmail(u.Email)
	if t.cfg.UserID == store.Integer {
		t.lastUser = max(t.lastUser, number(u.ID))
	}
	t.users[u.ID], t.names[t.NameKey(u.Username)] = u, u.ID
	return &u, nil
}

// nextID returns the id of a new user.
func (t *Users) nextID() string {
	if t.cfg.UserID == store.Integer {
		return strconv.FormatInt(t.lastUser+1, 10)
	}
	return t.cfg.UserID.New()
}

// number returns the number that a valid Integer id has.
func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// SetPassword sets the encoded password of a user.
func (t *Users) SetPassword(_ context.Context, id, encoded string) error {
	return t.change(id, func(u *store.User) bool { u.Password = encoded; return true })
}

// UpgradePassword sets the encoded password of a user if it is still old. The error is
// [store.ErrNotFound] otherwise. Package password calls it.
func (t *Users) UpgradePassword(_ context.Context, id, old, encoded string) error {
	return t.change(id, func(u *store.User) bool {
		if u.Password != old {
			return false
		}
		u.Password = encoded
		return true
	})
}

// SetActive activates or deactivates a user. An inactive user is always refused.
func (t *Users) SetActive(_ context.Context, id string, active bool) error {
	return t.change(id, func(u *store.User) bool { u.Active = active; return true })
}

// RebindLogins binds the refresh families of a user to a new encoding of the same
// password.
func (t *Users) RebindLogins(ctx context.Context, id, old, encoded string) error {
	return (*Families)(t).RebindFamilies(ctx, id, store.Fingerprint(old), store.Fingerprint(encoded))
}

// SetLastLogin records a login.
func (t *Users) SetLastLogin(_ context.Context, id string, at time.Time) error {
	return t.change(id, func(u *store.User) bool { u.LastLogin = micro(at); return true })
}

// change updates a user in place. f reports whether the user is the right one.
func (t *Users) change(id string, f func(*store.User) bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	user, found := t.users[id]
	if !found || !f(&user) {
		return fmt.Errorf("memory: user with id %q: %w", id, store.ErrNotFound)
	}
	t.users[id] = user
	return nil
}

// Delete removes a user and its API tokens. Its sessions remain, as in Django, but are not
// accepted any more.
func (t *Users) Delete(_ context.Context, id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	user, found := t.users[id]
	if !found {
		return fmt.Errorf("memory: user with id %q: %w", id, store.ErrNotFound)
	}
	delete(t.users, id)
	delete(t.names, t.NameKey(user.Username))
	for tokenID, row := range t.tokens {
		if row.UserID == id {
			delete(t.tokens, tokenID)
			delete(t.hashes, row.Hash)
		}
	}
	maps.DeleteFunc(t.families, func(_ string, row store.Family) bool { return row.UserID == id })
	return nil
}

// List returns at most limit users in the order of their ids: those after the id after, or the
// first ones if it is empty.
func (t *Users) List(_ context.Context, after string, limit int) ([]*store.User, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var list []*store.User
	for id, user := range t.users {
		if after == "" || t.compare(id, after) > 0 {
			list = append(list, &user)
		}
	}
	slices.SortFunc(list, func(a, b *store.User) int { return t.compare(a.ID, b.ID) })
	return list[:min(len(list), max(limit, 0))], nil
}

// compare compares two ids, integers as numbers.
func (t *Users) compare(a, b string) int {
	if t.cfg.UserID == store.Integer {
		return cmp.Compare(number(a), number(b))
	}
	return cmp.Compare(a, b)
}

// Count returns how many users there are.
func (t *Users) Count(context.Context) (int, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.users), nil
}

// micro returns a time as a database keeps it: in UTC, with microseconds.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
