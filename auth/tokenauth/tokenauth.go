// Package tokenauth issues and checks opaque API tokens: random texts that programs send
// instead of a password. The database has only their HMACs, in the format of
// django-modern-rest, so that someone who reads it cannot use the tokens.
//
//	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
//	raw, row, err := keys.Issue(ctx, account, tokenauth.Grant{Name: "laptop"})   // shown once
//	rest.Settings{Auth: auth.AnyOf(session, keys.Header())}                      // X-API-Token: <raw>
//
// A token stays valid when its user changes the password, because the programs that use it do
// not know the password. [Auth.EndAll] and [Auth.EndOthers] revoke all tokens of a user. The
// routers of package account that end logins call them if the Auth is among their logins.
package tokenauth

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/store"
)

// Store is a table of tokens. The error for a missing row is [store.ErrNotFound], wrapped or
// not; any other error means that the store is down. Package store/storetest tests
// implementations.
type Store interface {
	// Token returns the row with a hash, also if it has expired or is revoked.
	Token(ctx context.Context, hash string) (store.Token, error)
	// CreateToken adds a row and returns it with its id; [store.ErrExists] if the hash
	// is taken. UserID is any text: the users may be in another table or database.
	CreateToken(ctx context.Context, row store.Token) (store.Token, error)
	// TokensOf returns a user's rows, the latest first.
	TokensOf(ctx context.Context, userID string) ([]store.Token, error)
	// RevokeToken marks a row of a user as revoked. One that is revoked already keeps its
	// time.
	RevokeToken(ctx context.Context, userID string, id int64, at time.Time) error
	// TouchToken records a use. A store may write it some seconds later.
	TouchToken(ctx context.Context, id int64, at time.Time) error
}

// Auth issues tokens and checks them. U is the user type, and the principal; the credential is
// the [*store.Token]. Auth is immutable and safe for concurrent use.
type Auth[U any] struct {
	users    auth.Users[U]
	accounts any // see auth.AccountsOf
	store    Store
	joined   auth.UserJoiner[store.Token, U] // nil: a token and its user are read one after the other
	cfg      Config
	macs     []*signing.MAC // of the secret and the fallbacks
	header   *carrier.Header
	cookie   *carrier.Cookie
	err      error
}

// New makes an Auth. Declare returns mistakes in the configuration, so that rest.New reports
// them.
func New[U any](users auth.Users[U], s Store, cfg Config) *Auth[U] {
	cfg = cfg.withDefaults()
	a := &Auth[U]{users: users, accounts: auth.AccountsOf(users), store: s, cfg: cfg}
	errs := []error{cfg.check(), auth.Validate(s)}
	if auth.IsNil(users) || auth.IsNil(s) {
		errs = append(errs, errors.New("tokenauth: New: users and store must not be nil"))
	}
	a.err = auth.Misconfigured(errors.Join(errs...))
	newHash := sha256.New
	if cfg.SHA512 {
		newHash = sha512.New
	}
	for _, secret := range append([][]byte{cfg.Secret}, cfg.Fallbacks...) {
		a.macs = append(a.macs, signing.NewMACWith(newHash, cfg.Salt, secret))
	}
	a.cfg.Secret, a.cfg.Fallbacks = nil, nil
	backend := carrier.Backend{
		Err: a.err, Verify: a.identify, Recheck: a.recheck, Refusals: refusals,
		Principals: auth.PrincipalType[U](), Accounts: a.accounts, Source: source{s, cfg.Salt},
	}
	a.joined = auth.JoinerOf[store.Token](s, users)
	a.header = carrier.NewHeader(cfg.header(), backend)
	a.cookie = carrier.NewCookie(cfg.Cookie, cfg.CSRF, backend)
	return a
}

// Refusals. All have the same reply; their reasons are for logs and events.
var (
	errForm     = auth.Refuse("token: not of the form that is issued")
	errUnknown  = auth.Refuse("token: unknown")
	errRevoked  = auth.Refuse("token: revoked")
	errExpired  = auth.Refuse("token: expired")
	errNobody   = auth.Refuse("token: the user is gone")
	errInactive = auth.Refuse("token: the user is inactive")

	errOvertaken = auth.Refuse("token: the account was changed while the token was issued")
)

var refusals = []*auth.Error{errForm, errUnknown, errRevoked, errExpired, errNobody, errInactive}

// maxToken is the longest token in bytes that is looked up.
const maxToken = 2048

// Accounts identifies the table of accounts of the users, see [auth.AccountsOf].
func (a *Auth[U]) Accounts() any { return a.accounts }

// Verify checks a token as the authenticators do, and returns its user. A refusal is an
// [*auth.Error].
func (a *Auth[U]) Verify(ctx context.Context, raw string) (user U, row *store.Token, err error) {
	user, found, err := a.verify(ctx, raw)
	if err != nil {
		var nobody U
		return nobody, nil, err
	}
	return user, &found, nil
}

