package memory

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// JoinsUsers implements [auth.UserJoiner].
func (t *Sessions) JoinsUsers(users auth.Users[*store.User]) bool { return (*DB)(t).owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Sessions) WithUser(ctx context.Context, key string) (store.Session, *store.User, auth.Account, error) {
	row, err := t.Session(ctx, key)
	return withUser(ctx, (*DB)(t), row, row.UserID, err)
}

// JoinsUsers implements [auth.UserJoiner].
func (t *Tokens) JoinsUsers(users auth.Users[*store.User]) bool { return (*DB)(t).owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Tokens) WithUser(ctx context.Context, hash string) (store.Token, *store.User, auth.Account, error) {
	row, err := t.Token(ctx, hash)
	return withUser(ctx, (*DB)(t), row, row.UserID, err)
}

// JoinsUsers implements [auth.UserJoiner].
func (t *Families) JoinsUsers(users auth.Users[*store.User]) bool { return (*DB)(t).owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Families) WithUser(ctx context.Context, id string) (store.Family, *store.User, auth.Account, error) {
	row, err := t.Family(ctx, id)
	return withUser(ctx, (*DB)(t), row, row.UserID, err)
}

// owns reports whether users is the table of this database.
func (db *DB) owns(users auth.Users[*store.User]) bool {
	own, ok := users.(*Users)
	return ok && own == db.Users()
}

// withUser adds the user with an id to a row that was read with err.
func withUser[Row any](ctx context.Context, db *DB, row Row, id string, err error) (Row, *store.User, auth.Account, error) {
	if err != nil {
		return row, nil, auth.Account{}, err
	}
	user, account, err := db.Users().ByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return row, user, account, err
}
