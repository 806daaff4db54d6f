package store

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// IDType is the type of the ids of the users in a table. Sessions, tokens and records have ids
// as text; a store converts them for its columns. The zero value is [Integer].
type IDType int

// The types of ids.
const (
	// Integer is a number that the database assigns, such as Django's AutoField. The text is
	// decimal: "7".
	Integer IDType = iota
	// UUID is a UUID in lower case with dashes: "6ba7b810-9dad-11d1-80b4-00c04fd430c8".
	// Django's UUIDField has no dashes in SQLite and is a uuid in PostgreSQL.
	UUID
	// Text is any text of at most 150 bytes, such as the id of another system.
	Text
)

// maxTextID is the length of a [Text] id in bytes.
const maxTextID = 150

// String returns the name of the type.
func (t IDType) String() string {
	switch t {
	case Integer:
		return "integer"
	case UUID:
		return "UUID"
	case Text:
		return "text"
	}
	return fmt.Sprintf("IDType(%d)", int(t))
}

// Valid reports whether an id is written as this type requires. Each id has one spelling, so
// "01", "+1" and " 1" are not integers, and a UUID in upper case is not valid.
func (t IDType) Valid(id string) bool {
	switch t {
	case Integer:
		n, err := strconv.ParseInt(id, 10, 64)
		return err == nil && strconv.FormatInt(n, 10) == id
	case UUID:
		return validUUID(id)
	case Text:
		return id != "" && len(id) <= maxTextID && utf8.ValidString(id) && !strings.Contains(id, "\x00")
	}
	return false
}

func validUUID(id string) bool {
	if len(id) != len("6ba7b810-9dad-11d1-80b4-00c04fd430c8") {
		return false
	}
	for i, c := range []byte(id) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
				return false
			}
		}
	}
	return true
}

// New returns the id of a new user: a random UUID (version 4, RFC 9562 §5.4) for [UUID] and
// [Text], and the empty text for [Integer], because the database assigns these.
func (t IDType) New() string {
	if t == Integer {
		return ""
	}
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