func (a *Auth[U]) verify(ctx context.Context, raw string) (user U, row store.Token, err error) {
	if a.err != nil {
		return user, row, a.err
	}
	if len(raw) > maxToken || !wellFormed(a.cfg.Prefix, raw) {
		return user, row, errForm
	}
	if user, row, err = a.find(ctx, raw); err != nil {
		return user, row, err
	}
	now := a.cfg.Now()
	if a.cfg.TrackUse && now.Sub(row.LastUsed) >= time.Minute {
		if err := a.store.TouchToken(ctx, row.ID, now); err != nil {
			a.cfg.Logger.WarnContext(ctx, "tokenauth: the last use was not recorded", "token", row.ID, "err", err)
		} else {
			row.LastUsed = now
		}
	}
	return user, row, nil
}

// read returns the row with a hash and its active user. The error is [store.ErrNotFound] if there
// is no such row, and a refusal if the row is revoked or has expired.
func (a *Auth[U]) read(ctx context.Context, hash string) (user U, row store.Token, err error) {
	var who auth.Account
	if a.joined != nil {
		row, user, who, err = a.joined.WithUser(ctx, hash)
	} else {
		row, err = a.store.Token(ctx, hash)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return user, row, err
	case err != nil:
		return user, row, auth.Unavailable(err)
	case !row.Revoked.IsZero():
		return user, row, errRevoked
	case !row.Expires.IsZero() && !a.cfg.Now().Before(row.Expires):
		return user, row, errExpired
	}
	if a.joined == nil {
		user, who, err = a.users.ByID(ctx, row.UserID)
	}
	switch {
	case errors.Is(err, store.ErrNotFound) || a.joined != nil && who.ID != row.UserID:
		return user, row, errNobody
	case err != nil:
		return user, row, auth.Unavailable(err)
	case !who.Active:
		return user, row, errInactive
	}
	return user, row, nil
}

// recheck reads the row of a token and its user again. It records no use.
func (a *Auth[U]) recheck(ctx context.Context, id auth.Identity) error {
	if a.err != nil {
		return a.err
	}
	had, ok := id.Credential.(*store.Token)
	if !ok {
		return fmt.Errorf("tokenauth: Recheck: the credential is a %T, want a *store.Token", id.Credential)
	}
	user, row, err := a.read(ctx, had.Hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errUnknown
	case err != nil:
		return err
	case row.UserID != id.UserID:
		return errNobody
	}
	authctx.SetFresh(ctx, user)
	return nil
}

// find looks a token up under the secret, and then under the former ones.
func (a *Auth[U]) find(ctx context.Context, raw string) (user U, row store.Token, err error) {
	for _, mac := range a.macs {
		if user, row, err = a.read(ctx, mac.Hex(raw)); !errors.Is(err, store.ErrNotFound) {
			return user, row, err
		}
	}
	return user, store.Token{}, errUnknown
}

func (a *Auth[U]) identify(r *http.Request, raw string) (auth.Identity, error) {
	user, row, err := a.Verify(r.Context(), raw)
	if err != nil {
		return auth.Identity{}, err
	}
	return auth.Identity{Principal: user, Credential: row, UserID: row.UserID, Accounts: a.accounts, Expires: row.Expires}, nil
}

// Header returns the authenticator of tokens in a header. It is always the same one.
func (a *Auth[U]) Header() auth.Authenticator { return a.header }

// Cookie returns the authenticator of tokens in a cookie, which includes the CSRF check. It is
// always the same one.
func (a *Auth[U]) Cookie() auth.Authenticator { return a.cookie }

// CSRF returns the CSRF check of requests with a token in a cookie.
func (a *Auth[U]) CSRF() *csrf.Protection { return a.cfg.CSRF }

// source identifies a table and the salt of its tokens.
type source struct {
	store Store
	salt  string
}

// List returns a user's tokens that are neither revoked nor expired, the latest
// first.
func (a *Auth[U]) List(ctx context.Context, userID string) ([]store.Token, error) {
	rows, err := a.store.TokensOf(ctx, userID)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	now := a.cfg.Now()
	return slices.DeleteFunc(rows, func(row store.Token) bool {
		return !row.Revoked.IsZero() || !row.Expires.IsZero() && !now.Before(row.Expires)
	}), nil
}

// Revoke ends the token of a user with an id. The error is [store.ErrNotFound] if the user has
// no such token.
func (a *Auth[U]) Revoke(ctx context.Context, userID string, id int64) error {
	err := a.store.RevokeToken(ctx, userID, id, a.cfg.Now())
	if errors.Is(err, store.ErrNotFound) {
		return err
	}
	return auth.Unavailable(err)
}
