package schema

import (
	"encoding"
	"reflect"
	"strconv"
	"unsafe"
)

// Validate checks the typed value at an address against its schema, as replies
// are. Issues have loc before their own location.
func (n *Node) Validate(at unsafe.Pointer, loc []any, issues *Issues) {
	if !n.checked {
		return
	}
	v := validator{issues: issues, loc: append(make([]any, 0, 8), loc...)}
	v.value(n, nil, at)
}

// Validate is [Node.Validate] under the value's constraints.
func (v *Value) Validate(at unsafe.Pointer, loc []any, issues *Issues) {
	if v.rules == nil {
		v.Node.Validate(at, loc, issues)
		return
	}
	checks := validator{issues: issues, loc: append(make([]any, 0, 8), loc...)}
	checks.value(v.Node, v.rules, at)
}

type validator struct {
	issues *Issues
	loc    []any
}

func (v *validator) value(n *Node, r *rules, at unsafe.Pointer) {
	if len(v.loc) > maxReplyDepth {
		return // the encoder reports it
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
		for i := range n.fields {
			f := &n.fields[i]
			if f.rules != nil && f.rules.writeOnly || f.omitted(unsafe.Add(at, f.offset)) {
				continue
			}
			v.loc = append(v.loc, f.step)
			v.value(f.node, f.rules, unsafe.Add(at, f.offset))
			v.loc = v.loc[:len(v.loc)-1]
		}
	case kindString:
		r.checkText(*(*string)(at), v.loc, v.issues)
	case kindText:
		if r != nil {
			if text, err := reflect.NewAt(n.typ, at).Interface().(encoding.TextMarshaler).MarshalText(); err == nil {
				r.checkText(string(text), v.loc, v.issues)
			}
		}
	case kindInt, kindUint, kindFloat, kindNumber:
		if r != nil {
			r.checkNumber(n.numberAt(at), v.loc, v.issues)
		}
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

func (v *validator) list(n *Node, r *rules, at unsafe.Pointer) {
	data, length := listOf(n, at)
	r.checkList(n, length, at, v.loc, v.issues)
	for i := range length {
		v.loc = append(v.loc, i)
		v.value(n.elem, r.inner(), unsafe.Add(data, uintptr(i)*n.elem.size))
		v.loc = v.loc[:len(v.loc)-1]
	}
}

func (v *validator) mapValue(n *Node, r *rules, at unsafe.Pointer) {
	m := reflect.NewAt(n.typ, at).Elem()
	r.checkMap(m.Len(), v.loc, v.issues)
	for iter := m.MapRange(); iter.Next(); {
		value := reflect.New(n.elem.typ)
		value.Elem().Set(iter.Value())
		v.loc = append(v.loc, step(keyText(iter.Key())))
		v.value(n.elem, r.inner(), value.UnsafePointer())
		v.loc = v.loc[:len(v.loc)-1]
	}
}

// custom checks the JSON that a type writes for itself against the type that it
// documents.
func (v *validator) custom(n *Node, at unsafe.Pointer) {
	if n.extra == nil || n.extra.Type == "" {
		return
	}
	data, err := n.Append(nil, at)
	if err != nil || len(data) == 0 {
		return // the encoder reports it
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
	v.issues.Add(v.loc, CodeType, n.extra.Type, text)
}

func keyText(key reflect.Value) string {
	switch {
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10)
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10)
	}
	return key.String()
}

// omitted reports whether a field is left out of a reply.
func (f *Field) omitted(at unsafe.Pointer) bool {
	if f.node.kind == kindOptional && !*(*bool)(unsafe.Add(at, f.node.present)) {
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

// listOf returns the first element of a slice or array, and how many there are.
func listOf(n *Node, at unsafe.Pointer) (unsafe.Pointer, int) {
	if n.kind == kindArray {
		return at, n.typ.Len()
	}
	v := reflect.NewAt(n.typ, at).Elem()
	return v.UnsafePointer(), v.Len()
}
