package schema

import (
	"errors"
	"fmt"
	"go/token"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/openapi"
)

// Components collects the schemas of a document that have names.
type Components struct {
	// Plain leaves out formats and ranges that follow from Go types, the pattern of map keys,
	// and all examples, as the documents of django-modern-rest do.
	Plain bool

	schemas map[string]*openapi.Schema
	owners  map[string]reflect.Type
	names   map[component]string
	differs map[*Node]bool
	errs    []error
}

type component struct {
	typ   reflect.Type
	input bool
}

// NewComponents returns a Components without schemas.
func NewComponents() *Components {
	return &Components{
		schemas: map[string]*openapi.Schema{}, owners: map[string]reflect.Type{},
		names: map[component]string{}, differs: map[*Node]bool{},
	}
}

// Schemas returns the schemas by name. The error names types that would have the same
// name.
func (c *Components) Schemas() (map[string]*openapi.Schema, error) {
	return c.schemas, errors.Join(c.errs...)
}

// InputSchema returns the schema of values in requests. That of a struct with a name is
// a reference to a component.
func (n *Node) InputSchema(c *Components) *openapi.Schema { return c.schema(n, nil, true) }

// OutputSchema returns the schema of values in replies.
func (n *Node) OutputSchema(c *Components) *openapi.Schema { return c.schema(n, nil, false) }

// InputSchema is like [Node.InputSchema], with the constraints of the value.
func (v *Value) InputSchema(c *Components) *openapi.Schema {
	s := c.schema(v.Node, v.rules, true)
	c.annotate(s, v.rules)
	return s
}

// ParameterSchema is like [Value.InputSchema], for a value that is read from text. Text
// cannot be null, so the schema of a pointer is that of its element.
func (v *Value) ParameterSchema(c *Components) *openapi.Schema {
	s := c.schema(v.Node.asText(), v.rules, true)
	c.annotate(s, v.rules)
	return s
}

// HeaderSchema is like [Value.OutputSchema], for a value that is written as text, as the
// header of a reply is. The header of a nil pointer is left out, so it is never null.
func (v *Value) HeaderSchema(c *Components) *openapi.Schema {
	s := c.schema(v.Node.asText(), v.rules, false)
	c.annotate(s, v.rules)
	return s
}

// asText returns a copy of the node without pointers and Optionals. A struct in it has
// no name, so that its schema is not a component, whose members could be null.
func (n *Node) asText() *Node {
	n = n.leaf()
	switch n.kind {
	case kindSlice:
		other := *n
		other.elem = n.elem.asText()
		return &other
	case kindStruct:
		other := *n
		other.typ, other.fields = reflect.TypeFor[struct{}](), slices.Clone(n.fields)
		for i := range other.fields {
			other.fields[i].node = n.fields[i].node.asText()
		}
		return &other
	}
	return n
}

// OutputSchema is like [Node.OutputSchema], with the constraints of the value.
func (v *Value) OutputSchema(c *Components) *openapi.Schema {
	s := c.schema(v.Node, v.rules, false)
	c.annotate(s, v.rules)
	s.Default = nil
	return s
}

// schema returns the schema of a value of n with the constraints of r.
func (c *Components) schema(n *Node, r *rules, input bool) *openapi.Schema {
	if n.typ.Name() != "" && n.containsItself() {
		s := openapi.SchemaRef(c.component(n, input))
		r.describeOver(s, n)
		return s
	}
	return c.inline(n, r, input)
}

// containsItself reports whether a type that is not a struct contains itself, such as
// type Tree map[string]Tree. Its schema must be a component, because written where it is
// used it would not end.
func (n *Node) containsItself() bool {
	seen := map[*Node]bool{}
	var find func(part *Node) bool
	find = func(part *Node) bool {
		if part == nil || part == n {
			return part == n
		}
		if seen[part] || part.kind == kindStruct && part.typ.Name() != "" {
			return false
		}
		seen[part] = true
		return find(part.elem) || slices.ContainsFunc(part.fields, func(f Field) bool { return find(f.node) })
	}
	return n.kind != kindStruct && find(n.elem)
}

// inline returns the schema of a value, not a reference to it, except for a struct with
// a name.
func (c *Components) inline(n *Node, r *rules, input bool) *openapi.Schema {
	s := &openapi.Schema{}
	switch n.kind {
	case kindPointer, kindOptional:
		return openapi.Nullable(c.schema(n.leaf(), r, input)) // null once, even for an Optional[*T]
	case kindStruct:
		if n.typ.Name() != "" {
			return openapi.SchemaRef(c.component(n, input))
		}
		c.object(n, s, input)
	case kindSlice, kindArray:
		s.Type, s.Items = "array", c.schema(n.elem, r.inner(), input)
		c.annotate(s.Items, r.inner())
		if n.kind == kindArray {
			length := n.typ.Len()
			s.MinItems, s.MaxItems = &length, &length
		}
	case kindMap:
		s.Type, s.AdditionalProperties = "object", c.schema(n.elem, r.inner(), input)
		if n.elem.kind == kindAny {
			s.AdditionalProperties = true
		}
		if n.key.kind != kindString && !c.Plain {
			s.PropertyNames = &openapi.Schema{Pattern: n.key.digitsPattern("0")}
		}
	default:
		n.scalar(s)
		if !c.Plain {
			n.imply(s, r)
		}
	}
	if n.extra != nil {
		extra := *n.extra
		s = &extra
	}
	if n.kind != kindArray || r != nil {
		r.describeOver(s, n)
	}
	return s
}

// describeOver adds the constraints of r to a schema. The schema of an array keeps its
// own limits where r has none.
func (r *rules) describeOver(s *openapi.Schema, n *Node) {
	if r == nil {
		return
	}
	minItems, maxItems := s.MinItems, s.MaxItems
	r.describe(s, n)
	if s.MinItems == nil {
		s.MinItems = minItems
	}
	if s.MaxItems == nil {
		s.MaxItems = maxItems
	}
}

