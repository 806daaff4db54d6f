// Package reply turns the result of a handler into a reply. A [Plan] is compiled once
// for the output type of an endpoint. It says which statuses, headers and cookies a reply
// can have and how its body is sent, and it documents them. Package bind does the same
// for requests.
package reply

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// Types are the types of package rest that an output may have. Package rest passes them
// in, because this package cannot import it.
type Types struct {
	// Content is the type of a body that answers range requests.
	Content reflect.Type
	// Stream returns the type of the items of a stream, and whether they are events that
	// carry their data in a field named Data. It reports false for other types.
	Stream func(reflect.Type) (item reflect.Type, event, ok bool)
	// Event reports whether a type is one of such events.
	Event func(reflect.Type) bool
}

// Plan is how a handler's result becomes a reply. It is immutable and safe for concurrent
// use.
type Plan struct {
	// Body says how the body is sent. Its Kind is [None] if there is none.
	Body Body

	statuses []int // of the status field, the default first; empty if there is no such field
	statusAt uintptr
	headers  []header
	cookies  []cookie
	etag     int // index of the header ETag, or -1
	modified int // index of the header Last-Modified, or -1
	typeAt   int // index of the header Content-Type, or -1
}

// Empty returns the plan of a result that says nothing about the reply.
func Empty() *Plan { return &Plan{etag: -1, modified: -1, typeAt: -1} }

// Compile reads the type of a result. A struct with fields tagged status, body, header or
// cookie is a reply; any other type is the body itself. The error joins every mistake.
func Compile(c *schema.Compiler, t reflect.Type, types Types) (*Plan, error) {
	p := Empty()
	if t == reflect.TypeFor[struct{}]() {
		return p, nil
	}
	if !isReply(t) {
		if f, ok := untaggedBody(t); ok {
			return p, fmt.Errorf("the output %s has a field %s without a tag, which would be a member of the body; tag it body:\"\" to make it the body, or json:\"%s\" to keep it", schema.TypeName(t), f, f)
		}
		return p, p.addBody(c, reflect.StructField{Type: t}, 0, types)
	}
	errs := p.fields(c, t, 0, types)
	for _, err := range p.check() {
		errs = append(errs, fmt.Errorf("output %s: %w", schema.TypeName(t), err))
	}
	return p, errors.Join(errs...)
}

// parts are the tags that make a field a part of a reply.
var parts = []string{"status", "body", "header", "cookie"}

// isReply reports whether a type describes a whole reply and not only its body.
func isReply(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if len(partsOf(f)) > 0 || embedded(f) && isReply(f.Type) {
			return true
		}
	}
	return false
}

// untaggedBody finds the field of a struct that other frameworks take for the body of the
// reply.
func untaggedBody(t reflect.Type) (name string, found bool) {
	if t.Kind() != reflect.Struct {
		return "", false
	}
	f, ok := t.FieldByName("Body")
	return "Body", ok && f.Tag == "" && len(f.Index) == 1
}

func partsOf(f reflect.StructField) []string {
	var found []string
	for _, part := range parts {
		if _, ok := f.Tag.Lookup(part); ok {
			found = append(found, part)
		}
	}
	return found
}

// embedded reports whether the fields of a struct are read as fields of the outer one.
func embedded(f reflect.StructField) bool {
	return f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == ""
}

func (p *Plan) fields(c *schema.Compiler, t reflect.Type, base uintptr, types Types) []error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		if embedded(f) && len(partsOf(f)) == 0 {
			errs = append(errs, p.fields(c, f.Type, base+f.Offset, types)...)
			continue
		}
		for _, err := range schema.Mistakes(p.field(c, f, base+f.Offset, types)) {
			errs = append(errs, fmt.Errorf("output %s.%s: %w", schema.TypeName(t), f.Name, err))
		}
	}
	return errs
}

func (p *Plan) field(c *schema.Compiler, f reflect.StructField, at uintptr, types Types) error {
	found := partsOf(f)
	switch {
	case !f.IsExported():
		return errors.New("the field is not exported")
	case len(found) == 0:
		return errors.New("the field has no tag that says what it is; tag it status, body, header or cookie")
	case len(found) > 1:
		return fmt.Errorf("the field has several tags that say what it is: %s", strings.Join(found, ", "))
	}
	switch found[0] {
	case "status":
		return p.addStatus(f, at)
	case "body":
		return p.addBody(c, f, at, types)
	case "header":
		return p.addHeader(c, f, at)
	}
	return p.addCookie(f, at)
}

// check finds mistakes that several fields make together.
func (p *Plan) check() []error {
	var errs []error
	if p.Body.Kind != None && p.neverHasBody() {
		errs = append(errs, errors.New("the output has a body, but a reply with any of its statuses has no body; remove the body or add a status"))
	}
	if p.Body.Kind == Content && p.modified >= 0 {
		errs = append(errs, errors.New("rest.Content sends its field Modified as Last-Modified; remove the header"))
	}
	return append(errs, p.checkContentType()...)
}

// Validate checks the body and the headers of a result against their schemas. It does not
// check a body that is left out because of the status, or one that has no schema.
func (p *Plan) Validate(value unsafe.Pointer, status int, issues *schema.Issues) {
	if p.Body.Kind == Value && !HasNoBody(status) {
		p.Body.value.Validate(unsafe.Add(value, p.Body.offset), []any{}, issues)
	}
	for i := range p.headers {
		p.headers[i].validate(value, issues)
	}
}

// HasNoBody reports whether replies with a status end after the header (RFC 9110
// §15.3.5, §15.3.6, §15.4.5).
func HasNoBody(status int) bool {
	return status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}
