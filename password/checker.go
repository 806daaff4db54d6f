package password

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Upgrader is implemented by users in which [Checker] can replace an outdated encoding at
// login.
type Upgrader interface {
	// UpgradePassword sets the encoded password of a user if it is still old, in one step.
	// Otherwise the error is [store.ErrNotFound], because the password was changed meanwhile.
	UpgradePassword(ctx context.Context, id, old, encoded string) error
}

// Rebinder keeps logins valid that are bound to an encoded password. [Checker] calls it after an
// upgrade, which changes the encoding but not the password. The users of store/memory and
// store/sqlite implement it for the refresh families of their database, and
// *sessionauth.Auth and *jwtauth.Issuer for their logins, see [Checker.Keeping].
type Rebinder interface {
	// RebindLogins binds the logins of a user to encoded that are bound to the encoding old.
	RebindLogins(ctx context.Context, id, old, encoded string) error
}

// Checker checks a user name and a password, for a login or for HTTP Basic. It is safe for
// concurrent use.
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

// Keeping returns a Checker that also keeps these logins valid when it upgrades an encoding. The
// routers of package account call it for their logins.
func (c *Checker[U]) Keeping(logins ...Rebinder) *Checker[U] {
	more := *c
	more.keep = append(slices.Clip(c.keep), logins...)
	return &more
}

// Validate reports mistakes in the settings of the Hasher, see [Hasher.Validate].
func (c *Checker[U]) Validate() error { return c.hasher.Validate() }

// Accounts identifies the table of accounts of the users, see [auth.AccountsOf].
func (c *Checker[U]) Accounts() any { return auth.AccountsOf(c.users) }

// Check returns the user and the account with this name and password. For a wrong password, an
// unknown name, an inactive account and one without a usable password it returns the same
// *auth.Error, a 401, after computing a hash.
//
// The time for an unknown name is that for a wrong password of one of the encodings in the
// table: the one that the Hasher writes, and those in Hasher.Legacy. A keyed hash of the name
// selects it, so that it is the same each time. An inactive account, or one without a usable
// password, takes the time of one of these as well. This does not hide:
//
//   - accounts whose encoding is neither the Hasher's nor listed in Legacy;
//   - that an encoding is more frequent among accounts than among unknown names, so that a
//     time makes an account more or less likely, but not certain;
//   - a change of the time for a name: the encoding was upgraded at a login, or Legacy or
//     LegacySecret was changed and the name has no account;
//   - the time that the users need to look up a name.
//
// If several spellings of a name find the same account, the users need a method
// NameKey(name string) string that returns the same text for all of them, as those of
// store/memory and store/sqlite have. Otherwise the time for an unknown name depends on the
// spelling, and that for an account does not.
//
// The error is [auth.ErrUnavailable] if the store fails, and if the context ends while the hasher
// is busy.
//
// An encoding that needs an upgrade is replaced if users is an [Upgrader]. The returned account
// has the new one, because sessions are bound to it, and each [Rebinder] binds other logins to
// it. The user is read again, because it may have the old encoding. A failure to write the new
// one does not fail the login.
func (c *Checker[U]) Check(ctx context.Context, username, password string) (U, auth.Account, error) {
	user, account, err := c.users.ByUsername(ctx, username)
	return c.check(ctx, username, user, account, err, password)
}

// CheckID is Check for the id of an account. It is for users who are logged in and have to enter
// their password again.
func (c *Checker[U]) CheckID(ctx context.Context, id, password string) (U, auth.Account, error) {
	user, account, err := c.users.ByID(ctx, id)
	return c.check(ctx, account.Username, user, account, err, password)
}

