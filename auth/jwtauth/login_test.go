package jwtauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// weak is a hasher that costs nothing.
func weak(algorithm password.Algorithm) *password.Hasher {
	return &password.Hasher{Algorithm: algorithm, PBKDF2Iterations: 1}
}

// account makes an account with this password and returns it as the table has it.
func account(t *testing.T, db *memory.DB, name, clear string) auth.Account {
	t.Helper()
	encoded, err := weak(password.PBKDF2SHA1).Hash(t.Context(), clear)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: true}); err != nil {
		t.Fatal(err)
	}
	_, who, err := db.Users().ByUsername(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func issue(t *testing.T, tokens *jwtauth.Issuer[*store.User], who auth.Account) jwtauth.Pair {
	t.Helper()
	pair, err := tokens.Issue(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestPasswordOfALogin changes the account of a login in ways of which the issuer is not
// told, and then uses the tokens.
func TestPasswordOfALogin(t *testing.T) {
	const dead, good = "present password", ""
	set := func(t *testing.T, db *memory.DB, who auth.Account) error {
		return db.Users().SetPassword(t.Context(), who.ID, "!unusable")
	}
	upgrade := func(t *testing.T, db *memory.DB, who auth.Account) error {
		_, _, err := password.NewChecker(db.Users(), weak(password.PBKDF2SHA256)).Check(t.Context(), who.Username, "alice-pass")
		return err
	}
	byHand := func(who auth.Account) auth.Account { return auth.Account{ID: who.ID, Active: true} }
	for _, test := range []struct {
		name            string
		cfg             jwtauth.Config
		issue           func(auth.Account) auth.Account // the account that the login hands in
		change          func(*testing.T, *memory.DB, auth.Account) error
		access, refresh string
	}{
		{"nothing happens", jwtauth.Config{}, nil, nil, good, good},
		{"the password is set", jwtauth.Config{}, nil, set, dead, dead},
		{"and access reads no row", jwtauth.Config{StatelessAccess: true}, nil, set, good, dead},
		{"and the login did not know the password", jwtauth.Config{}, byHand, set, dead, dead},
		{"the encoding is upgraded", jwtauth.Config{}, nil, upgrade, good, good},
		{"and the login did not know the encoding", jwtauth.Config{}, byHand, upgrade, good, good},
		{"the account is inactive for a while", jwtauth.Config{}, nil, func(t *testing.T, db *memory.DB, who auth.Account) error {
			return errors.Join(db.Users().SetActive(t.Context(), who.ID, false), db.Users().SetActive(t.Context(), who.ID, true))
		}, good, good},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := memory.New()
			who := account(t, db, "alice", "alice-pass")
			test.cfg.Secret, test.cfg.Families, test.cfg.Now = secret, db.Families(), clock
			tokens := jwtauth.New(db.Users(), test.cfg)
			as := who
			if test.issue != nil {
				as = test.issue(who)
			}
			pair := issue(t, tokens, as)
			if test.change != nil {
				if err := test.change(t, db, who); err != nil {
					t.Fatal(err)
				}
			}
			is := func(what string, err error, want string) {
				t.Helper()
				if want == good && err != nil || want != good && !refusedBecause(err, want) {
					t.Errorf("%s: got %v, want %q", what, err, want)
				}
			}
			_, _, err := tokens.Verify(t.Context(), pair.Access)
			is("access", err, test.access)
			list, err := tokens.List(t.Context(), who.ID)
			if alive := test.refresh == good; err != nil || (len(list) == 1) != alive {
				t.Errorf("List: got %v, %v, want the login: %t", list, err, alive)
			}
			_, err = tokens.Refresh(t.Context(), pair.Refresh)
			is("refresh", err, test.refresh)
		})
	}
}

// TestOldRowsAreBound: a row without a fingerprint is good, and bound when it is
// rotated.
func TestOldRowsAreBound(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	who := account(t, db, "alice", "alice-pass")
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families(), Now: clock})
	pair := issue(t, tokens, who)
	rows, err := db.Families().FamiliesOf(ctx, who.ID)
	if err != nil || len(rows) != 1 || rows[0].Bound == "" {
		t.Fatalf("got %+v, %v", rows, err)
	}
	if err := db.Families().RebindFamilies(ctx, who.ID, rows[0].Bound, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(ctx, pair.Access); err != nil {
		t.Errorf("access: %v", err)
	}
	if pair, err = tokens.Refresh(ctx, pair.Refresh); err != nil {
		t.Fatal(err)
	}
	if again, err := db.Families().FamiliesOf(ctx, who.ID); err != nil || again[0].Bound != rows[0].Bound {
		t.Errorf("got %+v, %v, want Bound %q again", again, err, rows[0].Bound)
	}
	if err := db.Users().SetPassword(ctx, who.ID, "!"); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Refresh(ctx, pair.Refresh); !refusedBecause(err, "present password") {
		t.Errorf("got %v", err)
	}
}

