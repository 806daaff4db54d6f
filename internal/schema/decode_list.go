package schema

import (
	"reflect"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/message"
)

// list reads an array into a slice or a Go array.
func (d *decoder) list(n *Node, r *rules, at unsafe.Pointer) {
	inner := r.inner()
	list := reflect.NewAt(n.typ, at).Elem()
	space, data := list.Len(), at // of a Go array
	length := 0
	d.open('[')
	d.enter()
	d.lists++
	for start := d.pos; d.more(']', length); length++ {
		if length == space && n.kind == kindSlice {
			list.SetLen(length)
			list.Grow(d.room(start, length))
			space, data = list.Cap(), list.UnsafePointer()
		}
		if length >= space {
			d.skip()
			continue
		}
		d.element(length)
		d.value(n.elem, inner, unsafe.Add(data, uintptr(length)*n.elem.size))
	}
	if d.broken {
		return
	}
	d.leave()
	d.lists--
	switch {
	case n.kind == kindArray && length < space:
		d.count(CodeMinItems, MsgMinItems1, MsgMinItems, space, length)
	case n.kind == kindArray && length > space:
		d.count(CodeMaxItems, MsgMaxItems1, MsgMaxItems, space, length)
	case n.kind == kindSlice && length == 0:
		list.Set(reflect.MakeSlice(n.typ, 0, 0))
	case n.kind == kindSlice:
		list.SetLen(length)
	}
	r.checkList(n, length, at, &d.place)
}

// room returns for how many elements a list grows after the first ones, which began at start. It
// doubles, but to no more than the rest of the text can hold if its elements are like the first.
func (d *decoder) room(start, length int) int {
	if length < 4 {
		return 4
	}
	size := (d.pos - start) / length
	return min(max(32, length), (len(d.data)-d.pos)/size+1)
}

// mapValue reads an object into a map.
func (d *decoder) mapValue(n *Node, r *rules, at unsafe.Pointer) {
	inner := r.inner()
	m := reflect.MakeMap(n.typ)
	key, value := reflect.New(n.key.typ), reflect.New(n.elem.typ)
	var seen names
	d.open('{')
	d.enter()
	for i := 0; d.more('}', i); i++ {
		name, ok := d.name(&seen)
		if !ok {
			return
		}
		text := d.keep(name)
		if d.member(message.Cut(text, message.MaxQuote)); !d.mapKey(n.key, text, key) {
			d.skip()
			continue
		}
		value.Elem().SetZero()
		d.value(n.elem, inner, value.UnsafePointer())
		m.SetMapIndex(key.Elem(), value.Elem())
	}
	if d.broken {
		return
	}
	d.leave()
	reflect.NewAt(n.typ, at).Elem().Set(m)
	r.checkMap(m.Len(), &d.place)
}

// mapKey reads the key of a map, or adds an issue.
func (d *decoder) mapKey(n *Node, text string, key reflect.Value) bool {
	if n.kind == kindString {
		key.Elem().SetString(text)
		return true
	}
	before := d.issues.Len()
	if n.setNumber(text, nil, key.UnsafePointer(), &d.place); d.issues.Len() > before {
		return false
	}
	if keyText(key.Elem()) != text { // 01 and 1 would be the same key
		d.issue(CodeType, "integer", MsgInteger)
		return false
	}
	return true
}
