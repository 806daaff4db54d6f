package schema

import (
	"reflect"
	"strings"
)

// HasOwnJSON reports whether a type has MarshalJSON or UnmarshalJSON. The fields of such
// a type need not be in its JSON.
func HasOwnJSON(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface && (has(t, typeMarshaler) || has(t, typeUnmarshaler))
}

// TypeName returns the name of a type for error texts. It leaves out the fields of a
// struct without a name.
func TypeName(t reflect.Type) string {
	whole := strings.ReplaceAll(t.String(), "[]uint8", "[]byte") // the name that programs use
	name, fields, anonymous := strings.Cut(whole, "struct {")
	if !anonymous || fields == "}" {
		return whole
	}
	open := 1 // the struct can be the argument of a generic type, whose name goes on after it
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

// Mistakes returns the errors that err joins, so that a caller can add the place to each.
func Mistakes(err error) []error {
	switch joined := err.(type) { //nolint:errorlint // an error that wraps joined errors is one mistake
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
