package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
)

// ErrorFormat is the shape of error replies: [Details], [Problem], or a type of your own,
// see [ErrorBody].
type ErrorFormat interface {
	compile(c *schema.Compiler) (*errorFormat, error)
}

// errorFormat is an ErrorFormat that an API compiled.
type errorFormat struct {
	node      *schema.Node
	mediaType string   // empty: that of the codec
	header    []string // of Content-Type, for a mediaType
	static    bool     // the body depends on nothing but the error
	append    func(dst []byte, ctx context.Context, e *Error) ([]byte, error)
}

// ErrorBody makes a format of a function that turns an error into the body of its reply.
// T is documented like any other body, and its tags are checked when the API is built.
// A method MediaType() string on T names the media type of the reply; without one the
// codec that the client asked for writes it, JSON by default.
//
// The function gets a copy of the error, whose texts are final: translated into the
// language of the reply, and Msg is never empty. It must be safe for concurrent use. A
// reply may have 16 KiB; where a body is larger, the function is called again with fewer
// Details or shorter texts. [OperationFrom] has the operation in ctx, and [auth.FromContext]
// who sent the request, if it was let in.
//
//	type Trouble struct {
//		rest.ProblemBody
//		Trace string `json:"trace"`
//	}
//	ErrorFormat: rest.ErrorBody(func(ctx context.Context, e *rest.Error) Trouble {
//		return Trouble{e.Problem(), traceID(ctx)}
//	})
func ErrorBody[T any](body func(ctx context.Context, e *Error) T) ErrorFormat {
	return &errorBody[T]{body: body}
}

type errorBody[T any] struct {
	body   func(context.Context, *Error) T
	static bool
}

