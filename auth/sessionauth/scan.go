package sessionauth

import (
	"strings"

	"github.com/go-modern-rest/rest/internal/scan"
)

// scanner finds where JSON values end, by the grammar of Python's json: RFC 8259
// and NaN, Infinity, -Infinity.
type scanner struct {
	text string
	at   int
}

func (s *scanner) space() { s.at = scan.Space(s.text, s.at) }

func (s *scanner) take(character byte) bool {
	if s.at < len(s.text) && s.text[s.at] == character {
		s.at++
		return true
	}
	return false
}

func (s *scanner) word(text string) bool {
	if strings.HasPrefix(s.text[s.at:], text) {
		s.at += len(text)
		return true
	}
	return false
}

// member reads "name": value.
func (s *scanner) member() (m member, ok bool) {
	from := s.at
	if !s.str() {
		return m, false
	}
	m.key = s.text[from:s.at]
	m.name = unquote(m.key)
	s.space()
	if !s.take(':') {
		return m, false
	}
	s.space()
	from = s.at
	ok = s.value(maxDepth)
	m.value = s.text[from:s.at]
	return m, ok
}

func (s *scanner) value(depth int) bool {
	if s.at == len(s.text) || depth == 0 {
		return false
	}
	switch s.text[s.at] {
	case '"':
		return s.str()
	case '{':
		return s.list('{', '}', depth, true)
	case '[':
		return s.list('[', ']', depth, false)
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	case 'N':
		return s.word("NaN")
	case 'I':
		return s.word("Infinity")
	}
	return s.word("-Infinity") || s.number()
}

// list reads an array, or an object where named.
func (s *scanner) list(open, end byte, depth int, named bool) bool {
	s.take(open)
	s.space()
	if s.take(end) {
		return true
	}
	for {
		s.space()
		if named {
			if !s.str() {
				return false
			}
			s.space()
			if !s.take(':') {
				return false
			}
			s.space()
		}
		if !s.value(depth - 1) {
			return false
		}
		s.space()
		if s.take(end) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scanner) str() bool {
	end, found := scan.String(s.text, s.at)
	s.at = end
	return found.OK()
}

func (s *scanner) number() (ok bool) {
	s.at, ok = scan.Number(s.text, s.at)
	return ok
}
