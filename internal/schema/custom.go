package schema

import (
	"reflect"
	"strings"
)

// HasOwnJSON reports whether a type reads or writes its JSON itself, so that its fields
// say nothing about it.
func HasOwnJSON(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && (has(t, typeMarshaler) || has(t, typeUnmarshaler))
}

// TypeName is how a mistake names a type: without the fields of a struct that has no name.
func TypeName(t reflect.Type) string {
	name, fields, anonymous := strings.Cut(t.String(), "struct {")
	if !anonymous || fields == "}" {
		return t.String()
	}
	open := 1 // brackets of a generic type end after its braces
	for i, r := range fields {
		switch r {
		case '{':
			open++
		case '}':
			if open--; open == 0 {
				return name + "struct{…}" + fields[i+1:]
			}
		}
	}
	return name + "struct{…}"
}

// Mistakes lists the errors that err joins, so that each can be told with its place.
func Mistakes(err error) []error {
	switch joined := err.(type) { //nolint:errorlint // a wrapped list is one mistake
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		var list []error
		for _, one := range joined.Unwrap() {
			list = append(list, Mistakes(one)...)
		}
		return list
	}
	return []error{err}
}
