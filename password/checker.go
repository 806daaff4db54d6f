package password

import (
	"context"
	"errors"
	"log/slog"
	"slices"

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

// Rebinder keeps logins alive that are bound to an encoded password. [Checker] calls it
// after an upgrade: the encoding is another one, the password is the same. Users may
// implement it, as those of store/memory and store/sqlite do for the refresh families of
// their database; *sessionauth.Auth and *jwtauth.Issuer do, see [Checker.Keeping].
type Rebinder interface {
	// RebindLogins binds the logins of a user that are bound to the encoding old to
	// encoded.
	RebindLogins(ctx context.Context, id, old, encoded string) error
}

// Checker checks a name and a password: what a login and HTTP Basic are made of.
// It is safe for concurrent use.
type Checker[U any] struct {
	users  auth.Users[U]
	hasher *Hasher
	keep   []Rebinder
}

// NewChecker makes a Checker. A nil hasher is the zero [Hasher].
func NewChecker[U any](users auth.Users[U], h *Hasher) *Checker[U] {
	if h == nil {
		h = &Hasher{}
	}
	c := &Checker[U]{users: users, hasher: h}
	if own, ok := users.(Rebinder); ok {
		c.keep = []Rebinder{own}
	}
	return c
}

// Keeping returns a Checker that keeps these logins as well when it upgrades an encoding.
// The routers of package login do so for the logins that they are made with.
func (c *Checker[U]) Keeping(logins ...Rebinder) *Checker[U] {
	more := *c
	more.keep = append(slices.Clip(c.keep), logins...)
	return &more
}

// Validate reports mistakes in the settings of the Hasher, see [Hasher.Validate].
func (c *Checker[U]) Validate() error { return c.hasher.Validate() }

// Accounts returns what stands for the table of accounts of the users, see
// [auth.AccountsOf].
func (c *Checker[U]) Accounts() any { return auth.AccountsOf(c.users) }

// Check returns the user and the account with this name and password. A wrong
// password, an unknown name, an inactive account and one without usable password
// are all the same *auth.Error, a 401, after computing a hash.
//
// An unknown name takes as long as a wrong password for one of the encodings that the
// table holds: the one that the Hasher writes, and those of Hasher.Legacy. A keyed hash of
// the name decides which, so that it is always the same one. An inactive account, or
// one without a usable password, takes the same time as one of these. This does not hide:
//
//   - accounts whose encoding is neither the Hasher's nor listed in Legacy;
//   - that one encoding is more frequent among accounts than among other names, so that a
//     time makes an account likelier, or less likely, but not certain;
//   - that the time of a name has changed: a user logged in, and the encoding was upgraded;
//     or Legacy or LegacySecret was changed, and the name has no account;
//   - the time that the users take to look a name up.
//
// If several spellings of a name find the same account, the users have a method
// NameKey(name string) string, which returns the same text for all of them, as those of
// store/memory and store/sqlite do. Otherwise the time of an unknown name depends on its
// spelling, and that of a known one does not.
//
// A store that fails, and a wait for the hasher that the context ended, are
// [auth.ErrUnavailable].
//
// An encoding that needs an upgrade is replaced if users is an [Upgrader]; the
// returned account has the new one, since sessions are bound to it, and each [Rebinder]
// binds other logins to it. A failure to write it does not fail the login. The user is
// then read again, because it may hold the old encoding.
func (c *Checker[U]) Check(ctx context.Context, username, password string) (U, auth.Account, error) {
	user, account, err := c.users.ByUsername(ctx, username)
	return c.check(ctx, username, user, account, err, password)
}

// CheckID is Check for the id of an account: for somebody who is logged in, and is
// asked again.
func (c *Checker[U]) CheckID(ctx context.Context, id, password string) (U, auth.Account, error) {
	user, account, err := c.users.ByID(ctx, id)
	return c.check(ctx, account.Username, user, account, err, password)
}

// check decides on a password; err is what finding the account under the name came to.
func (c *Checker[U]) check(ctx context.Context, name string, user U, account auth.Account, err error, password string) (U, auth.Account, error) {
	var nobody U
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return nobody, auth.Account{}, auth.Unavailable(err)
	}
	if unknown {
		account = auth.Account{} // no encoding: the hasher computes what the name stands for
	}
	ok, err := c.hasher.checkFor(ctx, c.nameKey(name), account.Password, password)
	switch {
	case err != nil:
		return nobody, auth.Account{}, auth.Unavailable(err)
	case unknown:
		return nobody, auth.Account{}, auth.Refuse("no user has this name")
	case !ok:
		return nobody, auth.Account{}, refuse("wrong password", account)
	case !account.Active:
		// After the password, so that only who knows it could tell; and without
		// the upgrade that Django still does, which would take a second hash.
		return nobody, auth.Account{}, refuse("the account is inactive", account)
	}
	return c.upgrade(ctx, user, account, password)
}

