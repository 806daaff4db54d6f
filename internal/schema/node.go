package schema

import (
	"errors"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/openapi"
)

// kind is how the values of a node are read and written. It is often that of the Go
// type, but a time.Time, say, has three.
type kind uint8

const (
	kindBool kind = iota + 1
	kindInt
	kindUint
	kindFloat
	kindString
	kindBytes    // []byte as base64
	kindTime     // time.Time
	kindDate     // time.Time with format:"date"
	kindClock    // time.Time with format:"time"
	kindDuration // time.Duration with format:"duration"
	kindNumber   // json.Number
	kindQuoted   // a number, elem, as a JSON string
	kindText     // a TextMarshaler and TextUnmarshaler
	kindCustom   // a json.Marshaler or json.Unmarshaler
	kindRaw      // json.RawMessage
	kindAny      // interface{}
	kindSlice    // the elements are elem
	kindArray    //
	kindMap      // and the keys are key
	kindPointer  // nullable elem
	kindOptional // rest.Optional[T]
	kindStruct   //
)

// Node is the plan of a Go type: how its values are read, checked, written and
// documented. It is immutable after Compile returned, and safe for concurrent use.
type Node struct {
	typ  reflect.Type
	kind kind
	size uintptr // of a value of typ

	elem *Node // of slices, arrays, maps, pointers, Optional and quoted numbers
	key  *Node // of maps: a string or an integer

	present, null uintptr // of Optional: offsets of its flags

	fields      []Field        // of structs, in the order of the document
	index       map[string]int // from the name of a member to its place in fields
	closed      bool           // unknown members are refused
	description string         // of structs
	extra       *openapi.Schema

	mistakes []error // in the declaration of this type, not of its parts
	settled  bool    // checked and wrong have their final values
	checked  bool    // values can break a constraint
	wrong    error   // the mistakes in the type and its parts
}

// Field is a member of a struct.
type Field struct {
	name      string
	offset    uintptr
	node      *Node
	rules     *rules // may be nil
	required  bool   // on input
	readOnly  bool   // ignored on input
	writeOnly bool   // left out of the output
	omitEmpty bool   // left out of the output when empty
	omitZero  bool   // left out of the output when zero
	mayOmit   bool   // left out of some outputs
	quoted    []byte // the name as JSON, between a comma and a colon
}

// Type returns the Go type of the values.
func (n *Node) Type() reflect.Type { return n.typ }

// nullable reports whether null is a value of the type.
func (n *Node) nullable() bool { return n.kind == kindPointer || n.kind == kindOptional }

// leaf returns the node behind pointers and Optionals, to which constraints apply.
func (n *Node) leaf() *Node {
	for n.nullable() && n.elem != nil {
		n = n.elem
	}
	return n
}

// reach calls visit for n and the nodes of all its parts, once for each.
func (n *Node) reach(visit func(*Node)) {
	seen := map[*Node]bool{}
	var walk func(*Node)
	walk = func(n *Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		visit(n)
		walk(n.elem)
		walk(n.key)
		for i := range n.fields {
			walk(n.fields[i].node)
		}
	}
	walk(n)
}

// settle joins the mistakes in n and its parts, and finds out whose values can break a
// constraint, so that the validation of a reply need not visit the others.
func (n *Node) settle() {
	if n.settled {
		return
	}
	var mistakes []error
	var parts []*Node
	n.reach(func(part *Node) {
		mistakes = append(mistakes, part.mistakes...)
		if !part.checked {
			parts = append(parts, part)
		}
	})
	for changed := true; changed; { // more than twice for types that contain themselves
		changed = false
		for _, part := range slices.Backward(parts) {
			if !part.checked && part.breakable() {
				part.checked, changed = true, true
			}
		}
	}
	n.settled, n.wrong = true, errors.Join(mistakes...)
}

// breakable reports whether values of n can break a constraint, as far as it is known of its
// parts.
func (n *Node) breakable() bool {
	if n.kind == kindCustom && n.extra != nil || n.elem != nil && n.elem.checked {
		return true
	}
	return slices.ContainsFunc(n.fields, func(f Field) bool { return f.rules != nil || f.node.checked })
}

// describer is a type that has its own description in the document.
type describer interface{ OpenAPIDescription() string }

// schemer is a type that returns its own schema.
type schemer interface{ JSONSchema() openapi.Schema }