// check checks a password. err is the error of finding the account with the name.
func (c *Checker[U]) check(ctx context.Context, name string, user U, account auth.Account, err error, password string) (U, auth.Account, error) {
	var nobody U
	unknown := errors.Is(err, store.ErrNotFound)
	if err != nil && !unknown {
		return nobody, auth.Account{}, auth.Unavailable(err)
	}
	if unknown {
		account = auth.Account{} // without an encoding, the hasher selects one by the name
	}
	preferred, err := c.preferred(ctx)
	ok := false
	if err == nil {
		ok, err = c.hasher.checkFor(ctx, preferred, c.nameKey(name), account.Password, password)
	}
	switch {
	case err != nil:
		return nobody, auth.Account{}, auth.Unavailable(err)
	case unknown:
		return nobody, auth.Account{}, auth.Refuse("no user has this name")
	case !ok:
		return nobody, auth.Account{}, refuse("wrong password", account)
	case !account.Active:
		// This is checked after the password, so that only someone who knows it could notice,
		// and without the upgrade that Django does here, which would take a second hash.
		return nobody, auth.Account{}, refuse("the account is inactive", account)
	}
	return c.upgrade(ctx, preferred, user, account, password)
}

// nameKey returns the same text for all spellings of a name that find the same account.
func (c *Checker[U]) nameKey(name string) string {
	if users, ok := c.users.(interface{ NameKey(name string) string }); ok {
		return users.NameKey(name)
	}
	return name
}

// refuse returns a refusal that has the account in events.
func refuse(reason string, account auth.Account) *auth.Error {
	e := auth.Refuse(reason)
	e.UserID = account.ID
	return e
}

// ErrCannotChange means that the users of a [Checker] are not an [Upgrader], so that a password
// cannot be changed.
var ErrCannotChange = errors.New("password: the users have no UpgradePassword method to write a new password with")

// CanChange returns [ErrCannotChange] if Change cannot work.
func (c *Checker[U]) CanChange() error {
	if _, ok := c.users.(Upgrader); !ok {
		return ErrCannotChange
	}
	return nil
}

// Change sets the password of an account that CheckID has just returned, and returns the account
// with it. The error is an *auth.Error if the password was changed meanwhile, and
// [ErrTooLong] if the new one is too long. Logins from before the change should be ended, see
// EndOthers of sessionauth and jwtauth.
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

// Hash encodes the password of a new account. The error is [ErrTooLong] if the password is too
// long, and otherwise [auth.ErrUnavailable].
func (c *Checker[U]) Hash(ctx context.Context, password string) (string, error) {
	preferred, err := c.preferred(ctx)
	if err != nil {
		return "", auth.Unavailable(err)
	}
	encoded, err := c.hasher.hashBy(ctx, preferred, password)
	if errors.Is(err, ErrTooLong) {
		return "", err
	}
	return encoded, auth.Unavailable(err)
}

// upgrade replaces an outdated encoding, and returns the user and account after it.
func (c *Checker[U]) upgrade(ctx context.Context, preferred method, user U, account auth.Account, password string) (U, auth.Account, error) {
	users, ok := c.users.(Upgrader)
	if !ok || !c.hasher.differs(account.Password, preferred) {
		return user, account, nil
	}
	encoded, err := c.hasher.hashBy(ctx, preferred, password)
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
	return c.overtaken(ctx, preferred, again, now, password)
}

// rebind keeps the logins of an account valid whose encoding was replaced.
func (c *Checker[U]) rebind(ctx context.Context, was auth.Account, encoded string) {
	for _, logins := range c.keep {
		if err := logins.RebindLogins(ctx, was.ID, was.Password, encoded); err != nil {
			slog.WarnContext(ctx, "password: logins of a user end, because they were not bound to the new encoding", "user", was.ID, "err", err)
		}
	}
}

// overtaken checks a password again, because another login or a change of the password has
// replaced the encoding during the check.
func (c *Checker[U]) overtaken(ctx context.Context, preferred method, user U, now auth.Account, password string) (U, auth.Account, error) {
	var nobody U
	switch ok, err := c.hasher.check(ctx, now.Password, password, preferred, preferred); {
	case err != nil:
		return nobody, auth.Account{}, auth.Unavailable(err)
	case !ok || !now.Active:
		return nobody, auth.Account{}, refuse("the password was changed meanwhile", now)
	}
	return user, now, nil
}
