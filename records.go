package rest

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/store"
)

// records are the rows of package store, and what credentials know of a user. They hold
// password hashes, keys of living sessions and rights, so they are neither read from a
// request nor written into a reply.
var records = []reflect.Type{
	reflect.TypeFor[store.User](), reflect.TypeFor[store.Session](), reflect.TypeFor[store.Token](),
	reflect.TypeFor[store.Family](), reflect.TypeFor[store.BlockedToken](), reflect.TypeFor[auth.Account](),
}

// isRecord reports whether a type is a record, or one that was declared with the very
// fields of one: type Mine store.User.
func isRecord(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && slices.ContainsFunc(records, t.ConvertibleTo)
}

// refuseRecords returns a mistake if a type holds a record, at whatever depth. Auth
// fields do not count: they receive the principal.
func refuseRecords(what string, t reflect.Type) error {
	path, record := findRecord(t, what == "input", map[reflect.Type]bool{})
	if record == nil {
		return nil
	}
	return fmt.Errorf("the %s %v%s is the record %v, with everything that the store keeps; declare a type with the fields that clients may see or set", what, t, path, record)
}

// findRecord returns the way to the first record in a type, as ".Author", and its type.
// Only the fields of an input are auth fields.
func findRecord(t reflect.Type, input bool, seen map[reflect.Type]bool) (path string, record reflect.Type) {
	if isRecord(t) {
		return "", t
	}
	if item, _, ok := streamItem(t); ok {
		return findRecord(item, false, seen)
	}
	if seen[t] || schema.HasOwnJSON(t) && !isOptional(t) || t == reflect.TypeFor[http.Request]() {
		return "", nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return findRecord(t.Elem(), false, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !carried(f, input) {
				continue
			}
			if path, record := findRecord(f.Type, input && f.Anonymous, seen); record != nil {
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
