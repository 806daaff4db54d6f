// Package bind fills the input struct of an endpoint from a request. A plan is
// compiled once per endpoint; every field names its source, so nothing of a
// request can reach a field that is not meant for it.
package bind

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// sources are the tags that say where a field comes from.
var sources = []string{"path", "query", "header", "cookie", "form", "body", "auth"}

// Plan is how an input struct is filled. It is immutable.
type Plan struct {
	params   []parameter // in the order that issues are reported: query, path, header, cookie
	form     []parameter
	files    []fileField
	body     *schema.Value
	bodyAt   uintptr
	auth     []AuthField
	requests []uintptr // fields that receive the request itself
	query    bool
	names    []string // of the route's parameters
}

type parameter struct {
	in, name string
	offset   uintptr
	value    *schema.Value
	index    int // of path: which parameter of the route
	list     bool
	loc      []any
}

// AuthField is a field that receives the principal. Bind never fills it.
type AuthField struct {
	Name   string
	Type   reflect.Type
	Offset uintptr
}

// Types are the types that inputs are made of.
type Types struct {
	Schemas *schema.Compiler
	// File is the type of a file of a form, and SetFile makes one at an address.
	File    reflect.Type
	SetFile func(file unsafe.Pointer, header *multipart.FileHeader)
}

// Compile reads an input type for a method and a route whose parameters are names, in
// order. The error joins every mistake.
func Compile(c Types, t reflect.Type, method string, names []string) (*Plan, error) {
	p := &Plan{names: names}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the input has the type %v; want a struct whose fields name their source", t)
	}
	errs := p.fields(c, t, 0)
	for i, name := range names {
		if !slices.ContainsFunc(p.params, func(param parameter) bool { return param.in == "path" && param.index == i }) {
			errs = append(errs, fmt.Errorf("the input %s has no field for {%s}; add one tagged `path:%q`", schema.TypeName(t), name, name))
		}
	}
	if p.body != nil && p.IsForm() {
		errs = append(errs, fmt.Errorf("the input %s has both a body and form fields", schema.TypeName(t)))
	}
	order := map[string]int{"query": 0, "path": 1, "header": 2, "cookie": 3}
	slices.SortStableFunc(p.params, func(a, b parameter) int { return order[a.in] - order[b.in] })
	return p, errors.Join(errs...)
}

func (p *Plan) fields(c Types, t reflect.Type, base uintptr) []error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		var found []string
		for _, source := range sources {
			if _, ok := f.Tag.Lookup(source); ok {
				found = append(found, source)
			}
		}
		fail := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("input %s.%s: %w", schema.TypeName(t), f.Name, fmt.Errorf(format, args...)))
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
		if p.body != nil {
			return errors.New("a second body")
		}
		var err error
		p.body, err = c.Schemas.CompileField(f.Type, f.Tag)
		p.bodyAt = offset
		return errors.Join(err, notOf("body", f.Tag, "default", "readOnly", "writeOnly"))
	}
	if shape := c.fileShape(f.Type); shape != 0 {
		return p.file(c, f, shape, source, offset)
	}
	param := parameter{in: source, name: f.Tag.Get(source), offset: offset}
	if param.name == "" {
		return fmt.Errorf("the tag %s names nothing", source)
	}
	if name, option, found := strings.Cut(param.name, ","); found {
		return fmt.Errorf("the tag %s has the option %q, but takes a name alone: %s:%q", source, option, source, name)
	}
	if (source == "header" || source == "cookie") && !isToken(param.name) {
		return fmt.Errorf("%q cannot be the name of a %s: want a token (RFC 9110 §5.6.2)", param.name, source)
	}
	var err error
	if param.value, err = c.Schemas.CompileField(f.Type, f.Tag); err != nil {
		return err
	}
	useless := []string{"readOnly", "writeOnly"}
	if source == "path" {
		useless = append(useless, "default")
	}
	if err := notOf(source, f.Tag, useless...); err != nil {
		return err
	}
	elem := param.value.Node.ListOf()
	param.list = elem != nil && source != "path" && source != "cookie"
	if !param.value.Node.Scalar() && !(param.list && elem.Scalar()) {
		return fmt.Errorf("a %v cannot be read from a %s", f.Type, source)
	}
	loc := map[string]string{"path": "parsed_path", "query": "parsed_query", "header": "parsed_headers", "cookie": "parsed_cookies", "form": "parsed_body"}
	param.loc = []any{loc[source], param.name}
	switch source {
	case "path":
		if param.index = slices.Index(p.names, param.name); param.index < 0 {
			return fmt.Errorf("the route has no parameter {%s}", param.name)
		}
	case "query":
		p.query = true
	case "header":
		param.name = http.CanonicalHeaderKey(param.name)
		if slices.Contains([]string{"Authorization", "Content-Type", "Accept"}, param.name) {
			return fmt.Errorf("the header %s belongs to the framework (OpenAPI ignores it as a parameter); take an *http.Request", param.name)
		}
	case "form":
		p.form = append(p.form, param)
		return nil
	}
	p.params = append(p.params, param)
	return nil
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

// isToken reports whether a text can name a header field or a cookie.
func isToken(s string) bool {
	const others = "!#$%&'*+-.^_`|~"
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(others, r))
	})
}

// HasBody reports whether a body is read.
func (p *Plan) HasBody() bool { return p.body != nil || p.IsForm() }

