package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/negotiate"
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
)

// docHeaders describes headers that refusals often have.
var docHeaders = map[string]string{
	"Retry-After":           "Seconds until the next request is allowed",
	"X-RateLimit-Limit":     "How many requests are allowed in the window",
	"X-RateLimit-Remaining": "How many of them are left",
	"X-RateLimit-Reset":     "Seconds until all of them are allowed again",
	"RateLimit":             "The limit's name, how many requests are left, and seconds until all are allowed again",
	"WWW-Authenticate":      docChallenge,
	"RateLimit-Policy":      "How many requests are allowed in the window, and its seconds",
}

// document describes the compiled operations.
func (c *compiler) document() (*openapi.Document, error) {
	s := &c.api.settings
	version := s.OpenAPI
	if version == "" {
		version = "3.2.0"
	}
	doc := &openapi.Document{
		OpenAPI: "3.2.0",
		Info:    openapi.Info{Title: s.Title, Version: s.Version, Description: s.Description},
		Servers: s.Servers,
		Paths:   map[string]*openapi.PathItem{},
	}
	components := schema.NewComponents()
	components.Plain = s.Compat.Document
	schemes := map[string]openapi.SecurityScheme{}
	for _, op := range c.api.operations {
		item := doc.Paths[op.path]
		if item == nil {
			item = &openapi.PathItem{}
			doc.Paths[op.path] = item
		}
		item.Set(op.method, op.document(components, schemes))
	}
	all, err := components.Schemas()
	if err != nil {
		return nil, err
	}
	doc.Components = &openapi.Components{Schemas: all, SecuritySchemes: schemes}
	return doc.Version(version)
}

func (op *operation) document(components *schema.Components, schemes map[string]openapi.SecurityScheme) *openapi.Operation {
	out := &openapi.Operation{
		OperationID: op.ID, Summary: op.Summary, Description: op.Description, Tags: op.tags,
		Parameters: op.input.Parameters(components), RequestBody: op.input.RequestBody(components),
		Responses: map[string]*openapi.Response{},
	}
	if op.deprecated || op.compat.Document {
		out.Deprecated = &op.deprecated
	}
	if op.input.Body() == bind.ValueBody {
		out.RequestBody.Content = op.requestContent(out.RequestBody)
	}
	if op.guard != nil {
		d := op.guard.Declaration()
		for _, alternative := range d.Alternatives {
			out.Security = append(out.Security, alternative.Requirement)
		}
		if len(d.Schemes) == 0 {
			out.Security = nil // a guard that asks for no credential
		}
		for name, scheme := range d.Schemes {
			schemes[name] = scheme.SecurityScheme
		}
	}
	if len(op.statuses) == 0 {
		out.Responses["default"] = &openapi.Response{Description: docHandler}
	}
	op.successResponses(out, components)
	for _, f := range op.failures {
		if !slices.Contains(op.compat.Undocumented, f.status) {
			op.documentFailure(out, f, components)
		}
	}
	return out
}

// documentFailure adds a status that is not the success.
func (op *operation) documentFailure(out *openapi.Operation, f failure, components *schema.Components) {
	var headers map[string]openapi.Header
	for _, name := range f.headers {
		if headers == nil {
			headers = map[string]openapi.Header{}
		}
		headers[name] = openapi.Header{Schema: &openapi.Schema{Type: "string"}, Description: docHeaders[name], Required: true}
	}
	key := strconv.Itoa(f.status)
	have := out.Responses[key]
	switch {
	case have == nil:
		out.Responses[key] = &openapi.Response{Description: f.description, Headers: headers, Content: op.errorContent(components)}
	case have.Headers == nil:
		have.Headers = headers
	default:
		maps.Copy(have.Headers, headers)
	}
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
		add(http.StatusNotModified, docNotModified)
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
	for name, description := range op.OptionalCookies {
		headers["Set-Cookie: "+name] = text(description, false)
	}
	for name, description := range op.Cookies {
		headers["Set-Cookie: "+name] = text(description, true)
	}
	if op.NoStore {
		headers["Cache-Control"] = text(docNoStore, true)
	}
	return headers
}

// errorContent is the schema of error replies in each media type.
func (op *operation) errorContent(components *schema.Components) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	for i, codec := range op.codecs {
		format := op.formatFor(i)
		mediaType := codec.MediaType
		if format.mediaType != "" {
			mediaType = format.mediaType
		}
		content[mediaType] = openapi.MediaType{Schema: format.node.OutputSchema(components)}
	}
	return content
}

// identifies reports whether the operation needs a credential: a guard that lets
// [auth.Nobody] pass refuses with a status of its own.
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

// OpenAPI returns the Handler of a [Mount] that serves the API's own document, with an
// ETag. Codecs are the media types that a client may ask for in Accept, the first one
// where it asks for none of them. Without codecs it is JSON.
//
//	Mounts: []rest.Mount{{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()}}
func OpenAPI(codecs ...Codec) http.Handler { return &mountedDocument{codecs: codecs} }

// mountedDocument is the place of the document in the tree. New mounts a copy that has
// the handler.
type mountedDocument struct {
	codecs  []Codec
	handler http.Handler
}

// ServeHTTP implements http.Handler.
func (m *mountedDocument) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.handler == nil {
		panic("rest: OpenAPI() is for a Mount; elsewhere use the method OpenAPI of an API")
	}
	m.handler.ServeHTTP(w, r)
}

// documentHandler serves one document: GET and HEAD, with an ETag for each media
// type.
type documentHandler struct {
	offers []string
	forms  []documentForm
}

type documentForm struct {
	body []byte
	etag string
}

func newDocumentHandler(doc *openapi.Document, codecs []Codec) (http.Handler, error) {
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	if len(codecs) == 0 {
		codecs = []Codec{{MediaType: mediaJSON}}
	}
	d := &documentHandler{}
	for _, codec := range codecs {
		body := text
		if codec.FromJSON != nil {
			if body, err = codec.FromJSON(text); err != nil {
				return nil, fmt.Errorf("rest: the OpenAPI document as %s: %w", codec.MediaType, err)
			}
		}
		sum := sha256.Sum256(body)
		d.offers = append(d.offers, codec.MediaType)
		d.forms = append(d.forms, documentForm{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`})
	}
	return d, nil
}

// ServeHTTP implements http.Handler. A client that accepts none of the media types
// gets the first one: better a document than a 406 that explains nothing.
func (d *documentHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	at := max(0, negotiate.Accept(r.Header["Accept"], d.offers))
	form := d.forms[at]
	if len(d.offers) > 1 {
		h.Add("Vary", "Accept")
	}
	h.Set("ETag", form.etag)
	h.Set("Cache-Control", "no-cache") // ask again each time; the answer is mostly a 304
	if match := r.Header.Get("If-None-Match"); match != "" && (match == "*" || strings.Contains(match, form.etag)) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", d.offers[at])
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(form.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(form.body)
	}
}
