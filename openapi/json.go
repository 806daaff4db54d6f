package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// This file writes documents as encoding/json would, with the extensions of an object behind
// its members. Package json itself reads and copies the text of a MarshalJSON again for each
// object around it, which took most of the time of a large document.

var (
	typeProperties = reflect.TypeFor[Properties]()
	typeExtensions = reflect.TypeFor[Extensions]()
	typeResponse   = reflect.TypeFor[Response]()
	typeSchema     = reflect.TypeFor[Schema]()
	typeString     = reflect.TypeFor[string]()
)

// maxDepth is how deep objects may be nested. It ends the writing of a schema that points to itself.
const maxDepth = 1000

// marshal writes a value of a type of this package.
func marshal(v any) ([]byte, error) { return appendJSON(nil, reflect.ValueOf(v), 0) }

// appendJSON appends a value of a type of this package, or of one of their fields.
func appendJSON(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return appendJSON(dst, v.Elem(), depth)
	case reflect.Struct:
		return appendStruct(dst, v, depth+1)
	case reflect.Map:
		return appendMap(dst, v, depth)
	case reflect.Slice:
		switch {
		case v.Type() == typeProperties:
			return appendProperties(dst, v.Interface().(Properties), depth)
		case v.Type().Elem().Kind() != reflect.Uint8: // json.RawMessage
			return appendList(dst, v, depth)
		}
	case reflect.Interface:
		elem := v.Elem() // additionalProperties is often a schema; other values are the program's own
		if v.IsNil() || elem.Type() != typeSchema && elem.Type() != reflect.PointerTo(typeSchema) {
			break
		}
		return appendJSON(dst, elem, depth)
	case reflect.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case reflect.String:
		if v.Type() == typeString { // a json.Number is not
			return appendString(dst, v.String())
		}
	}
	text, err := json.Marshal(v.Interface())
	return append(dst, text...), err
}

// appendString appends a string. Most need no escapes.
func appendString(dst []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			return append(dst, text...), err
		}
	}
	return append(append(append(dst, '"'), s...), '"'), nil
}

func appendList(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(dst, "null"...), nil
	}
	dst = append(dst, '[')
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, v.Index(i), depth); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

// appendMap appends a map with its keys in order.
func appendMap(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(dst, "null"...), nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendString(dst, key.String()); err != nil {
			return nil, err
		}
		if dst, err = appendJSON(append(dst, ':'), v.MapIndex(key), depth); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendProperties(dst []byte, p Properties, depth int) ([]byte, error) {
	dst = append(dst, '{')
	for i, property := range p {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendString(dst, property.Name); err != nil {
			return nil, err
		}
		if dst, err = appendJSON(append(dst, ':'), reflect.ValueOf(property.Schema), depth); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendStruct appends a struct as its json tags say, with its extensions.
func appendStruct(dst []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("openapi: objects are nested deeper than %d levels; one may contain itself", maxDepth)
	}
	if v.Type() == typeResponse && v.Field(0).String() != "" { // Ref
		dst, err := appendString(append(dst, `{"$ref":`...), v.Field(0).String())
		return append(dst, '}'), err
	}
	l := layoutOf(v.Type())
	dst = append(dst, '{')
	start := len(dst)
	for i := range l.fields {
		f := &l.fields[i]
		value := v.Field(f.index)
		if f.omitEmpty && isEmpty(value) || f.omitZero && value.IsZero() {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(append(dst, f.name...), value, depth); err != nil {
			return nil, err
		}
	}
	if l.extensions < 0 || v.Field(l.extensions).Len() == 0 {
		return append(dst, '}'), nil
	}
	dst, err := v.Field(l.extensions).Interface().(Extensions).append(dst, len(dst) > start)
	return append(dst, '}'), err
}

// append appends the members, after a comma if there are others before them.
func (x Extensions) append(dst []byte, comma bool) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !strings.HasPrefix(name, "x-") {
			return nil, fmt.Errorf("openapi: the extension %q does not begin with x-", name)
		}
		member, err := json.Marshal(map[string]any{name: x[name]})
		if err != nil {
			return nil, fmt.Errorf("openapi: the extension %q: %w", name, err)
		}
		if comma {
			dst = append(dst, ',')
		}
		dst, comma = append(dst, member[1:len(member)-1]...), true
	}
	return dst, nil
}

// isEmpty reports whether omitempty leaves out a value.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// layout is how a struct is written.
type layout struct {
	fields     []layoutField
	extensions int // the field of the extensions, or -1
}

type layoutField struct {
	index               int
	name                []byte // as JSON, with the colon
	omitEmpty, omitZero bool
}

var layouts sync.Map // of types

func layoutOf(t reflect.Type) *layout {
	if known, ok := layouts.Load(t); ok {
		return known.(*layout)
	}
	l := &layout{extensions: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Type == typeExtensions:
			l.extensions = i
		case name != "-":
			l.fields = append(l.fields, layoutField{i, strconv.AppendQuote(nil, name), options == "omitempty", options == "omitzero"})
			l.fields[len(l.fields)-1].name = append(l.fields[len(l.fields)-1].name, ':')
		}
	}
	layouts.Store(t, l)
	return l
}
