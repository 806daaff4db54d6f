package sessionauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

var (
	secret    = []byte("session-secret-0123456789-0123456789")
	oldSecret = []byte("former-secret-0123456789-0123456789x")
	begun     = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

// site is a service with two users and a clock, and a browser that visits it.
type site struct {
	*testing.T
	db     *memory.DB
	now    time.Time
	auth   *sessionauth.Auth[*store.User]
	jar    map[string]string
	header http.Header
}

func newSite(t *testing.T, cfg sessionauth.Config) *site {
	t.Helper()
	s := &site{T: t, db: memory.New(), now: begun, jar: map[string]string{}, header: http.Header{}}
	for _, name := range []string{"alice", "carol"} {
		if _, err := s.db.Users().Create(t.Context(), store.User{Username: name, Password: "encoded " + name, Active: true, DateJoined: begun}); err != nil {
			t.Fatal(err)
		}
	}
	s.auth = s.build(cfg, s.db.Sessions())
	return s
}

// build makes an Auth of the site's database and clock.
func (s *site) build(cfg sessionauth.Config, sessions sessionauth.Store) *sessionauth.Auth[*store.User] {
	if cfg.Secret == nil {
		cfg.Secret = secret
	}
	cfg.Now = func() time.Time { return s.now }
	cfg.Logger = slog.New(slog.DiscardHandler)
	return sessionauth.New(s.db.Users(), sessions, cfg)
}

func (s *site) request(method string) *http.Request {
	r := httptest.NewRequest(method, "http://site.example/", nil).WithContext(s.Context())
	for name, values := range s.header {
		r.Header[name] = values
	}
	for name, value := range s.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

// store keeps the cookies of a reply.
func (s *site) store(cookies []*http.Cookie, err error) []*http.Cookie {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(s.jar, c.Name)
		} else {
			s.jar[c.Name] = c.Value
		}
	}
	return cookies
}

func (s *site) account(name string) auth.Account {
	s.Helper()
	_, account, err := s.db.Users().ByUsername(s.Context(), name)
	if err != nil {
		s.Fatal(err)
	}
	return account
}

// login logs in and returns the session's cookie.
func (s *site) login(name string) string {
	s.Helper()
	s.store(s.auth.Begin(s.request("POST"), s.account(name)))
	return s.jar["sessionid"]
}

// who says who a GET is from: a name, "nobody", or "gone" if the reply deletes the
// cookie.
func (s *site) who() string { return s.ask(s.auth, "GET") }

func (s *site) ask(a auth.Authenticator, method string) string {
	s.Helper()
	id, err := a.Authenticate(s.request(method))
	refusal, refused := errors.AsType[*auth.Error](err)
	switch {
	case err == nil:
		for _, line := range id.Header["Set-Cookie"] {
			c, err := http.ParseSetCookie(line)
			s.store([]*http.Cookie{c}, err)
		}
		return id.Principal.(*store.User).Username
	case refused:
		return refusal.Msg
	case !errors.Is(err, auth.ErrSkip):
		return err.Error()
	case len(auth.ReplyHeader(err)["Set-Cookie"]) > 0:
		return "gone"
	}
	return "nobody"
}

func (s *site) want(what, got, want string) {
	s.Helper()
	if got != want {
		s.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// rows is the number of sessions.
func (s *site) rows() int {
	s.Helper()
	n, err := s.db.Sessions().Count(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// put keeps a value in the session of the next request.
func (s *site) put(name string, value any) {
	s.Helper()
	r := s.request("PUT")
	session, err := s.auth.Load(r)
	if err != nil {
		s.Fatal(err)
	}
	if err := session.Set(name, value); err != nil {
		s.Fatal(err)
	}
	s.store(s.auth.Save(r, session))
}

// get reads what put kept; empty if there is nothing.
func (s *site) get(name string) string {
	s.Helper()
	session, err := s.auth.Load(s.request("GET"))
	if err != nil {
		s.Fatal(err)
	}
	var value string
	if _, err := session.Get(name, &value); err != nil {
		s.Fatal(err)
	}
	return value
}

// hashed is the key of the row of a cookie.
func hashed(cookie string) string {
	digest := sha256.Sum256([]byte(cookie))
	return base64.RawURLEncoding.EncodeToString(digest[:])[:40]
}

// raw returns the row of a cookie.
func (s *site) raw(cookie string) store.Session {
	s.Helper()
	row, err := s.db.Sessions().Session(s.Context(), hashed(cookie))
	if err != nil {
		s.Fatal(err)
	}
	return row
}

// broken is a store that fails from the moment it is told to.
type broken struct {
	sessionauth.Store
	read, write error
}

func (b *broken) Session(ctx context.Context, key string) (store.Session, error) {
	if b.read != nil {
		return store.Session{}, b.read
	}
	return b.Store.Session(ctx, key)
}

func (b *broken) Create(ctx context.Context, row store.Session) error {
	if b.write != nil {
		return b.write
	}
	return b.Store.Create(ctx, row)
}

func (b *broken) Touch(ctx context.Context, row store.Session) error {
	if b.write != nil {
		return b.write
	}
	return b.Store.Touch(ctx, row)
}

func (b *broken) Delete(ctx context.Context, key string) error {
	if b.write != nil {
		return b.write
	}
	return b.Store.Delete(ctx, key)
}

func noCSRF() sessionauth.Config { return sessionauth.Config{InsecureNoCSRF: true} }

func trusting(origin string) sessionauth.Config {
	return sessionauth.Config{CSRF: csrf.New(csrf.Config{TrustedOrigins: []string{origin}})}
}
