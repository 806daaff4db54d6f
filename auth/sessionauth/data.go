package sessionauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The names under which Django stores the user (contrib/auth/__init__.py), the CSRF secret and
// the expiry of a session.
const (
	keyUserID  = "_auth_user_id"
	keyBackend = "_auth_user_backend"
	keyHash    = "_auth_user_hash"
	keyCSRF    = "_csrftoken"
	keyExpiry  = "_session_expiry"
)

// data is the data of a session: the members of a JSON object, in order. Values are kept as
// text until they are changed, because Python writes numbers and strings that Go's JSON would
// alter: integers of any size, 1.0, NaN, lone surrogates.
type data []member

type member struct {
	name  string // decoded
	key   string // as written, with quotes
	value string // as written
}

// maxDepth is how deep the values of a session may nest.
const maxDepth = 200

var errNoObject = errors.New("sessionauth: session data is no JSON object")

// parseData reads what Python's json wrote. Bytes beyond ASCII are Latin-1, as Django's
// JSONSerializer writes them. If a name occurs several times, the last value wins.
func parseData(payload []byte) (data, error) {
	s := &scanner{text: latin1(payload)}
	s.space()
	if !s.take('{') {
		return nil, errNoObject
	}
	d := make(data, 0, 6) // a login has little more than this
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

// ascii escapes everything beyond ASCII, which JSON has in strings only.
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

// put sets a member. It replaces one of the same name in its place, as a dict does.
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

// text returns a value that is a string, and an empty text if it is not.
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
		return "" // does not happen: the scanner has accepted it
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

// setText sets a string. It cannot fail.
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
