package rest

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// Descriptions of the replies that the framework itself gives.
const (
	docUnauthorized         = "Raised when auth was not successful"
	docBadRequest           = "Raised when request components cannot be parsed"
	docNotAcceptable        = "Raised when provided `Accept` header cannot be satisfied"
	docTooLarge             = "Raised when the request body is too large"
	docUnsupportedType      = "Raised when the content type of the request body is not supported"
	docUnprocessable        = "Raised when returned response does not match the response schema"
	docPrecondition         = "Raised when a precondition of the request does not hold"
	docPreconditionRequired = "Raised when the request has no precondition"
	docRange                = "Raised when the content does not have the requested range"
	docNotModified          = "The client has the current representation"
	docPartial              = "The requested range"
	docUnavailable          = "Raised when a store that auth needs cannot be asked"
	docChallenge            = "Challenges that the client can use to authenticate this request"
	docHandler              = "The handler writes the reply"
	docNoStore              = "Credentials must not be stored in any cache."
	docCookies              = "Cookies:"
)

// defaultVersion is the version of OpenAPI that documents have.
const defaultVersion = "3.2.0"

// docHeaders describes headers that refusals often have.
var docHeaders = map[string]string{
	"Retry-After":           "Seconds after which to try again",
	"X-RateLimit-Limit":     "How many requests are allowed in the window",
	"X-RateLimit-Remaining": "How many of them are left",
	"X-RateLimit-Reset":     "Seconds until all of them are allowed again",
	"RateLimit":             "The limit's name, how many requests are left, and seconds until all are allowed again",
	"WWW-Authenticate":      docChallenge,
	"RateLimit-Policy":      "How many requests are allowed in the window, and its seconds",
}

// countHeaders are those of docHeaders whose value is a count.
var countHeaders = []string{"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}

// documenter describes the operations of an API.
type documenter struct {
	settings   *Settings
	components *schema.Components
	schemes    map[string]openapi.SecurityScheme
	replies    sharedReplies
}

// document describes the compiled operations.
func (c *compiler) document() (*openapi.Document, error) {
	s := &c.api.settings
	d := &documenter{settings: s, components: schema.NewComponents(), schemes: map[string]openapi.SecurityScheme{}}
	doc := &openapi.Document{
		OpenAPI: defaultVersion,
		Info:    openapi.Info{Title: s.Title, Version: s.Version, Description: s.Description, Contact: s.Contact, License: s.License},
		Servers: s.Servers,
		Paths:   map[string]*openapi.PathItem{},
		Tags:    slices.Clone(s.Tags),
	}
	d.components.Plain = s.Compat.Document
	for _, op := range c.api.operations {
		item := doc.Paths[op.path]
		if item == nil {
			item = &openapi.PathItem{}
			doc.Paths[op.path] = item
		}
		described := op.document(d)
		item.Set(op.method, described)
		doc.Tags = d.join(doc.Tags, described.Tags)
	}
	schemas, err := d.components.Schemas()
	if err != nil {
		return nil, err
	}
	doc.Components = &openapi.Components{Schemas: schemas, Responses: d.replies.components, SecuritySchemes: d.schemes}
	if s.EditDocument != nil {
		doc = doc.Clone()
		s.EditDocument(doc)
		if doc.Info.Title == "" || doc.Info.Version == "" || doc.Paths == nil {
			return nil, errors.New("rest: Settings.EditDocument left a document without title, version or paths")
		}
	}
	return doc, nil
}

// join adds the tags of an operation that the document does not have yet.
func (d *documenter) join(all []openapi.Tag, names []string) []openapi.Tag {
	if d.settings.Compat.Document {
		return all
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(tag openapi.Tag) bool { return tag.Name == name }) {
			all = append(all, openapi.Tag{Name: name})
		}
	}
	return all
}

func (op *operation) document(d *documenter) *openapi.Operation {
	out := &openapi.Operation{
		OperationID: op.ID, Summary: op.summary(), Description: op.Description, Tags: op.tags,
		Parameters: op.input.Parameters(d.components), RequestBody: op.input.RequestBody(d.components),
		Responses: map[string]*openapi.Response{}, Security: op.security(d),
	}
	if op.deprecated || op.compat.Document {
		out.Deprecated = &op.deprecated
	}
	if op.input.Body() == bind.ValueBody {
		out.RequestBody.Content = op.requestContent(out.RequestBody)
	}
	if len(op.statuses) == 0 {
		out.Responses["default"] = &openapi.Response{Description: docHandler}
	}
	op.successResponses(out, d.components)
	for _, f := range op.failures {
		if !slices.Contains(op.compat.Undocumented, f.status) {
			op.documentFailure(out, f, d)
		}
	}
	if op.EditDocument != nil {
		out = out.Clone() // so that the hook changes this operation and nothing that is enforced
		op.EditDocument(out)
	}
	return out
}

// summary is that of the Op, or made of the name of the handler: "List notes" for
// ListNotes, and "GET /notes" for a function without a name.
func (op *operation) summary() string {
	if op.Summary != "" || op.compat.Document {
		return op.Summary
	}
	return cmp.Or(op.endpoint.summary, op.method+" "+op.path)
}

