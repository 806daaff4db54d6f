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

// Compiler compiles types, each once. It is safe for concurrent use.
type Compiler struct {
	mu         sync.Mutex
	nodes      map[reflect.Type]*Node
	later      []func() // checks that need complete nodes
	isOptional func(reflect.Type) bool
}

// NewCompiler returns an empty compiler. isOptional reports whether a type is the
// Optional of package rest: a struct whose first field is Value, with the bools
// Present and Null. nil knows none.
func NewCompiler(isOptional func(reflect.Type) bool) *Compiler {
	return &Compiler{nodes: map[reflect.Type]*Node{}, isOptional: isOptional}
}

// Compile returns the plan of a type. The error joins all mistakes of the type
// and of the types it is made of.
func (c *Compiler) Compile(t reflect.Type) (*Node, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compile(t)
}

func (c *Compiler) compile(t reflect.Type) (*Node, error) {
	n := c.node(t)
	c.settleLater()
	n.settle()
	return n, n.err()
}

// settleLater checks what needs complete nodes.
func (c *Compiler) settleLater() {
	for len(c.later) > 0 {
		check := c.later[0]
		c.later = c.later[1:]
		check()
	}
}

// CompileField returns the plan of a type under the constraints of a tag, for a
// value that stands alone: a parameter, say.
func (c *Compiler) CompileField(t reflect.Type, tag reflect.StructTag) (*Value, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	return &Value{Node: n, rules: r}, nil
}

var (
	typeTime            = reflect.TypeFor[time.Time]()
	typeRaw             = reflect.TypeFor[json.RawMessage]()
	typeMarshaler       = reflect.TypeFor[json.Marshaler]()
	typeUnmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	typeTextMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	typeTextUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (c *Compiler) node(t reflect.Type) *Node {
	if n, ok := c.nodes[t]; ok {
		return n
	}
	n := &Node{typ: t, size: t.Size()}
	c.nodes[t] = n // before its parts: a type may contain itself
	c.fill(n)
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return n // their methods are those of the element, or of a value
	}
	if s, ok := reflect.New(t).Interface().(schemer); ok {
		extra := s.JSONSchema()
		n.extra = &extra
	}
	if d, ok := reflect.New(t).Interface().(describer); ok {
		n.description = d.OpenAPIDescription()
	}
	return n
}

func (c *Compiler) fill(n *Node) {
	t := n.typ
	named := t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface
	switch {
	case t == typeTime:
		n.kind = kindTime
		return
	case t == typeRaw:
		n.kind = kindRaw
		return
	case t == typeNumber:
		n.kind = kindNumber
		return
	case c.isOptional != nil && c.isOptional(t):
		c.optional(n)
		return
	case named && (has(t, typeMarshaler) || has(t, typeUnmarshaler)):
		n.kind = kindCustom
		return
	case named && has(t, typeTextMarshaler) && has(t, typeTextUnmarshaler):
		n.kind = kindText
		return
	}
	switch t.Kind() {
	case reflect.Bool:
		n.kind = kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.kind = kindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.kind = kindUint
	case reflect.Float32, reflect.Float64:
		n.kind = kindFloat
	case reflect.String:
		n.kind = kindString
	case reflect.Interface:
		n.kind = kindAny
		if t.NumMethod() > 0 {
			n.mistake("%v: an interface with methods has no JSON; use any or a concrete type", TypeName(t))
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			n.kind = kindBytes
			return
		}
		n.kind = kindSlice // before its element, which may ask for it
		n.elem = c.node(t.Elem())
	case reflect.Array:
		n.kind = kindArray
		n.elem = c.node(t.Elem())
	case reflect.Map:
		n.kind = kindMap
		n.elem, n.key = c.node(t.Elem()), c.node(t.Key())
		if n.key.kind != kindString && n.key.kind != kindInt && n.key.kind != kindUint {
			n.mistake("%v: map keys are strings or integers", TypeName(t))
		}
	case reflect.Pointer:
		n.kind = kindPointer
		elem := c.node(t.Elem())
		switch {
		case elem.kind == kindPointer:
			n.mistake("%v: a pointer to a pointer has no JSON of its own; use rest.Optional", TypeName(t))
			n.kind = kindAny // it may lead to itself
		case elem.leaf() == n:
			n.mistake("%v: the type holds nothing but itself", TypeName(t))
			n.kind = kindAny
		default:
			n.elem = elem
		}
	case reflect.Struct:
		n.kind, n.index = kindStruct, map[string]int{}
		c.structFields(n, t, 0)
	default:
		n.kind = kindAny
		n.mistake("%v: a %s has no JSON", TypeName(t), t.Kind())
	}
}

func (n *Node) mistake(format string, args ...any) {
	n.mistakes = append(n.mistakes, &mistake{fmt.Errorf(format, args...)})
}

// mistake is wrong with a type, wherever the type is used.
type mistake struct{ error }

func (m *mistake) Unwrap() error { return m.error }

// Cause tells the mistake from others.
func (m *mistake) Cause() any { return m }

func has(t, iface reflect.Type) bool { return reflect.PointerTo(t).Implements(iface) }

func (c *Compiler) optional(n *Node) {
	n.kind = kindOptional
	value, _ := n.typ.FieldByName("Value")
	present, _ := n.typ.FieldByName("Present")
	null, _ := n.typ.FieldByName("Null")
	n.present, n.null = present.Offset, null.Offset
	elem := c.node(value.Type)
	if elem.leaf() == n {
		n.mistake("%v: the type holds nothing but itself", TypeName(n.typ))
		n.kind = kindAny
		return
	}
	n.elem = elem
}

// structFields adds the fields of a struct, and of those embedded in it.
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

func (c *Compiler) field(n *Node, t reflect.Type, f reflect.StructField, name, options string, base uintptr) {
	if _, taken := n.index[name]; taken {
		n.mistake("%v.%s: the name %q is taken by another field", TypeName(t), f.Name, name)
		return
	}
	if err := optionError(options); err != nil {
		n.mistake("%v.%s: %w", TypeName(t), f.Name, err)
	}
	quoted := append(appendString(nil, name), ':')
	node := c.node(f.Type)
	if containsOption(options, "string") {
		if node = node.quotedNumber(); node == nil {
			n.mistake(`%v.%s: the json option "string" is for numbers`, TypeName(t), f.Name)
			return
		}
	}
	r, err := c.parseRules(f.Tag, node, func(err error) { n.mistake("%v.%s: %w", TypeName(t), f.Name, err) })
	for _, one := range Mistakes(err) {
		n.mistake("%v.%s: %w", TypeName(t), f.Name, one)
	}
	field := Field{name: name, step: name, offset: base + f.Offset, node: node.formatted(r), rules: r, quoted: quoted}
	field.omitEmpty = containsOption(options, "omitempty")
	field.omitZero = containsOption(options, "omitzero")
	if field.node.kind == kindOptional && r != nil && r.def != nil {
		n.mistake("%v.%s: an Optional has no default: it would hide that the member is absent", TypeName(t), f.Name)
	}
	field.required = !field.node.nullable() && !field.omitEmpty && !field.omitZero && (r == nil || r.def == nil)
	n.index[name] = len(n.fields)
	n.fields = append(n.fields, field)
}

// blankField reads what a blank field says about its struct.
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

// jsonOptions are the options of json tags.
var jsonOptions = []string{"omitempty", "omitzero", "string"}

// optionError returns what is wrong with the options of a json tag.
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