// TestLoginsByClaimsAreNotBound: where the claims name the user there may be no
// password.
func TestLoginsByClaimsAreNotBound(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	byClaims := jwtauth.ByClaims[string](func(_ context.Context, c *jwtauth.Claims) (string, auth.Account, error) {
		return c.Subject, auth.Account{ID: c.Subject, Active: true}, nil
	})
	tokens := jwtauth.New(byClaims, jwtauth.Config{Secret: secret, Families: db.Families(), Now: clock})
	pair, err := tokens.Issue(ctx, auth.Account{ID: "7", Active: true, Password: "known to the login alone"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := tokens.Verify(ctx, pair.Access); err != nil {
			t.Errorf("access: %v", err)
		}
		if pair, err = tokens.Refresh(ctx, pair.Refresh); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := tokens.List(ctx, "7"); err != nil || len(list) != 1 {
		t.Errorf("List: got %v, %v", list, err)
	}
}

// changing changes a password just before the statement that rotates.
type changing struct {
	*memory.Families
	change func()
}

func (c changing) RotateFamily(ctx context.Context, row store.Family) (bool, error) {
	c.change()
	return c.Families.RotateFamily(ctx, row)
}

// TestRotationComparesThePassword: what was read before the statement does not count.
func TestRotationComparesThePassword(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	who := account(t, db, "alice", "alice-pass")
	families := changing{db.Families(), func() {
		err := db.Families().RebindFamilies(ctx, who.ID, store.Fingerprint(who.Password), store.Fingerprint("another"))
		if err := errors.Join(err, db.Users().SetPassword(ctx, who.ID, "another")); err != nil {
			t.Error(err)
		}
	}}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: families, Now: clock})
	pair := issue(t, tokens, who)
	if got, err := tokens.Refresh(ctx, pair.Refresh); !refusedBecause(err, "present password") || got != (jwtauth.Pair{}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestLoginLifetime refreshes a login as late as its tokens allow.
func TestLoginLifetime(t *testing.T) {
	const day = 24 * time.Hour
	db := memory.New()
	who := account(t, db, "alice", "alice-pass")
	for _, test := range []struct {
		name string
		cfg  jwtauth.Config
		want time.Duration // zero: no end
	}{
		{"families: by default", jwtauth.Config{Families: db.Families()}, 90 * day},
		{"families: shorter than a refresh token", jwtauth.Config{Families: db.Families(), LoginLifetime: 3 * day}, 3 * day},
		{"families: negative", jwtauth.Config{Families: db.Families(), LoginLifetime: -1}, 0},
		{"blocklist: by default", jwtauth.Config{Blocklist: db.Blocklist()}, 90 * day},
		{"blocklist: negative", jwtauth.Config{Blocklist: db.Blocklist(), LoginLifetime: -1}, 0},
		{"no table: by default", jwtauth.Config{}, 90 * day},
		{"no table: shorter than a refresh token", jwtauth.Config{LoginLifetime: 3 * day}, 3 * day},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := now
			test.cfg.Secret, test.cfg.Now = secret, func() time.Time { return at }
			tokens := jwtauth.New(db.Users(), test.cfg)
			pair := issue(t, tokens, who)
			for at.Sub(now) < 300*day {
				if end := now.Add(test.want); test.want > 0 && (pair.AccessExpires.After(end) || pair.RefreshExpires.After(end)) {
					t.Fatalf("got a pair until %v and %v, want no later than %v", pair.AccessExpires, pair.RefreshExpires, end)
				}
				at = pair.RefreshExpires.Add(-time.Second)
				var err error
				if pair, err = tokens.Refresh(t.Context(), pair.Refresh); err != nil {
					t.Fatal(err)
				}
				if pair.RefreshExpires.Sub(at) == time.Second {
					break
				}
			}
			if test.want == 0 {
				return
			}
			if last := at.Sub(now); last != test.want-time.Second {
				t.Errorf("the last refresh was after %v, want %v", last, test.want-time.Second)
			}
			at = at.Add(time.Second)
			if _, err := tokens.Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "expired") {
				t.Errorf("afterwards: got %v", err)
			}
			if test.cfg.Families == nil {
				return
			}
			if list, err := tokens.List(t.Context(), who.ID); err != nil || len(list) != 0 {
				t.Errorf("List: got %v, %v", list, err)
			}
		})
	}
}

