package schema

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Optional is a member of a JSON object that may be absent, null or a value, and
// tells the three apart: what a PATCH needs.
//
//	type EditNote struct {
//		Title rest.Optional[string] `json:"title" maxLength:"80"`
//	}
//
// The zero value is absent. In a reply an absent member is left out. Constraint
// tags apply to the value; a default would hide that the member is absent and is
// refused. As a parameter of a query, header, cookie or form it is absent or a
// value, never null.
type Optional[T any] struct {
	// Value is the zero value unless Present is true and Null is false.
	Value T
	// Present says that the member was sent, be it null.
	Present bool
	// Null says that the member was sent as null.
	Null bool
}

// Some returns a present value.
func Some[T any](v T) Optional[T] { return Optional[T]{Value: v, Present: true} }

// Null returns a present null.
func Null[T any]() Optional[T] { return Optional[T]{Present: true, Null: true} }

// Get returns the value, and whether there is one: false for absent and for null.
func (o Optional[T]) Get() (T, bool) { return o.Value, o.Present && !o.Null }

// Or returns the value, or fallback for absent and for null.
func (o Optional[T]) Or(fallback T) T {
	if v, ok := o.Get(); ok {
		return v
	}
	return fallback
}

// IsZero reports whether the member is absent, so that encoding/json leaves it
// out with the option omitzero.
func (o Optional[T]) IsZero() bool { return !o.Present }

// MarshalJSON writes the value, or null for null and for absent. Replies do not
// go through it: it serves other users of encoding/json.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if v, ok := o.Get(); ok {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a value or null. Requests do not go through it: it serves
// other users of encoding/json.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*o = Null[T]()
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*o = Some(v)
	return nil
}

// isOptional reports whether t is an instance of Optional itself, not a type
// that embeds one.
func isOptional(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[Issues]().PkgPath() &&
		strings.HasPrefix(t.Name(), "Optional[")
}