func (f *errorBody[T]) compile(c *schema.Compiler) (*errorFormat, error) {
	if f.body == nil {
		return nil, fmt.Errorf("the function of ErrorBody[%v] is nil", reflect.TypeFor[T]())
	}
	node, err := c.Compile(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	compiled := &errorFormat{node: node, static: f.static, append: func(dst []byte, ctx context.Context, e *Error) (out []byte, err error) {
		defer func() {
			if fault := recover(); fault != nil { // while an error is answered, perhaps a panic
				err = fmt.Errorf("panic in ErrorBody: %v\n%s", fault, debug.Stack())
			}
		}()
		body := f.body(ctx, e)
		return appendNode(node, dst, unsafe.Pointer(&body))
	}}
	if named, ok := any(new(T)).(interface{ MediaType() string }); ok {
		if compiled.mediaType = named.MediaType(); !isMediaType(compiled.mediaType) {
			return nil, fmt.Errorf("the method MediaType of %v returns %q; want a media type without parameters", reflect.TypeFor[T](), compiled.mediaType)
		}
		compiled.header = []string{compiled.mediaType}
	}
	return compiled, nil
}

// appendNode writes a body of an error reply. It may repeat what the client sent, so
// nothing in it can be taken for HTML, whatever a client makes of its type.
func appendNode(node *schema.Node, dst []byte, body unsafe.Pointer) ([]byte, error) {
	out, err := node.Append(dst, body)
	if err != nil || !bytes.ContainsAny(out[len(dst):], "<>&") {
		return out, err
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, out[len(dst):])
	return append(dst, escaped.Bytes()...), nil
}

// Details is the format of django-modern-rest, and the default:
//
//	{"detail":[{"msg":"…","type":"value_error","loc":["parsed_body","name"]}]}
//
// The type of a mistake is [Error.DMRType].
var Details ErrorFormat = &errorBody[ErrorModel]{static: true, body: func(_ context.Context, e *Error) ErrorModel {
	if len(e.Details) == 0 {
		return ErrorModel{Detail: []ErrorDetail{{Msg: e.Msg, Type: e.DMRType(), Loc: locValues(e.Loc)}}}
	}
	model := ErrorModel{Detail: make([]ErrorDetail, len(e.Details))}
	for i, d := range e.Details {
		kind := e.DMRType()
		if kind != valueError {
			kind = d.Code
		}
		model.Detail[i] = ErrorDetail{Msg: d.Msg, Type: kind, Loc: locValues(d.Loc)}
	}
	return model
}}

// Problem is the format of RFC 9457, sent as application/problem+json whatever the codec:
//
//	{"title":"Bad Request","status":400,"code":"invalid_request",
//	 "errors":[{"detail":"…","pointer":"/name","code":"minLength","params":{"minLength":2}}]}
var Problem ErrorFormat = &errorBody[ProblemBody]{static: true, body: func(_ context.Context, e *Error) ProblemBody { return e.Problem() }}

// ErrorModel is the body of error replies in the format [Details].
type ErrorModel struct {
	_      struct{}      `doc:"What is wrong with a request."`
	Detail []ErrorDetail `json:"detail"`
}

// ErrorDetail is one mistake in an ErrorModel.
type ErrorDetail struct {
	_    struct{}   `doc:"One mistake."`
	Msg  string     `json:"msg"`
	Type string     `json:"type,omitempty"`
	Loc  []LocValue `json:"loc,omitzero"`
}

// ProblemBody is the body of error replies in the format [Problem]. A type of your own
// that embeds it adds members, and "type" and "instance" where you have URIs for them;
// without a type a problem is about:blank, which means its status (RFC 9457 §4.2.1).
type ProblemBody struct {
	Title  string         `json:"title" doc:"The status in words."`
	Status int            `json:"status" doc:"The status of the reply."`
	Detail string         `json:"detail,omitempty" doc:"What went wrong with this request."`
	Code   string         `json:"code,omitempty" doc:"A word for programs."`
	Errors []ProblemError `json:"errors,omitempty" doc:"The mistakes in the request."`
}

// ProblemError is one mistake in a ProblemBody.
type ProblemError struct {
	Detail    string         `json:"detail" doc:"What is wrong."`
	Pointer   string         `json:"pointer,omitempty" doc:"The place in the body (RFC 6901)."`
	Parameter string         `json:"parameter,omitempty" doc:"The name of the path, query, header or cookie parameter."`
	Code      string         `json:"code,omitempty" doc:"A word for programs, such as minLength."`
	Params    map[string]any `json:"params,omitempty" doc:"What the code speaks of."`
}

// MediaType returns application/problem+json.
func (ProblemBody) MediaType() string { return mediaProblem }

// Problem returns the error as RFC 9457 has it. One mistake without a place is the detail
// of the problem; others are its errors.
func (e *Error) Problem() ProblemBody {
	p := ProblemBody{Title: statusText(e.status()), Status: e.status(), Code: e.Code}
	switch {
	case len(e.Details) > 0:
		for _, d := range e.Details {
			p.Errors = append(p.Errors, problemError(d))
		}
	case e.Loc != nil:
		p.Errors = []ProblemError{problemError(Detail{Msg: e.Msg, Code: e.Code, Loc: e.Loc})}
	default:
		p.Detail = e.Msg
	}
	return p
}

func problemError(d Detail) ProblemError {
	p := ProblemError{Detail: d.Msg, Code: d.Code, Params: d.Params}
	if len(d.Loc) == 0 {
		return p
	}
	steps := d.Loc[1:]
	switch d.Loc[0] {
	case "parsed_path", "parsed_query", "parsed_headers", "parsed_cookies":
		if len(steps) > 0 {
			p.Parameter = fmt.Sprint(steps[0])
		}
		return p
	case "parsed_body":
	default:
		steps = d.Loc
	}
	for _, step := range steps {
		p.Pointer += "/" + pointerEscape.Replace(fmt.Sprint(step))
	}
	return p
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// LocValue is a step of a mistake's location: a member name or a list index.
type LocValue struct{ step any }

// JSONSchema documents both.
func (LocValue) JSONSchema() openapi.Schema {
	return openapi.Schema{AnyOf: []openapi.Schema{{Type: "integer"}, {Type: "string"}}}
}

// MarshalJSON writes a number or a string.
func (v LocValue) MarshalJSON() ([]byte, error) {
	if i, ok := v.step.(int); ok {
		return json.Marshal(i)
	}
	return json.Marshal(fmt.Sprint(v.step))
}

// UnmarshalJSON reads a number or a string, for clients.
func (v *LocValue) UnmarshalJSON(data []byte) error {
	var i int
	if err := json.Unmarshal(data, &i); err == nil {
		v.step = i
		return nil
	}
	var s string
	err := json.Unmarshal(data, &s)
	v.step = s
	return err
}

func locValues(loc []any) []LocValue {
	if loc == nil {
		return nil
	}
	values := make([]LocValue, len(loc))
	for i, step := range loc {
		values[i] = LocValue{step}
	}
	return values
}