// scalar sets the type of a value that has no parts.
func (n *Node) scalar(s *openapi.Schema) {
	switch n.kind {
	case kindBool:
		s.Type = "boolean"
	case kindInt, kindUint:
		s.Type = "integer"
	case kindFloat, kindNumber:
		s.Type = "number"
	case kindQuoted:
		s.Type, s.Pattern = "string", quotedPattern(n.elem)
	case kindDate:
		s.Type, s.Format = "string", "date"
	case kindClock:
		s.Type, s.Format = "string", "time"
	case kindDuration:
		s.Type, s.Format = "string", "duration"
	case kindString, kindText:
		s.Type = "string"
	case kindBytes:
		s.Type, s.ContentEncoding = "string", "base64"
	case kindTime:
		s.Type, s.Format = "string", "date-time"
	}
}

// component adds the schema of a type with a name, if it is new, and returns its key. A
// type has two schemas where its input and output differ.
func (c *Components) component(n *Node, input bool) string {
	key := component{n.typ, input && c.differ(n, map[*Node]bool{})}
	if name, ok := c.names[key]; ok {
		return name
	}
	name := c.nameFor(n.typ, key.input)
	c.names[key], c.owners[name] = name, n.typ
	s := &openapi.Schema{}
	c.schemas[name] = s // before its parts are described, because a type can contain itself
	switch {
	case n.kind == kindStruct && n.extra != nil:
		*s = *n.extra
	case n.kind == kindStruct:
		c.object(n, s, input)
	default:
		*s = *c.inline(n, nil, input)
	}
	return name
}

// nameFor returns the key of a new component: the name of the type, as if it were exported.
// If another type has it, the name of the package is in front. Types that are not exported
// are then counted, because they are often declared in functions, where several may have
// one name.
func (c *Components) nameFor(t reflect.Type, input bool) string {
	suffix := ""
	if input {
		suffix = "Input"
	}
	taken := func(name string) bool {
		owner, ok := c.owners[name]
		return ok && owner != t
	}
	base := typeName(t)
	if !taken(base + suffix) {
		return base + suffix
	}
	base = exported(componentKey(path.Base(t.PkgPath()))) + base
	if taken(base+suffix) && token.IsExported(t.Name()) {
		c.errs = append(c.errs, fmt.Errorf("schema: the types %v and %v would both be the component %q; rename one", c.owners[base+suffix], t, base+suffix))
		return base + suffix
	}
	name := base + suffix
	for i := 2; taken(name); i++ {
		name = base + strconv.Itoa(i) + suffix
	}
	return name
}

// object writes the members of a struct into a schema.
func (c *Components) object(n *Node, s *openapi.Schema, input bool) {
	s.Type, s.Description = "object", n.description
	if n.closed && input {
		s.AdditionalProperties = false
	}
	s.Properties, s.Required = make(openapi.Properties, 0, len(n.fields)), make([]string, 0, len(n.fields))
	for i := range n.fields {
		f := &n.fields[i]
		if f.rules != nil && (f.rules.readOnly && input || f.rules.writeOnly && !input) {
			continue
		}
		property := c.schema(f.node, f.rules, input)
		c.annotate(property, f.rules)
		if !input {
			property.Default = nil
		}
		s.Properties = append(s.Properties, openapi.Property{Name: f.name, Schema: property})
		if f.isRequired(input) {
			s.Required = append(s.Required, f.name)
		}
	}
}

// isRequired reports whether a member is always there.
func (f *Field) isRequired(input bool) bool {
	if input {
		return f.required
	}
	return f.node.kind != kindOptional && !f.omitEmpty && !f.omitZero
}

// differ reports whether the schemas of a type for input and output differ. busy are
// the nodes that are being compared, because a type can contain itself.
func (c *Components) differ(n *Node, busy map[*Node]bool) bool {
	if n == nil || busy[n] {
		return false
	}
	if known, ok := c.differs[n]; ok {
		return known
	}
	busy[n] = true
	defer delete(busy, n)
	differs := n.closed || c.differ(n.elem, busy)
	for i := range n.fields {
		f := &n.fields[i]
		differs = differs || f.isRequired(true) != f.isRequired(false) || c.differ(f.node, busy) ||
			f.rules != nil && (f.rules.readOnly || f.rules.writeOnly || f.rules.def != nil)
	}
	if len(busy) == 1 {
		c.differs[n] = differs
	}
	return differs
}

// typeName returns the key of the component of a type: PageNote for Page[store.Note],
// and PageListNote for Page[[]store.Note], so that a document can have both.
func typeName(t reflect.Type) string {
	name, arguments, _ := strings.Cut(t.Name(), "[")
	var b strings.Builder
	b.WriteString(exported(componentKey(name)))
	for _, word := range typeWords.FindAllString(arguments, -1) {
		switch {
		case word == "[]":
			b.WriteString("List")
		case word == "*":
			b.WriteString("Nullable")
		case word == "map[":
			b.WriteString("Map")
		case word[0] == '[':
			b.WriteString("Array" + word[1:len(word)-1])
		default:
			b.WriteString(exported(componentKey(word[strings.LastIndexAny(word, "/.")+1:])))
		}
	}
	return b.String()
}

// typeWords matches the parts of type arguments as package reflect writes them. A name
// there begins with the path of its package.
var typeWords = regexp.MustCompile(`\[\d*\]|\*|map\[|[^][*,;:{}()" ]+`)

// componentKey replaces the characters that keys of the Components Object cannot have
// (OpenAPI 3.2 §4.7.1).
func componentKey(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
}

func exported(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
