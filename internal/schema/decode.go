package schema

import (
	"encoding"
	"reflect"
	"unsafe"

	"github.com/go-json-experiment/json"

	"github.com/go-modern-rest/rest/internal/message"
)

// Decode reads a JSON text into the value at dst, which has the type of the node and
// must be zero. It adds an issue for each mistake, with loc in front of the location in
// the text. A text that is not JSON is one issue without a location. The value does not
// refer to data afterwards. A maxDepth of 0 means [DefaultMaxDepth].
func (n *Node) Decode(data []byte, dst unsafe.Pointer, loc []any, issues *Issues, maxDepth int) {
	(&Value{Node: n}).Decode(data, dst, loc, issues, maxDepth)
}

// Value is a node with the constraints of a field: two fields of one type share the node.
type Value struct {
	Node     *Node
	rules    *rules
	optional bool // need not be sent, although its type is not nullable
}

// Decode is like [Node.Decode], with the constraints of the value.
func (v *Value) Decode(data []byte, dst unsafe.Pointer, loc []any, issues *Issues, maxDepth int) {
	if maxDepth <= 0 {
		maxDepth = DefaultMaxDepth
	}
	d := decoder{data: data, maxDepth: maxDepth, place: place{issues: issues, outer: loc}}
	if d.peek() == 0 && d.pos >= len(data) {
		if !v.Node.nullable() { // a body that is a pointer need not be sent
			d.issue(CodeRequired, nil, MsgEmpty)
		}
		return
	}
	d.value(v.Node, v.rules, dst)
	if !d.broken {
		if d.space(); d.pos < len(data) {
			d.syntaxAt(MsgTrailing, d.pos)
		}
	}
}

// value reads the next JSON value into the value at an address.
func (d *decoder) value(n *Node, r *rules, at unsafe.Pointer) {
	c := d.peek()
	if n.nullable() {
		d.nullableValue(n, r, at, c)
		return
	}
	switch n.kind {
	case kindAny:
		d.anyValue(n, at)
	case kindRaw, kindCustom:
		d.foreign(n, at)
	case kindStruct:
		if d.wants(c == '{', "object", MsgObject) {
			d.structValue(n, at)
		}
	case kindMap:
		if d.wants(c == '{', "object", MsgObject) {
			d.mapValue(n, r, at)
		}
	case kindSlice, kindArray:
		if d.wants(c == '[', "array", MsgArray) {
			d.list(n, r, at)
		}
	case kindBool:
		if !d.wants(c == 't' || c == 'f', "boolean", MsgBoolean) {
			return
		}
		if c == 't' {
			*(*bool)(at) = d.word("true")
		} else {
			d.word("false")
		}
	case kindInt, kindUint, kindFloat, kindNumber:
		if d.wants(c == '-' || c >= '0' && c <= '9', n.kind.numberType(), numberMessage(n)) {
			if text := d.number(); text != nil {
				n.setNumber(string(text), r, at, &d.place)
			}
		}
	default:
		if !d.wants(c == '"', "string", textMessage(n)) {
			return
		}
		if text, ok := d.str(); ok {
			n.setText(d.keep(text), r, at, &d.place)
		}
	}
}

// wants skips a JSON value of the wrong type and adds an issue about it. It returns fits.
func (d *decoder) wants(fits bool, typ, text string) bool {
	if !fits {
		if d.skip(); !d.broken {
			d.issue(CodeType, typ, text)
		}
	}
	return fits
}

// numberType is the JSON Schema type of a kind of number.
func (k kind) numberType() string {
	if k == kindInt || k == kindUint {
		return "integer"
	}
	return "number"
}

// numberMessage is the text about a value that is not a number.
func numberMessage(n *Node) string {
	if n.kind == kindInt || n.kind == kindUint {
		return MsgInteger
	}
	return MsgNumber
}

// textMessage is the text about a value that is not a string, or not one of the form
// that the type needs.
func textMessage(n *Node) string {
	switch n.kind {
	case kindTime, kindDate, kindClock, kindDuration:
		return n.kind.momentMessage()
	}
	return MsgString
}

// nullableValue reads null or a value. c is the next byte.
func (d *decoder) nullableValue(n *Node, r *rules, at unsafe.Pointer, c byte) {
	if n.kind == kindOptional {
		*(*bool)(unsafe.Add(at, n.present)) = true
		if c == 'n' {
			*(*bool)(unsafe.Add(at, n.null)) = d.word("null")
			return
		}
		d.value(n.elem, r, at) // Value is the first field
		return
	}
	if c == 'n' {
		d.word("null")
		return
	}
	target := reflect.New(n.elem.typ)
	d.value(n.elem, r, target.UnsafePointer())
	reflect.NewAt(n.typ, at).Elem().Set(target)
}

