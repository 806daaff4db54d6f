package jwtauth

import (
	"context"
	"errors"
	"fmt"

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

// ErrStateless says that [Config] has nothing to end tokens with; the error that wraps
// it says what it takes.
var ErrStateless = errors.New("jwtauth: tokens are good until they expire")

var (
	errNoTable    = fmt.Errorf("%w: revoking one takes Families or a Blocklist", ErrStateless)
	errNoFamilies = fmt.Errorf("%w: listing logins and ending them takes Families", ErrStateless)
	errNoEnd      = fmt.Errorf("%w: ending the logins of an account takes Families or BindPassword", ErrStateless)
)

// Refusals of tokens that were accepted once.
var (
	errNoID    = refuse("jwt: no jti, which the blocklist goes by")
	errBlocked = refuse("jwt: on the blocklist")
	errSpent   = refuse("jwt: the refresh token was used before")
)

// CanRevoke reports as an error, [ErrStateless], that there is no table to revoke
// tokens with.
func (i *Issuer[U]) CanRevoke() error {
	if i.err == nil && i.cfg.Families == nil && i.cfg.Blocklist == nil {
		return errNoTable
	}
	return i.err
}

// RevokeRefresh ends the login of a refresh token, see [Issuer.Revoke]. A token that is
// revoked or expired already is no error, whoever it belongs to (RFC 7009 §2.2); what
// is no refresh token of ours is refused, an [*auth.Error].
func (i *Issuer[U]) RevokeRefresh(ctx context.Context, token string) error {
	if err := i.CanRevoke(); err != nil {
		return err
	}
	claims, err := i.signed(ctx, token)
	if err != nil {
		return err
	}
	if refusal := i.foreign(claims, TypeRefresh); refusal != nil {
		return refusal
	}
	return i.revoke(ctx, claims)
}

// foreign refuses what is no token of ours of the given type, expired or not: one that
// expired belongs to a login that may live.
func (i *Issuer[U]) foreign(c *Claims, kind string) *auth.Error {
	cfg := i.cfg
	cfg.InsecureIgnoreExpiry = true
	return cfg.checkClaims(c, kind)
}

// revoke is Revoke for claims whose account nobody has looked for yet.
func (i *Issuer[U]) revoke(ctx context.Context, c *Claims) error {
	if _, who, err := i.account(ctx, c); err == nil {
		c.userID = who.ID
	}
	return i.Revoke(ctx, c)
}

// Revoke ends the login that a token belongs to, and puts the token on the blocklist,
// as far as there is a table for either: a logout. Revoking it again is no error.
func (i *Issuer[U]) Revoke(ctx context.Context, c *Claims) error {
	if err := i.CanRevoke(); err != nil {
		return err
	}
	if i.cfg.Families != nil && c.Family != "" {
		row, err := i.cfg.Families.Family(ctx, c.Family)
		if err == nil {
			err = i.cfg.Families.EndFamily(ctx, row.UserID, c.Family)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return auth.Unavailable(err)
		}
	}
	if i.cfg.Blocklist != nil {
		_, err := i.block(ctx, c)
		return err
	}
	return nil
}

// block puts a token on the list, as long as it would be accepted. One without jti is
// on no list.
func (i *Issuer[U]) block(ctx context.Context, c *Claims) (added bool, err error) {
	if !c.hasID() {
		return false, errNoID
	}
	added, err = i.cfg.Blocklist.Block(ctx, store.BlockedToken{ID: c.ID, UserID: c.userID, Expires: c.ExpiresAt.Add(i.cfg.Leeway)})
	return added, auth.Unavailable(err)
}

// spend blocks a refresh token that is exchanged: of several requests one succeeds.
func (i *Issuer[U]) spend(ctx context.Context, c *Claims) error {
	if first, err := i.block(ctx, c); err != nil || first {
		return err
	}
	return errSpent
}

// hasID reports whether there is a jti, be it empty as django-modern-rest allows.
func (c *Claims) hasID() bool {
	raw, ok := member(c.payload, "jti")
	return ok && raw[0] == '"'
}

// blocked refuses a token that is on the list.
func (i *Issuer[U]) blocked(ctx context.Context, c *Claims) error {
	if i.cfg.Blocklist == nil {
		return nil
	}
	if !c.hasID() {
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
