package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// Example returns an example of a value in requests (input) or in replies, as JSON. It is
// that of the tag example, or put together from the examples of the members: all that are
// always there must have one. It is nil if there is none, and if c is Plain.
func (v *Value) Example(c *Components, input bool) json.RawMessage {
	if c.Plain {
		return nil
	}
	return (&exampler{input: input, left: maxExampleParts}).value(v.Node, v.rules)
}

// checkExamples reports an example of a JSONSchema method that is not a value of the type. A
// type that writes its own JSON and does not read it cannot be checked.
func (n *Node) checkExamples() {
	if n.kind == kindCustom && !has(n.typ, typeUnmarshaler) {
		return
	}
	for _, example := range n.extra.Examples {
		var issues Issues
		n.Decode(example, reflect.New(n.typ).UnsafePointer(), nil, &issues, 0)
		if issues.Len() > 0 {
			n.mistake("%v: JSONSchema: the example %s is not a value of the type: %v", TypeName(n.typ), example, issues.All()[0].Msg)
		}
	}
}

// Limits of examples that are put together: of all their values, and of the elements of a
// list. Types that refer to each other could make an example of any size.
const (
	maxExampleParts = 100
	maxExampleItems = 8
)

// exampler puts examples together. busy are the nodes that it is inside of, because a type
// can contain itself, and left is how many values it may still visit.
type exampler struct {
	input bool
	busy  []*Node
	left  int
}

func (x *exampler) value(n *Node, r *rules) json.RawMessage {
	n = n.leaf()
	switch {
	case r != nil && r.example != nil:
		return r.example
	case n.extra != nil && len(n.extra.Examples) > 0:
		return n.ownExample(r)
	case slices.Contains(x.busy, n) || x.left <= 0:
		return nil
	}
	x.left--
	x.busy = append(x.busy, n)
	defer func() { x.busy = x.busy[:len(x.busy)-1] }()
	switch n.kind {
	case kindStruct:
		return x.object(n)
	case kindSlice, kindArray:
		return x.list(n, r)
	}
	return nil
}

// ownExample returns the first example of a JSONSchema method that satisfies the constraints
// of r, or nil.
func (n *Node) ownExample(r *rules) json.RawMessage {
	if r == nil {
		return n.extra.Examples[0]
	}
	if n.kind == kindCustom && !has(n.typ, typeUnmarshaler) {
		return nil // it cannot be checked
	}
	for _, example := range n.extra.Examples {
		if (&Value{Node: n, rules: r}).accepts(example) {
			return example
		}
	}
	return nil
}

// accepts reports whether a value is valid.
func (v *Value) accepts(value json.RawMessage) bool {
	var issues Issues
	v.Decode(value, reflect.New(v.Node.typ).UnsafePointer(), nil, &issues, 0)
	return issues.Len() == 0
}

func (x *exampler) object(n *Node) json.RawMessage {
	var members []json.RawMessage
	found := false
	for i := range n.fields {
		f := &n.fields[i]
		if f.rules != nil && (f.rules.readOnly && x.input || f.rules.writeOnly && !x.input) {
			continue
		}
		value := x.value(f.node, f.rules)
		found = found || value != nil
		switch {
		case value == nil && !f.isRequired(x.input):
			continue
		case value == nil && f.node.kind == kindPointer:
			value = json.RawMessage("null")
		case value == nil:
			return nil
		}
		members = append(members, append(slices.Clip(f.quoted[len(","):]), value...))
	}
	if !found {
		return nil
	}
	return joined('{', members, '}')
}

// list repeats the example of an element as often as the list must have it, once at least.
func (x *exampler) list(n *Node, r *rules) json.RawMessage {
	count := 1
	switch {
	case n.kind == kindArray:
		count = n.typ.Len()
	case r != nil && r.minItems != nil:
		count = max(1, *r.minItems)
	}
	if count > maxExampleItems {
		return nil
	}
	element := x.value(n.elem, r.inner())
	switch {
	case element == nil && count == 1 && slices.Contains(x.busy, n.elem.leaf()):
		return json.RawMessage("[]") // a type that contains lists of itself
	case element == nil, r != nil && (r.unique && count > 1 || r.maxItems != nil && *r.maxItems < count):
		return nil
	}
	return joined('[', slices.Repeat([]json.RawMessage{element}, count), ']')
}

func joined(begin byte, parts []json.RawMessage, end byte) json.RawMessage {
	var buf bytes.Buffer
	buf.WriteByte(begin)
	for i, part := range parts {
		if i > 0 {
			buf.WriteByte(',')
		}
		buf.Write(part)
	}
	buf.WriteByte(end)
	return buf.Bytes()
}

// FormExample returns an example of a form, as JSON, or nil.
func FormExample(c *Components, members []Member) json.RawMessage {
	form := Node{kind: kindStruct}
	for _, m := range members {
		form.fields = append(form.fields, Field{
			node: m.Value.Node, rules: m.Value.rules, required: m.Value.RequiredText(), quoted: append(appendString(nil, m.Name), ':'),
		})
	}
	return (&Value{Node: &form}).Example(c, true)
}
