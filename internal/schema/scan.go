package schema

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/internal/message"
)

// DefaultMaxDepth is how deep lists and objects may be nested in a body.
const DefaultMaxDepth = 64

// decoder reads one JSON text (RFC 8259) strictly: UTF-8, no duplicate names, no
// data after the value. Mistakes of values are collected and reading goes on; a
// mistake of the JSON itself ends it.
type decoder struct {
	data     []byte
	pos      int
	depth    int
	maxDepth int
	issues   *Issues
	loc      []any
	broken   bool
}

// syntax ends reading. The mistake of the JSON replaces the issues of its values.
func (d *decoder) syntax(text string) { d.broke(Issue{Msg: message.New(text), Code: CodeJSON}) }

// syntaxAt is syntax for a mistake at a byte of the text.
func (d *decoder) syntaxAt(text string, pos int) {
	d.broke(Issue{Msg: message.New(text, pos), Code: CodeJSON, Params: map[string]any{"byte": pos}})
}

func (d *decoder) broke(issue Issue) {
	if d.broken {
		return
	}
	d.broken = true
	d.issues.Reset()
	d.issues.keep(issue)
}

// bad is the syntax error at the current byte.
func (d *decoder) bad(text string) {
	if d.pos >= len(d.data) {
		d.syntax(MsgTruncated)
		return
	}
	d.syntaxAt(text, d.pos)
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// peek skips space and returns the next byte; 0 at the end.
func (d *decoder) peek() byte {
	d.space()
	if d.pos >= len(d.data) {
		return 0
	}
	return d.data[d.pos]
}

// expect consumes one byte of punctuation.
func (d *decoder) expect(c byte) bool {
	if d.peek() != c || d.pos >= len(d.data) {
		d.bad(MsgBadCharacter)
		return false
	}
	d.pos++
	return true
}

func (d *decoder) enter() bool {
	if d.depth++; d.depth > d.maxDepth {
		d.broke(Issue{Msg: message.New(MsgTooDeep, d.maxDepth), Code: CodeJSON, Params: map[string]any{"maxDepth": d.maxDepth}})
		return false
	}
	return true
}

// word consumes true, false or null.
func (d *decoder) word(w string) bool {
	rest := d.data[d.pos:]
	if len(rest) < len(w) && string(rest) == w[:len(rest)] {
		d.pos = len(d.data)
		d.syntax(MsgTruncated)
		return false
	}
	if len(rest) < len(w) || string(rest[:len(w)]) != w {
		d.bad(MsgBadCharacter)
		return false
	}
	d.pos += len(w)
	return true
}

// number consumes a number and returns its text.
func (d *decoder) number() []byte {
	start := d.pos
	digits := func() bool {
		from := d.pos
		for d.pos < len(d.data) && d.data[d.pos] >= '0' && d.data[d.pos] <= '9' {
			d.pos++
		}
		if d.pos == from {
			d.bad(MsgBadNumber)
		}
		return d.pos > from
	}
	if d.at('-') {
		d.pos++
	}
	if d.at('0') {
		d.pos++
	} else if !digits() {
		return nil
	}
	if d.at('.') {
		d.pos++
		if !digits() {
			return nil
		}
	}
	if d.at('e') || d.at('E') {
		d.pos++
		if d.at('+') || d.at('-') {
			d.pos++
		}
		if !digits() {
			return nil
		}
	}
	if d.pos < len(d.data) {
		if c := d.data[d.pos]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' {
			d.bad(MsgBadNumber)
			return nil
		}
	}
	return d.data[start:d.pos]
}

func (d *decoder) at(c byte) bool { return d.pos < len(d.data) && d.data[d.pos] == c }

// str consumes a string. The bytes are those of the data where nothing is escaped;
// the caller copies what it keeps.
func (d *decoder) str() ([]byte, bool) {
	if !d.expect('"') {
		return nil, false
	}
	start, ascii := d.pos, true
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			text := d.data[start:d.pos]
			if !ascii && !utf8.Valid(text) {
				d.syntaxAt(MsgBadUTF8, start)
				return nil, false
			}
			d.pos++
			return text, true
		case c == '\\':
			return d.escaped(start)
		case c < ' ':
			d.bad(MsgBadCharacter)
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
		d.pos++
	}
	d.syntax(MsgTruncated)
	return nil, false
}

