// Package store holds the records that credentials are made of: users, sessions,
// tokens. It is a leaf: backends state as interfaces what they need of a store,
// and the packages below this one (memory, sqlite) keep the records.
//
// A record is for the program, not for its clients: it prints, logs and encodes as JSON
// without its secrets, and an API replies with types of its own. A store that keeps
// records encodes the fields itself.
package store

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound says that no such record exists. It steers: a backend that gets it
// refuses the credential with 401, any other error of a store is a 503.
var ErrNotFound = errors.New("store: not found")

// ErrExists says that a record with this unique value exists already.
var ErrExists = errors.New("store: exists already")

// User is an account, in the columns of Django's auth_user.
type User struct {
	ID         int64
	Username   string
	Email      string
	FirstName  string
	LastName   string
	Password   string `json:"-"` // encoded, see package password; never the clear text
	Active     bool   // an inactive user is refused everywhere
	Staff      bool
	Superuser  bool
	LastLogin  time.Time // zero: never
	DateJoined time.Time
}

// NormalizeEmail returns an e-mail address as the stores keep it: without space around
// it, and with the domain, which is what follows the last @, in lower case. The local part
// stays as it is, because only the mail server of the domain knows whether its case
// matters (BaseUserManager.normalize_email). A text without @ is returned unchanged.
func NormalizeEmail(address string) string {
	trimmed := strings.TrimSpace(address)
	at := strings.LastIndexByte(trimmed, '@')
	if at < 0 {
		return address
	}
	return trimmed[:at] + strings.ToLower(trimmed[at:])
}

// ParseID returns the id that a session or token carries as text. It must be
// written as FormatID writes it: "01", "+1" and " 1" are nobody.
func ParseID(text string) (id int64, ok bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && FormatID(id) == text
}

// FormatID returns an id as sessions and tokens carry it.
func FormatID(id int64) string { return strconv.FormatInt(id, 10) }

// Session is a row of sessions. What a session holds is encoded and signed in
// Data by the backend that has the secret; a store keeps it as it is. Times have
// microseconds, as far as a store keeps them.
type Session struct {
	// Key is what finds the row: the cookie's value, or its hash where the
	// backend stores hashes.
	Key  string `json:"-"`
	Data string `json:"-"`
	// UserID is whose login this is, as text; empty: nobody's. It serves
	// listing and ending a user's sessions, and never says who sent a request:
	// it is not signed, Data is.
	UserID string
	// Created is when the login, or the anonymous visit, began. Zero where the
	// row was made by another program, say a Django site.
	Created time.Time
	// Seen is the last use, as often as the backend records it. Zero as Created.
	Seen    time.Time
	Expires time.Time
}

// BlockedToken is a row of the blocklist of JSON Web Tokens.
type BlockedToken struct {
	ID      string // jti; unique
	UserID  string // whose token it was, as text; empty once the user is gone
	Expires time.Time
	Created time.Time // when it was blocked; set by the store
}

// Family is a row of refresh families: one login by JSON Web Tokens, with the one
// refresh token that renews it now.
type Family struct {
	ID       string    // what its tokens carry; unique
	UserID   string    // whose login, as text
	Current  string    `json:"-"` // jti of the refresh token that is good now
	Previous string    `json:"-"` // jti of the one before it; empty: none yet
	Bound    string    `json:"-"` // [Fingerprint] of the account's password; empty: not bound yet
	Created  time.Time // when the login was
	Rotated  time.Time // when Current took the place of Previous; Created before that
	Expires  time.Time // when Current does
}

// Fingerprint identifies an encoded password without revealing it: 128 bits of its
// SHA-256, as base64url. An encoded password contains a random salt. A login that was
// begun with another password has another fingerprint in [Family].Bound.
func Fingerprint(encoded string) string {
	var space [256]byte // an encoding is shorter, and nothing is allocated then
	sum := sha256.Sum256(append(append(space[:0], "go-modern-rest jwt password:"...), encoded...))
	var text [22]byte
	base64.RawURLEncoding.Encode(text[:], sum[:16])
	return string(text[:])
}

// Token is a row of opaque API tokens, in the columns of django-modern-rest's. The
// token itself is kept nowhere.
type Token struct {
	ID       int64
	UserID   string    // as text
	Name     string    // tells a user's tokens apart
	Hash     string    `json:"-"` // HMAC of the token, in hex; unique
	Expires  time.Time // zero: never
	Revoked  time.Time // zero: it is not
	LastUsed time.Time // zero: not recorded
	Created  time.Time
	Updated  time.Time
}
