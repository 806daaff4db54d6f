// Package records finds rows of the store in the types of requests and replies, where they
// do not belong.
package records

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/store"
)

// all are the rows of package store, and what credentials know of a user. They hold
// password hashes, keys of living sessions and rights, so they are neither read from a
// request nor written into a reply.
var all = []reflect.Type{
	reflect.TypeFor[store.User](), reflect.TypeFor[store.Session](), reflect.TypeFor[store.Token](),
	reflect.TypeFor[store.Family](), reflect.TypeFor[store.BlockedToken](), reflect.TypeFor[auth.Account](),
}

// isRecord reports whether a type is a record, or one that was declared with the very
// fields of one: type Mine store.User.
func isRecord(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && slices.ContainsFunc(all, t.ConvertibleTo)
}

// Refuse returns a mistake if a type holds a record, at whatever depth. Auth
// fields do not count: they receive the principal. through
// returns the type inside one that is a wrapper, such as the items of a stream.
func Refuse(what string, t reflect.Type, through func(reflect.Type) (reflect.Type, bool)) error {
	f := finder{through: through, seen: map[reflect.Type]bool{}}
	path, record := f.find(t, what == "input")
	if record == nil {
		return nil
	}
	return fmt.Errorf("the %s %v%s is the record %v, with everything that the store keeps; declare a type with the fields that clients may see or set", what, t, path, record)
}

// finder looks for a record in a type.
type finder struct {
	through func(reflect.Type) (inner reflect.Type, ok bool)
	seen    map[reflect.Type]bool
}

// find returns the way to the first record in a type, as ".Author", and its type.
// Only the fields of an input are auth fields.
func (look finder) find(t reflect.Type, input bool) (path string, record reflect.Type) {
	if isRecord(t) {
		return "", t
	}
	if inner, ok := look.through(t); ok {
		return look.find(inner, false)
	}
	if look.seen[t] || schema.HasOwnJSON(t) || t == reflect.TypeFor[http.Request]() {
		return "", nil
	}
	look.seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return look.find(t.Elem(), false)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !carried(f, input) {
				continue
			}
			if path, record := look.find(f.Type, input && f.Anonymous); record != nil {
				return "." + f.Name + path, record
			}
		}
	}
	return "", nil
}

// carried reports whether a field is read from a request or written into a reply.
func carried(f reflect.StructField, input bool) bool {
	_, principal := f.Tag.Lookup("auth")
	_, body := f.Tag.Lookup("body")
	switch {
	case input && principal, !f.IsExported() && !f.Anonymous:
		return false
	}
	return body || f.Tag.Get("json") != "-"
}
