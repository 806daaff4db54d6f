package schema

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Compiler compiles types and remembers the nodes, so that each type is compiled once.
// It is safe for concurrent use.
type Compiler struct {
	mu         sync.Mutex
	nodes      map[reflect.Type]*Node
	values     map[taggedType]*Value
	later      []func() // checks that need complete nodes, see settleLater
	isOptional func(reflect.Type) bool
}

// taggedType is what a value is compiled from. Many operations have a parameter in common.
type taggedType struct {
	typ reflect.Type
	tag reflect.StructTag
}

// NewCompiler returns an empty compiler. isOptional reports whether a type is the
// Optional of package rest: a struct whose first field is Value, with the bools
// Present and Null. It may be nil.
func NewCompiler(isOptional func(reflect.Type) bool) *Compiler {
	return &Compiler{nodes: map[reflect.Type]*Node{}, values: map[taggedType]*Value{}, isOptional: isOptional}
}

// Compile returns the node of a type. The error joins all mistakes in the type
// and in the types that it contains.
func (c *Compiler) Compile(t reflect.Type) (*Node, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compile(t)
}

func (c *Compiler) compile(t reflect.Type) (*Node, error) {
	n := c.node(t)
	c.settleLater()
	n.settle()
	return n, n.wrong
}

// settleLater runs the checks that were put off: while a type is compiled, the nodes
// of the types that contain it are not complete, and a default cannot be decoded yet.
func (c *Compiler) settleLater() {
	for len(c.later) > 0 {
		check := c.later[0]
		c.later = c.later[1:]
		check()
	}
}

// CompileField returns the node of a type with the constraints of a tag, for a value
// that is not a member of an object, such as a parameter or a body.
func (c *Compiler) CompileField(t reflect.Type, tag reflect.StructTag) (*Value, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := taggedType{t, tag}
	if v, ok := c.values[key]; ok {
		return v, nil
	}
	n, err := c.compile(t)
	if err != nil {
		return nil, err
	}
	var wrong error
	r, err := c.parseRules(tag, n, func(err error) { wrong = err })
	if c.settleLater(); err != nil || wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	n = n.formatted(r)
	n.settle()
	v := &Value{Node: n, rules: r}
	c.values[key] = v
	return v, nil
}

var (
	typeTime            = reflect.TypeFor[time.Time]()
	typeRaw             = reflect.TypeFor[json.RawMessage]()
	typeMarshaler       = reflect.TypeFor[json.Marshaler]()
	typeUnmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	typeTextMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	typeTextUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// node returns the node of a type, which may not be complete yet.
func (c *Compiler) node(t reflect.Type) *Node {
	if n, ok := c.nodes[t]; ok {
		return n
	}
	n := &Node{typ: t, size: t.Size()}
	c.nodes[t] = n // before its parts are compiled, because a type can contain itself
	c.fill(n)
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return n // a pointer has the methods of its element
	}
	if s, ok := reflect.New(t).Interface().(schemer); ok {
		extra := s.JSONSchema()
		n.extra = &extra
		c.later = append(c.later, n.checkExamples)
	}
	if d, ok := reflect.New(t).Interface().(describer); ok {
		n.description = d.OpenAPIDescription()
	}
	return n
}

// fill finds the kind of a node and compiles its parts.
func (c *Compiler) fill(n *Node) {
	if c.isOptional != nil && c.isOptional(n.typ) {
		c.optional(n)
	} else if n.kind = scalarKind(n.typ); n.kind == 0 {
		c.fillParts(n)
	}
}

// scalarKind returns the kind of a type that has no parts, and of a type that writes
// its own JSON or text. It returns 0 for other types.
func scalarKind(t reflect.Type) kind {
	hasMethods := t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface
	switch {
	case t == typeTime:
		return kindTime
	case t == typeRaw:
		return kindRaw
	case t == typeNumber:
		return kindNumber
	case hasMethods && (has(t, typeMarshaler) || has(t, typeUnmarshaler)):
		return kindCustom
	case hasMethods && has(t, typeTextMarshaler) && has(t, typeTextUnmarshaler):
		return kindText
	}
	switch t.Kind() {
	case reflect.Bool:
		return kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return kindUint
	case reflect.Float32, reflect.Float64:
		return kindFloat
	case reflect.String:
		return kindString
	}
	return 0
}

// fillParts compiles a node that has parts.
func (c *Compiler) fillParts(n *Node) {
	t := n.typ
	switch t.Kind() {
	case reflect.Interface:
		n.kind = kindAny
		if t.NumMethod() > 0 {
			n.mistake("%v: an interface with methods cannot be read from JSON; use any or a concrete type", TypeName(t))
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			n.kind = kindBytes
			return
		}
		n.kind = kindSlice // before the element is compiled, because it can be a pointer to this type
		n.elem = c.node(t.Elem())
	case reflect.Array:
		n.kind = kindArray
		n.elem = c.node(t.Elem())
	case reflect.Map:
		n.kind = kindMap
		n.elem, n.key = c.node(t.Elem()), c.node(t.Key())
		if n.key.kind != kindString && n.key.kind != kindInt && n.key.kind != kindUint {
			n.mistake("%v: the keys of a map must be strings or integers", TypeName(t))
		}
	case reflect.Pointer:
		n.kind = kindPointer
		elem := c.node(t.Elem())
		switch {
		case elem.kind == kindPointer:
			n.mistake("%v: a pointer to a pointer cannot be told from a pointer in JSON; use rest.Optional", TypeName(t))
			n.kind = kindAny // otherwise leaf would not end
		case elem.leaf() == n:
			n.mistake("%v: the type contains nothing but itself", TypeName(t))
			n.kind = kindAny
		default:
			n.elem = elem
		}
	case reflect.Struct:
		n.kind, n.index, n.fields = kindStruct, make(map[string]int, t.NumField()), make([]Field, 0, t.NumField())
		c.structFields(n, t, 0)
	default:
		n.kind = kindAny
		n.mistake("%v: a %s has no JSON", TypeName(t), t.Kind())
	}
}

