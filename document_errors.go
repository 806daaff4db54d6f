package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// documentFailure adds a status that is not the success. Operations with equal replies
// refer to one component.
func (op *operation) documentFailure(out *openapi.Operation, f failure, d *documenter) {
	status, origin := strconv.Itoa(f.status), op.origin(f)
	if name, ok := d.replies.origins[origin]; ok && out.Responses[status] == nil {
		out.Responses[status] = openapi.ResponseRef(name)
		return
	}
	response := &openapi.Response{Description: op.description(f), Headers: op.failureHeaders(f), Content: op.errorContent(f, d.components)}
	switch have := out.Responses[status]; {
	case have == nil && op.compat.Document:
		out.Responses[status] = response
	case have == nil:
		out.Responses[status] = d.replies.share(statusText(f.status), origin, response)
	case have.Headers == nil: // a status of success
		have.Headers = response.Headers
	default:
		maps.Copy(have.Headers, response.Headers)
	}
}

// replyOrigin is all that a documented error reply is made of. Operations of one origin need
// not make the reply again to find out that it is the same.
type replyOrigin struct {
	status                       int
	own, mapped                  bool
	descriptions, headers        string
	errs, formats                string
	mediaTypes, offers, accepted string
	maxBody                      int64
}

func (op *operation) origin(f failure) replyOrigin {
	o := replyOrigin{
		status: f.status, own: f.own, mapped: len(op.mapErrors) > 0,
		descriptions: strings.Join(f.descriptions, "\n"), headers: strings.Join(f.headers, "\n"),
		mediaTypes: strings.Join(op.prepared.mediaTypes, "\n"), offers: op.prepared.offers, accepted: op.bodyTypes(), maxBody: op.maxBody,
	}
	for _, e := range f.errs {
		o.errs += fmt.Sprintf("%p ", e)
	}
	for i, codec := range op.codecs {
		o.formats += fmt.Sprintf("%p %t ", op.formatFor(i), codec.FromJSON == nil)
	}
	return o
}

// failureHeaders documents the headers that a reply may have. A 401 of the guard always has
// its challenges, but the program may choose other headers for its own.
func (op *operation) failureHeaders(f failure) map[string]openapi.Header {
	names := f.headers
	if f.status == http.StatusServiceUnavailable && !op.compat.Document {
		names = append(slices.Clip(names), "Retry-After") // of errUnavailable
	}
	if len(names) == 0 {
		return nil
	}
	headers := map[string]openapi.Header{}
	for _, name := range names {
		always := name == "WWW-Authenticate" && f.status == http.StatusUnauthorized && len(f.errs) == 0 && len(op.mapErrors) == 0
		value := &openapi.Schema{Type: "string"}
		if slices.Contains(countHeaders, name) && !op.compat.Document {
			value = &openapi.Schema{Type: "integer", Format: "int64", Minimum: "0"}
		}
		for have := range headers {
			if strings.EqualFold(have, name) {
				always = always || headers[have].Required
				delete(headers, have)
			}
		}
		headers[name] = openapi.Header{Schema: value, Description: docHeaders[name], Required: always || op.compat.Document}
	}
	return headers
}

// errorContent is the schema of error replies in each media type. It has an example if the
// body depends on the error alone, and not on the request.
func (op *operation) errorContent(f failure, components *schema.Components) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	for i, codec := range op.codecs {
		format := op.formatFor(i)
		media := openapi.MediaType{Schema: format.node.OutputSchema(components)}
		if format.static && (format.mediaType != "" || codec.FromJSON == nil) && !op.compat.Document {
			media.Example, media.Examples = op.examples(f, format)
		}
		content[cmp.Or(format.mediaType, codec.MediaType)] = media
	}
	return content
}

// examples are the bodies of the errors with the status of f: one, or several by their codes.
func (op *operation) examples(f failure, format *errorFormat) (one any, several map[string]openapi.Example) {
	several = map[string]openapi.Example{}
	for _, e := range op.examplesOf(f) {
		body, err := format.append(nil, context.Background(), e.shown(op.languages, 0))
		if err != nil {
			continue
		}
		name := cmp.Or(e.Code, "other")
		for n := 2; several[name].Value != nil; n++ {
			name = cmp.Or(e.Code, "other") + strconv.Itoa(n)
		}
		one = json.RawMessage(body)
		several[name] = openapi.Example{Value: one}
	}
	if len(several) < 2 {
		return one, nil
	}
	return nil, several
}

