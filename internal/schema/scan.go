package schema

import (
	"bytes"
	"strings"
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
	place
	data     []byte
	pos      int
	depth    int
	maxDepth int
	broken   bool
	lists    int             // how many lists the value is in
	texts    strings.Builder // see keep
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
	if d.pos < len(d.data) && d.data[d.pos] > ' ' {
		return d.data[d.pos] // most texts have no space
	}
	return d.afterSpace()
}

func (d *decoder) afterSpace() byte {
	if d.space(); d.pos < len(d.data) {
		return d.data[d.pos]
	}
	return 0
}

// expect consumes a certain byte after space.
func (d *decoder) expect(c byte) bool {
	if d.peek() != c {
		d.bad(MsgBadCharacter)
		return false
	}
	d.pos++
	return true
}

// open begins an array or an object, whose first byte is c. The caller reads its elements
// or members while more reports that there are any.
func (d *decoder) open(c byte) {
	if d.depth++; d.depth > d.maxDepth {
		d.broke(Issue{Msg: message.New(MsgTooDeep, d.maxDepth), Code: CodeJSON, Params: map[string]any{"maxDepth": d.maxDepth}})
		return
	}
	d.expect(c)
}

// more reports whether another element or member follows, the first of which is the 0th. If
// not, it consumes the end.
func (d *decoder) more(end byte, i int) bool {
	switch {
	case d.broken:
		return false
	case d.peek() == end:
		d.pos++
		d.depth--
		return false
	}
	return i == 0 || d.expect(',')
}

// name consumes the name of a member and its colon.
func (d *decoder) name(seen *names) ([]byte, bool) {
	name, ok := d.str()
	return name, ok && seen.add(d, name) && d.expect(':')
}

// maxText is the longest text that keep puts into a block, and maxBlock is the size of a block.
const (
	maxText  = 64
	maxBlock = 512
)

// keep copies a text out of the data. The short texts in a list share blocks, which is cheaper
// than to allocate each. A handler that keeps one of them keeps a block, never the whole body.
// Other texts do not share one, so that a name which is kept does not keep the password that was
// sent with it.
func (d *decoder) keep(text []byte) string {
	if d.lists == 0 || len(text) > maxText {
		return string(text)
	}
	if d.texts.Cap()-d.texts.Len() < len(text) {
		d.texts.Reset()
		d.texts.Grow(min(maxBlock, len(text)+len(d.data)-d.pos))
	}
	start := d.texts.Len()
	d.texts.Write(text)
	return d.texts.String()[start:]
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
	d.peek()
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
		d.open(c)
		var seen names
		for i := 0; d.more('}', i); i++ {
			if _, ok := d.name(&seen); ok {
				d.skip()
			}
		}
	case c == '[':
		d.open(c)
		for i := 0; d.more(']', i); i++ {
			d.skip()
		}
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
	few  [][]byte // parts of the data
	many map[string]bool
}

// add adds a name and reports whether it is new. A duplicate ends the reading.
func (n *names) add(d *decoder, name []byte) bool {
	known := n.many[string(name)]
	for _, other := range n.few {
		known = known || bytes.Equal(other, name)
	}
	switch {
	case known:
		d.syntaxAt(MsgDuplicateName, d.pos)
	case len(n.few) < 16:
		n.few = append(n.few, name)
	case n.many == nil:
		n.many = map[string]bool{string(name): true}
	default:
		n.many[string(name)] = true
	}
	return !known
}
