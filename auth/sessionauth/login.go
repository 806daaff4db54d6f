package sessionauth

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/store"
)

// Begin begins the session of an account whose password was checked, and returns the cookies
// that the reply must set: that of the session, and that of a new CSRF secret
// (contrib/auth/__init__.py:login).
//
// The session has a new key and a new lifetime; a key that the client chose is never used. It
// keeps the data of the request's session if that is anonymous or belongs to the same user
// and password, and drops the data otherwise. An inactive account is refused with an
// *auth.Error.
func (a *Auth[U]) Begin(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	if a.err != nil {
		return nil, a.err
	}
	if who.ID == "" || !who.Active {
		return nil, auth.Refuse("sessionauth: Begin: the account is inactive or has no id")
	}
	s, err := a.Load(r)
	if err != nil {
		return nil, err
	}
	if s.UserID() != "" && (s.UserID() != who.ID || a.boundTo(s, who) < 0) {
		s.data = nil
	}
	s.row.Created = time.Time{} // set when the row is written: the login is now
	s.data.setText(keyUserID, who.ID)
	s.data.setText(keyBackend, a.cfg.Backends[0])
	s.data.setText(keyHash, a.hashes[0].Hex(who.Password))
	cookies, err := a.rotateCSRF(r, s)
	if err != nil {
		return nil, err
	}
	if err := a.begin(r.Context(), s); err != nil {
		return nil, auth.Unavailable(err)
	}
	return append(cookies, a.cookie(s)), nil
}

// begin writes the session of a login, and records the login. If the old row was removed meanwhile,
// the login gets a new one, because its password was just checked.
func (a *Auth[U]) begin(ctx context.Context, s *Session) error {
	place := a.place
	if a.logins != nil {
		place = a.logins.Login
	}
	err := a.move(ctx, s, place)
	if errors.Is(err, store.ErrNotFound) {
		s.row = store.Session{}
		err = a.move(ctx, s, place)
	}
	if err == nil && a.logins == nil {
		a.recordLogin(ctx, s.UserID())
	}
	return err
}

// rotateCSRF makes a new CSRF secret: in a cookie, or in the session itself.
func (a *Auth[U]) rotateCSRF(r *http.Request, s *Session) ([]*http.Cookie, error) {
	if a.csrf == nil {
		return nil, nil
	}
	if !a.csrf.InSession() {
		return a.csrf.Rotate(r)
	}
	secret, err := a.csrf.NewSecret()
	if err == nil {
		s.data.setText(keyCSRF, secret)
	}
	return nil, err
}

func (a *Auth[U]) recordLogin(ctx context.Context, id string) {
	users, ok := a.users.(LoginRecorder)
	if !ok {
		return
	}
	if err := users.SetLastLogin(ctx, id, a.cfg.Now()); err != nil {
		a.logger().WarnContext(ctx, "sessionauth: a login was not recorded", "user", id, "err", err)
	}
}

// End logs out: it removes the session of the request with all its data, and returns a cookie
// that makes the browser delete the session's. If the request has no session cookie, there is
// nothing to do.
func (a *Auth[U]) End(r *http.Request) ([]*http.Cookie, error) {
	if a.err != nil {
		return nil, a.err
	}
	value, found := cookie.Last(r.Header, a.cfg.Cookie.Name)
	if !found {
		return nil, nil
	}
	if wellFormed(value) {
		if err := a.store.Delete(r.Context(), a.rowKey(value)); err != nil {
			return nil, auth.Unavailable(err)
		}
	}
	return []*http.Cookie{a.deletion()}, nil
}

// Keep binds the session of the request to the new password of the account, under a new key,
// and returns its cookie. It is for the session in which the password was changed
// (update_session_auth_hash); all others end. The error is an *auth.Error, a 401, if the
// session has ended or belongs to another user.
func (a *Auth[U]) Keep(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	s, err := a.Load(r)
	if err != nil {
		return nil, err
	}
	if s.UserID() == "" || s.UserID() != who.ID {
		return nil, &auth.Error{Err: ErrEnded}
	}
	s.data.setText(keyHash, a.hashes[0].Hex(who.Password))
	if err := a.move(r.Context(), s, a.place); err != nil {
		return nil, a.ended(err)
	}
	return []*http.Cookie{a.cookie(s)}, nil
}

// BeginCookies describes the cookies of [Auth.Begin] by name, for the document.
func (a *Auth[U]) BeginCookies() map[string]string {
	names := a.CookieNames()
	maps.Copy(names, a.csrf.CookieNames())
	return names
}

// CookieNames describes the cookie of a session by name, for the document.
func (a *Auth[U]) CookieNames() map[string]string {
	return map[string]string{a.cfg.Cookie.Name: a.cfg.Cookie.SchemeDescription}
}

