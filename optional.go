package rest

import (
	"encoding/json"
	"reflect"
)

// Optional is a member of a JSON object that is absent, null or a value, and tells
// the three apart, as a PATCH must:
//
//	type EditNote struct {
//		Title rest.Optional[string] `json:"title" maxLength:"80"`
//	}
//
// The zero value is absent. In a reply an absent member is left out. Constraint
// tags apply to the value. The tag default is refused, because it would hide that
// the member is absent. As a parameter of a query, header, cookie or form an
// Optional is absent or a value, never null.
type Optional[T any] struct {
	// Value is the value where Present is true and Null is false, otherwise the
	// zero value.
	Value T
	// Present reports whether the member was sent, as a value or as null.
	Present bool
	// Null reports whether the member was sent as null.
	Null bool
}

// Some returns an Optional with a value.
func Some[T any](v T) Optional[T] { return Optional[T]{Value: v, Present: true} }

// Null returns an Optional that is null.
func Null[T any]() Optional[T] { return Optional[T]{Present: true, Null: true} }

// Get returns the value and whether there is one. There is none where the member is
// absent or null.
func (o Optional[T]) Get() (T, bool) { return o.Value, o.Present && !o.Null }

// Or returns the value, or fallback where the member is absent or null.
func (o Optional[T]) Or(fallback T) T {
	if v, ok := o.Get(); ok {
		return v
	}
	return fallback
}

// IsZero reports whether the member is absent, so that encoding/json leaves it out
// with the option omitzero.
func (o Optional[T]) IsZero() bool { return !o.Present }

// MarshalJSON implements [json.Marshaler] for use outside of requests and replies,
// which do not call it. It writes null for an absent member.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if v, ok := o.Get(); ok {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON implements [json.Unmarshaler] for use outside of requests and
// replies, which do not call it.
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

// optionalType returns the type itself, unlike that of a struct which embeds it.
func (Optional[T]) optionalType() reflect.Type { return reflect.TypeFor[Optional[T]]() }

// isOptional reports whether a type is an Optional. Package schema asks when it
// compiles types: it cannot import this package.
func isOptional(t reflect.Type) bool {
	o, ok := reflect.Zero(t).Interface().(interface{ optionalType() reflect.Type })
	return ok && t.Kind() == reflect.Struct && o.optionalType() == t
}