// nameKey returns what is one for all spellings of a name that find the same account.
func (c *Checker[U]) nameKey(name string) string {
	if users, ok := c.users.(interface{ NameKey(name string) string }); ok {
		return users.NameKey(name)
	}
	return name
}

// refuse is a refusal that says in events whose password was tried.
func refuse(reason string, account auth.Account) *auth.Error {
	e := auth.Refuse(reason)
	e.UserID = account.ID
	return e
}

// ErrCannotChange says that the users of a [Checker] are no [Upgrader]: they have no
// way to write a password.
var ErrCannotChange = errors.New("password: the users have no UpgradePassword method to write a new password with")

// CanChange reports as an error, [ErrCannotChange], that Change does not work.
func (c *Checker[U]) CanChange() error {
	if _, ok := c.users.(Upgrader); !ok {
		return ErrCannotChange
	}
	return nil
}

// Change sets the password of an account that CheckID has just returned, and returns
// the account with it. If the password was changed meanwhile it is an *auth.Error; one
// that is too long is [ErrTooLong]. What was begun under the old password is to be
// ended: see sessionauth's and jwtauth's EndOthers.
func (c *Checker[U]) Change(ctx context.Context, who auth.Account, password string) (auth.Account, error) {
	users, ok := c.users.(Upgrader)
	if !ok {
		return auth.Account{}, ErrCannotChange
	}
	encoded, err := c.Hash(ctx, password)
	if err != nil {
		return auth.Account{}, err
	}
	err = users.UpgradePassword(ctx, who.ID, who.Password, encoded)
	if errors.Is(err, store.ErrNotFound) {
		return auth.Account{}, auth.Refuse("the password was changed meanwhile")
	}
	who.Password = encoded
	return who, auth.Unavailable(err)
}

// Hash encodes the password of a new account. One that is too long is [ErrTooLong]; any
// other error is [auth.ErrUnavailable].
func (c *Checker[U]) Hash(ctx context.Context, password string) (string, error) {
	encoded, err := c.hasher.Hash(ctx, password)
	if errors.Is(err, ErrTooLong) {
		return "", err
	}
	return encoded, auth.Unavailable(err)
}

// upgrade replaces an outdated encoding, and returns what holds then.
func (c *Checker[U]) upgrade(ctx context.Context, user U, account auth.Account, password string) (U, auth.Account, error) {
	users, ok := c.users.(Upgrader)
	if !ok || !c.hasher.NeedsUpgrade(account.Password) {
		return user, account, nil
	}
	encoded, err := c.hasher.Hash(ctx, password)
	if err != nil {
		return user, account, nil //nolint:nilerr // a failed upgrade does not fail the login
	}
	err = users.UpgradePassword(ctx, account.ID, account.Password, encoded)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return user, account, nil
	}
	written := err == nil
	if written {
		c.rebind(context.WithoutCancel(ctx), account, encoded)
	}
	again, now, err := c.users.ByID(ctx, account.ID)
	switch {
	case written:
		if account.Password = encoded; err == nil {
			user = again
		}
		return user, account, nil
	case err != nil || now.Password == account.Password:
		return user, account, nil //nolint:nilerr // the password was right
	}
	return c.overtaken(ctx, again, now, password)
}

// rebind keeps the logins of an account whose encoding was replaced.
func (c *Checker[U]) rebind(ctx context.Context, was auth.Account, encoded string) {
	for _, logins := range c.keep {
		if err := logins.RebindLogins(ctx, was.ID, was.Password, encoded); err != nil {
			slog.WarnContext(ctx, "password: logins of a user end, because they were not bound to the new encoding", "user", was.ID, "err", err)
		}
	}
}

// overtaken decides once more on a password whose encoding was replaced during the
// check: by another login, or by a change.
func (c *Checker[U]) overtaken(ctx context.Context, user U, now auth.Account, password string) (U, auth.Account, error) {
	var nobody U
	switch ok, err := c.hasher.Check(ctx, now.Password, password); {
	case err != nil:
		return nobody, auth.Account{}, auth.Unavailable(err)
	case !ok || !now.Active:
		return nobody, auth.Account{}, refuse("the password was changed meanwhile", now)
	}
	return user, now, nil
}
