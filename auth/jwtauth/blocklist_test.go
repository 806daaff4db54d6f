package jwtauth_test

import (
	"context"
	"crypto"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func TestBlocklist(t *testing.T) {
	list := memory.New().Blocklist()
	tokens := newIssuer(t, jwtauth.Config{Blocklist: list})
	plain := newIssuer(t, jwtauth.Config{})
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	_, of, err := tokens.Verify(t.Context(), pair.Access)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // revoking again is no error
		if err := tokens.Revoke(t.Context(), of); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := tokens.Verify(t.Context(), pair.Access); !refusedBecause(err, "on the blocklist") {
		t.Errorf("a revoked token: got %v", err)
	}
	if _, _, err := plain.Verify(t.Context(), pair.Access); err != nil {
		t.Errorf("without the list: %v", err)
	}
	rows, err := list.List(t.Context())
	if err != nil || len(rows) != 1 || rows[0].ID != of.ID || !rows[0].Expires.Equal(of.ExpiresAt) {
		t.Errorf("got the rows %+v, %v", rows, err)
	}
	for name, token := range map[string]string{"no jti": mint(header, claims("jti", "")), "jti null": mint(header, claims("jti", "null"))} {
		if _, _, err := tokens.Verify(t.Context(), token); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if _, _, err := tokens.Verify(t.Context(), mint(header, claims("jti", `""`))); err != nil {
		t.Errorf("an empty jti: %v", err)
	}
	if err := plain.Revoke(t.Context(), of); !errors.Is(err, jwtauth.ErrStateless) {
		t.Errorf("Revoke without a list: got %v", err)
	}
}

func refusedBecause(err error, cause string) bool {
	refusal := new(auth.Error)
	return errors.As(err, &refusal) && refusal.Err != nil && strings.Contains(refusal.Err.Error(), cause)
}

// TestRefreshIsSpentOnce: of 20 requests with one refresh token exactly one wins.
func TestRefreshIsSpentOnce(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Blocklist: memory.New().Blocklist()})
	for range 100 {
		pair, err := tokens.Issue(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				next, err := tokens.Refresh(t.Context(), pair.Refresh)
				switch {
				case err == nil && next.Refresh != "":
					won.Add(1)
				case !errors.As(err, new(*auth.Error)):
					t.Errorf("got %v, want a refusal", err)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			t.Fatalf("got %d winners, want 1", won.Load())
		}
	}
	again := newIssuer(t, jwtauth.Config{Blocklist: memory.New().Blocklist(), Compat: jwtauth.Compat{ReuseRefresh: true}})
	pair, err := again.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := again.Refresh(t.Context(), pair.Refresh); err != nil {
			t.Errorf("ReuseRefresh: %v", err)
		}
	}
}

type brokenList struct{}

func (brokenList) Blocked(context.Context, string) (bool, error) {
	return false, errors.New("10.0.0.1 is down")
}
func (brokenList) Block(context.Context, store.BlockedToken) (bool, error) {
	return false, errors.New("10.0.0.1 is down")
}

func TestBlocklistIsDown(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Blocklist: brokenList{}})
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(t.Context(), pair.Access); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable: a token that may be revoked is not accepted", err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// TestBlockedTokensNameTheAccount: whatever the subject is, a row has the id of the
// account, or none.
func TestBlockedTokensNameTheAccount(t *testing.T) {
	db := memory.New()
	list := db.Blocklist()
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true}); err != nil {
		t.Fatal(err)
	}
	byName := func(ctx context.Context, c *jwtauth.Claims) (*store.User, auth.Account, error) {
		return db.Users().ByUsername(ctx, c.Subject)
	}
	tokens := jwtauth.New(jwtauth.ByClaims[*store.User](byName), jwtauth.Config{
		Secret: secret, Blocklist: list, Now: clock, Subject: func(who auth.Account) string { return who.Username },
	})
	_, verified, err := tokens.Verify(t.Context(), login(t, tokens).Access)
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.Revoke(t.Context(), verified); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Refresh(t.Context(), login(t, tokens).Refresh); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.AddCookie(&http.Cookie{Name: "access_token", Value: login(t, tokens).Access})
	r.AddCookie(&http.Cookie{Name: "refresh_token", Value: mint(header, claims("jti", ""))})
	if _, err := tokens.End(r); err != nil {
		t.Errorf("End with a token that is on no list: %v", err)
	}
	rows, err := list.List(t.Context())
	if err != nil || len(rows) != 3 {
		t.Fatalf("got the rows %+v, %v", rows, err)
	}
	for _, row := range rows {
		if row.UserID != "1" {
			t.Errorf("got the row %+v, want one of user 1", row)
		}
	}
}

