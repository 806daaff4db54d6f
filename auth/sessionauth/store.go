package sessionauth

import (
	"context"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Store keeps the rows of sessions; it knows no secret and looks into none. It is
// safe for concurrent use. Package store/storetest is the kit for implementations.
//
// A missing row is [store.ErrNotFound] (wrapped or not), a taken key
// [store.ErrExists]; any other error means that the store is down. An error must
// not hold a key: it is a credential.
type Store interface {
	// Session returns the row with this key, expired or not.
	Session(ctx context.Context, key string) (store.Session, error)
	// Create adds a row; ErrExists if the key is taken.
	Create(ctx context.Context, row store.Session) error
	// Update replaces the row with the same key; ErrNotFound if there is none. It
	// never adds one: what another process ended stays ended.
	Update(ctx context.Context, row store.Session) error
	// Touch replaces UserID, Created, Seen and Expires of the row with the same key,
	// and leaves Data alone, which another request may be writing; ErrNotFound if
	// there is none.
	Touch(ctx context.Context, row store.Session) error
	// Replace adds a row and removes the one with the key old, in one step.
	// ErrNotFound if that is gone, ErrExists if the new key is taken; nothing is
	// changed then.
	Replace(ctx context.Context, old string, row store.Session) error
	// Delete removes a row; no error if there is none.
	Delete(ctx context.Context, key string) error
	// ByUser returns the rows with this UserID, the latest Created first. An empty
	// UserID has none.
	ByUser(ctx context.Context, userID string) ([]store.Session, error)
	// DeleteByUser removes the rows that ByUser returns, except the one with this
	// key, and returns how many they were. An empty key excepts none.
	DeleteByUser(ctx context.Context, userID, exceptKey string) (int, error)
}

// UserJoiner is a [Store] that reads a session together with its user, where both
// are in one database. An [Auth] uses it if JoinsUsers says so of its users.
type UserJoiner[U any] interface {
	// JoinsUsers reports whether SessionUser reads from these users.
	JoinsUsers(users auth.Users[U]) bool
	// SessionUser returns the row with this key and the user that its UserID names.
	// The account has no ID if there is no such user.
	SessionUser(ctx context.Context, key string) (store.Session, U, auth.Account, error)
}

// LoginRecorder is implemented by users that keep the time of the last login, as
// Django's user_logged_in does. Django's links to reset a password end with it.
type LoginRecorder interface {
	SetLastLogin(ctx context.Context, id string, at time.Time) error
}
