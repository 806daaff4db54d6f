package schema

import (
	"unicode/utf8"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/scan"
)

// DefaultMaxDepth is how deep arrays and objects may be nested in a body.
const DefaultMaxDepth = 64

// decoder reads one JSON text (RFC 8259) strictly: it must be UTF-8, without duplicate
// names and without data after the value. An issue with a value does not end the reading;
// malformed JSON does.
type decoder struct {
	data     []byte
	pos      int
	depth    int
	maxDepth int
	issues   *Issues
	loc      []any
	broken   bool
}

// syntax ends the reading of malformed JSON. Its issue replaces those of the values.
func (d *decoder) syntax(text string) { d.broke(Issue{Msg: message.New(text), Code: CodeJSON}) }

// syntaxAt is like syntax, for a text that names the position.
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

// bad ends the reading because of the next byte, or because there is none.
func (d *decoder) bad(text string) {
	if d.pos >= len(d.data) {
		d.syntax(MsgTruncated)
		return
	}
	d.syntaxAt(text, d.pos)
}

func (d *decoder) space() { d.pos = scan.Space(d.data, d.pos) }

// peek skips space and returns the next byte, and 0 at the end.
func (d *decoder) peek() byte {
	d.space()
	if d.pos >= len(d.data) {
		return 0
	}
	return d.data[d.pos]
}

// expect consumes a certain byte after space.
func (d *decoder) expect(c byte) bool {
	if d.peek() != c || d.pos >= len(d.data) {
		d.bad(MsgBadCharacter)
		return false
	}
	d.pos++
	return true
}

// enter counts an array or object that begins.
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

// str consumes a string and returns its text, which may be a part of the data. A caller
// that keeps it makes a copy.
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

// names are the names of the members of one object, to find duplicates.
type names struct {
	few  []string
	many map[string]bool
}

// add adds a name and reports whether it is new. A duplicate ends the reading.
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

// object consumes an object. For each member it calls enter, which ends the reading by
// returning false, and then member, which must consume the value.
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

// array consumes an array. It calls element, which must consume the value, for each.
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
