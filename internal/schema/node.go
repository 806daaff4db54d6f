package schema

import (
	"errors"
	"reflect"

	"github.com/go-modern-rest/rest/openapi"
)

// kind says how a node is read and written.
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

// Node is the compiled plan of one Go type. It is immutable, and safe for
// concurrent use.
type Node struct {
	typ  reflect.Type
	kind kind
	size uintptr // of a value of typ

	elem *Node // of slices, arrays, maps, pointers, Optional and quoted numbers
	key  *Node // of maps: a string or an integer

	present, null uintptr // of Optional: offsets of its flags

	fields      []Field        // of structs, in the order of the document
	index       map[string]int // from member name to fields
	closed      bool           // unknown members are refused
	description string         // of structs
	extra       *openapi.Schema

	mistakes []error // of this type alone
	settled  bool    // checked is known
	checked  bool    // values can be wrong although their type is right
}

// Field is a member of a struct.
type Field struct {
	name      string
	step      any // the name, as a step of a location
	offset    uintptr
	node      *Node
	rules     *rules // may be nil
	required  bool   // on input
	omitEmpty bool   // left out of the output when empty
	omitZero  bool   // left out of the output when zero
	quoted    []byte // the name as JSON, with the colon
}

// Type returns the Go type that the plan is for.
func (n *Node) Type() reflect.Type { return n.typ }

// nullable reports whether null stands for a value of the type.
func (n *Node) nullable() bool { return n.kind == kindPointer || n.kind == kindOptional }

// leaf follows pointers and Optionals: constraints of a field apply there.
func (n *Node) leaf() *Node {
	for n.nullable() && n.elem != nil {
		n = n.elem
	}
	return n
}

// reach visits n and every node that its values can hold, each once.
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

// err joins the mistakes of n and of every type it is made of.
func (n *Node) err() error {
	var all []error
	n.reach(func(n *Node) { all = append(all, n.mistakes...) })
	return errors.Join(all...)
}

// settle finds out whether there is anything to check in values of n, so that a
// reply without constraints is not walked.
func (n *Node) settle() {
	if n.settled {
		return
	}
	n.settled = true
	n.reach(func(part *Node) {
		n.checked = n.checked || part.kind == kindCustom && part.extra != nil
		for i := range part.fields {
			n.checked = n.checked || part.fields[i].rules != nil
		}
	})
}

// describer is a struct that documents itself.
type describer interface{ OpenAPIDescription() string }

// schemer is a type that knows more about its JSON than its Go kind tells.
type schemer interface{ JSONSchema() openapi.Schema }
