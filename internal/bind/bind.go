// Package bind fills the input struct of an endpoint from a request. A plan is
// compiled once per endpoint. The tag of each field names its source, so nothing
// of a request can reach a field that is not meant for it.
package bind

import (
	"net/http"
	"net/url"
	"reflect"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/internal/schema"
)

// Plan is how an input struct is filled. It is immutable.
type Plan struct {
	params   []parameter // in the order in which issues are reported: query, path, header, cookie
	form     []parameter
	files    []fileField
	body     bodyField
	sent     []uintptr // the fields that receive the body as it was sent
	requests []uintptr // the fields that receive the request itself
	auth     []AuthField
	query    bool     // a parameter is in the query
	names    []string // of the route's parameters
	taken    []string // the names that have a field, even if that has a mistake
}

// AuthField is a field that receives the principal. Bind never fills it.
type AuthField struct {
	Name   string
	Type   reflect.Type
	Offset uintptr
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

// Bind fills the input at dst, but for the fields with setters of their own. path are
// the decoded values of the route's parameters. body is the JSON of a [ValueBody], or
// the content of a [BytesBody], which the input keeps. Mistakes of values are added to
// issues; the error is that of reading a form.
func (p *Plan) Bind(dst unsafe.Pointer, r *http.Request, path []string, body []byte, issues *schema.Issues) error {
	if err := p.bindBody(dst, r, body, issues); err != nil {
		return err
	}
	if len(p.params) == 0 {
		return nil
	}
	var query url.Values
	if p.query && r.URL.RawQuery != "" {
		var err error
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			issues.Add([]any{"parsed_query"}, schema.CodeInvalid, nil, schema.MsgQuery)
		}
	}
	for i := range p.params {
		param := &p.params[i]
		at := unsafe.Add(dst, param.offset)
		switch param.in {
		case "path":
			param.value.SetText(path[param.index], at, param.loc, issues)
		case "query":
			param.setQuery(query, at, issues)
		case "header":
			param.setHeader(r.Header[param.name], at, issues)
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
