package sessionauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/store"
)

// ErrEnded means that a session ended while it was in use, by a logout for example. What was to
// be written is dropped.
var ErrEnded = errors.New("sessionauth: the session ended meanwhile")

// Session is the session of a request. [Auth.Save] writes its changes. It is not safe for
// concurrent use.
type Session struct {
	value string // of the cookie; empty: the session was not written yet
	row   store.Session
	data  data
	wrote time.Time // when the data was signed; zero: it was not
	dirty bool
	stale bool // the request has the cookie of a session that has ended
}

// ID returns the ID of the session in [Auth.List]. It is not a credential. Empty: the session
// was not written yet.
func (s *Session) ID() string {
	if s.row.Key == "" {
		return ""
	}
	return publicID(s.row.Key)
}

// UserID returns the id of the user who logged in; empty: the session is anonymous. It is the
// id that was signed at the login. [Auth.Identify] checks that the user still exists, is
// active and has the same password.
func (s *Session) UserID() string { return s.data.text(keyUserID) }

// Created returns when the login, or the anonymous visit, began.
func (s *Session) Created() time.Time { return s.row.Created }

// Expires returns when the session ends, unless it is used or written before.
func (s *Session) Expires() time.Time { return s.row.Expires }

// LogValue implements [slog.LogValuer]. It leaves out the key and the data.
func (s *Session) LogValue() slog.Value {
	if s == nil {
		return slog.StringValue("no session")
	}
	return slog.GroupValue(slog.String("id", s.ID()), slog.String("user", s.UserID()), slog.Time("expires", s.Expires()))
}

// String returns what LogValue logs.
func (s *Session) String() string { return s.LogValue().String() }

// Get decodes the value with a name into the variable that into points to, as json.Unmarshal
// does, and reports whether there is such a value.
func (s *Session) Get(name string, into any) (bool, error) {
	raw, ok := s.data.raw(name)
	if !ok {
		return false, nil
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return true, fmt.Errorf("sessionauth: session value %q: %w", name, err)
	}
	return true, nil
}

// Set sets the value with a name to anything that json.Marshal accepts. It refuses the names
// that [Auth.Begin] sets.
func (s *Session) Set(name string, value any) error {
	switch name {
	case keyUserID, keyBackend, keyHash:
		return fmt.Errorf("sessionauth: session value %q: only Begin sets it", name)
	}
	if err := s.data.set(name, value); err != nil {
		return err
	}
	s.dirty = true
	return nil
}

// Delete deletes the value with a name. It ignores the names that Set refuses.
func (s *Session) Delete(name string) {
	switch name {
	case keyUserID, keyBackend, keyHash:
	default:
		s.dirty = s.data.remove(name) || s.dirty
	}
}

// Load returns the session of a request, or an empty one if there is none. It does not look
// for the user.
func (a *Auth[U]) Load(r *http.Request) (*Session, error) {
	if a.err != nil {
		return nil, a.err
	}
	value, found := cookie.Last(r.Header, a.cfg.Cookie.Name)
	if !found {
		return &Session{}, nil
	}
	s, err := a.read(r.Context(), value)
	if errors.Is(err, store.ErrNotFound) {
		return &Session{stale: true}, nil // a key that the client chose is never used
	}
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	return s, nil
}

// Save writes a session that was changed, and returns the cookies that the reply must set, if
// any. The error is an *auth.Error, a 401, with the cause [ErrEnded] if the session has ended
// since it was loaded.
func (a *Auth[U]) Save(r *http.Request, s *Session) ([]*http.Cookie, error) {
	if a.err != nil {
		return nil, a.err
	}
	switch {
	case !s.dirty && s.stale:
		return []*http.Cookie{a.deletion()}, nil
	case !s.dirty:
		return nil, nil
	case s.value == "":
		if err := a.move(r.Context(), s, a.place); err != nil {
			return nil, auth.Unavailable(err)
		}
		return []*http.Cookie{a.cookie(s)}, nil
	}
	if err := a.update(r.Context(), s); err != nil {
		return nil, a.ended(err)
	}
	return []*http.Cookie{a.cookie(s)}, nil
}

func (a *Auth[U]) ended(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &auth.Error{Err: ErrEnded}
	}
	return auth.Unavailable(err)
}

// open reads the session of a cookie, and its user if the store can read both at once.
func (a *Auth[U]) open(ctx context.Context, value string) (s *Session, user U, account auth.Account, err error) {
	if a.joined == nil {
		s, err = a.read(ctx, value)
		return s, user, account, err
	}
	if !wellFormed(value) {
		return nil, user, account, store.ErrNotFound
	}
	row, user, account, err := a.joined.WithUser(ctx, a.rowKey(value))
	if err == nil {
		s, err = a.decode(value, row)
	}
	return s, user, account, err
}

// read reads the session of a cookie. store.ErrNotFound: it has ended.
func (a *Auth[U]) read(ctx context.Context, value string) (*Session, error) {
	if !wellFormed(value) {
		return nil, store.ErrNotFound
	}
	row, err := a.store.Session(ctx, a.rowKey(value))
	if err != nil {
		return nil, err
	}
	return a.decode(value, row)
}

