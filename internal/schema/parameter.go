package schema

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Scalar reports whether a value can be read from one text, as a parameter is.
func (n *Node) Scalar() bool {
	switch n.leaf().kind {
	case kindBool, kindInt, kindUint, kindFloat, kindNumber, kindQuoted, kindString, kindTime, kindDate, kindClock, kindDuration, kindText:
		return true
	}
	return false
}

// ListOf returns the node of the elements of a slice, and nil for other types.
func (n *Node) ListOf() *Node {
	if n.kind == kindSlice {
		return n.elem
	}
	return nil
}

// Required reports whether a value must be sent.
func (v *Value) Required() bool {
	return !v.optional && !v.Node.nullable() && (v.rules == nil || v.rules.def == nil)
}

// RequiredText reports whether a parameter must be sent. A list that is not sent is
// empty, so that it must be sent only if it has minItems.
func (v *Value) RequiredText() bool {
	if v.Node.kind == kindSlice && (v.rules == nil || v.rules.minItems == nil || *v.rules.minItems == 0) {
		return false
	}
	return v.Required()
}

// Member is a member of a struct that is read from texts.
type Member struct {
	Name   string
	Offset uintptr
	Value  *Value
}

// Members returns the members of a struct that a request may set. ok is false for other
// types.
func (v *Value) Members() (members []Member, ok bool) {
	n := v.Node.leaf()
	if n.kind != kindStruct {
		return nil, false
	}
	for i := range n.fields {
		if f := &n.fields[i]; !f.readOnly {
			members = append(members, Member{f.name, f.offset, &Value{Node: f.node, rules: f.rules, optional: !f.required}})
		}
	}
	return members, true
}

// Closed reports whether a struct refuses unknown members.
func (v *Value) Closed() bool { return v.Node.leaf().closed }

// Struct returns the address of the struct in the value at an address, after allocating
// what pointers lead to.
func (v *Value) Struct(at unsafe.Pointer) unsafe.Pointer {
	n := v.Node
	for ; n.nullable(); n = n.elem {
		if n.kind == kindOptional {
			*(*bool)(unsafe.Add(at, n.present)) = true // Value is the first field
			continue
		}
		target := reflect.New(n.elem.typ)
		reflect.NewAt(n.typ, at).Elem().Set(target)
		at = target.UnsafePointer()
	}
	return at
}

// Doc returns the description, and whether the value is deprecated.
func (v *Value) Doc() (string, bool) {
	if v.rules == nil {
		return "", false
	}
	return v.rules.doc, v.rules.deprecated
}

// SetText reads the text of a parameter into the value at dst.
func (v *Value) SetText(text string, dst unsafe.Pointer, loc []any, issues *Issues) {
	if !utf8.ValidString(text) {
		issues.Add(loc, CodeUTF8, nil, MsgUTF8)
		return
	}
	v.Node.fromText(text, v.rules, dst, &place{issues: issues, outer: loc})
}

// SetTexts reads the texts of a parameter into the slice at dst.
func (v *Value) SetTexts(texts []string, dst unsafe.Pointer, loc []any, issues *Issues) {
	n := v.Node
	list := reflect.MakeSlice(n.typ, len(texts), len(texts))
	p := place{issues: issues, outer: loc}
	p.enter()
	for i, text := range texts {
		p.element(i)
		if !utf8.ValidString(text) {
			p.issue(CodeUTF8, nil, MsgUTF8)
			continue
		}
		n.elem.fromText(text, v.rules.inner(), list.Index(i).Addr().UnsafePointer(), &p)
	}
	p.leave()
	reflect.NewAt(n.typ, dst).Elem().Set(list)
	v.rules.checkList(n, len(texts), dst, &p)
}

// Text returns the text of a moment, as SetText reads it.
func (v *Value) Text(at unsafe.Pointer) (string, error) {
	text, err := v.Node.append(nil, at, 0)
	return strings.Trim(string(text), `"`), err
}

// SetDefault sets a parameter that was not sent to its default, or adds an issue where it
// is required.
func (v *Value) SetDefault(dst unsafe.Pointer, loc []any, issues *Issues) {
	if v.rules != nil && v.rules.def != nil {
		d := decoder{data: v.rules.def, maxDepth: DefaultMaxDepth, place: place{issues: issues, outer: loc}}
		d.value(v.Node, v.rules, dst)
		return
	}
	if v.RequiredText() {
		issues.Add(loc, CodeRequired, nil, MsgRequired)
	}
}

// fromText reads a text into the value at an address. It takes more forms of bools and
// floats than JSON has.
func (n *Node) fromText(text string, r *rules, at unsafe.Pointer, p *place) {
	switch n.kind {
	case kindPointer:
		target := reflect.New(n.elem.typ)
		n.elem.fromText(text, r, target.UnsafePointer(), p)
		reflect.NewAt(n.typ, at).Elem().Set(target)
	case kindOptional:
		*(*bool)(unsafe.Add(at, n.present)) = true
		n.elem.fromText(text, r, at, p)
	case kindBool:
		switch text {
		case "true", "1", "on", "yes":
			*(*bool)(at) = true
		case "false", "0", "off", "no":
		default:
			p.issue(CodeType, "boolean", MsgBoolean)
		}
	case kindInt, kindUint:
		if !isInteger(text) {
			p.issue(CodeType, "integer", MsgInteger)
			return
		}
		n.setNumber(text, r, at, p)
	case kindNumber:
		if !isNumber(text) {
			p.issue(CodeType, "number", MsgNumber)
			return
		}
		n.setNumber(text, r, at, p)
	case kindFloat:
		if _, err := strconv.ParseFloat(text, 64); err != nil || strings.Trim(text, "0123456789+-.eE") != "" || text[0] == '+' {
			p.issue(CodeType, "number", MsgNumber)
			return
		}
		n.setNumber(text, r, at, p)
	default:
		n.setText(text, r, at, p)
	}
}

// isInteger reports whether a text is an integer in digits. Unlike in JSON it may begin
// with zeros.
func isInteger(text string) bool {
	if len(text) > 1 && text[0] == '-' {
		text = text[1:]
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
