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
	d := decoder{data: data, maxDepth: maxDepth, issues: issues, loc: append(make([]any, 0, 8), loc...)}
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

// step returns a text of a client as a step of a location, cut to what a reply repeats.
func step(name string) any { return message.Cut(name, message.MaxQuote) }

func (d *decoder) issue(code string, param any, text string, args ...any) {
	d.issues.Add(d.loc, code, param, text, args...)
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
				n.setNumber(string(text), r, at, d.loc, d.issues)
			}
		}
	default:
		if !d.wants(c == '"', "string", textMessage(n)) {
			return
		}
		if text, ok := d.str(); ok {
			n.setText(string(text), r, at, d.loc, d.issues)
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

// structValue reads an object into a struct. It remembers which members it has seen, in
// the bits of an integer for up to 64 fields.
func (d *decoder) structValue(n *Node, at unsafe.Pointer) {
	var few uint64
	var many []bool
	if len(n.fields) > 64 {
		many = make([]bool, len(n.fields))
	}
	has := func(i int) bool {
		if many != nil {
			return many[i]
		}
		return few&(1<<i) != 0
	}
	first := d.issues.Len()
	field := -1
	var unknown names
	d.object(func(name []byte) bool {
		i, ok := n.index[string(name)]
		if !ok {
			field = -1
			return unknown.add(d, name)
		}
		if has(i) {
			d.syntaxAt(MsgDuplicateName, d.pos)
			return false
		}
		if many != nil {
			many[i] = true
		} else {
			few |= 1 << i
		}
		field = i
		return true
	}, func(name []byte) {
		if field < 0 || n.fields[field].rules.isReadOnly() {
			d.unknown(n, name)
			return
		}
		f := &n.fields[field]
		d.loc = append(d.loc, f.step)
		d.value(f.node, f.rules, unsafe.Add(at, f.offset))
		d.loc = d.loc[:len(d.loc)-1]
	})
	if d.broken {
		return
	}
	for i := range n.fields {
		if !has(i) || n.fields[i].rules.isReadOnly() {
			d.absent(&n.fields[i], at)
		}
	}
	d.inFieldOrder(n, first)
}

// inFieldOrder sorts the issues of an object, those from the first on, by the order of
// the fields, so that a reply does not depend on the order of the members.
func (d *decoder) inFieldOrder(n *Node, first int) {
	if d.issues.Len() < first+2 {
		return
	}
	depth := len(d.loc)
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

func (r *rules) isReadOnly() bool { return r != nil && r.readOnly }

// unknown skips a member that the struct does not have, or does not read.
func (d *decoder) unknown(n *Node, name []byte) {
	if n.closed {
		d.loc = append(d.loc, step(string(name)))
		d.issue(CodeUnknown, nil, MsgUnknown)
		d.loc = d.loc[:len(d.loc)-1]
	}
	d.skip()
}

// absent sets a member that was not sent to its default, or adds an issue where it must
// be sent.
func (d *decoder) absent(f *Field, at unsafe.Pointer) {
	switch {
	case f.rules != nil && f.rules.def != nil:
		inner := decoder{data: f.rules.def, maxDepth: DefaultMaxDepth, issues: d.issues, loc: d.loc}
		inner.value(f.node, f.rules, unsafe.Add(at, f.offset))
	case f.required && !f.rules.isReadOnly():
		d.loc = append(d.loc, f.step)
		d.issue(CodeRequired, nil, MsgRequired)
		d.loc = d.loc[:len(d.loc)-1]
	}
}

// list reads an array into a slice or a Go array.
func (d *decoder) list(n *Node, r *rules, at unsafe.Pointer) {
	inner := r.inner()
	list := reflect.NewAt(n.typ, at).Elem()
	length := 0
	if n.kind == kindSlice {
		list.Set(reflect.MakeSlice(n.typ, 0, 0))
	}
	d.array(func(i int) {
		length = i + 1
		if n.kind == kindArray && i >= n.typ.Len() {
			d.skip()
			return
		}
		if n.kind == kindSlice {
			if i >= list.Cap() {
				list.Grow(max(4, list.Cap()))
			}
			list.SetLen(i + 1)
		}
		d.loc = append(d.loc, i)
		d.value(n.elem, inner, list.Index(i).Addr().UnsafePointer())
		d.loc = d.loc[:len(d.loc)-1]
	})
	if d.broken {
		return
	}
	if n.kind == kindArray && length != n.typ.Len() {
		limit := n.typ.Len()
		if length < limit {
			addCount(d.issues, d.loc, CodeMinItems, MsgMinItems1, MsgMinItems, limit, length)
		} else {
			addCount(d.issues, d.loc, CodeMaxItems, MsgMaxItems1, MsgMaxItems, limit, length)
		}
	}
	r.checkList(n, length, at, d.loc, d.issues)
}

// mapValue reads an object into a map.
func (d *decoder) mapValue(n *Node, r *rules, at unsafe.Pointer) {
	inner := r.inner()
	m := reflect.MakeMap(n.typ)
	var seen names
	d.object(func(name []byte) bool { return seen.add(d, name) }, func(name []byte) {
		text := string(name)
		d.loc = append(d.loc, step(text))
		defer func() { d.loc = d.loc[:len(d.loc)-1] }()
		key := reflect.New(n.key.typ)
		if n.key.kind == kindString {
			key.Elem().SetString(text)
		} else {
			before := d.issues.Len()
			if n.key.setNumber(text, nil, key.UnsafePointer(), d.loc, d.issues); d.issues.Len() > before {
				d.skip()
				return
			}
			if keyText(key.Elem()) != text { // 01 and 1 would be the same key
				d.issue(CodeType, "integer", MsgInteger)
				d.skip()
				return
			}
		}
		value := reflect.New(n.elem.typ)
		d.value(n.elem, inner, value.UnsafePointer())
		m.SetMapIndex(key.Elem(), value.Elem())
	})
	if d.broken {
		return
	}
	reflect.NewAt(n.typ, at).Elem().Set(m)
	r.checkMap(m.Len(), d.loc, d.issues)
}

// setText reads the text of a JSON string or a parameter into the value at an address.
func (n *Node) setText(text string, r *rules, at unsafe.Pointer, loc []any, issues *Issues) {
	switch n.kind {
	case kindString:
		*(*string)(at) = text
		r.checkText(text, loc, issues)
	case kindTime, kindDate, kindClock, kindDuration:
		n.setMoment(text, at, loc, issues)
	case kindQuoted:
		whole := n.elem.kind == kindInt || n.elem.kind == kindUint
		if !isNumber(text) || whole && !isInteger(text) {
			issues.Add(loc, CodeType, n.elem.kind.numberType(), numberMessage(n.elem))
			return
		}
		n.elem.setNumber(text, r, at, loc, issues)
	case kindBytes:
		data, err := fromBase64(text)
		if err != nil {
			issues.Add(loc, CodeContentEncoding, "base64", MsgBase64)
			return
		}
		reflect.NewAt(n.typ, at).Elem().SetBytes(data)
	case kindText:
		before := issues.Len()
		if r.checkText(text, loc, issues); issues.Len() > before {
			return
		}
		if err := reflect.NewAt(n.typ, at).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			issues.Add(loc, CodeInvalid, nil, MsgInvalid)
		}
	}
}
