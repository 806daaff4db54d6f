package jwtauth_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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
	again := newIssuer(t, jwtauth.Config{Blocklist: memory.New().Blocklist(), ReuseRefresh: true})
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
