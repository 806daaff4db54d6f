// Package storetest tests stores of users, sessions, logins, tokens and counts of limits, such as a
// store of your own.
//
//	func TestUsers(t *testing.T) {
//		storetest.Users(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
//	}
//
// Some methods of tables are optional, and tested if a table has them:
//
//   - Sweep(ctx, now) (int, error) removes the rows that expired by now, and returns how many
//     it removed;
//   - Count(ctx) (int, error) returns how many rows there are, expired ones included;
//   - Flush(ctx) error writes the uses of sessions and tokens that a table writes later;
//   - the methods of [auth.UserJoiner].
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

	// Create adds a user and returns it with its id. It assigns an id if ID is empty; a
	// zero DateJoined means now. ErrExists if the name or the id is taken.
	Create(ctx context.Context, u store.User) (*store.User, error)
	// SetPassword, SetActive and Delete are ErrNotFound for unknown ids.
	SetPassword(ctx context.Context, id, encoded string) error
	SetActive(ctx context.Context, id string, active bool) error
	Delete(ctx context.Context, id string) error
	// List returns at most limit users in the order of their ids: those after the id
	// after, or the first ones if it is empty.
	List(ctx context.Context, after string, limit int) ([]*store.User, error)
	Count(ctx context.Context) (int, error)
}

// begun is a time that every store can keep. It lies in the future, so that stores which
// remove expired rows by themselves keep the rows of the tests.
var begun = time.Now().UTC().Truncate(time.Second).Add(24*time.Hour + 678901*time.Microsecond)

// sweep removes the rows of a table that expired by now, if the table has the method
// Sweep(ctx, now) (int, error), and checks how many rows that were. It reports whether the table
// has the method: a store that removes expired rows by itself needs none.
func sweep(t *testing.T, table any, now time.Time, want int) bool {
	t.Helper()
	sweeper, ok := table.(interface {
		Sweep(ctx context.Context, now time.Time) (int, error)
	})
	if !ok {
		return false
	}
	if n, err := sweeper.Sweep(t.Context(), now); n != want || err != nil {
		t.Errorf("Sweep: got %d, %v, want %d", n, err, want)
	}
	return true
}

// hasCount compares the number of rows, expired ones included, if the table has the method
// Count(ctx) (int, error).
func hasCount(t *testing.T, table any, want int) {
	t.Helper()
	counter, ok := table.(interface {
		Count(ctx context.Context) (int, error)
	})
	if !ok {
		return
	}
	if n, err := counter.Count(t.Context()); n != want || err != nil {
		t.Errorf("Count: got %d, %v, want %d", n, err, want)
	}
}

// flush writes what a table collects, if it has the method Flush(ctx) error.
func flush(t *testing.T, table any) {
	t.Helper()
	if flusher, ok := table.(interface {
		Flush(ctx context.Context) error
	}); ok {
		must(t, flusher.Flush(t.Context()))
	}
}

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
