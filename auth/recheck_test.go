package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// readOnly counts what a recheck must not do.
type readOnly struct {
	sessionauth.Store
	writes int
	down   bool
}

func (s *readOnly) Session(ctx context.Context, key string) (store.Session, error) {
	if s.down {
		return store.Session{}, errors.New("10.0.0.1 is down")
	}
	return s.Store.Session(ctx, key)
}

func (s *readOnly) Touch(ctx context.Context, row store.Session) error {
	s.writes++
	return s.Store.Touch(ctx, row)
}

func (s *readOnly) Update(ctx context.Context, row store.Session) error {
	s.writes++
	return s.Store.Update(ctx, row)
}

func (s *readOnly) Delete(ctx context.Context, key string) error {
	s.writes++
	return s.Store.Delete(ctx, key)
}

type readOnlyTokens struct {
	tokenauth.Store
	writes int
}

func (s *readOnlyTokens) TouchToken(ctx context.Context, id int64, at time.Time) error {
	s.writes++
	return s.Store.TouchToken(ctx, id, at)
}

// countedLimit is a limit of password attempts.
type countedLimit struct{ counts int }

func (l *countedLimit) Count(context.Context, string) error  { l.counts++; return nil }
func (l *countedLimit) Refund(context.Context, string) error { return nil }
func (l *countedLimit) Refusals() ([]auth.Refusal, error)    { return nil, nil }
func withCookies(r *http.Request, cs []*http.Cookie) *http.Request {
	for _, c := range cs {
		r.AddCookie(c)
	}
	return r
}

var recheckSecret = []byte(strings.Repeat("k", 40))

// backends is one user with a credential of every kind.
type backends struct {
	db       *memory.DB
	now      time.Time
	sessions *readOnly
	tokens   *readOnlyTokens
	hashes   int
	limit    countedLimit

	session *sessionauth.Auth[*store.User]
	jwt     *jwtauth.Issuer[*store.User]
	keys    *tokenauth.Auth[*store.User]
	basic   *basicauth.Auth[*store.User]
	who     auth.Account
}

