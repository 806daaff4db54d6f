package rest

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// Descriptions of the replies that the framework itself gives.
const (
	docUnauthorized    = "Raised when auth was not successful"
	docBadRequest      = "Raised when request components cannot be parsed"
	docNotAcceptable   = "Raised when provided `Accept` header cannot be satisfied"
	docTooLarge        = "Raised when the request body is too large"
	docUnsupportedType = "Raised when the content type of the request body is not supported"
	docUnprocessable   = "Raised when returned response does not match the response schema"
	docUnavailable     = "Raised when a store that auth needs cannot be asked"
	docChallenge       = "Challenges that the client can use to authenticate this request"
	docNoStore         = "Credentials must not be stored in any cache."
)

// docHeaders describes headers that refusals usually carry.
var docHeaders = map[string]string{
	"Retry-After":           "Seconds until the next request is allowed",
	"X-RateLimit-Limit":     "How many requests are allowed in the window",
	"X-RateLimit-Remaining": "How many of them are left",
	"X-RateLimit-Reset":     "Seconds until all of them are allowed again",
	"RateLimit":             "The limit's name, how many requests are left, and seconds until all are allowed again",
	"WWW-Authenticate":      docChallenge,
	"RateLimit-Policy":      "How many requests are allowed in the window, and its seconds",
}

// document projects the compiled operations.
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
	schemes := map[string]openapi.SecurityScheme{}
	for _, op := range c.api.operations {
		item := doc.Paths[op.path]
		if item == nil {
			item = &openapi.PathItem{}
			doc.Paths[op.path] = item
		}
		item.Set(op.method, op.document(c.api, components, schemes))
	}
	all, err := components.Schemas()
	if err != nil {
		return nil, err
	}
	doc.Components = &openapi.Components{Schemas: all, SecuritySchemes: schemes}
	return doc.Version(version)
}

func (op *operation) document(api *API, components *schema.Components, schemes map[string]openapi.SecurityScheme) *openapi.Operation {
	out := &openapi.Operation{
		OperationID: op.served.id, Summary: op.op.Summary, Description: op.op.Description,
		Tags: op.op.Tags, Deprecated: op.op.Deprecated,
		Parameters: op.input.Parameters(components), RequestBody: op.input.RequestBody(components),
		Responses: map[string]*openapi.Response{},
	}
	if len(out.Tags) == 0 && op.tag != "" {
		out.Tags = []string{op.tag}
	}
	if out.RequestBody != nil && !op.input.IsForm() {
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
	out.Responses[strconv.Itoa(op.status)] = op.successResponse(components)
	op.errorResponses(func(status int, description string, headers map[string]openapi.Header) {
		if slices.Contains(api.settings.Undocumented, status) {
			return
		}
		key := strconv.Itoa(status)
		if have := out.Responses[key]; have != nil {
			if have.Headers == nil {
				have.Headers = headers
			} else {
				maps.Copy(have.Headers, headers)
			}
			return
		}
		out.Responses[key] = &openapi.Response{Description: description, Headers: headers, Content: op.errorContent(api, components)}
	})
	return out
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

// successResponse documents the body, headers and cookies of the result.
func (op *operation) successResponse(components *schema.Components) *openapi.Response {
	r := &openapi.Response{Description: http.StatusText(op.status)}
	text := &openapi.Schema{Type: "string"}
	header := func(name string, h openapi.Header) {
		if r.Headers == nil {
			r.Headers = map[string]openapi.Header{}
		}
		r.Headers[name] = h
	}
	for _, h := range op.output.headers {
		kind := text
		if h.value != nil {
			kind = h.value.OutputSchema(components)
			kind.Description = ""
		}
		header(h.name, openapi.Header{Schema: kind, Description: h.doc})
	}
	for _, cookie := range op.output.cookies {
		if cookie.name != "" {
			header("Set-Cookie: "+cookie.name, openapi.Header{Schema: text})
		}
	}
	for name, description := range op.op.OptionalCookies {
		header("Set-Cookie: "+name, openapi.Header{Schema: text, Description: description})
	}
	for name, description := range op.op.Cookies {
		header("Set-Cookie: "+name, openapi.Header{Schema: text, Description: description, Required: true})
	}
	if op.op.NoStore {
		header("Cache-Control", openapi.Header{Schema: text, Description: docNoStore, Required: true})
	}
	if op.output.body == nil || hasNoBody(op.status) {
		return r
	}
	r.Content = map[string]openapi.MediaType{}
	media := openapi.MediaType{Schema: op.output.body.OutputSchema(components)}
	for _, codec := range op.codecs {
		r.Content[codec.MediaType] = media
	}
	return r
}

// errorContent is the schema of error replies in each media type.
func (op *operation) errorContent(api *API, components *schema.Components) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	for _, codec := range op.codecs {
		node := api.errorNode
		if op.errors == Problem || (op.errors == ProblemIfPreferred && codec.MediaType == mediaProblem) {
			node = api.problem
		}
		content[codec.MediaType] = openapi.MediaType{Schema: node.OutputSchema(components)}
	}
	return content
}

// errorResponses yields the error statuses that the operation can produce, and no
// others. The user's own descriptions come first.
func (op *operation) errorResponses(yield func(status int, description string, headers map[string]openapi.Header)) {
	named := func(names []string) map[string]openapi.Header {
		if len(names) == 0 {
			return nil
		}
		headers := map[string]openapi.Header{}
		for _, name := range names {
			headers[name] = openapi.Header{Schema: &openapi.Schema{Type: "string"}, Description: docHeaders[name], Required: true}
		}
		return headers
	}
	var declaration auth.Declaration
	if op.guard != nil {
		declaration = op.guard.Declaration()
		var headers map[string]openapi.Header
		if op.guard.Challenge() != "" {
			headers = map[string]openapi.Header{"WWW-Authenticate": {Schema: &openapi.Schema{Type: "string"}, Description: docChallenge, Required: true}}
		}
		if identifies(declaration) {
			yield(http.StatusUnauthorized, docUnauthorized, headers)
		}
		for _, refusal := range declaration.Refusals {
			yield(refusal.Status, refusal.Description, named(refusal.Headers))
		}
		if len(declaration.Schemes) > 0 {
			yield(http.StatusServiceUnavailable, docUnavailable, nil)
		}
	}
	for _, refusal := range op.limited {
		yield(refusal.Status, refusal.Description, named(refusal.Headers))
	}
	for _, err := range op.op.Errors {
		status, description, headers, _ := describeError(err)
		if description == "" {
			description = http.StatusText(status)
		}
		yield(status, description, named(headers))
	}
	if op.input.CanFail() {
		yield(http.StatusBadRequest, docBadRequest, nil)
	}
	if op.input.HasBody() {
		yield(http.StatusRequestEntityTooLarge, docTooLarge, nil)
		yield(http.StatusUnsupportedMediaType, docUnsupportedType, nil)
	}
	yield(http.StatusNotAcceptable, docNotAcceptable, nil)
	if op.replies != Unchecked {
		yield(http.StatusUnprocessableEntity, docUnprocessable, nil)
	}
}

// identifies reports whether somebody must say who they are: a guard that lets
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
