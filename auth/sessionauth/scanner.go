package sessionauth

import "strings"

// scanner finds where JSON values end, by the grammar of Python's json: RFC 8259
// and NaN, Infinity, -Infinity.
type scanner struct {
	text string
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) && strings.IndexByte(" \t\n\r", s.text[s.at]) >= 0 {
		s.at++
	}
}

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
	if !s.take('"') {
		return false
	}
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < 0x20:
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

func (s *scanner) escape() bool {
	if s.at == len(s.text) {
		return false
	}
	c := s.text[s.at]
	s.at++
	if c != 'u' {
		return strings.IndexByte(`"\/bfnrt`, c) >= 0
	}
	for range 4 {
		if s.at == len(s.text) || !strings.Contains("0123456789abcdefABCDEF", s.text[s.at:s.at+1]) {
			return false
		}
		s.at++
	}
	return true
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}