func newBackends(t *testing.T) *backends {
	t.Helper()
	b := &backends{db: memory.New(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	clock := func() time.Time { return b.now }
	if _, err := b.db.Users().Create(t.Context(), store.User{Username: "alice", Password: "encoded", Active: true}); err != nil {
		t.Fatal(err)
	}
	b.sessions, b.tokens = &readOnly{Store: b.db.Sessions()}, &readOnlyTokens{Store: b.db.Tokens()}
	b.session = sessionauth.New(b.db.Users(), sessionauth.Store(b.sessions), sessionauth.Config{Secret: recheckSecret, Idle: time.Hour, Now: clock})
	b.jwt = jwtauth.New(b.db.Users(), jwtauth.Config{Secret: recheckSecret, Families: b.db.Families(), Now: clock})
	b.keys = tokenauth.New(b.db.Users(), tokenauth.Store(b.tokens), tokenauth.Config{Secret: recheckSecret, TrackUse: true, Now: clock})
	b.basic = basicauth.NewAccounts(func(ctx context.Context, name, _ string) (*store.User, auth.Account, error) {
		b.hashes++
		return b.db.Users().ByUsername(ctx, name)
	}, basicauth.Config{Accounts: b.db.Users(), Limit: &b.limit})
	var err error
	if _, b.who, err = b.db.Users().ByUsername(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	return b
}

// request returns a GET with a credential of a kind.
func (b *backends) request(t *testing.T, kind string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("GET", "https://api.example/", http.NoBody).WithContext(t.Context())
	var err error
	var cookies []*http.Cookie
	switch kind {
	case "session":
		cookies, err = b.session.Begin(r, b.who)
	case "jwt cookie":
		cookies, err = b.jwt.Begin(r, b.who)
	case "jwt":
		var pair jwtauth.Pair
		pair, err = b.jwt.Issue(t.Context(), b.who)
		r.Header.Set("Authorization", "Bearer "+pair.Access)
	case "token", "token cookie":
		var raw string
		raw, _, err = b.keys.Issue(t.Context(), b.who, tokenauth.Grant{})
		if r.Header.Set("X-API-Token", raw); kind == "token cookie" {
			r.Header = http.Header{"Cookie": {"token=" + raw}}
		}
	case "basic":
		r.SetBasicAuth("alice", "secret")
	}
	if err != nil {
		t.Fatal(err)
	}
	return withCookies(r, cookies)
}

// TestRecheck ends a credential of each kind in each way in which it can end, and
// observes that a recheck of a good one neither writes nor hashes nor counts.
func TestRecheck(t *testing.T) {
	kinds := map[string]func(*backends) auth.Authenticator{
		"session":      func(b *backends) auth.Authenticator { return b.session },
		"jwt":          func(b *backends) auth.Authenticator { return b.jwt.Header() },
		"jwt cookie":   func(b *backends) auth.Authenticator { return b.jwt.Cookie() },
		"token":        func(b *backends) auth.Authenticator { return b.keys.Header() },
		"token cookie": func(b *backends) auth.Authenticator { return b.keys.Cookie() },
		"basic":        func(b *backends) auth.Authenticator { return b.basic },
	}
	logout := map[string]func(*backends, context.Context) (int, error){
		"session":    func(b *backends, ctx context.Context) (int, error) { return b.session.EndAll(ctx, "1", "") },
		"jwt":        func(b *backends, ctx context.Context) (int, error) { return b.jwt.EndAll(ctx, "1", "") },
		"jwt cookie": func(b *backends, ctx context.Context) (int, error) { return b.jwt.EndAll(ctx, "1", "") },
		"token":      func(b *backends, ctx context.Context) (int, error) { return b.keys.EndAll(ctx, "1", "") },
	}
	logout["token cookie"] = logout["token"]
	for kind, of := range kinds {
		for _, wrapped := range []struct {
			name string
			wrap func(auth.Authenticator) auth.Authenticator
		}{
			{"alone", func(a auth.Authenticator) auth.Authenticator { return a }},
			{"AnyOf", func(a auth.Authenticator) auth.Authenticator { return auth.AnyOf(fails("x", auth.ErrSkip), a) }},
			{"AllOf", func(a auth.Authenticator) auth.Authenticator {
				return auth.AllOf(csrf.CrossOrigin(csrf.CrossOriginConfig{}), a)
			}},
			{"Optional", func(a auth.Authenticator) auth.Authenticator { return auth.Optional(auth.Fallthrough(a)) }},
			{"Narrow", func(a auth.Authenticator) auth.Authenticator {
				return auth.Narrow(a, func(_ context.Context, u *store.User) (*store.User, error) { return u, nil })
			}},
		} {
			for _, end := range []struct {
				name  string
				do    func(*backends, context.Context) error
				fails bool
			}{
				{"nothing", func(*backends, context.Context) error { return nil }, false},
				{"logout", func(b *backends, ctx context.Context) error { _, err := logout[kind](b, ctx); return err }, true},
				{"inactive", func(b *backends, ctx context.Context) error { return b.db.Users().SetActive(ctx, "1", false) }, true},
				{"password", func(b *backends, ctx context.Context) error { return b.db.Users().SetPassword(ctx, "1", "another") }, !strings.HasPrefix(kind, "token")},
				{"expiry", func(b *backends, _ context.Context) error { b.now = b.now.AddDate(1, 0, 0); return nil }, kind != "basic"},
			} {
				if end.name == "logout" && logout[kind] == nil {
					continue
				}
				t.Run(kind+"/"+wrapped.name+"/"+end.name, func(t *testing.T) {
					b := newBackends(t)
					r := b.request(t, kind)
					guard, err := auth.Compile(wrapped.wrap(of(b)), r.Method)
					if err != nil {
						t.Fatal(err)
					}
					id, err := guard.Authenticate(r)
					if err != nil {
						t.Fatal(err)
					}
					b.now = b.now.Add(50 * time.Minute) // the session is nearly idle, and a use would be recorded
					b.sessions.writes, b.tokens.writes, b.hashes, b.limit.counts = 0, 0, 0, 0
					if err := end.do(b, t.Context()); err != nil {
						t.Fatal(err)
					}
					err = guard.Recheck(r, id)
					if _, refused := errors.AsType[*auth.Error](err); refused != end.fails || !end.fails && err != nil {
						t.Errorf("got %v, want a refusal: %t", err, end.fails)
					}
					if n := b.sessions.writes + b.tokens.writes + b.hashes + b.limit.counts; n != 0 {
						t.Errorf("got %d writes, hashes and counts", n)
					}
				})
			}
		}
	}
}

// TestRecheckStoreDown: a store that cannot be asked says nothing about the credential.
func TestRecheckStoreDown(t *testing.T) {
	b := newBackends(t)
	r := b.request(t, "session")
	guard, err := auth.Compile(b.session, "GET")
	if err != nil {
		t.Fatal(err)
	}
	id, err := guard.Authenticate(r)
	if err != nil {
		t.Fatal(err)
	}
	b.sessions.down = true
	if err := guard.Recheck(r, id); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want auth.ErrUnavailable", err)
	}
}

// TestRecheckNarrow: the functions of nested Narrows see the principal as it is now, from
// the inside out.
func TestRecheckNarrow(t *testing.T) {
	b := newBackends(t)
	named := func(_ context.Context, u *store.User) (string, error) {
		if u.Username != "alice" || !u.Active {
			return "", &auth.Error{Status: 403}
		}
		return u.Username, nil
	}
	allowed := true
	machineOf := func(_ context.Context, name string) (machine, error) {
		if name != "alice" || !allowed {
			return machine{}, &auth.Error{Status: 403}
		}
		return machine{1}, nil
	}
	forbidden := auth.Refusal{Status: 403, Description: "No"}
	guard, err := auth.Compile(auth.Narrow(auth.Narrow(b.keys.Header(), named, forbidden), machineOf, forbidden), "GET")
	if err != nil {
		t.Fatal(err)
	}
	r := b.request(t, "token")
	id, err := guard.Authenticate(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := guard.Recheck(r, id); err != nil {
		t.Errorf("got %v for a good identity", err)
	}
	allowed = false
	if err := guard.Recheck(r, id); status(err) != 403 {
		t.Errorf("the outer function: got %v, want 403", err)
	}
	allowed = true
	if err := b.db.Users().SetActive(t.Context(), "1", false); err != nil {
		t.Fatal(err)
	}
	if err := guard.Recheck(r, id); status(err) != 401 {
		t.Errorf("inactive: got %v, want 401", err)
	}

	demoted := auth.Narrow(b.session.Only("staff", nil), func(_ context.Context, u *store.User) (*store.User, error) {
		if u.LastLogin.IsZero() {
			return nil, &auth.Error{Status: 403}
		}
		return u, nil
	}, forbidden)
	if err := b.db.Users().SetActive(t.Context(), "1", true); err != nil {
		t.Fatal(err)
	}
	r = b.request(t, "session")
	if guard, err = auth.Compile(demoted, "GET"); err != nil {
		t.Fatal(err)
	}
	if id, err = guard.Authenticate(r); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Users().SetLastLogin(t.Context(), "1", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := guard.Recheck(r, id); status(err) != 403 {
		t.Errorf("a fresh principal: got %v, want 403", err)
	}
}

func status(err error) int {
	if e, ok := errors.AsType[*auth.Error](err); ok {
		return e.HTTPStatus()
	}
	return 0
}

// again is an authenticator without Recheck.
type again struct {
	*fake
	userID string
	calls  int
}

func (a *again) Authenticate(r *http.Request) (auth.Identity, error) {
	a.calls++
	id, err := a.fake.Authenticate(r)
	id.By, id.UserID = a, a.userID
	return id, err
}

// TestRecheckAsksAgain: an authenticator without Recheck authenticates again, alone. A skip
// is a refusal by then.
func TestRecheckAsksAgain(t *testing.T) {
	plain := &again{fake: ok("a")}
	guard, err := auth.Compile(auth.AllOf(plain, authtest.As(&store.User{ID: "7"})), "GET")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", http.NoBody)
	id, err := guard.Authenticate(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := guard.Recheck(r, id); err != nil || plain.calls != 2 {
		t.Errorf("got %v and %d calls, want 2", err, plain.calls)
	}
	for _, outcome := range []error{auth.ErrSkip, auth.SkipStale(auth.Refuse("gone"), nil), auth.Refuse("revoked")} {
		plain.err = outcome
		if err := guard.Recheck(r, id); status(err) != 401 {
			t.Errorf("%v: got %v, want a 401", outcome, err)
		}
	}
	plain.err = auth.ErrUnavailable
	if err := guard.Recheck(r, id); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want auth.ErrUnavailable", err)
	}
	plain.err, plain.userID = nil, "9"
	if err := guard.Recheck(r, id); status(err) != 401 {
		t.Errorf("another account: got %v, want a 401", err)
	}
}

// TestRecheckNobody: a request without a credential has nothing that could end.
func TestRecheckNobody(t *testing.T) {
	guard, err := auth.Compile(auth.Optional(fails("a", auth.ErrSkip)), "GET")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", http.NoBody)
	id, err := guard.Authenticate(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := guard.Recheck(r, id); err != nil {
		t.Errorf("got %v", err)
	}
}
