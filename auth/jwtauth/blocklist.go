package jwtauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Blocklist is a table of the ids of tokens that are not accepted any more. A row is needed
// until its token expires.
type Blocklist interface {
	// Blocked reports whether a jti is on the list.
	Blocked(ctx context.Context, id string) (bool, error)
	// Block puts a token on the list, and reports whether it was not there before: of several
	// simultaneous calls with the same jti, exactly one returns true.
	Block(ctx context.Context, row store.BlockedToken) (added bool, err error)
}

// ErrStateless means that [Config] lacks the setting that is needed to end tokens. The error
// that wraps it names the setting.
var ErrStateless = errors.New("jwtauth: tokens are valid until they expire")

var (
	errNoTable    = fmt.Errorf("%w; revoking them needs Families or a Blocklist", ErrStateless)
	errNoFamilies = fmt.Errorf("%w; listing and ending logins needs Families", ErrStateless)
	errNoEnd      = fmt.Errorf("%w; ending the logins of an account needs Families or BindPassword", ErrStateless)
)

// Refusals of tokens by the Blocklist.
var (
	errNoID    = refuse("jwt: no jti, which the blocklist needs")
	errBlocked = refuse("jwt: on the blocklist")
	errSpent   = refuse("jwt: the refresh token was used before")
)

// CanRevoke returns the reason why tokens cannot be revoked, such as [ErrStateless]; nil: they
// can.
func (i *Issuer[U]) CanRevoke() error {
	if i.err == nil && i.cfg.Families == nil && i.cfg.Blocklist == nil {
		return errNoTable
	}
	return i.err
}

// RevokeRefresh ends the login of a refresh token, see [Issuer.Revoke]. A token that was revoked
// before or has expired is not an error (RFC 7009 §2.2). Anything but a refresh token of this
// issuer is refused with an [*auth.Error].
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

// foreign refuses everything but a token of this issuer with the given type. An expired one is
// accepted, because its login may not have ended.
func (i *Issuer[U]) foreign(c *Claims, kind string) *auth.Error {
	cfg := i.cfg
	cfg.InsecureIgnoreExpiry = true
	return cfg.checkClaims(c, kind)
}

// revoke is Revoke for claims whose account was not looked for yet.
func (i *Issuer[U]) revoke(ctx context.Context, c *Claims) error {
	if _, who, err := i.account(ctx, c); err == nil {
		c.userID = who.ID
	}
	return i.Revoke(ctx, c)
}

// Revoke logs out: it ends the login of a token if there are Families, and puts the token on the
// Blocklist if there is one. Revoking a token again is not an error.
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

// block puts a token on the list for as long as it would be accepted. A token without jti
// cannot be put on it.
func (i *Issuer[U]) block(ctx context.Context, c *Claims) (added bool, err error) {
	if !c.hasID() {
		return false, errNoID
	}
	added, err = i.cfg.Blocklist.Block(ctx, store.BlockedToken{ID: c.ID, UserID: c.userID, Expires: c.ExpiresAt.Add(i.cfg.Leeway)})
	return added, auth.Unavailable(err)
}

// spend blocks a refresh token that is exchanged. Of several simultaneous requests one
// succeeds.
func (i *Issuer[U]) spend(ctx context.Context, c *Claims) error {
	if first, err := i.block(ctx, c); err != nil || first {
		return err
	}
	return errSpent
}

// hasID reports whether there is a jti. It may be empty, as in django-modern-rest.
func (c *Claims) hasID() bool {
	raw, ok := c.payload.get("jti")
	return ok && raw[0] == '"'
}

// blocked refuses a token that is on the blocklist.
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