func (n *Node) mistake(format string, args ...any) {
	n.mistakes = append(n.mistakes, &mistake{fmt.Errorf(format, args...)})
}

// mistake is an error in the declaration of a type. It is reported once, although
// several operations use the type.
type mistake struct{ error }

func (m *mistake) Unwrap() error { return m.error }

// Cause returns what is equal for two reports of the same mistake.
func (m *mistake) Cause() any { return m }

// has reports whether a value of a type, or a pointer to it, implements an interface.
func has(t, iface reflect.Type) bool { return reflect.PointerTo(t).Implements(iface) }

// optional compiles a rest.Optional.
func (c *Compiler) optional(n *Node) {
	n.kind = kindOptional
	value, _ := n.typ.FieldByName("Value")
	present, _ := n.typ.FieldByName("Present")
	null, _ := n.typ.FieldByName("Null")
	n.present, n.null = present.Offset, null.Offset
	elem := c.node(value.Type)
	if elem.leaf() == n {
		n.mistake("%v: the type contains nothing but itself", TypeName(n.typ))
		n.kind = kindAny
		return
	}
	n.elem = elem
}

// structFields adds the fields of the struct t, which lies at an offset in values of n,
// and those of the structs embedded in it.
func (c *Compiler) structFields(n *Node, t reflect.Type, base uintptr) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			c.blankField(n, t, f.Tag)
			continue
		}
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" {
			continue
		}
		if f.Anonymous && (!tagged || name == "") && f.Type.Kind() == reflect.Struct && f.Type != typeTime {
			c.structFields(n, f.Type, base+f.Offset)
			if err := TagError(f.Tag); err != nil {
				n.mistake("%v.%s: %w; tag the fields of the embedded struct", TypeName(t), f.Name, err)
			}
			continue
		}
		if !f.IsExported() {
			if err := TagError(f.Tag); err != nil || tagged {
				n.mistake("%v.%s: the field is not exported, so its tags have no meaning", TypeName(t), f.Name)
			}
			continue
		}
		if f.Anonymous && f.Type.Kind() == reflect.Pointer {
			n.mistake("%v.%s: an embedded pointer is not supported; embed the struct", TypeName(t), f.Name)
			continue
		}
		if name == "" {
			name = f.Name
		}
		c.field(n, t, f, name, options, base)
	}
}

// field adds a field with the name of its member.
func (c *Compiler) field(n *Node, t reflect.Type, f reflect.StructField, name, options string, base uintptr) {
	if _, taken := n.index[name]; taken {
		n.mistake("%v.%s: another field has the name %q", TypeName(t), f.Name, name)
		return
	}
	if err := optionError(options); err != nil {
		n.mistake("%v.%s: %w", TypeName(t), f.Name, err)
	}
	quoted := append(appendString([]byte{','}, name), ':')
	node := c.node(f.Type)
	if containsOption(options, "string") {
		if node = node.quotedNumber(); node == nil {
			n.mistake(`%v.%s: the json option "string" applies to numbers only`, TypeName(t), f.Name)
			return
		}
	}
	r, err := c.parseRules(f.Tag, node, func(err error) { n.mistake("%v.%s: %w", TypeName(t), f.Name, err) })
	for _, one := range Mistakes(err) {
		n.mistake("%v.%s: %w", TypeName(t), f.Name, one)
	}
	field := Field{name: name, offset: base + f.Offset, node: node.formatted(r), rules: r, quoted: quoted}
	field.readOnly, field.writeOnly = r != nil && r.readOnly, r != nil && r.writeOnly
	field.omitEmpty = containsOption(options, "omitempty")
	field.omitZero = containsOption(options, "omitzero")
	field.mayOmit = field.writeOnly || field.omitEmpty || field.omitZero || field.node.kind == kindOptional
	if field.node.kind == kindOptional && r != nil && r.def != nil {
		n.mistake("%v.%s: a default of an Optional would hide that the member is absent", TypeName(t), f.Name)
	}
	field.required = !field.node.nullable() && !field.omitEmpty && !field.omitZero && (r == nil || r.def == nil)
	n.index[name] = len(n.fields)
	n.fields = append(n.fields, field)
}

// blankField reads the tag of a field with the name _, which describes the struct.
func (c *Compiler) blankField(n *Node, t reflect.Type, tag reflect.StructTag) {
	if err := TagError(tag, "doc", "additionalProperties"); err != nil {
		n.mistake("%v: the blank field: %w", TypeName(t), err)
	}
	if doc := tag.Get("doc"); doc != "" && t == n.typ {
		n.description = doc
	}
	switch additional, ok := tag.Lookup("additionalProperties"); {
	case additional == "false":
		n.closed = true
	case ok && additional != "true":
		n.mistake("%v: the blank field: additionalProperties:%q: want true or false", TypeName(t), additional)
	}
}

// jsonOptions are the options of json tags that this package knows.
var jsonOptions = []string{"omitempty", "omitzero", "string"}

// optionError returns an error for an option of a json tag that has no effect.
func optionError(options string) error {
	for option := range strings.SplitSeq(options, ",") {
		if option == "" || slices.Contains(jsonOptions, option) {
			continue
		}
		return fmt.Errorf("the json option %q has no meaning here; the options are %s", option, strings.Join(jsonOptions, ", "))
	}
	return nil
}

func containsOption(options, want string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == want {
			return true
		}
	}
	return false
}
