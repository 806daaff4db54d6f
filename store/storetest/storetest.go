// Package storetest tests stores of users, sessions, logins, tokens and counts of limits, such as a
// store of your own.
//
//	func TestUsers(t *testing.T) {
//		storetest.Users(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
//	}
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
)

// UserStore is a table of users.
type UserStore interface {
	auth.Users[*store.User]
	password.Upgrader
	sessionauth.LoginRecorder

	// Create adds a user and returns it with its id. A zero ID means the next one, a
	// zero DateJoined now. ErrExists if the name or the id is taken.
	Create(ctx context.Context, u store.User) (*store.User, error)
	// SetPassword, SetActive and Delete are ErrNotFound for unknown ids.
	SetPassword(ctx context.Context, id, encoded string) error
	SetActive(ctx context.Context, id string, active bool) error
	Delete(ctx context.Context, id string) error
	// List returns at most limit users beyond the id after, by id.
	List(ctx context.Context, after int64, limit int) ([]*store.User, error)
	Count(ctx context.Context) (int, error)
}

// SessionStore is a table of sessions.
type SessionStore interface {
	sessionauth.Store

	// Sweep removes the rows that expired by now and returns how many it removed.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// Count returns how many rows there are, expired ones included.
	Count(ctx context.Context) (int, error)
}

// begun is a time that every store can keep.
var begun = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)

func want(t *testing.T, what string, got, sentinel error) {
	t.Helper()
	if !errors.Is(got, sentinel) {
		t.Errorf("%s: got %v, want %v", what, got, sentinel)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
