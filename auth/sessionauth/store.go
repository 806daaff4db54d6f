package sessionauth

import (
	"context"
	"time"

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
	// Data, which another request may be writing; ErrNotFound if there is none. A store may
	// write it later, at most a twentieth of the time from Seen to Expires. Then the error is
	// nil if there is no row, and a row whose Seen is newer remains as it is.
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
	// returns the keys of the removed rows. An empty key excepts none.
	DeleteByUser(ctx context.Context, userID, exceptKey string) (keys []string, err error)
}

// LoginStore is a [Store] that can add the session of a login and record when its user logged in with
// one commit. Without it an [Auth] calls the [LoginRecorder] afterwards. A type that embeds a
// LoginStore and has its own Create or Replace must have its own RecordsLogins as well, which
// returns false, or its own Login.
type LoginStore interface {
	// RecordsLogins reports whether users, those of the Auth, are the table of the same database.
	RecordsLogins(users any) bool
	// Login is Create, or Replace if old is not empty. It also sets the last login of the user of
	// the row to the time Created of the row. If that alone fails, it logs the reason and returns
	// nil.
	Login(ctx context.Context, old string, row store.Session) error
}

// LoginRecorder is implemented by users that store the time of the last login, as Django's
// user_logged_in does. It makes Django's links to reset a password invalid.
type LoginRecorder interface {
	SetLastLogin(ctx context.Context, id string, at time.Time) error
}
