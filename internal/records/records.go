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

// Finder looks for records in types. It looks at each type once.
type Finder struct {
	through func(reflect.Type) (inner reflect.Type, ok bool)
	seen    map[visit]bool
}

// visit is a type, and whether its fields are those of an input.
type visit struct {
	typ   reflect.Type
	input bool
}

// NewFinder returns a Finder. through returns the type inside one that is a wrapper, such as
// the items of a stream.
func NewFinder(through func(reflect.Type) (reflect.Type, bool)) *Finder {
	return &Finder{through: through, seen: map[visit]bool{}}
}

// Refuse returns a mistake if a type holds a record, at whatever depth. Auth fields of an
// input do not count: they receive the principal.
func (look *Finder) Refuse(what string, t reflect.Type) error {
	path, record := look.find(t, what == "input")
	if record == nil {
		return nil
	}
	clear(look.seen) // another type that holds this one has the same mistake
	return fmt.Errorf("the %s %v%s is the record %v, with everything that the store keeps; declare a type with the fields that clients may see or set", what, t, path, record)
}

// find returns the way to the first record in a type, as ".Author", and its type.
// Only the fields of an input are auth fields.
func (look *Finder) find(t reflect.Type, input bool) (path string, record reflect.Type) {
	if isRecord(t) {
		return "", t
	}
	if inner, ok := look.through(t); ok {
		return look.find(inner, false)
	}
	if look.seen[visit{t, input}] || schema.HasOwnJSON(t) || t == reflect.TypeFor[http.Request]() {
		return "", nil
	}
	look.seen[visit{t, input}] = true
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