// examplesOf are errors with the status of f: those that the program declared, and one that
// the framework answers with. The Msg of a declared error without a code is often a
// description, "The password is wrong", and not what clients read. The framework's own error
// is the better example then.
func (op *operation) examplesOf(f failure) []*Error {
	var coded, described []*Error
	for _, e := range f.errs {
		if e.Code != "" || len(e.Details) > 0 {
			coded = append(coded, e)
		} else {
			described = append(described, e)
		}
	}
	if f.own || len(described) > 0 {
		if own := op.ownExample(f); own != nil {
			return append([]*Error{own}, coded...)
		}
	}
	if all := slices.Concat(coded, described); len(all) > 0 {
		return all
	}
	return []*Error{{Status: f.status}}
}

// description says when the reply is sent: for each reason a sentence.
func (op *operation) description(f failure) string {
	if op.compat.Document {
		return f.descriptions[0]
	}
	var sentences []string
	for _, description := range f.descriptions {
		if plain, cut := strings.CutPrefix(description, "Raised when "); cut { // django-modern-rest's words
			description = strings.ToUpper(plain[:1]) + plain[1:]
		}
		sentences = append(sentences, strings.TrimSuffix(description, "."))
	}
	if len(sentences) == 1 {
		return sentences[0]
	}
	return strings.Join(sentences, ". ") + "."
}

// ownExample is an error that the framework itself answers with; nil: it has none with the
// status of f.
func (op *operation) ownExample(f failure) *Error {
	switch f.status {
	case http.StatusBadRequest:
		var issues schema.Issues
		issues.Add([]any{"parsed_query", "limit"}, schema.CodeType, "integer", schema.MsgInteger)
		issues.Add([]any{"parsed_body", "name"}, schema.CodeRequired, nil, schema.MsgRequired)
		return issuesError(f.status, codeInvalid, &issues)
	case http.StatusUnauthorized:
		return errDenied
	case http.StatusNotAcceptable:
		return newError(f.status, codeNotAccepted, msgAccept, "application/x-unknown", op.prepared.offers)
	case http.StatusPreconditionFailed:
		return newError(f.status, codePrecondition, msgPrecondition)
	case http.StatusRequestEntityTooLarge:
		return newError(f.status, codeTooLarge, msgBodyTooLarge, max(op.maxBody, 0))
	case http.StatusUnsupportedMediaType:
		return newError(f.status, codeMediaType, msgContentType, "application/x-unknown", op.bodyTypes())
	case http.StatusRequestedRangeNotSatisfiable:
		return newError(f.status, codeRange, msgRange)
	case http.StatusUnprocessableEntity:
		return newError(f.status, codeReply, msgUndeclaredStatus, http.StatusTeapot, strconv.Itoa(http.StatusOK))
	case http.StatusPreconditionRequired:
		return newError(f.status, codePreconditionRequired, msgPreconditionRequired)
	case http.StatusTooManyRequests:
		e, _ := asError(&auth.Error{Status: f.status})
		return e
	case http.StatusServiceUnavailable:
		return errUnavailable
	}
	return nil
}

// sharedReplies are the error replies of a document, by the names of their components.
type sharedReplies struct {
	components map[string]*openapi.Response
	names      map[string]string // by the reply as JSON
	origins    map[replyOrigin]string
}

// share returns a reference to the component that equals a reply, and adds it if it is new.
// The component is named after the status: NotFound, and NotFound2 where replies differ.
func (s *sharedReplies) share(status string, origin replyOrigin, response *openapi.Response) *openapi.Response {
	text, err := json.Marshal(response)
	if err != nil {
		return response // the document will report it
	}
	if s.components == nil {
		s.components, s.names, s.origins = map[string]*openapi.Response{}, map[string]string{}, map[replyOrigin]string{}
	}
	if name, ok := s.names[string(text)]; ok {
		s.origins[origin] = name
		return openapi.ResponseRef(name)
	}
	word := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, status)
	name := word
	for n := 2; s.components[name] != nil; n++ {
		name = word + strconv.Itoa(n)
	}
	s.components[name], s.names[string(text)], s.origins[origin] = response, name, name
	return openapi.ResponseRef(name)
}
