package jwtauth

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/internal/scan"
)

// object is a JSON object and an index of its members, and of those of its member "extras". It
// is made in one pass over the text.
type object struct {
	text    string
	members []member
	few     [16]member // what members is at first, so that most tokens need no other memory
}

// member says where a member is in the text. Its offsets fit into 16 bits because [maxToken]
// bounds the text.
type member struct {
	name, nameEnd   uint16 // without the quotes
	value, valueEnd uint16
	escaped         bool // the name has an escape
	inExtras        bool
}

// parse reads a text. It reports false unless the text is one JSON object in UTF-8, without lone
// surrogates, in which no object has a name twice (RFC 8725 §2.4).
func (o *object) parse(text string) bool {
	if len(text) > maxToken {
		return false
	}
	o.text, o.members = text, o.few[:0]
	s := scanner{text: text, index: o.members}
	s.space()
	if s.at() != '{' {
		return false
	}
	ok := s.value(0)
	if s.hard {
		return o.parseHard()
	}
	s.space()
	o.members = s.index
	return ok && s.pos == len(text) && (!s.other || utf8.ValidString(text))
}

// parseHard is parse by jsontext, for a text that the scanner gave up.
func (o *object) parseHard() bool {
	value := jsontext.Value(o.text)
	if !value.IsValid() {
		return false
	}
	o.members = o.members[:0]
	s := scanner{text: o.text}
	s.space()
	extras := -1
	for m := range s.known('{') {
		if o.members = append(o.members, m); extras < 0 && o.name(&m) == "extras" && o.text[m.value] == '{' {
			extras = int(m.value)
		}
	}
	if extras >= 0 {
		s = scanner{text: o.text, pos: extras}
		for m := range s.known('{') {
			m.inExtras = true
			o.members = append(o.members, m)
		}
	}
	return true
}

// all yields the names and the raw values of the members.
func (o *object) all() iter.Seq2[string, string] { return o.list(false) }

// extras yields the members of the member "extras".
func (o *object) extras() iter.Seq2[string, string] { return o.list(true) }

func (o *object) list(inExtras bool) iter.Seq2[string, string] {
	return func(yield func(name, raw string) bool) {
		for i := range o.members {
			m := &o.members[i]
			if m.inExtras == inExtras && !yield(o.name(m), o.raw(m)) {
				return
			}
		}
	}
}

// get returns the raw value of a member.
func (o *object) get(name string) (raw string, ok bool) { return o.find(name, false) }

// extra returns the raw value of a member of "extras".
func (o *object) extra(name string) (raw string, ok bool) { return o.find(name, true) }

func (o *object) find(name string, inExtras bool) (raw string, ok bool) {
	for i := range o.members {
		m := &o.members[i]
		if int(m.nameEnd-m.name) != len(name) && !m.escaped {
			continue // the usual case
		}
		if m.inExtras == inExtras && o.name(m) == name {
			return o.raw(m), true
		}
	}
	return "", false
}

func (o *object) raw(m *member) string { return o.text[m.value:m.valueEnd] }

func (o *object) name(m *member) string {
	if m.escaped {
		name, _ := unquote(o.text[m.name-1 : m.nameEnd+1])
		return name
	}
	return o.text[m.name:m.nameEnd]
}

// scanner checks JSON without allocating. It sets hard and gives up where it meets what is rare in
// a token: escapes in names, many members, deep nesting.
type scanner struct {
	text  string
	pos   int
	other bool // a string is not ASCII
	hard  bool
	index []member // of the members at the top and in "extras"
	names [32]span // of the objects around pos, the innermost last
	open  int      // how many names there are
}

// span is a part of the text.
type span struct {
	start, end uint16
	key        uint32 // differs for nearly all texts that differ, so that few are compared
}

func (s *scanner) span(start, end int) span {
	key := uint32(offset(end - start))
	if end > start {
		key = key<<16 | uint32(s.text[start])<<8 | uint32(s.text[end-1])
	}
	return span{offset(start), offset(end), key}
}

// offset is an offset into a text, which maxToken bounds.
func offset(pos int) uint16 { return uint16(pos) } //nolint:gosec // it fits