// decode reads a row. Data that no key has signed, or that cannot be read, is ignored
// (SessionBase.decode). The row is kept, because a program with another secret may be able to
// read it.
func (a *Auth[U]) decode(value string, row store.Session) (*Session, error) {
	now := a.cfg.Now()
	if !row.Expires.After(now) {
		return nil, store.ErrNotFound
	}
	s := &Session{value: value, row: row}
	if payload, err := a.signer.Load(row.Data); err == nil {
		s.data, _ = parseData(payload)
		s.wrote, _ = signing.Time(row.Data)
	}
	if s.row.Expires = a.end(s); !s.row.Expires.After(now) {
		return nil, store.ErrNotFound
	}
	return s, nil
}

// end returns when a session ends if it is neither used nor written: the earliest of the time
// in its row, Lifetime and Idle. The row alone does not suffice, because Django or a process
// with other settings may have written it.
func (a *Auth[U]) end(s *Session) time.Time {
	end := a.limit(s.row.Expires, s.row)
	if a.cfg.Idle == 0 || s.row.Seen.IsZero() || s.wrote.IsZero() {
		return end
	}
	used := s.row.Seen
	if s.wrote.After(used) {
		used = s.wrote // by Django
	}
	return earlier(end, earlier(used.Add(a.cfg.Idle), a.lastEnd(s)))
}

// lastEnd returns when a session ends unless it is written again, however often it is used.
// The time of the last write is part of the signed data.
func (a *Auth[U]) lastEnd(s *Session) time.Time {
	end, _ := a.expiry(s, s.wrote)
	return a.limit(end, s.row)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// update writes a session that has a row.
func (a *Auth[U]) update(ctx context.Context, s *Session) error {
	row := a.encode(s)
	if err := a.store.Update(ctx, row); err != nil {
		return err
	}
	s.written(row)
	return nil
}

// place adds a row, and removes the one with the key old if there is one.
func (a *Auth[U]) place(ctx context.Context, old string, row store.Session) error {
	if old == "" {
		return a.store.Create(ctx, row)
	}
	return a.store.Replace(ctx, old, row)
}

// move writes a session under a new key by place, and removes the old row if there is one.
// store.ErrNotFound: the old row is gone. If a key is taken it tries another one, but not for
// ever: keys have 165 bits, so the source of randomness is broken then.
func (a *Auth[U]) move(ctx context.Context, s *Session, place func(ctx context.Context, old string, row store.Session) error) error {
	old := s.row.Key
	for range 3 {
		value, err := newKey(a.cfg.Rand)
		if err != nil {
			return err
		}
		s.row.Key = a.rowKey(value)
		row := a.encode(s)
		if err = place(ctx, old, row); errors.Is(err, store.ErrExists) {
			continue
		}
		if err != nil {
			s.row.Key = old
			return err
		}
		s.value = value
		s.written(row)
		return nil
	}
	s.row.Key = old
	return errors.New("sessionauth: three new keys were taken; is Config.Rand random?")
}

func (s *Session) written(row store.Session) {
	row.Data = ""
	s.row, s.wrote, s.dirty, s.stale = row, row.Seen, false, false
}

// encode returns the row of a session that is written now.
func (a *Auth[U]) encode(s *Session) store.Session {
	now := a.cfg.Now()
	row := s.row
	if row.Created.IsZero() {
		row.Created = now
	}
	row.UserID, row.Seen = s.UserID(), now
	row.Data = a.signer.Dump(s.data.encode(), now)
	row.Expires, _ = a.expiry(s, now)
	if a.cfg.Idle > 0 {
		row.Expires = earlier(row.Expires, now.Add(a.cfg.Idle))
	}
	row.Expires = a.limit(row.Expires, row)
	return row
}

// expiry returns when a session that is written now expires, and whether its cookie ends with
// the browser. A session may have an expiry of its own, in seconds or as a time
// (SessionBase.get_expiry_age, get_expire_at_browser_close).
func (a *Auth[U]) expiry(s *Session, now time.Time) (expires time.Time, untilClose bool) {
	byDefault := now.Add(a.cfg.Age)
	raw, ok := s.data.raw(keyExpiry)
	if !ok {
		return byDefault, a.cfg.UntilBrowserCloses
	}
	if seconds, err := strconv.ParseInt(raw, 10, 32); err == nil {
		if seconds == 0 {
			return byDefault, true
		}
		return now.Add(time.Duration(seconds) * time.Second), false
	}
	text := s.data.text(keyExpiry)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} { // isoformat, with and without a zone
		if at, err := time.Parse(layout, text); err == nil {
			return at, false
		}
	}
	return byDefault, a.cfg.UntilBrowserCloses
}

func (a *Auth[U]) logger() *slog.Logger {
	if a.cfg.Logger != nil {
		return a.cfg.Logger
	}
	return slog.Default()
}