// CanEndOthers describes by name the cookie that EndOthers may return, for the document. Its
// error is the reason why EndOthers cannot work; nil: it can.
func (a *Auth[U]) CanEndOthers() (cookies map[string]string, err error) {
	return a.CookieNames(), a.err
}

// CanEndAll returns the reason why EndAll cannot work; nil: it can.
func (a *Auth[U]) CanEndAll() error { return a.err }

// EndOthers ends the sessions of an account, after a change of the password, except that of the
// request. That one goes on under a new key, whose cookie is returned, see [Auth.Keep]. If
// the request has no session of the account, all of them end.
func (a *Auth[U]) EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	s, err := a.Load(r)
	if err != nil {
		return nil, err
	}
	var cookies []*http.Cookie
	except := ""
	if s.UserID() == who.ID && who.ID != "" {
		s.data.setText(keyHash, a.hashes[0].Hex(who.Password))
		err := a.move(r.Context(), s, a.place)
		switch {
		case err == nil:
			cookies, except = []*http.Cookie{a.cookie(s)}, s.row.Key
		case !errors.Is(err, store.ErrNotFound): // it was ended meanwhile
			return nil, auth.Unavailable(err)
		}
	}
	_, err = a.store.DeleteByUser(r.Context(), who.ID, except)
	return cookies, auth.Unavailable(err)
}

// Active is a session in a list for its user.
type Active struct {
	ID      string // for EndOne and EndAll; it is not a credential
	Created time.Time
	Seen    time.Time // the last recorded use, see Config.Idle
	Expires time.Time
}

// List returns the sessions of a user that have not ended, the latest first. A session that a
// Django site began is among them once it was used here.
func (a *Auth[U]) List(ctx context.Context, userID string) ([]Active, error) {
	if a.err != nil {
		return nil, a.err
	}
	rows, err := a.store.ByUser(ctx, userID)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	var list []Active
	for _, row := range rows {
		if s, err := a.decode("", row); err == nil {
			list = append(list, Active{ID: s.ID(), Created: row.Created, Seen: row.Seen, Expires: s.Expires()})
		}
	}
	return list, nil
}

// EndOne ends the session of a user with an ID from List. The error is [store.ErrNotFound] if
// the user has no such session.
func (a *Auth[U]) EndOne(ctx context.Context, userID, id string) error {
	key, err := a.keyOf(ctx, userID, id)
	if err != nil {
		return err
	}
	if key == "" {
		return store.ErrNotFound
	}
	return auth.Unavailable(a.store.Delete(ctx, key))
}

// EndAll ends the sessions of a user except the one with this ID, and returns how many it
// ended. An empty exceptID excepts none; [Session.ID] is the ID of the present one. Sessions
// of a Django site that were never used here are not found; a change of the password ends
// them.
func (a *Auth[U]) EndAll(ctx context.Context, userID, exceptID string) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	except := ""
	if exceptID != "" {
		var err error
		if except, err = a.keyOf(ctx, userID, exceptID); err != nil {
			return 0, err
		}
	}
	ended, err := a.store.DeleteByUser(ctx, userID, except)
	return len(ended), auth.Unavailable(err)
}

// keyOf returns the key of a user's row by its public name; empty: there is none.
func (a *Auth[U]) keyOf(ctx context.Context, userID, id string) (string, error) {
	if a.err != nil {
		return "", a.err
	}
	rows, err := a.store.ByUser(ctx, userID)
	if err != nil {
		return "", auth.Unavailable(err)
	}
	for _, row := range rows {
		if publicID(row.Key) == id {
			return row.Key, nil
		}
	}
	return "", nil
}

// inSession keeps the secret of a csrf.Protection in the session.
type inSession[U any] struct{ auth *Auth[U] }

// CSRFSecret returns the secret of the session of a request; empty: it has none.
func (i inSession[U]) CSRFSecret(r *http.Request) (string, error) {
	s, err := i.auth.Load(r)
	if err != nil {
		return "", err
	}
	return s.data.text(keyCSRF), nil
}

// CookieNames describes the cookie of the session.
func (i inSession[U]) CookieNames() map[string]string { return i.auth.CookieNames() }

// SetCSRFSecret stores a secret in the session of a request, and makes one if there is none.
func (i inSession[U]) SetCSRFSecret(r *http.Request, secret string) ([]*http.Cookie, error) {
	s, err := i.auth.Load(r)
	if err != nil {
		return nil, err
	}
	if err := s.Set(keyCSRF, secret); err != nil {
		return nil, err
	}
	return i.auth.Save(r, s)
}