// escaped consumes the rest of a string that has an escape in it.
func (d *decoder) escaped(start int) ([]byte, bool) {
	text := append([]byte(nil), d.data[start:d.pos]...)
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			if !utf8.Valid(text) {
				d.syntaxAt(MsgBadUTF8, start)
				return nil, false
			}
			d.pos++
			return text, true
		case c < ' ':
			d.bad(MsgBadCharacter)
			return nil, false
		case c != '\\':
			text = append(text, c)
			d.pos++
		default:
			var ok bool
			if text, ok = d.escape(text); !ok {
				return nil, false
			}
		}
	}
	d.syntax(MsgTruncated)
	return nil, false
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (d *decoder) escape(text []byte) ([]byte, bool) {
	if d.pos+1 >= len(d.data) {
		d.syntax(MsgTruncated)
		return nil, false
	}
	c := d.data[d.pos+1]
	if plain, ok := escapes[c]; ok {
		d.pos += 2
		return append(text, plain), true
	}
	r, ok := d.unicode(d.pos)
	if ok && utf16.IsSurrogate(r) {
		var low rune
		if low, ok = d.unicode(d.pos + 6); ok {
			r = utf16.DecodeRune(r, low)
			d.pos += 6
			ok = r != utf8.RuneError
		}
	}
	if !ok {
		d.bad(MsgBadEscape)
		return nil, false
	}
	d.pos += 6
	return utf8.AppendRune(text, r), true
}

// unicode reads \uXXXX at a position.
func (d *decoder) unicode(at int) (rune, bool) {
	if at+6 > len(d.data) || d.data[at] != '\\' || d.data[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range d.data[at+2 : at+6] {
		digit, err := strconv.ParseUint(string(rune(c)), 16, 8)
		if err != nil {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

// skip consumes any value and returns its text.
func (d *decoder) skip() []byte {
	c := d.peek()
	start := d.pos
	switch {
	case c == '{':
		names := names{}
		d.object(func(name []byte) bool { return names.add(d, name) }, func([]byte) { d.skip() })
	case c == '[':
		d.array(func(int) { d.skip() })
	case c == '"':
		d.str()
	case c == 't':
		d.word("true")
	case c == 'f':
		d.word("false")
	case c == 'n':
		d.word("null")
	case c == '-' || c >= '0' && c <= '9':
		d.number()
	default:
		d.bad(MsgBadCharacter)
	}
	return d.data[start:d.pos]
}

// names remembers the member names of one object.
type names struct {
	few  []string
	many map[string]bool
}

// add reports whether a name is new; a known one is a syntax error.
func (n *names) add(d *decoder, name []byte) bool {
	known := n.many[string(name)]
	for _, other := range n.few {
		known = known || other == string(name)
	}
	switch {
	case known:
		d.syntaxAt(MsgDuplicateName, d.pos)
	case len(n.few) < 16:
		n.few = append(n.few, string(name))
	case n.many == nil:
		n.many = map[string]bool{string(name): true}
	default:
		n.many[string(name)] = true
	}
	return !known
}

// object consumes an object. enter decides about a name, member reads its value.
func (d *decoder) object(enter func(name []byte) bool, member func(name []byte)) {
	if !d.enter() || !d.expect('{') {
		return
	}
	defer func() { d.depth-- }()
	if d.peek() == '}' && d.pos < len(d.data) {
		d.pos++
		return
	}
	for !d.broken {
		d.space()
		name, ok := d.str()
		if !ok || !enter(name) || !d.expect(':') {
			return
		}
		if member(name); d.broken {
			return
		}
		if d.peek() == '}' && d.pos < len(d.data) {
			d.pos++
			return
		}
		if !d.expect(',') {
			return
		}
	}
}

// array consumes an array.
func (d *decoder) array(element func(i int)) {
	if !d.enter() || !d.expect('[') {
		return
	}
	defer func() { d.depth-- }()
	if d.peek() == ']' && d.pos < len(d.data) {
		d.pos++
		return
	}
	for i := 0; !d.broken; i++ {
		if element(i); d.broken {
			return
		}
		if d.peek() == ']' && d.pos < len(d.data) {
			d.pos++
			return
		}
		if !d.expect(',') {
			return
		}
	}
}
