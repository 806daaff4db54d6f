package schema

import (
	"encoding"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/message"
)

// Validate checks the value at an address, which a handler made, against the constraints
// of its type. It adds issues with loc in front of their location in the value.
func (n *Node) Validate(at unsafe.Pointer, loc []any, issues *Issues) {
	if !n.checked {
		return
	}
	v := validator{place{issues: issues, outer: loc}}
	v.value(n, nil, at)
}

// Validate is like [Node.Validate], with the constraints of the value.
func (v *Value) Validate(at unsafe.Pointer, loc []any, issues *Issues) {
	if v.rules == nil {
		v.Node.Validate(at, loc, issues)
		return
	}
	checks := validator{place{issues: issues, outer: loc}}
	checks.value(v.Node, v.rules, at)
}

// validator walks a value.
type validator struct{ place }

// value checks the value at an address with the constraints of r.
func (v *validator) value(n *Node, r *rules, at unsafe.Pointer) {
	if v.level > maxReplyDepth {
		return // Append returns an error
	}
	switch n.kind {
	case kindPointer:
		if p := *(*unsafe.Pointer)(at); p != nil {
			v.value(n.elem, r, p)
		}
	case kindOptional:
		if *(*bool)(unsafe.Add(at, n.present)) && !*(*bool)(unsafe.Add(at, n.null)) {
			v.value(n.elem, r, at)
		}
	case kindStruct:
		v.members(n, at)
	case kindString:
		r.checkText(*(*string)(at), &v.place)
	case kindText:
		if r != nil {
			if text, err := reflect.NewAt(n.typ, at).Interface().(encoding.TextMarshaler).MarshalText(); err == nil {
				r.checkText(string(text), &v.place)
			}
		}
	case kindInt, kindUint, kindFloat, kindNumber:
		r.checkNumber(n, at, &v.place)
	case kindQuoted:
		v.value(n.elem, r, at)
	case kindSlice, kindArray:
		v.list(n, r, at)
	case kindMap:
		v.mapValue(n, r, at)
	case kindCustom:
		v.custom(n, at)
	}
}

func (v *validator) members(n *Node, at unsafe.Pointer) {
	v.enter()
	for i := range n.fields {
		f := &n.fields[i]
		if f.rules == nil && !f.node.checked || f.omitted(unsafe.Add(at, f.offset)) {
			continue
		}
		v.member(f.name)
		v.value(f.node, f.rules, unsafe.Add(at, f.offset))
	}
	v.leave()
}

func (v *validator) list(n *Node, r *rules, at unsafe.Pointer) {
	data, length := listOf(n, at)
	r.checkList(n, length, at, &v.place)
	inner := r.inner()
	if inner == nil && !n.elem.checked {
		return
	}
	v.enter()
	for i := range length {
		v.element(i)
		v.value(n.elem, inner, unsafe.Add(data, uintptr(i)*n.elem.size))
	}
	v.leave()
}

func (v *validator) mapValue(n *Node, r *rules, at unsafe.Pointer) {
	m := reflect.NewAt(n.typ, at).Elem()
	r.checkMap(m.Len(), &v.place)
	inner := r.inner()
	if inner == nil && !n.elem.checked {
		return
	}
	value := reflect.New(n.elem.typ)
	v.enter()
	for iter := m.MapRange(); iter.Next(); {
		value.Elem().SetIterValue(iter)
		v.member(message.Cut(keyText(iter.Key()), message.MaxQuote))
		v.value(n.elem, inner, value.UnsafePointer())
	}
	v.leave()
}

// custom checks that the JSON of a type with MarshalJSON has the type of its JSONSchema.
func (v *validator) custom(n *Node, at unsafe.Pointer) {
	if n.extra == nil || n.extra.Type == "" {
		return
	}
	data, err := n.Append(nil, at)
	if err != nil || len(data) == 0 {
		return // Append returns the error
	}
	want := map[byte]string{'{': "object", '[': "array", '"': "string", 't': "boolean", 'f': "boolean", 'n': "null"}[data[0]]
	if want == "" {
		want = "number"
		if isInteger(string(data)) {
			want = "integer"
		}
	}
	if want == n.extra.Type || (want == "integer" && n.extra.Type == "number") {
		return
	}
	text, ok := map[string]string{
		"object": MsgObject, "array": MsgArray, "string": MsgString, "boolean": MsgBoolean, "integer": MsgInteger, "number": MsgNumber,
	}[n.extra.Type]
	if !ok {
		text = MsgInvalid
	}
	v.issue(CodeType, n.extra.Type, text)
}

// keyText returns the key of a map as the name of a member.
func keyText(key reflect.Value) string {
	switch {
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10)
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10)
	}
	return key.String()
}

// omitted reports whether a reply leaves out the field at an address.
func (f *Field) omitted(at unsafe.Pointer) bool {
	return f.mayOmit && f.omits(at)
}

func (f *Field) omits(at unsafe.Pointer) bool {
	if f.writeOnly || f.node.kind == kindOptional && !*(*bool)(unsafe.Add(at, f.node.present)) {
		return true
	}
	if !f.omitEmpty && !f.omitZero {
		return false
	}
	v := reflect.NewAt(f.node.typ, at).Elem()
	if f.omitZero {
		if z, ok := v.Addr().Interface().(interface{ IsZero() bool }); ok {
			return z.IsZero()
		}
		return v.IsZero()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// listOf returns the address of the first element of a slice or array, and the number of
// elements.
func listOf(n *Node, at unsafe.Pointer) (unsafe.Pointer, int) {
	if n.kind == kindArray {
		return at, n.typ.Len()
	}
	v := reflect.NewAt(n.typ, at).Elem()
	return v.UnsafePointer(), v.Len()
}
