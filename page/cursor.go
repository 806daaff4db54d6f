package page

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Cursor is a position in a list as an opaque text: the JSON of the position in unpadded
// base64url (RFC 4648 §5). It is a parameter of a request or a member of a body. The zero
// Cursor has no position, and its text is empty.
type Cursor[K any] struct {
	position K
	set      bool
}

// At returns the cursor of a position.
func At[K any](position K) Cursor[K] { return Cursor[K]{position: position, set: true} }

// Position returns the position, and reports whether there is one.
func (c Cursor[K]) Position() (K, bool) { return c.position, c.set }

// String returns the text. It is empty for the zero Cursor, and where a K cannot be
// written as JSON.
func (c Cursor[K]) String() string {
	text, err := c.MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

// MarshalText implements encoding.TextMarshaler.
func (c Cursor[K]) MarshalText() ([]byte, error) {
	if !c.set {
		return []byte{}, nil
	}
	value, err := json.Marshal(c.position)
	if err != nil {
		return nil, fmt.Errorf("page: the position cannot be written: %w", err)
	}
	return base64.RawURLEncoding.AppendEncode(nil, value), nil
}

// maxText is the longest text in bytes that is read as a cursor.
const maxText = 2048

var errCursor = errors.New("not a cursor of this list")

// UnmarshalText implements encoding.TextUnmarshaler. It accepts what MarshalText writes for
// the same K, and the empty text as no position. Package rest answers its error with 400.
func (c *Cursor[K]) UnmarshalText(text []byte) error {
	*c = Cursor[K]{}
	if len(text) == 0 {
		return nil
	}
	if len(text) > maxText {
		return errCursor
	}
	value, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil {
		return errCursor
	}
	var position K
	if err := json.Unmarshal(value, &position); err != nil {
		return errCursor
	}
	if again, err := json.Marshal(position); err != nil || !bytes.Equal(again, value) {
		return errCursor // null, a missing or an unknown member
	}
	*c = At(position)
	return nil
}