// IsForm reports whether the body is a form.
func (p *Plan) IsForm() bool { return len(p.form) > 0 || p.HasFiles() }

// ContentTypes are the media types of a form.
func (p *Plan) ContentTypes() []string {
	if p.HasFiles() {
		return []string{"multipart/form-data"}
	}
	return []string{"application/x-www-form-urlencoded", "multipart/form-data"}
}

// CanFail reports whether there is anything to read that could be wrong.
func (p *Plan) CanFail() bool { return p.HasBody() || len(p.params) > 0 }

// AuthFields lists the fields that receive the principal.
func (p *Plan) AuthFields() []AuthField { return p.auth }

// RequestOffsets returns where the *http.Request goes: the fields of the input and of the
// structs embedded in it.
func (p *Plan) RequestOffsets() []uintptr { return p.requests }

// PathNames are the parameter names of the route.
func (p *Plan) PathNames() []string { return p.names }

// Bind fills the input at dst. path are the decoded values of the route's
// parameters, body is the JSON. Mistakes of values are added to issues; the error
// is that of reading a form.
func (p *Plan) Bind(dst unsafe.Pointer, r *http.Request, path []string, body []byte, issues *schema.Issues) error {
	if p.body != nil {
		p.body.Decode(body, unsafe.Add(dst, p.bodyAt), []any{"parsed_body"}, issues, 0)
	}
	if p.IsForm() {
		if err := p.bindForm(dst, r, issues); err != nil {
			return err
		}
	}
	if len(p.params) == 0 {
		return nil
	}
	var query url.Values
	if p.query && r.URL.RawQuery != "" {
		var err error
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			issues.Add([]any{"parsed_query"}, schema.CodeInvalid, nil, schema.MsgInvalid)
		}
	}
	for i := range p.params {
		param := &p.params[i]
		at := unsafe.Add(dst, param.offset)
		switch param.in {
		case "path":
			param.value.SetText(path[param.index], at, param.loc, issues)
		case "query":
			param.set(query[param.name], at, issues)
		case "header":
			param.set(r.Header[param.name], at, issues)
		case "cookie":
			if value, ok := cookie.Last(r.Header, param.name); ok {
				param.value.SetText(value, at, param.loc, issues)
			} else {
				param.value.SetDefault(at, param.loc, issues)
			}
		}
	}
	return nil
}

// set reads the values of a parameter; of several for one field the last counts.
func (param *parameter) set(values []string, at unsafe.Pointer, issues *schema.Issues) {
	switch {
	case len(values) == 0:
		param.value.SetDefault(at, param.loc, issues)
	case param.list:
		param.value.SetTexts(values, at, param.loc, issues)
	default:
		param.value.SetText(values[len(values)-1], at, param.loc, issues)
	}
}

// maxFormMemory is how many bytes of a multipart form stay in memory.
const maxFormMemory = 1 << 20

func (p *Plan) bindForm(dst unsafe.Pointer, r *http.Request, issues *schema.Issues) error {
	var values url.Values
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Type"))), "multipart/") {
		if err := r.ParseMultipartForm(maxFormMemory); err != nil {
			return err
		}
		if p.HasFiles() {
			p.bindFiles(dst, r.MultipartForm, issues)
		} else {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		values = r.MultipartForm.Value
	} else {
		if err := r.ParseForm(); err != nil {
			return err
		}
		values = r.PostForm
	}
	for i := range p.form {
		param := &p.form[i]
		if r.MultipartForm != nil && len(r.MultipartForm.File[param.name]) > 0 {
			issues.Add(param.loc, schema.CodeType, "string", schema.MsgNoFile)
			continue
		}
		param.set(values[param.name], unsafe.Add(dst, param.offset), issues)
	}
	return nil
}

// Parameters documents what is read besides the body.
func (p *Plan) Parameters(c *schema.Components) []openapi.Parameter {
	var out []openapi.Parameter
	for i := range p.params {
		param := &p.params[i]
		doc, deprecated := param.value.Doc()
		s := param.value.InputSchema(c)
		s.Description, s.Deprecated = "", false
		out = append(out, openapi.Parameter{
			Name: param.name, In: param.in, Description: doc, Deprecated: deprecated, Schema: s,
			Required: param.in == "path" || param.value.RequiredText(),
		})
	}
	return out
}

// RequestBody documents the body; nil where none is read.
func (p *Plan) RequestBody(c *schema.Components) *openapi.RequestBody {
	switch {
	case p.body != nil:
		return &openapi.RequestBody{Required: p.body.Required(), Content: map[string]openapi.MediaType{
			"application/json": {Schema: p.body.InputSchema(c)},
		}}
	case p.IsForm():
		s := &openapi.Schema{Type: "object"}
		for i := range p.form {
			param := &p.form[i]
			s.Properties = append(s.Properties, openapi.Property{Name: param.name, Schema: param.value.InputSchema(c)})
			if param.value.RequiredText() {
				s.Required = append(s.Required, param.name)
			}
		}
		p.documentFiles(s)
		content := map[string]openapi.MediaType{}
		for _, mediaType := range p.ContentTypes() {
			content[mediaType] = openapi.MediaType{Schema: s}
		}
		return &openapi.RequestBody{Required: true, Content: content}
	}
	return nil
}
