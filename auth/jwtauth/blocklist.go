package jwtauth

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Blocklist holds the ids of tokens that are not accepted any more, until they
// would have expired anyway.
type Blocklist interface {
	// Blocked reports whether a jti is on the list.
	Blocked(ctx context.Context, id string) (bool, error)
	// Block puts a token on the list, and reports whether it was not there: of
	// several callers with one jti, exactly one gets true.
	Block(ctx context.Context, row store.BlockedToken) (added bool, err error)
}

// ErrNoBlocklist says that tokens cannot be revoked: [Config].Blocklist is nil.
var ErrNoBlocklist = errors.New("jwtauth: no Blocklist to put the token on")

// Refusals of tokens that were accepted once.
var (
	errNoID    = refuse("jwt: no jti, which the blocklist goes by")
	errBlocked = refuse("jwt: on the blocklist")
	errSpent   = refuse("jwt: the refresh token was used before")
)

// Revoke puts a token on the blocklist: a logout. Revoking it again is no error.
func (i *Issuer[U]) Revoke(ctx context.Context, c *Claims) error {
	_, err := i.block(ctx, c)
	return err
}

func (i *Issuer[U]) block(ctx context.Context, c *Claims) (added bool, err error) {
	if i.cfg.Blocklist == nil {
		return false, ErrNoBlocklist
	}
	added, err = i.cfg.Blocklist.Block(ctx, store.BlockedToken{ID: c.ID, UserID: c.Subject, Expires: c.ExpiresAt})
	return added, auth.Unavailable(err)
}

// blocked refuses a token that is on the list.
func (i *Issuer[U]) blocked(ctx context.Context, c *Claims) error {
	if i.cfg.Blocklist == nil {
		return nil
	}
	if raw, ok := member(c.payload, "jti"); !ok || raw[0] != '"' {
		return errNoID
	}
	switch blocked, err := i.cfg.Blocklist.Blocked(ctx, c.ID); {
	case err != nil:
		return auth.Unavailable(err)
	case blocked:
		return errBlocked
	}
	return nil
}