// TestRefreshTokensOfOthers: a refresh token that does not say when the login was begins
// one.
func TestRefreshTokensOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		extras string
		want   string
	}{
		"says nothing":            {`{"type":"refresh"}`, ""},
		"began a while ago":       {fmt.Sprintf(`{"type":"refresh","began":%d}`, now.Add(-89*24*time.Hour).Unix()), ""},
		"began too long ago":      {fmt.Sprintf(`{"type":"refresh","began":%d}`, now.Add(-90*24*time.Hour).Unix()), "LoginLifetime"},
		"began, which is no date": {`{"type":"refresh","began":"x"}`, ""},
	} {
		_, err := newIssuer(t, jwtauth.Config{}).Refresh(t.Context(), mint(header, claims("extras", test.extras)))
		if test.want == "" && err != nil || test.want != "" && !refusedBecause(err, test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestLoginLifetimeIsShortened: the setting holds for logins that there are.
func TestLoginLifetimeIsShortened(t *testing.T) {
	at, db := now, memory.New()
	who := account(t, db, "alice", "alice-pass")
	issuer := func(lifetime time.Duration) *jwtauth.Issuer[*store.User] {
		return jwtauth.New(db.Users(), jwtauth.Config{
			Secret: secret, Families: db.Families(), LoginLifetime: lifetime, Now: func() time.Time { return at },
		})
	}
	pair := issue(t, issuer(0), who)
	at = now.Add(time.Hour)
	tokens := issuer(time.Hour)
	if _, _, err := tokens.Verify(t.Context(), pair.Access); !refusedBecause(err, "LoginLifetime") {
		t.Errorf("access: got %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "LoginLifetime") {
		t.Errorf("refresh: got %v", err)
	}
}

// TestCookiesEndWithTheLogin: a browser keeps no cookie of a token that expired.
func TestCookiesEndWithTheLogin(t *testing.T) {
	at, db := now, memory.New()
	who := account(t, db, "alice", "alice-pass")
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: secret, Families: db.Families(), Lifetime: time.Hour, LoginLifetime: 90 * time.Minute, Now: func() time.Time { return at },
	})
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	cookies, err := tokens.Begin(r, who)
	if err != nil {
		t.Fatal(err)
	}
	ages := func(cookies []*http.Cookie, access, refresh int) {
		t.Helper()
		if cookies[0].MaxAge != access || cookies[1].MaxAge != refresh {
			t.Errorf("got Max-Age %d and %d, want %d and %d", cookies[0].MaxAge, cookies[1].MaxAge, access, refresh)
		}
	}
	ages(cookies, 3600, 5400)
	at = at.Add(time.Hour)
	r.AddCookie(cookies[1])
	if cookies, err = tokens.Renew(r); err != nil {
		t.Fatal(err)
	}
	ages(cookies, 1800, 1800)
}
