package refusal

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Overtaken reports whether an account was removed, was deactivated or has another password since
// who was read. A credential that was issued meanwhile must be revoked, because it was not there
// yet when the others were. id is the id of the account for Users.ByID.
func Overtaken[U any](ctx context.Context, users auth.Users[U], id string, who auth.Account) (bool, error) {
	_, now, err := users.ByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return !now.Active || now.Password != who.Password, auth.Unavailable(err)
}
