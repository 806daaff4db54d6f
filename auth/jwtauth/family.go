package jwtauth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Families is a table of logins. A login has one valid refresh token. If a used one comes again,
// two clients have it, one of which has stolen it, so the login ends (RFC 9700 §4.14.2).
// Package store/storetest tests implementations.
//
// The error for a missing row is [store.ErrNotFound], wrapped or not; any other error means
// that the store is down.
type Families interface {
	// Family returns the row with this id, expired or not.
	Family(ctx context.Context, id string) (store.Family, error)
	// CreateFamily adds a row; [store.ErrExists] if the id is taken.
	CreateFamily(ctx context.Context, row store.Family) error
	// RotateFamily sets Current, Previous, Bound, Rotated and Expires of the row with this ID
	// if its Current is row.Previous and its Bound is row.Bound or empty. It does so in one
	// step, and reports whether there was such a row.
	RotateFamily(ctx context.Context, row store.Family) (rotated bool, err error)
	// RebindFamilies sets Bound to bound in the rows of a user whose Bound is old.
	RebindFamilies(ctx context.Context, userID, old, bound string) error
	// FamiliesOf returns a user's rows, the latest Created first.
	FamiliesOf(ctx context.Context, userID string) ([]store.Family, error)
	// EndFamily removes a row of a user; ErrNotFound if there is none.
	EndFamily(ctx context.Context, userID, id string) error
	// EndFamiliesOf removes the rows of a user except the one with this id, and returns the
	// ids of the removed rows. An empty id excepts none.
	EndFamiliesOf(ctx context.Context, userID, exceptID string) (ids []string, err error)
}

// Refusals of tokens by their logins.
var (
	errNoFamily = refuse("jwt: no family, which the table of logins needs")
	errEnded    = refuse("jwt: the login was ended")
	errOver     = refuse("jwt: the login is older than LoginLifetime")
	errRepeated = refuseWith(auth.Error{
		Status: http.StatusConflict, Msg: "The refresh token was exchanged a moment ago", Code: "refresh_repeated",
	}, "jwt: the refresh token was used a moment ago")
	errReused = refuse("jwt: the refresh token was used before: the login is ended")
)

// RefreshErrors returns the errors of [Issuer.Refresh] and [Issuer.Renew] besides 401 and 503,
// for the Errors of an operation that calls one of them. With [Config].Families it is a 409
// with the code refresh_repeated, unless Grace is negative.
func (i *Issuer[U]) RefreshErrors() []error {
	if i.cfg.Families == nil || i.cfg.Grace < 0 {
		return nil
	}
	return []error{errRepeated}
}

// readsLogin reports whether a token is checked against the row of its login. For a refresh token
// renew does it.
func (i *Issuer[U]) readsLogin(c *Claims) bool {
	return i.cfg.Families != nil && !i.cfg.StatelessAccess && c.Type != TypeRefresh
}

// alive refuses an access token whose login has ended. row is that of the login; nil: it was not
// read yet.
func (i *Issuer[U]) alive(ctx context.Context, c *Claims, who auth.Account, row *store.Family) (err error) {
	switch {
	case i.cfg.Families != nil && c.Family == "":
		return errNoFamily
	case !i.readsLogin(c):
		return nil
	case row != nil:
		return i.checkLogin(row, who)
	}
	_, err = i.login(ctx, c, who)
	return err
}

// login returns the row of the login of a token. It refuses the token if the login has ended.
func (i *Issuer[U]) login(ctx context.Context, c *Claims, who auth.Account) (store.Family, error) {
	row, err := i.cfg.Families.Family(ctx, c.Family)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return row, errEnded
	case err != nil:
		return row, auth.Unavailable(err)
	}
	return row, i.checkLogin(&row, who)
}

// checkLogin refuses tokens of a login that has ended.
func (i *Issuer[U]) checkLogin(row *store.Family, who auth.Account) error {
	switch {
	case row.UserID != who.ID:
		return errEnded
	case row.Bound != "" && row.Bound != i.fingerprint(who):
		return errUnbound
	case i.cfg.over(*row):
		return errOver
	}
	return nil
}

// loginEnd returns when a login ends, however often it is refreshed; false: never.
func (cfg *Config) loginEnd(row store.Family) (time.Time, bool) {
	return row.Created.Add(cfg.LoginLifetime), cfg.LoginLifetime > 0
}

func (cfg *Config) over(row store.Family) bool {
	end, ends := cfg.loginEnd(row)
	return ends && !end.After(cfg.Now())
}

// fingerprint returns what the login of an account is bound to. It is empty for an account that
// a [ByClaims] found and that has no password.
func (i *Issuer[U]) fingerprint(who auth.Account) string {
	if i.claims != nil && who.Password == "" {
		return ""
	}
	return store.Fingerprint(who.Password)
}

// firstBound returns what a new login is bound to. The caller may not know the password of the
// account, for example in a login by another provider.
func (i *Issuer[U]) firstBound(ctx context.Context, who auth.Account) (string, error) {
	if i.claims != nil {
		return "", nil // the account of the claims is found when the token comes back
	}
	if who.Password == "" {
		_, now, err := i.users.ByID(ctx, i.cfg.Subject(who))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return "", nil // the tokens will be refused
		case err != nil:
			return "", auth.Unavailable(err)
		}
		who = now
	}
	return i.fingerprint(who), nil
}

