package bind

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// sources are the tags that say where a field comes from.
var sources = []string{"path", "query", "header", "cookie", "form", "body", "auth"}

// Types are the types that inputs are made of.
type Types struct {
	Schemas *schema.Compiler
	// File is the type of a file of a form, and SetFile makes one at an address.
	File    reflect.Type
	SetFile func(file unsafe.Pointer, header *multipart.FileHeader)
}

// Compile reads an input type for a method and a route whose parameters are names, in
// order. The error joins every mistake; the plan that comes with it is not nil, but incomplete.
func Compile(c Types, t reflect.Type, method string, names []string) (*Plan, error) {
	p := &Plan{names: names}
	if t.Kind() != reflect.Struct {
		return p, fmt.Errorf("the input has the type %v; want a struct whose fields name their source", t)
	}
	errs := p.fields(c, t, 0)
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("the input %s "+format, append([]any{schema.TypeName(t)}, args...)...))
	}
	for _, name := range names {
		if !slices.Contains(p.taken, name) {
			fail("has no field for {%s}; add one tagged `path:%q`", name, name)
		}
	}
	switch {
	case p.body.kind != NoBody && p.hasForm():
		fail("has both a body and form fields")
	case p.hasForm():
		p.body.kind = FormBody
	}
	if p.HasBody() && (method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete) {
		fail("has a body, which has no meaning in a %s (RFC 9110 §9.3); use POST, or QUERY for a query that is too large for a path", method)
	}
	if len(p.sent) > 0 && (p.body.kind != ValueBody && p.body.kind != FormBody || len(p.files) > 0) {
		fail("has a field `body:\"raw\"`, which holds the bytes of a typed body or a form without files beside it; " +
			"for the bytes alone write their media type, such as `body:\"application/octet-stream\"`")
	}
	order := map[string]int{"query": 0, "path": 1, "header": 2, "cookie": 3}
	slices.SortStableFunc(p.params, func(a, b parameter) int { return order[a.in] - order[b.in] })
	return p, errors.Join(errs...)
}

func (p *Plan) fields(c Types, t reflect.Type, base uintptr) []error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("input %s.%s: %w", schema.TypeName(t), f.Name, fmt.Errorf(format, args...)))
		}
		var found []string
		for _, source := range sources {
			if _, ok := f.Tag.Lookup(source); ok {
				found = append(found, source)
			}
		}
		switch {
		case f.Name == "_":
			if err := schema.TagError(f.Tag); err != nil {
				fail("%w", err)
			}
		case f.Type == reflect.TypeFor[*http.Request]():
			p.requests = append(p.requests, base+f.Offset)
			if err := schema.TagError(f.Tag); err != nil || len(found) > 0 {
				fail("the field is the request itself; it has no tags")
			}
		case f.Anonymous && len(found) == 0 && f.Type.Kind() == reflect.Struct:
			errs = append(errs, p.fields(c, f.Type, base+f.Offset)...)
		case !f.IsExported():
			fail("the field is not exported")
		case len(found) == 0:
			fail("the field names no source; tag it path, query, header, cookie, form, body or auth")
		case len(found) > 1:
			fail("the field names several sources: %s", strings.Join(found, ", "))
		default:
			for _, err := range schema.Mistakes(p.field(c, f, found[0], base+f.Offset)) {
				fail("%w", err)
			}
		}
	}
	return errs
}

func (p *Plan) field(c Types, f reflect.StructField, source string, offset uintptr) error {
	switch source {
	case "auth":
		p.auth = append(p.auth, AuthField{f.Name, f.Type, offset})
		return schema.TagError(f.Tag)
	case "body":
		return p.bodyField(c, f, offset)
	}
	if shape := c.fileShape(f.Type); shape != 0 {
		return p.file(c, f, shape, source, offset)
	}
	return p.parameter(c, f, source, offset)
}

// notOf refuses tags that have no meaning for a source.
func notOf(source string, tag reflect.StructTag, keys ...string) error {
	for _, key := range keys {
		if _, ok := tag.Lookup(key); !ok {
			continue
		}
		if source == "body" && key == "default" {
			return errors.New("the tag default does not apply to a body; make the field a pointer, which is nil where no body was sent")
		}
		return fmt.Errorf("the tag %s does not apply to a %s", key, source)
	}
	return nil
}
