package postgres

import (
	"context"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// owns reports whether users is the table of this database.
func (db *DB) owns(users auth.Users[*store.User]) bool {
	own, ok := users.(*Users)
	return ok && own == db.users
}

// withUser reads a row by its key, into targets, and its user, whose columns follow. The user is nil
// if there is none.
func (db *DB) withUser(ctx context.Context, what, query, key string, targets []any) (*store.User, auth.Account, error) {
	var owner userRow
	if err := db.one(ctx, what, query, []any{key}, append(targets, owner.targets()...)...); err != nil {
		return nil, auth.Account{}, err
	}
	if owner.user.ID == "" {
		return nil, auth.Account{}, nil
	}
	user := owner.result()
	return user, accountOf(user), nil
}
