package schema

import (
	"unicode/utf8"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/scan"
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

func (d *decoder) space() { d.pos = scan.Space(d.data, d.pos) }

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
	end, ok := scan.Number(d.data, start)
	d.pos = end
	if ok && end < len(d.data) {
		c := d.data[end]
		ok = !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.')
	}
	if !ok {
		d.bad(MsgBadNumber)
		return nil
	}
	return d.data[start:end]
}

// str consumes a string. The bytes are those of the data where nothing is escaped;
// the caller copies what it keeps.
func (d *decoder) str() ([]byte, bool) {
	d.space()
	start := d.pos + 1
	end, found := scan.String(d.data, d.pos)
	switch d.pos = end; found {
	case scan.NoQuote, scan.Control:
		d.bad(MsgBadCharacter)
		return nil, false
	case scan.NoEnd:
		d.syntax(MsgTruncated)
		return nil, false
	case scan.BadEscape:
		d.bad(MsgBadEscape)
		return nil, false
	}
	text := d.data[start : end-1]
	if found&scan.NonASCII != 0 && !utf8.Valid(text) {
		d.syntaxAt(MsgBadUTF8, start)
		return nil, false
	}
	if found&scan.Escaped == 0 {
		return text, true
	}
	text, lone := scan.Unescape(make([]byte, 0, len(text)), text)
	if lone >= 0 {
		d.syntaxAt(MsgBadEscape, start+lone)
		return nil, false
	}
	return text, true
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
