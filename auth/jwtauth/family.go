package jwtauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Families is a table of logins. Each has one refresh token that is good now: a used
// one that comes back was stolen, by whom ever used it first or now, and the login
// ends (RFC 9700 §4.14.2). Package store/storetest is the kit for implementations.
//
// A missing row is [store.ErrNotFound] (wrapped or not); any other error means that
// the store is down.
type Families interface {
	// Family returns the row with this id, expired or not.
	Family(ctx context.Context, id string) (store.Family, error)
	// CreateFamily adds a row; [store.ErrExists] if the id is taken.
	CreateFamily(ctx context.Context, row store.Family) error
	// RotateFamily sets Current, Previous, Rotated and Expires of the row with this
	// ID whose Current is row.Previous, in one step, and reports whether there was one.
	RotateFamily(ctx context.Context, row store.Family) (rotated bool, err error)
	// FamiliesOf returns a user's rows, the latest Created first.
	FamiliesOf(ctx context.Context, userID string) ([]store.Family, error)
	// EndFamily removes a row of a user; ErrNotFound if there is none.
	EndFamily(ctx context.Context, userID, id string) error
	// EndFamiliesOf removes a user's rows, except the one with this id, and returns
	// how many they were. An empty id excepts none.
	EndFamiliesOf(ctx context.Context, userID, exceptID string) (int, error)
}

// Refusals of tokens whose login ended.
var (
	errNoFamily = refuse("jwt: no family, which the table of logins goes by")
	errEnded    = refuse("jwt: the login was ended")
	errRetried  = refuse("jwt: the refresh token was used a moment ago")
	errReused   = refuse("jwt: the refresh token was used before: the login is ended")
)

// alive refuses an access token whose login was ended.
func (i *Issuer[U]) alive(ctx context.Context, c *Claims, who auth.Account) error {
	if i.cfg.Families == nil {
		return nil
	}
	if c.Family == "" {
		return errNoFamily
	}
	if i.cfg.StatelessAccess || c.Type == TypeRefresh { // RotateFamily finds out
		return nil
	}
	switch row, err := i.cfg.Families.Family(ctx, c.Family); {
	case errors.Is(err, store.ErrNotFound):
		return errEnded
	case err != nil:
		return auth.Unavailable(err)
	case row.UserID != who.ID:
		return errEnded
	}
	return nil
}

// rotate spends a refresh token for the next one of its family.
func (i *Issuer[U]) rotate(ctx context.Context, c *Claims, next store.Family) error {
	next.ID, next.Previous = c.Family, c.ID
	switch rotated, err := i.cfg.Families.RotateFamily(ctx, next); {
	case err != nil:
		return auth.Unavailable(err)
	case rotated:
		return nil
	}
	have, err := i.cfg.Families.Family(ctx, c.Family)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errEnded
	case err != nil:
		return auth.Unavailable(err)
	case have.Previous == c.ID && max(0, next.Rotated.Sub(have.Rotated)) < i.cfg.Grace: // clocks differ
		return errRetried
	}
	i.cfg.Logger.WarnContext(ctx, "jwtauth: a refresh token was used again, its login is ended", "user", next.UserID, "family", c.Family)
	if err := i.cfg.Families.EndFamily(ctx, have.UserID, c.Family); err != nil && !errors.Is(err, store.ErrNotFound) {
		return auth.Unavailable(err)
	}
	return errReused
}

// Active is a living login in a list for its user.
type Active struct {
	ID      string // for EndOne and EndAll, Claims.Family of its tokens; no credential
	Created time.Time
	Seen    time.Time // when its tokens were last refreshed
	Expires time.Time
}

// List returns a user's living logins, the latest first.
func (i *Issuer[U]) List(ctx context.Context, userID string) ([]Active, error) {
	if err := i.CanEndAll(); err != nil {
		return nil, err
	}
	rows, err := i.cfg.Families.FamiliesOf(ctx, userID)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	var list []Active
	for _, row := range rows {
		if row.Expires.After(i.cfg.Now()) {
			list = append(list, Active{ID: row.ID, Created: row.Created, Seen: row.Rotated, Expires: row.Expires})
		}
	}
	return list, nil
}

// EndOne ends the login of a user that List names so. It is [store.ErrNotFound] if
// there is none: another user's is not found either.
func (i *Issuer[U]) EndOne(ctx context.Context, userID, id string) error {
	if err := i.CanEndAll(); err != nil {
		return err
	}
	err := i.cfg.Families.EndFamily(ctx, userID, id)
	if errors.Is(err, store.ErrNotFound) {
		return err
	}
	return auth.Unavailable(err)
}

// CanEndAll reports as an error, [ErrStateless], that there are no Families.
func (i *Issuer[U]) CanEndAll() error {
	if i.err == nil && i.cfg.Families == nil {
		return errNoFamilies
	}
	return i.err
}

// CanEndOthers describes by name the cookies that EndOthers may return, for a document.
// Its error is what keeps EndOthers from working: [ErrStateless], where tokens are
// neither of Families nor bound to the password.
func (i *Issuer[U]) CanEndOthers() (cookies map[string]string, err error) {
	switch {
	case i.err != nil:
		return nil, i.err
	case i.cfg.BindPassword:
		return i.BeginCookies(), nil
	case i.cfg.Families == nil:
		return nil, errNoEnd
	}
	return nil, nil
}

// EndOthers ends an account's logins but the one that the request was let in with,
// after a change of the password. With BindPassword that one ends, too: a browser
// that keeps its tokens in cookies gets new ones, any other client logs in again. With
// StatelessAccess and without BindPassword, access tokens are good until they expire.
func (i *Issuer[U]) EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	if _, err := i.CanEndOthers(); err != nil {
		return nil, err
	}
	id, _ := auth.FromContext(r.Context())
	claims, ours := id.Credential.(*Claims)
	ours = ours && (id.By == i.cookie || id.By == i.header)
	if i.cfg.Families != nil {
		except := ""
		if ours && !i.cfg.BindPassword {
			except = claims.Family
		}
		if _, err := i.EndAll(r.Context(), who.ID, except); err != nil {
			return nil, err
		}
	}
	if ours && i.cfg.BindPassword && id.By == i.cookie {
		return i.Begin(r, who)
	}
	return nil, nil
}

// EndAll ends a user's logins, except the one with this ID, and returns how many they
// were: logout everywhere. An empty exceptID excepts none; [Claims].Family is that of
// the present one.
func (i *Issuer[U]) EndAll(ctx context.Context, userID, exceptID string) (int, error) {
	if err := i.CanEndAll(); err != nil {
		return 0, err
	}
	n, err := i.cfg.Families.EndFamiliesOf(ctx, userID, exceptID)
	return n, auth.Unavailable(err)
}