const maxDepth = 8

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
	switch c := s.at(); {
	case c == '"':
		return s.str()
	case c == '{':
		return s.object(depth, false)
	case c == '[':
		return s.array(depth)
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.pos:], word) {
			s.pos += len(word)
			return true
		}
	}
	return false
}

// object checks an object. extras says that it is the member "extras" of the whole.
func (s *scanner) object(depth int, extras bool) bool {
	if depth > maxDepth {
		s.hard = true
		return false
	}
	outer := s.open
	s.pos++
	s.space()
	if s.at() == '}' {
		s.pos++
		return true
	}
	for {
		s.space()
		name, ok := s.name(outer)
		if !ok {
			return false
		}
		s.space()
		if s.at() != ':' {
			return false
		}
		s.pos++
		s.space()
		start := s.pos
		if depth == 0 && s.at() == '{' && s.text[name.start:name.end] == "extras" {
			ok = s.object(1, true)
		} else {
			ok = s.value(depth + 1)
		}
		if !ok {
			return false
		}
		if depth == 0 || extras {
			s.index = append(s.index, member{name: name.start, nameEnd: name.end, value: offset(start), valueEnd: offset(s.pos), inExtras: extras})
		}
		if more, ok := s.next('}'); !more {
			s.open = outer
			return ok
		}
	}
}

// name consumes the name of a member, which must differ from those before it in its object.
func (s *scanner) name(outer int) (span, bool) {
	start := s.pos + 1
	end, found := scan.String(s.text, s.pos)
	if !found.OK() || found&scan.Escaped != 0 || s.open == len(s.names) {
		s.hard = found.OK()
		return span{}, false
	}
	s.other = s.other || found&scan.NonASCII != 0
	s.pos = end
	name := s.span(start, end-1)
	for _, before := range s.names[outer:s.open] {
		if before.key == name.key && s.text[before.start:before.end] == s.text[name.start:name.end] {
			return name, false
		}
	}
	s.names[s.open] = name
	s.open++
	return name, true
}

func (s *scanner) array(depth int) bool {
	if depth > maxDepth {
		s.hard = true
		return false
	}
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

// str consumes a string.
func (s *scanner) str() bool {
	start := s.pos + 1
	end, found := scan.String(s.text, s.pos)
	if !found.OK() {
		return false
	}
	if found&scan.Escaped != 0 {
		var room [128]byte
		if _, lone := scan.Unescape(room[:0], s.text[start:end-1]); lone >= 0 {
			return false
		}
	}
	s.other = s.other || found&scan.NonASCII != 0
	s.pos = end
	return true
}

func (s *scanner) number() (ok bool) {
	s.pos, ok = scan.Number(s.text, s.pos)
	return ok
}

// elements yields the raw values of a valid array.
func elements(array string) iter.Seq[string] {
	return func(yield func(raw string) bool) {
		s := scanner{text: array}
		for m := range s.known('[') {
			if !yield(array[m.value:m.valueEnd]) {
				return
			}
		}
	}
}

// known yields where the parts of a valid object or array are, which begins at pos with open.
func (s *scanner) known(open byte) iter.Seq[member] {
	return func(yield func(m member) bool) {
		for s.pos++; ; s.pos++ {
			s.space()
			if s.at() == '}' || s.at() == ']' {
				return
			}
			var m member
			if open == '{' {
				m.name = offset(s.pos + 1)
				s.skip()
				m.nameEnd = offset(s.pos - 1)
				m.escaped = strings.IndexByte(s.text[m.name:m.nameEnd], '\\') >= 0
				s.space()
				s.pos++
				s.space()
			}
			m.value = offset(s.pos)
			s.skip()
			m.valueEnd = offset(s.pos)
			if !yield(m) {
				return
			}
			s.space()
			if s.at() != ',' {
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
			s.pos, _ = scan.String(s.text, s.pos)
			if depth == 0 {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return // of what the value is in, after a number or word
			}
			if depth--; depth == 0 {
				s.pos++
				return
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return
			}
		}
		s.pos++
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
	text, _ := scan.Unescape(make([]byte, 0, len(inside)), inside)
	return string(text), true
}
