package refusal

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Overtaken reports whether an account was removed, deactivated or given another password
// since who was read. A credential that was issued meanwhile must end: what ended the
// others came too early for it. id is that of the account, as for Users.ByID.
func Overtaken[U any](ctx context.Context, users auth.Users[U], id string, who auth.Account) (bool, error) {
	_, now, err := users.ByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return !now.Active || now.Password != who.Password, auth.Unavailable(err)
}