// renew exchanges the refresh token of a login for the next pair.
func (i *Issuer[U]) renew(ctx context.Context, c *Claims, who auth.Account) (Pair, error) {
	row, err := i.present(ctx, c, who)
	if err != nil {
		return Pair{}, err
	}
	pair, next, err := i.issue(ctx, who, row) // before the old one is spent
	if err != nil {
		return Pair{}, err
	}
	next.Previous, next.Bound = c.ID, i.fingerprint(who)
	switch rotated, err := i.cfg.Families.RotateFamily(ctx, next); {
	case err != nil:
		return Pair{}, auth.Unavailable(err)
	case rotated:
		return pair, nil
	}
	if _, err = i.present(ctx, c, who); err == nil {
		err = errUnbound // it was bound to another password, and is to this one again
	}
	return Pair{}, err
}

// present returns the row of the login of a refresh token, if the token is the valid one. A
// token that was used before ends the login, unless it was used within Grace.
func (i *Issuer[U]) present(ctx context.Context, c *Claims, who auth.Account) (store.Family, error) {
	row, err := i.login(ctx, c, who)
	switch {
	case err != nil || row.Current == c.ID:
		return row, err
	case row.Previous == c.ID && max(0, i.cfg.Now().Sub(row.Rotated)) < i.cfg.Grace: // clocks differ
		return row, errRepeated
	}
	i.cfg.Logger.WarnContext(ctx, "jwtauth: a refresh token was used again, and its login was ended", "user", row.UserID, "family", c.Family)
	if err := i.cfg.Families.EndFamily(ctx, row.UserID, c.Family); err != nil && !errors.Is(err, store.ErrNotFound) {
		return row, auth.Unavailable(err)
	}
	return row, errReused
}

// Active is a login in a list for its user.
type Active struct {
	ID      string // for EndOne and EndAll, and Claims.Family of its tokens; it is not a credential
	Created time.Time
	Seen    time.Time // when its tokens were last refreshed
	Expires time.Time
}

// List returns the logins of a user that have not ended, the latest first.
func (i *Issuer[U]) List(ctx context.Context, userID string) ([]Active, error) {
	if err := i.CanEndAll(); err != nil {
		return nil, err
	}
	rows, err := i.cfg.Families.FamiliesOf(ctx, userID)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	bound := ""
	if i.claims == nil && i.byID && len(rows) > 0 {
		_, who, err := i.users.ByID(ctx, userID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, auth.Unavailable(err)
		}
		bound = i.fingerprint(who)
	}
	var list []Active
	for _, row := range rows {
		dead := bound != "" && row.Bound != "" && row.Bound != bound
		if !dead && row.Expires.After(i.cfg.Now()) && !i.cfg.over(row) {
			list = append(list, Active{ID: row.ID, Created: row.Created, Seen: row.Rotated, Expires: row.Expires})
		}
	}
	return list, nil
}

// EndOne ends the login of a user with an ID from List. The error is [store.ErrNotFound] if the
// user has no such login.
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

// CanEndAll returns the reason why EndAll cannot work, such as [ErrStateless]; nil: it can.
func (i *Issuer[U]) CanEndAll() error {
	if i.err == nil && i.cfg.Families == nil {
		return errNoFamilies
	}
	return i.err
}

// CanEndOthers describes by name the cookies that EndOthers may return, for the document. Its
// error is the reason why EndOthers cannot work; nil: it can. It is [ErrStateless] if there
// are neither Families nor BindPassword.
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

// EndOthers ends the logins of an account, after a change of the password, except that of the
// request. With BindPassword the tokens of the request end as well: a browser with tokens in
// cookies gets new ones, and any other client has to log in again. With StatelessAccess and
// without BindPassword, access tokens remain valid until they expire.
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
		if err := i.rebind(r.Context(), who, except); err != nil {
			return nil, err
		}
	}
	if ours && i.cfg.BindPassword && id.By == i.cookie {
		return i.Begin(r, who)
	}
	return nil, nil
}

// RebindLogins keeps the logins of a user valid after the encoding old of the password was
// replaced by another encoding of the same password. Without [Config].Families there is
// nothing to do.
func (i *Issuer[U]) RebindLogins(ctx context.Context, userID, old, encoded string) error {
	if i.err != nil || i.cfg.Families == nil {
		return i.err
	}
	return auth.Unavailable(i.cfg.Families.RebindFamilies(ctx, userID, store.Fingerprint(old), store.Fingerprint(encoded)))
}

// rebind binds a login of an account to its present password. It does nothing if id is empty.
func (i *Issuer[U]) rebind(ctx context.Context, who auth.Account, id string) error {
	if id == "" {
		return nil
	}
	row, err := i.cfg.Families.Family(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (row.UserID != who.ID || row.Bound == ""):
		return nil
	case err == nil:
		err = i.cfg.Families.RebindFamilies(ctx, who.ID, row.Bound, i.fingerprint(who))
	}
	return auth.Unavailable(err)
}

// EndAll ends the logins of a user except the one with this ID, and returns how many it ended.
// An empty exceptID excepts none; [Claims].Family is the ID of the present one.
func (i *Issuer[U]) EndAll(ctx context.Context, userID, exceptID string) (int, error) {
	if err := i.CanEndAll(); err != nil {
		return 0, err
	}
	ended, err := i.cfg.Families.EndFamiliesOf(ctx, userID, exceptID)
	return len(ended), auth.Unavailable(err)
}
