package rest

import (
	"context"
	"net/http"
	"reflect"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/internal/source"
)

// None is the empty input, and the empty output: 204 unless Op.Status says
// otherwise.
type None = struct{}

// Optional is a member that may be absent, null or a value: what a PATCH needs. Its fields
// are Value, Present (the member was sent, maybe as null) and Null (it was sent as null).
// Get returns the value and whether there is one, Or the value or a fallback. The zero
// value is absent.
//
//	type EditNote struct {
//		Title rest.Optional[string] `json:"title" maxLength:"80"`
//	}
type Optional[T any] = schema.Optional[T]

// Op is what an endpoint says besides its function. The zero value inherits
// everything.
type Op struct {
	Auth     auth.Authenticator                 // nil inherits
	Replies  Replies                            // zero inherits
	Errors   []error                            // *Error and *auth.Error that the endpoint may return, documented
	MapError func(context.Context, error) error // asked before outer levels

	// Status of success. Zero means 201 for POST and 200 otherwise, and 204 where
	// the output is None.
	Status int
	// ID is the operationId. Empty derives it from method and path.
	ID                   string
	Summary, Description string
	Tags                 []string // instead of the router's tag
	Deprecated           *bool    // nil leaves it out of the document

	// Accounts is the table of accounts, as the users that authenticators were made with,
	// whose ids the handler acts on: it gets them from [auth.AccountID]. New refuses the
	// operation if it accepts a request without an account of that table, because another
	// issuer's user 7 is not the account 7. nil: the handler uses no bare ids.
	Accounts any

	// NoStore marks replies that carry credentials: each has Cache-Control: no-store.
	NoStore bool
	// Cookies names the cookies that each successful reply sets, and describes them;
	// OptionalCookies those that some set.
	Cookies, OptionalCookies map[string]string

	Before, After []Limiter // asked before and after authentication
}

// Endpoint is a typed function and its Op. It is immutable; one endpoint may stand
// in several controllers, under different auth.
type Endpoint struct {
	op      Op
	in, out reflect.Type
	pos     string
	newCall func() call
	wrong   string // how Handle was called
}

// Handle makes an endpoint of a function. In is a struct whose fields name their
// source by tag: path, query, header, cookie, form, body or auth; or have the type
// *http.Request. Out is the body of the reply, or a struct with fields tagged
// body, header and cookie.
//
//	type ReadNote struct {
//		ID   int64       `path:"id" minimum:"1"`
//		User *store.User `auth:""`
//	}
//	rest.Handle(func(ctx context.Context, in ReadNote) (Note, error) { ... })
func Handle[In, Out any](fn func(context.Context, In) (Out, error), op ...Op) *Endpoint {
	e := &Endpoint{in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](), pos: source.Line(0)}
	e.newCall = func() call { return &frame[In, Out]{fn: fn} }
	switch {
	case fn == nil:
		e.wrong = "the handler function is nil"
	case len(op) > 1:
		e.wrong = "Handle takes one Op"
	}
	if len(op) > 0 {
		e.op = op[0]
	}
	return e
}

// call is one request inside an endpoint: what serving needs of a frame without
// knowing its types.
type call interface {
	context() *requestContext
	input() unsafe.Pointer
	output() unsafe.Pointer
	handle() error
}

// frame holds everything of one request in one allocation. It is never reused: a
// context that a handler leaked keeps its identity.
type frame[In, Out any] struct {
	ctx requestContext
	fn  func(context.Context, In) (Out, error)
	in  In
	out Out
}

func (f *frame[In, Out]) context() *requestContext { return &f.ctx }
func (f *frame[In, Out]) input() unsafe.Pointer    { return unsafe.Pointer(&f.in) }
func (f *frame[In, Out]) output() unsafe.Pointer   { return unsafe.Pointer(&f.out) }

func (f *frame[In, Out]) handle() (err error) {
	f.out, err = f.fn(&f.ctx, f.in)
	return err
}

// statusFor is the success status of a method without one of its own.
func statusFor(method string, out reflect.Type) int {
	switch {
	case out == reflect.TypeFor[None]():
		return http.StatusNoContent
	case method == http.MethodPost:
		return http.StatusCreated
	}
	return http.StatusOK
}
