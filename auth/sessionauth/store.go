package sessionauth

import (
	"context"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Store keeps the rows of sessions. It has no secret and does not read their data. It is safe
// for concurrent use. Package store/storetest tests implementations.
//
// The error for a missing row is [store.ErrNotFound], wrapped or not, and for a key that is
// taken [store.ErrExists]; any other error means that the store is down. An error must not
// contain a key, which is a credential.
type Store interface {
	// Session returns the row with this key, expired or not.
	Session(ctx context.Context, key string) (store.Session, error)
	// Create adds a row; ErrExists if the key is taken.
	Create(ctx context.Context, row store.Session) error
	// Update replaces the row with the same key; ErrNotFound if there is none. It never adds
	// a row, because another process may have ended the session.
	Update(ctx context.Context, row store.Session) error
	// Touch replaces UserID, Created, Seen and Expires of the row with the same key, but not
	// Data, which another request may be writing; ErrNotFound if there is none.
	Touch(ctx context.Context, row store.Session) error
	// Replace adds a row and removes the one with the key old, in one step. ErrNotFound if
	// there is no old row, ErrExists if the new key is taken; nothing is changed then.
	Replace(ctx context.Context, old string, row store.Session) error
	// Delete removes a row; no error if there is none.
	Delete(ctx context.Context, key string) error
	// ByUser returns the rows with this UserID, the latest Created first. An empty
	// UserID has none.
	ByUser(ctx context.Context, userID string) ([]store.Session, error)
	// DeleteByUser removes the rows that ByUser returns, except the one with this key, and
	// returns how many it removed. An empty key excepts none.
	DeleteByUser(ctx context.Context, userID, exceptKey string) (int, error)
}

// UserJoiner is a [Store] that reads a session and its user at once, because both are in one
// database. An [Auth] uses it if JoinsUsers returns true for its users.
type UserJoiner[U any] interface {
	// JoinsUsers reports whether SessionUser reads from these users.
	JoinsUsers(users auth.Users[U]) bool
	// SessionUser returns the row with this key and the user with its UserID. If there is no
	// such user, the account has no ID.
	SessionUser(ctx context.Context, key string) (store.Session, U, auth.Account, error)
}

// LoginRecorder is implemented by users that store the time of the last login, as Django's
// user_logged_in does. It makes Django's links to reset a password invalid.
type LoginRecorder interface {
	SetLastLogin(ctx context.Context, id string, at time.Time) error
}
