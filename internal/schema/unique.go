package schema

import (
	"bytes"
	"slices"
	"unsafe"
)

// unique reports whether no two elements of a list are equal. It compares them as JSON
// Schema does: 1 equals 1.0, and the order of the members of an object does not matter.
func (n *Node) unique(at unsafe.Pointer) bool {
	data, length := listOf(n, at)
	if length < 2 {
		return true
	}
	var texts []byte
	ends := make([]int, length)
	free := n.elem.free()
	for i := range length {
		start := len(texts)
		var err error
		if texts, err = n.elem.append(texts, unsafe.Add(data, uintptr(i)*n.elem.size), 0); err != nil {
			return true // Append returns the error
		}
		if free {
			written := bytes.Clone(texts[start:])
			d := decoder{data: written, maxDepth: maxReplyDepth, place: place{issues: &Issues{}}}
			texts = d.canonical(texts[:start])
		}
		ends[i] = len(texts)
	}
	elements := make([][]byte, length)
	start := 0
	for i, end := range ends {
		elements[i], start = texts[start:end], end
	}
	slices.SortFunc(elements, bytes.Compare)
	for i := 1; i < length; i++ {
		if bytes.Equal(elements[i-1], elements[i]) {
			return false
		}
	}
	return true
}

// free reports whether equal values of n can be different JSON texts.
func (n *Node) free() bool {
	free := false
	n.reach(func(part *Node) {
		switch part.kind {
		case kindAny, kindRaw, kindCustom, kindNumber, kindFloat:
			free = true
		}
	})
	return free
}

// canonical appends the next value in a form that equal values share.
func (d *decoder) canonical(dst []byte) []byte {
	switch c := d.peek(); {
	case c == '{':
		return d.canonicalObject(dst)
	case c == '[':
		d.open(c)
		dst = append(dst, '[')
		for i := 0; d.more(']', i); i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = d.canonical(dst)
		}
		return append(dst, ']')
	case c == '"':
		text, _ := d.str()
		return appendString(dst, string(text))
	case c == '-' || c >= '0' && c <= '9':
		return parseDecimal(string(d.number()), nil).appendCanonical(dst)
	}
	return append(dst, d.skip()...)
}

func (d *decoder) canonicalObject(dst []byte) []byte {
	type member struct{ name, value []byte }
	var members []member
	d.open('{')
	for i := 0; d.more('}', i); i++ {
		name, _ := d.str()
		d.expect(':')
		members = append(members, member{bytes.Clone(name), d.canonical(nil)})
	}
	slices.SortFunc(members, func(a, b member) int { return bytes.Compare(a.name, b.name) })
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendString(dst, string(m.name)), ':'), m.value...)
	}
	return append(dst, '}')
}