// TestFailedRefreshSpendsNothing: what cannot be issued leaves the token as it was.
func TestFailedRefreshSpendsNothing(t *testing.T) {
	for name, cfg := range map[string]jwtauth.Config{
		"blocklist": {Blocklist: memory.New().Blocklist()}, "families": {Families: memory.New().Families()},
	} {
		down := false
		cfg.Claims = func(context.Context, auth.Account) (map[string]any, error) {
			if down {
				return nil, errors.New("10.0.0.1 is down")
			}
			return nil, nil
		}
		tokens := newIssuer(t, cfg)
		pair := login(t, tokens)
		down = true
		if _, err := tokens.Refresh(t.Context(), pair.Refresh); err == nil {
			t.Errorf("%s: a refresh without claims", name)
		}
		down = false
		if _, err := tokens.Refresh(t.Context(), pair.Refresh); err != nil {
			t.Errorf("%s: the token was spent: %v", name, err)
		}
	}
}

func TestLoginsNeedAnAccount(t *testing.T) {
	tokens := jwtauth.New(people(t), jwtauth.Config{
		Secret: secret, Families: memory.New().Families(), Subject: func(auth.Account) string { return "all" },
	})
	if _, err := tokens.Issue(t.Context(), auth.Account{Active: true}); err == nil || errors.As(err, new(*auth.Error)) {
		t.Errorf("got %v, want a fault: EndAll would end everybody's", err)
	}
}

