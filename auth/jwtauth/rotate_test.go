package jwtauth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// TestFallbacks: tokens of a former secret are accepted, and new ones are signed with Secret.
func TestFallbacks(t *testing.T) {
	former, next := bytes.Repeat([]byte("f"), 64), bytes.Repeat([]byte("n"), 64)
	for _, algorithm := range []jwtauth.Algorithm{"", jwtauth.HS512} {
		with := func(secret []byte, fallbacks ...[]byte) *jwtauth.Issuer[*store.User] {
			return newIssuer(t, jwtauth.Config{Secret: secret, Fallbacks: fallbacks, Algorithm: algorithm, Now: clock})
		}
		issue := func(i *jwtauth.Issuer[*store.User]) string {
			pair, err := i.Issue(t.Context(), auth.Account{ID: "1", Active: true})
			if err != nil {
				t.Fatal(err)
			}
			return pair.Access
		}
		// The order of a rotation: each step accepts the tokens of the one before and after it.
		steps := []*jwtauth.Issuer[*store.User]{with(former), with(former, next), with(next, former), with(next)}
		for i, signer := range steps {
			for j, checker := range steps {
				_, _, err := checker.Verify(t.Context(), issue(signer))
				signed, accepted := i >= 2, j >= 1 && i >= 2 || j <= 2 && i < 2
				if (err == nil) != accepted {
					t.Errorf("%s, signed in step %d with the next secret: %t, checked in step %d: got %v, want accepted: %t", algorithm, i, signed, j, err, accepted)
				}
			}
		}
	}
	_, err := jwtauth.New(people(t), jwtauth.Config{Fallbacks: [][]byte{former}}).Header().Declare("GET")
	if err == nil || !strings.Contains(err.Error(), "Fallbacks are the former values of Secret") {
		t.Errorf("without Secret: got %v", err)
	}
	_, err = jwtauth.New(people(t), jwtauth.Config{Secret: next, Fallbacks: [][]byte{{}}}).Header().Declare("GET")
	if err == nil {
		t.Error("an empty fallback: got no error")
	}
}

// joinedAlone are users that only a joined read finds.
type joinedAlone struct{ *memory.Users }

func (joinedAlone) ByID(context.Context, string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, errors.New("read one after the other")
}

// joining joins the users of its own database, whatever wraps them.
type joining struct{ *memory.Families }

func (joining) JoinsUsers(auth.Users[*store.User]) bool { return true }

// TestLoginIsReadWithItsUser: a request reads the login and the account at once.
func TestLoginIsReadWithItsUser(t *testing.T) {
	db := memory.New()
	alice, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	cfg := jwtauth.Config{Secret: secret, Families: db.Families(), Now: clock}
	pair, err := jwtauth.New(db.Users(), cfg).Issue(t.Context(), auth.Account{ID: alice.ID, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Families = joining{db.Families()}
	joined := jwtauth.New(joinedAlone{db.Users()}, cfg)
	user, _, err := joined.Verify(t.Context(), pair.Access)
	if err != nil || user.Username != "alice" {
		t.Errorf("got %v, %v, want alice", user, err)
	}
	if err := db.Users().SetActive(t.Context(), alice.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := joined.Verify(t.Context(), pair.Access); !errors.As(err, new(*auth.Error)) {
		t.Errorf("an inactive user: got %v, want a refusal", err)
	}
}