// foreign reads a value with package json, because its type has methods for that.
func (d *decoder) foreign(n *Node, at unsafe.Pointer) {
	text := d.skip()
	if d.broken {
		return
	}
	if err := json.Unmarshal(text, reflect.NewAt(n.typ, at).Interface()); err != nil {
		d.issue(CodeInvalid, nil, MsgInvalid)
	}
}

// structValue reads an object into a struct.
func (d *decoder) structValue(n *Node, at unsafe.Pointer) {
	first := d.issues.Len()
	var seen fieldSet
	var unknown names
	d.open('{')
	d.enter()
	next := 0
	for i := 0; d.more('}', i); i++ {
		name, ok := d.str()
		if !ok {
			return
		}
		place, known := n.fieldNamed(name, next)
		if known && !seen.add(place, len(n.fields)) {
			d.syntaxAt(MsgDuplicateName, d.pos)
			return
		}
		if !known && !unknown.add(d, name) || !d.expect(':') {
			return
		}
		if !known || n.fields[place].readOnly {
			d.unknown(n, name)
			continue
		}
		f := &n.fields[place]
		d.member(f.name)
		d.value(f.node, f.rules, unsafe.Add(at, f.offset))
		next = place + 1
	}
	if d.broken {
		return
	}
	for i := range n.fields {
		if f := &n.fields[i]; f.readOnly || !seen.has(i) {
			d.absent(f, at)
		}
	}
	d.leave()
	d.inFieldOrder(n, first)
}

// fieldNamed returns the place of a field. It looks at next first, because most clients send
// members in the order of the fields.
func (n *Node) fieldNamed(name []byte, next int) (place int, known bool) {
	if next < len(n.fields) && n.fields[next].name == string(name) {
		return next, true
	}
	place, known = n.index[string(name)]
	return place, known
}

// fieldSet is a set of fields, in the bits of an integer for structs of up to 64 fields.
type fieldSet struct {
	few  uint64
	many []bool
}

// add adds the field at a place of a struct with size fields. It reports whether it is new.
func (s *fieldSet) add(place, size int) bool {
	if s.has(place) {
		return false
	}
	if size <= 64 {
		s.few |= 1 << place
		return true
	}
	if s.many == nil {
		s.many = make([]bool, size)
	}
	s.many[place] = true
	return true
}

func (s *fieldSet) has(place int) bool {
	if s.many != nil {
		return s.many[place]
	}
	return s.few&(1<<place) != 0
}

// inFieldOrder sorts the issues of an object, those from the first on, by the order of
// the fields, so that a reply does not depend on the order of the members.
func (d *decoder) inFieldOrder(n *Node, first int) {
	if d.issues.Len() < first+2 {
		return
	}
	depth := len(d.outer) + d.level
	d.issues.sortFrom(first, func(issue Issue) int {
		if len(issue.Loc) > depth {
			if name, ok := issue.Loc[depth].(string); ok {
				if i, ok := n.index[name]; ok {
					return i
				}
			}
		}
		return len(n.fields)
	})
}

// unknown skips a member that the struct does not have, or does not read.
func (d *decoder) unknown(n *Node, name []byte) {
	if n.closed {
		d.member(message.Cut(string(name), message.MaxQuote))
		d.issue(CodeUnknown, nil, MsgUnknown)
	}
	d.skip()
}

// absent sets a member that was not sent to its default, or adds an issue where it must
// be sent.
func (d *decoder) absent(f *Field, at unsafe.Pointer) {
	switch {
	case f.rules != nil && f.rules.def != nil:
		inner := decoder{data: f.rules.def, maxDepth: DefaultMaxDepth, place: d.place}
		inner.member(f.name)
		inner.value(f.node, f.rules, unsafe.Add(at, f.offset))
	case f.required && !f.readOnly:
		d.member(f.name)
		d.issue(CodeRequired, nil, MsgRequired)
	}
}

// setText reads the text of a JSON string or a parameter into the value at an address.
func (n *Node) setText(text string, r *rules, at unsafe.Pointer, p *place) {
	switch n.kind {
	case kindString:
		*(*string)(at) = text
		r.checkText(text, p)
	case kindTime, kindDate, kindClock, kindDuration:
		n.setMoment(text, at, p)
	case kindQuoted:
		whole := n.elem.kind == kindInt || n.elem.kind == kindUint
		if !isNumber(text) || whole && !isInteger(text) {
			p.issue(CodeType, n.elem.kind.numberType(), numberMessage(n.elem))
			return
		}
		n.elem.setNumber(text, r, at, p)
	case kindBytes:
		data, err := fromBase64(text)
		if err != nil {
			p.issue(CodeContentEncoding, "base64", MsgBase64)
			return
		}
		reflect.NewAt(n.typ, at).Elem().SetBytes(data)
	case kindText:
		before := p.issues.Len()
		if r.checkText(text, p); p.issues.Len() > before {
			return
		}
		if err := reflect.NewAt(n.typ, at).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			p.issue(CodeInvalid, nil, MsgInvalid)
		}
	}
}
