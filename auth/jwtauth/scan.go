package jwtauth

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/internal/scan"
)

// validObject reports whether a text is one JSON object and nothing else: UTF-8,
// no name twice in an object (RFC 8725 §2.4), no lone surrogates.
func validObject(text string) bool {
	s := scanner{text: text}
	s.space()
	if s.at() != '{' {
		return false
	}
	switch ok := s.value(0); {
	case s.hard:
		return jsontext.Value(text).IsValid()
	case !ok:
		return false
	}
	s.space()
	return s.pos == len(text) && (!s.other || utf8.ValidString(text))
}

// scanner checks the JSON that tokens are made of without allocating. What is
// rare in one (escapes, many members, deep nesting) it leaves to jsontext: hard.
type scanner struct {
	text  string
	pos   int
	other bool // a string is not ASCII
	hard  bool
}

const (
	maxNames = 24 // of one object, compared one by one
	maxDepth = 8
)

// at returns the next byte; 0 at the end.
func (s *scanner) at() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

func (s *scanner) space() { s.pos = scan.Space(s.text, s.pos) }

// value checks one value. If it sets hard, false does not mean that the value is wrong.
func (s *scanner) value(depth int) bool {
	if depth > maxDepth {
		s.hard = true
		return false
	}
	switch c := s.at(); {
	case c == '"':
		_, ok := s.str()
		return ok
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(s.text)-s.pos >= len(word) && s.text[s.pos:s.pos+len(word)] == word {
			s.pos += len(word)
			return true
		}
	}
	return false
}

func (s *scanner) object(depth int) bool {
	var names [maxNames]string
	s.pos++
	s.space()
	if s.at() == '}' {
		s.pos++
		return true
	}
	for n := 0; ; n++ {
		s.space()
		name, ok := s.str()
		if !ok {
			return false
		}
		if n == maxNames {
			s.hard = true
			return false
		}
		for _, other := range names[:n] {
			if other == name {
				return false
			}
		}
		names[n] = name
		s.space()
		if s.at() != ':' {
			return false
		}
		s.pos++
		s.space()
		if !s.value(depth + 1) {
			return false
		}
		if more, ok := s.next('}'); !more {
			return ok
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.pos++
	s.space()
	if s.at() == ']' {
		s.pos++
		return true
	}
	for {
		s.space()
		if !s.value(depth + 1) {
			return false
		}
		if more, ok := s.next(']'); !more {
			return ok
		}
	}
}

// next consumes a comma, or the end of an object or array.
func (s *scanner) next(end byte) (more, ok bool) {
	s.space()
	switch s.at() {
	case ',':
		s.pos++
		return true, true
	case end:
		s.pos++
		return false, true
	}
	return false, false
}

// str consumes a string and returns what is between the quotes.
func (s *scanner) str() (string, bool) {
	end, found := scan.String(s.text, s.pos)
	if !found.OK() || found&scan.Escaped != 0 {
		s.hard = s.hard || found == scan.BadEscape || found.OK()
		return "", false
	}
	s.other = s.other || found&scan.NonASCII != 0
	text := s.text[s.pos+1 : end-1]
	s.pos = end
	return text, true
}

func (s *scanner) number() (ok bool) {
	s.pos, ok = scan.Number(s.text, s.pos)
	return ok
}

// members yields the names and the raw values of an object that validObject has
// passed.
func members(object string) iter.Seq2[string, string] {
	return func(yield func(name, raw string) bool) {
		s := scanner{text: object}
		s.space()
		for s.pos++; ; s.pos++ {
			s.space()
			if s.at() == '}' {
				return
			}
			start := s.pos
			s.skip()
			name, _ := unquote(object[start:s.pos])
			s.space()
			s.pos++
			s.space()
			start = s.pos
			s.skip()
			if !yield(name, object[start:s.pos]) {
				return
			}
			s.space()
			if s.at() == '}' {
				return
			}
		}
	}
}

// elements yields the raw values of a valid array.
func elements(array string) iter.Seq[string] {
	return func(yield func(raw string) bool) {
		s := scanner{text: array}
		for s.pos++; ; s.pos++ {
			s.space()
			if s.at() == ']' {
				return
			}
			start := s.pos
			s.skip()
			if !yield(array[start:s.pos]) {
				return
			}
			s.space()
			if s.at() == ']' {
				return
			}
		}
	}
}

// skip consumes a value that is known to be valid.
func (s *scanner) skip() {
	depth := 0
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '"':
			for s.pos++; s.text[s.pos] != '"'; s.pos++ {
				if s.text[s.pos] == '\\' {
					s.pos++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return // of what the value is in, after a number or word
			}
			depth--
		case ',', ' ', '\t', '\n', '\r', ':':
			if depth == 0 {
				return
			}
			s.pos++
			continue
		default:
			s.pos++
			continue
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// unquote returns the text of a valid JSON string; false for any other value.
func unquote(raw string) (string, bool) {
	if raw == "" || raw[0] != '"' {
		return "", false
	}
	inside := raw[1 : len(raw)-1]
	if strings.IndexByte(inside, '\\') < 0 {
		return inside, true
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	return string(text), err == nil
}
