package sessionauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The names under which Django keeps who logged in (contrib/auth/__init__.py), the
// CSRF secret and an expiry of the session's own.
const (
	keyUserID  = "_auth_user_id"
	keyBackend = "_auth_user_backend"
	keyHash    = "_auth_user_hash"
	keyCSRF    = "_csrftoken"
	keyExpiry  = "_session_expiry"
)

// data is what a session holds: the members of a JSON object, in order. Values that
// nobody changes are kept as text: Python writes numbers and strings that Go's JSON
// would alter (integers of any size, 1.0, NaN, lone surrogates).
type data []member

type member struct {
	name  string // decoded
	key   string // as written, with quotes
	value string // as written
}

// maxDepth bounds how deep a session's values nest.
const maxDepth = 200

var errNoObject = errors.New("sessionauth: session data is no JSON object")

// parseData reads what Python's json wrote. Bytes beyond ASCII are Latin-1, since
// JSONSerializer encodes and decodes that way; of equal names the last value wins.
func parseData(payload []byte) (data, error) {
	s := &scanner{text: latin1(payload)}
	s.space()
	if !s.take('{') {
		return nil, errNoObject
	}
	d := make(data, 0, 6) // what a login has, and little more
	for s.space(); !s.take('}'); s.space() {
		if len(d) > 0 {
			if !s.take(',') {
				return nil, errNoObject
			}
			s.space()
		}
		m, ok := s.member()
		if !ok {
			return nil, errNoObject
		}
		d.put(m)
	}
	if s.space(); s.at != len(s.text) {
		return nil, errNoObject
	}
	return d, nil
}

// latin1 reads bytes as Python's bytes.decode("latin-1").
func latin1(payload []byte) string {
	for _, b := range payload {
		if b >= utf8.RuneSelf {
			text := make([]rune, len(payload))
			for i, b := range payload {
				text[i] = rune(b)
			}
			return string(text)
		}
	}
	return string(payload)
}

// encode writes the data as JSONSerializer does: compact, and in ASCII.
func (d data) encode() []byte {
	var text strings.Builder
	text.WriteByte('{')
	for i, m := range d {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(m.key)
		text.WriteByte(':')
		text.WriteString(m.value)
	}
	text.WriteByte('}')
	return ascii(text.String())
}

// ascii escapes everything else: outside of strings JSON has nothing else.
func ascii(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// put sets a member; an old one of the same name keeps its place, as in a dict.
func (d *data) put(m member) {
	for i := range *d {
		if (*d)[i].name == m.name {
			(*d)[i] = m
			return
		}
	}
	*d = append(*d, m)
}

// raw returns a value as written.
func (d data) raw(name string) (string, bool) {
	for _, m := range d {
		if m.name == name {
			return m.value, true
		}
	}
	return "", false
}

// text returns a value that is a string; empty if it is none.
func (d data) text(name string) string {
	raw, ok := d.raw(name)
	if !ok || len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	return unquote(raw)
}

// unquote decodes a string literal; most have nothing to decode.
func unquote(literal string) string {
	if inner := literal[1 : len(literal)-1]; !strings.Contains(inner, `\`) {
		return inner
	}
	var text string
	if err := json.Unmarshal([]byte(literal), &text); err != nil {
		return "" // the scanner let it through: cannot be
	}
	return text
}

// set encodes a value.
func (d *data) set(name string, value any) error {
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("sessionauth: session value %q: %w", name, err)
	}
	d.put(member{name, string(key), string(text)})
	return nil
}

// setText is set for a string, which does not fail.
func (d *data) setText(name, value string) {
	if err := d.set(name, value); err != nil {
		panic("sessionauth: a string does not marshal: " + err.Error())
	}
}

func (d *data) remove(name string) bool {
	for i, m := range *d {
		if m.name == name {
			*d = append((*d)[:i:i], (*d)[i+1:]...)
			return true
		}
	}
	return false
}