// security lists the alternatives of the guard. An operation that asks for no credential
// has an empty list, which readers can tell from a forgotten one (OpenAPI 3.2 §4.10.1).
func (op *operation) security(d *documenter) []openapi.SecurityRequirement {
	none := []openapi.SecurityRequirement{}
	if op.compat.Document {
		none = nil
	}
	if op.guard == nil {
		return none
	}
	declared := op.guard.Declaration()
	if len(declared.Schemes) == 0 {
		return none
	}
	for name, scheme := range declared.Schemes {
		d.schemes[name] = scheme.SecurityScheme
	}
	var requirements []openapi.SecurityRequirement
	for _, alternative := range declared.Alternatives {
		requirements = append(requirements, alternative.Requirement)
	}
	return requirements
}

func (op *operation) requestContent(body *openapi.RequestBody) map[string]openapi.MediaType {
	var media openapi.MediaType
	for _, m := range body.Content {
		media = m
	}
	content := map[string]openapi.MediaType{}
	for _, codec := range op.codecs {
		if !codec.ReplyOnly {
			content[codec.MediaType] = media
		}
	}
	return content
}

// successResponses documents each status of success, with the body, headers and cookies of
// the result.
func (op *operation) successResponses(out *openapi.Operation, components *schema.Components) {
	var names []string
	for _, codec := range op.codecs {
		names = append(names, codec.MediaType)
	}
	add := func(status int, description string) *openapi.Response {
		r := &openapi.Response{Description: description, Headers: op.successHeaders(components)}
		if !reply.HasNoBody(status) {
			r.Content = op.output.Content(components, names)
		} else {
			delete(r.Headers, "Content-Disposition")
		}
		if len(r.Headers) == 0 {
			r.Headers = nil
		}
		out.Responses[strconv.Itoa(status)] = r
		return r
	}
	for _, status := range op.statuses {
		add(status, http.StatusText(status))
	}
	if op.method != http.MethodGet && op.method != http.MethodHead || len(op.statuses) == 0 {
		return
	}
	content := op.output.Body.Kind == reply.Content
	if (content || op.output.Conditional()) && !slices.Contains(op.statuses, http.StatusNotModified) {
		delete(add(http.StatusNotModified, docNotModified).Headers, "Set-Cookie")
	}
	if content && op.method == http.MethodGet {
		partial := add(http.StatusPartialContent, docPartial)
		partial.Headers["Content-Range"] = openapi.Header{Schema: &openapi.Schema{Type: "string"}}
		partial.Content["multipart/byteranges"] = openapi.MediaType{}
	}
}

// successHeaders documents the headers of a success.
func (op *operation) successHeaders(components *schema.Components) map[string]openapi.Header {
	headers := op.output.Headers(components)
	text := func(description string, required bool) openapi.Header {
		return openapi.Header{Schema: &openapi.Schema{Type: "string"}, Description: description, Required: required}
	}
	if op.output.Body.Kind == reply.Stream {
		for _, h := range op.streamHeaders() {
			headers[h.name] = text("", true)
		}
	}
	op.documentCookies(headers)
	switch {
	case !op.NoStore:
	case op.compat.Document:
		headers["Cache-Control"] = text(docNoStore, true)
	case op.writes || headers["Cache-Control"].Schema != nil: // which the handler may replace
		headers["Cache-Control"] = text("", false)
	default:
		headers["Cache-Control"] = openapi.Header{Schema: &openapi.Schema{Type: "string", Const: noStore[0]}, Required: true}
	}
	return headers
}

// documentCookies adds the cookies that a success sets. They share one header, because
// Set-Cookie is one name; django-modern-rest gives each cookie a header.
func (op *operation) documentCookies(headers map[string]openapi.Header) {
	always, sometimes := op.Cookies, op.output.Cookies()
	maps.Copy(sometimes, op.OptionalCookies)
	text := &openapi.Schema{Type: "string"}
	if op.compat.Document {
		for name, description := range sometimes {
			headers["Set-Cookie: "+name] = openapi.Header{Schema: text, Description: description}
		}
		for name, description := range always {
			headers["Set-Cookie: "+name] = openapi.Header{Schema: text, Description: description, Required: true}
		}
		return
	}
	var lines []string
	line := func(cookies map[string]string, when string) {
		for _, name := range sortedKeys(cookies) {
			description := cookies[name]
			if description != "" {
				description = ": " + description
			}
			lines = append(lines, "- `"+name+"`"+when+description)
		}
	}
	line(always, "")
	line(sometimes, " (not always)")
	if len(lines) > 0 {
		headers["Set-Cookie"] = openapi.Header{Schema: text, Description: docCookies + "\n\n" + strings.Join(lines, "\n"), Required: len(always) > 0}
	}
}

// identifies reports whether the operation needs a credential. A guard whose only principal
// is [auth.Nobody] never answers 401.
func identifies(d auth.Declaration) bool {
	for _, alternative := range d.Alternatives {
		for _, principal := range alternative.Principals {
			if len(alternative.Requirement) > 0 && principal != reflect.TypeFor[auth.Nobody]() {
				return true
			}
		}
	}
	return false
}
