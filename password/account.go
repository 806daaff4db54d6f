package password

import (
	"context"

	"github.com/go-modern-rest/rest/auth"
)

// Account returns the account with a name, without a password: for a program that has
// just made it. The error is that of the users: [store.ErrNotFound] if there is none.
func (c *Checker[U]) Account(ctx context.Context, username string) (auth.Account, error) {
	_, account, err := c.users.ByUsername(ctx, username)
	return account, err
}
