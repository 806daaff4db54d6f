package password

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Upgrader is what [Checker] uses to replace an outdated encoding at login, where
// the users implement it.
type Upgrader interface {
	// UpgradePassword sets the encoded password of a user whose encoded password
	// still is old, in one step. Otherwise it is [store.ErrNotFound]: a password
	// that was changed meanwhile must not come back.
	UpgradePassword(ctx context.Context, id, old, encoded string) error
}

// Checker checks a name and a password: what a login and HTTP Basic are made of.
// It is safe for concurrent use.
type Checker[U any] struct {
	users  auth.Users[U]
	hasher *Hasher
}

// NewChecker makes a Checker. A nil hasher is the zero [Hasher].
func NewChecker[U any](users auth.Users[U], h *Hasher) *Checker[U] {
	if h == nil {
		h = &Hasher{}
	}
	return &Checker[U]{users: users, hasher: h}
}

// Check returns the user and the account with this name and password. A wrong
// password, an unknown name, an inactive account and one without usable password
// are all the same *auth.Error, a 401, after computing one hash: neither answer
// nor time tells which. A store that fails, and a wait for the hasher that the
// context ended, are [auth.ErrUnavailable].
//
// An encoding that needs an upgrade is replaced if users is an [Upgrader]; the
// returned account has the new one, since sessions are bound to it. A failure to
// write it is no failure to log in. The user is then read again, because it may
// hold the old encoding.
func (c *Checker[U]) Check(ctx context.Context, username, password string) (U, auth.Account, error) {
	var nobody U
	user, account, err := c.users.ByUsername(ctx, username)
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return nobody, auth.Account{}, auth.Unavailable(err)
	}
	if unknown {
		account = auth.Account{} // no encoding: the hasher spends one hash on it
	}
	ok, err := c.hasher.Check(ctx, account.Password, password)
	switch {
	case err != nil:
		return nobody, auth.Account{}, auth.Unavailable(err)
	case unknown:
		return nobody, auth.Account{}, auth.Refuse("no user has this name")
	case !ok:
		return nobody, auth.Account{}, auth.Refuse("wrong password")
	case !account.Active:
		// After the password, so that only who knows it could tell; and without
		// the upgrade that Django still does, which would take a second hash.
		return nobody, auth.Account{}, auth.Refuse("the account is inactive")
	}
	if encoded, ok := c.upgrade(ctx, account, password); ok {
		account.Password = encoded
		if again, _, err := c.users.ByID(ctx, account.ID); err == nil {
			user = again
		}
	}
	return user, account, nil
}

// upgrade replaces the encoding and returns the new one.
func (c *Checker[U]) upgrade(ctx context.Context, account auth.Account, password string) (string, bool) {
	users, ok := c.users.(Upgrader)
	if !ok || !c.hasher.NeedsUpgrade(account.Password) {
		return "", false
	}
	encoded, err := c.hasher.Hash(ctx, password)
	if err != nil {
		return "", false
	}
	return encoded, users.UpgradePassword(ctx, account.ID, account.Password, encoded) == nil
}