// TestSweptRowsLetNothingBack: a row is kept as long as its token would be accepted.
func TestSweptRowsLetNothingBack(t *testing.T) {
	at, list := now, memory.New().Blocklist()
	tokens := jwtauth.New(people(t), jwtauth.Config{
		Secret: secret, Blocklist: list, Leeway: time.Minute, RefreshLifetime: time.Hour, Now: func() time.Time { return at },
	})
	pair := login(t, tokens)
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{0, time.Hour, time.Hour + 59*time.Second, time.Hour + time.Minute} {
		at = now.Add(after)
		if _, err := list.Sweep(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Refresh(t.Context(), pair.Refresh); err == nil {
			t.Errorf("%v later the spent token works again", after)
		}
	}
	cfg := jwtauth.Config{Secret: secret, Blocklist: list, InsecureIgnoreExpiry: true}
	if _, err := jwtauth.New(people(t), cfg).Header().Declare("GET"); err == nil || !strings.Contains(err.Error(), "would be accepted again") {
		t.Errorf("InsecureIgnoreExpiry: got %v", err)
	}
}

// TestRevokeRefresh: a token that expired ends its login, which may live, and is no
// error; what is no refresh token of ours, expired or not, ends nothing.
func TestRevokeRefresh(t *testing.T) {
	at, db := now, memory.New()
	issuer := func(cfg jwtauth.Config) *jwtauth.Issuer[*store.User] {
		cfg.Secret, cfg.Families, cfg.Lifetime, cfg.Now = secret, db.Families(), time.Minute, func() time.Time { return at }
		return jwtauth.New(people(t), cfg)
	}
	ours, theirs := issuer(jwtauth.Config{Issuer: "ours"}), issuer(jwtauth.Config{Issuer: "theirs"})
	living := func() int {
		rows, err := db.Families().FamiliesOf(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	first := login(t, ours)
	if _, err := ours.Refresh(t.Context(), first.Refresh); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for name, test := range map[string]struct {
			by    *jwtauth.Issuer[*store.User]
			token string
			want  string
		}{
			"an access token":               {ours, first.Access, "another type"},
			"of another issuer":             {theirs, first.Refresh, "another issuer"},
			"an access token of another":    {theirs, first.Access, "another issuer"},
			"junk":                          {ours, "a.b.c", "base64url"},
			"one that somebody else signed": {ours, mintWith(crypto.SHA256, []byte("x"), header, claims()), "bad signature"},
		} {
			if err := test.by.RevokeRefresh(t.Context(), test.token); !refusedBecause(err, test.want) || living() != 1 {
				t.Errorf("%s, at %v: got %v with %d logins, want %q", name, at.Sub(now), err, living(), test.want)
			}
		}
		at = at.Add(11 * 24 * time.Hour) // all have expired
	}
	for range 2 {
		if err := ours.RevokeRefresh(t.Context(), first.Refresh); err != nil || living() != 0 {
			t.Errorf("got %v with %d logins", err, living())
		}
	}
	if _, _, err := ours.Verify(t.Context(), first.Access); !refusedBecause(err, "expired") {
		t.Errorf("afterwards an expired token: got %v", err)
	}
	wrong := jwtauth.New(people(t), jwtauth.Config{Secret: []byte("short"), Families: db.Families()})
	if err := errors.Join(wrong.CanRevoke(), wrong.RevokeRefresh(t.Context(), first.Refresh)); !errors.As(err, new(*auth.ConfigError)) {
		t.Errorf("a mistake: got %v", err)
	}
}

// TestEndWithoutDates: a token of ours that says not when it expires is on no list.
func TestEndWithoutDates(t *testing.T) {
	list := memory.New().Blocklist()
	tokens := newIssuer(t, jwtauth.Config{Blocklist: list})
	r := httptest.NewRequest("POST", "/", nil)
	r.AddCookie(&http.Cookie{Name: "access_token", Value: mint(header, claims("exp", ""))})
	if _, err := tokens.End(r); err != nil {
		t.Errorf("got %v", err)
	}
	if rows, err := list.List(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("got the rows %v, %v", rows, err)
	}
	for exp, want := range map[string]string{"253402300799": "", "253402300800": "not a date", "1e300": "not a date"} {
		_, _, err := tokens.Verify(t.Context(), mint(header, claims("exp", exp)))
		if want == "" != (err == nil) || err != nil && !refusedBecause(err, want) {
			t.Errorf("exp %s: got %v, want %q", exp, err, want)
		}
	}
}

// TestEndOfAnotherIssuersTokens: services that share a secret and a table do not log
// out each other's users.
func TestEndOfAnotherIssuersTokens(t *testing.T) {
	db := memory.New()
	issuer := func(name string) *jwtauth.Issuer[*store.User] {
		return newIssuer(t, jwtauth.Config{Issuer: name, Families: db.Families(), Blocklist: db.Blocklist()})
	}
	pair := login(t, issuer("theirs"))
	for _, step := range []struct {
		by     string
		logins int
		rows   int
	}{{"ours", 1, 0}, {"theirs", 0, 2}} {
		r := httptest.NewRequest("POST", "/", nil)
		r.AddCookie(&http.Cookie{Name: "access_token", Value: pair.Access})
		r.AddCookie(&http.Cookie{Name: "refresh_token", Value: pair.Refresh})
		if _, err := issuer(step.by).End(r); err != nil {
			t.Errorf("%s: %v", step.by, err)
		}
		logins, errLogins := db.Families().FamiliesOf(t.Context(), "1")
		rows, errRows := db.Blocklist().List(t.Context())
		if err := errors.Join(errLogins, errRows); err != nil || len(logins) != step.logins || len(rows) != step.rows {
			t.Errorf("by %s: got %d logins and %d rows, %v, want %d and %d", step.by, len(logins), len(rows), err, step.logins, step.rows)
		}
	}
}
