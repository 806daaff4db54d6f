package sessionauth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
)

// TestRebindLogins: a session goes on under another encoding of its password, and ends
// when it would have ended; one of another password, or of another user, stays as it is.
func TestRebindLogins(t *testing.T) {
	s := newSite(t, sessionauth.Config{Age: time.Hour, Idle: 40 * time.Minute})
	s.login("alice")
	s.now = s.now.Add(30 * time.Minute)
	s.want("before", s.who(), "alice")

	rebind := func(user, old, encoded string) {
		t.Helper()
		if err := s.auth.RebindLogins(t.Context(), user, old, encoded); err != nil {
			t.Error(err)
		}
	}
	rebind("1", "another password", "stolen")
	rebind("2", "encoded alice", "stolen")
	s.want("after others", s.who(), "alice")

	if err := s.db.Users().SetPassword(t.Context(), "1", "encoded anew"); err != nil {
		t.Fatal(err)
	}
	rebind("1", "encoded alice", "encoded anew")
	s.want("after its own", s.who(), "alice")
	s.now = s.now.Add(25 * time.Minute)
	s.want("55 minutes after it was written", s.who(), "alice")
	s.now = s.now.Add(10 * time.Minute)
	s.want("65 minutes after it was written", s.who(), "gone")
}

// TestRebindLoginsWhenTheStoreIsDown: the error says so.
func TestRebindLoginsWhenTheStoreIsDown(t *testing.T) {
	s := newSite(t, sessionauth.Config{})
	s.login("alice")
	down := s.build(sessionauth.Config{}, readOnly{s.db.Sessions()})
	if err := down.RebindLogins(t.Context(), "1", "encoded alice", "x"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, auth.ErrUnavailable)
	}
	if err := down.RebindLogins(t.Context(), "1", "another", "x"); err != nil {
		t.Errorf("nothing to write: got %v", err)
	}
}

type readOnly struct{ sessionauth.Store }

func (readOnly) Update(context.Context, store.Session) error { return errors.New("10.0.0.1 is down") }
