package basicauth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/store"
)

// checked is the credential of an identity that Recheck can look up again: a hash of the
// encoded password that the account had.
type checked struct{ password [sha256.Size]byte }

var (
	errGone     = auth.Refuse("basic: the user is gone")
	errInactive = auth.Refuse("basic: the user is inactive")
	errChanged  = auth.Refuse("basic: the password was changed")
)

// Recheck implements [auth.Rechecker]. If Config.Accounts is an auth.Users, it reads the
// account again, which must be active and have the same password. Without, there is
// nothing to ask that would not check a password, and the identity stays good. A password
// is neither hashed nor counted for Config.Limit.
func (a *Auth[U]) Recheck(ctx context.Context, id auth.Identity) error {
	if a.err != nil || a.users == nil {
		return a.err
	}
	had, ok := id.Credential.(*checked)
	if !ok {
		return fmt.Errorf("basicauth: Recheck: the identity is not one that this authenticator returned: its credential is a %T", id.Credential)
	}
	user, who, err := a.users.ByID(ctx, id.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return a.refusals.Of(errGone)
	case err != nil:
		return auth.Unavailable(err)
	case !who.Active:
		return a.refusals.Of(errInactive)
	case sha256.Sum256([]byte(who.Password)) != had.password:
		return a.refusals.Of(errChanged)
	}
	authctx.SetFresh(ctx, user)
	return nil
}
