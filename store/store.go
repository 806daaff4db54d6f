// Package store has the records of users, sessions and tokens. Each backend declares an
// interface for the store that it needs; packages memory and sqlite implement them.
//
// A record is for the program, not for its clients. It leaves its secrets out when it is
// printed, logged or encoded as JSON, so a store must encode the fields itself. An API replies
// with types of its own.
package store

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// ErrNotFound means that there is no such record. A backend refuses the credential with 401
// then; any other error of a store is a 503.
var ErrNotFound = errors.New("store: not found")

// ErrExists means that there is already a record with this unique value.
var ErrExists = errors.New("store: exists already")

// User is an account, in the columns of Django's auth_user.
type User struct {
	ID         string // see IDType
	Username   string
	Email      string
	FirstName  string
	LastName   string
	Password   string `json:"-"` // encoded, see package password; never the clear text
	Active     bool   // an inactive user is always refused
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

// Session is a row of the table of sessions. The backend, which has the secret, encodes and signs
// the data of the session; a store keeps it unchanged. Stores may round times to
// microseconds.
type Session struct {
	// Key identifies the row. It is the value of the cookie, or its hash if the backend
	// stores hashes.
	Key  string `json:"-"`
	Data string `json:"-"`
	// UserID is the id of the user, as text; empty: the session is anonymous. It is only for
	// listing and ending the sessions of a user. The id that authenticates a request is in
	// Data, because that is signed.
	UserID string
	// Created is when the login, or the anonymous visit, began. Zero: another program, such
	// as a Django site, has made the row.
	Created time.Time
	// Seen is the last use that the backend has recorded. Zero as for Created.
	Seen    time.Time
	Expires time.Time
}

// BlockedToken is a row of the blocklist of JSON Web Tokens.
type BlockedToken struct {
	ID      string // jti; unique
	UserID  string // id of the user, as text; empty: the user was removed
	Expires time.Time
	Created time.Time // when it was blocked; set by the store
}

// Family is a row of the table of refresh families: a login by JSON Web Tokens, with its one
// valid refresh token.
type Family struct {
	ID       string    // in the tokens of the login; unique
	UserID   string    // id of the user, as text
	Current  string    `json:"-"` // jti of the valid refresh token
	Previous string    `json:"-"` // jti of the one before it; empty: none yet
	Bound    string    `json:"-"` // [Fingerprint] of the account's password; empty: not bound yet
	Created  time.Time // when the login began
	Rotated  time.Time // when Current replaced Previous; Created before that
	Expires  time.Time // when Current expires
}

// Fingerprint identifies an encoded password without revealing it: 128 bits of its
// SHA-256, as base64url. An encoded password contains a random salt. A login that was
// begun with another password has another fingerprint in [Family].Bound.
func Fingerprint(encoded string) string {
	var space [256]byte // for all usual encodings, so that nothing is allocated
	sum := sha256.Sum256(append(append(space[:0], "go-modern-rest jwt password:"...), encoded...))
	var text [22]byte
	base64.RawURLEncoding.Encode(text[:], sum[:16])
	return string(text[:])
}

// Token is a row of the table of opaque API tokens, with the columns of django-modern-rest. The
// token itself is not stored.
type Token struct {
	ID       int64
	UserID   string    // as text
	Name     string    // distinguishes the tokens of a user
	Hash     string    `json:"-"` // HMAC of the token, in hex; unique
	Expires  time.Time // zero: never
	Revoked  time.Time // zero: it is not revoked
	LastUsed time.Time // zero: not recorded
	Created  time.Time
	Updated  time.Time
}
