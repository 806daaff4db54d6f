package schema

import "reflect"

// HasOwnJSON reports whether a type reads or writes its JSON itself, so that its fields
// say nothing about it.
func HasOwnJSON(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && !isOptional(t) && (has(t, typeMarshaler) || has(t, typeUnmarshaler))
}
