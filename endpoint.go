package rest

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/source"
	"github.com/go-modern-rest/rest/openapi"
)

// None is the empty input, and the empty output: 204 unless Op.Status says
// otherwise.
type None = struct{}

// Op is what an endpoint says besides its function. The zero value inherits everything.
type Op struct {
	Auth             auth.Authenticator                 // nil inherits
	Replies          Replies                            // zero inherits
	ErrorFormat      ErrorFormat                        // nil inherits
	Errors           []error                            // *Error and *auth.Error that the operation may return, besides those of outer levels
	Codecs           []Codec                            // empty inherits
	Headers          http.Header                        // of every reply, see [Settings]
	MapError         func(context.Context, error) error // asked before outer levels
	MaxBody          int64                              // in bytes; zero inherits, negative is no limit
	LimitsBeforeAuth []Limiter                          // asked after those of outer levels, before authentication
	Limits           []Limiter                          // asked after those of outer levels, after authentication
	Around           Around                             // inside those of outer levels
	Tags             []string                           // in the document; empty inherits
	Deprecated       bool                               // in the document; outer levels count as well

	// Status of success. Zero means 201 for POST and 200 otherwise, and 204 where
	// the output is None. An output with several statuses has a status field instead.
	Status int
	// ID is the operationId. Empty derives it from method and path.
	ID string
	// Summary is a line for the document. Empty derives it from the name of the handler,
	// "List notes" from ListNotes and (*Notes).List, or else from method and path.
	Summary string
	// Description for the document; CommonMark.
	Description string
	// EditDocument changes the operation in the document. It is called once, by New. What it
	// changes is not enforced. Error replies are references to components: to change one,
	// replace the reference by a reply, or use Settings.EditDocument.
	EditDocument func(*openapi.Operation)

	// Accounts is the table of accounts, as the users that authenticators were made with,
	// whose ids the handler acts on: it gets them from [auth.AccountID]. New refuses the
	// operation if it accepts a request without an account of that table, because another
	// issuer's user 7 is not the account 7. nil: the handler uses no bare ids.
	Accounts any

	// Recheck is the time between two checks of the credential behind a [Stream], which
	// ends when it is refused. Zero means one minute; below zero is an error.
	Recheck time.Duration

	// NoStore marks replies that carry credentials: each has Cache-Control: no-store.
	NoStore bool
	// Cookies names the cookies that each successful reply sets, and describes them;
	// OptionalCookies those that some set.
	Cookies, OptionalCookies map[string]string
}

func (o *Op) says() layer {
	return layer{o.Auth, o.Replies, o.ErrorFormat, o.Errors, o.Codecs, o.Headers, o.MapError, o.MaxBody,
		o.LimitsBeforeAuth, o.Limits, o.Around, o.Tags, o.Deprecated}
}

// Around is middleware around the handlers below a level. It runs after authentication,
// limits and binding, may pass on another context, and sees the error that the handler
// returned. What it returns takes the place of that error, for MapError and the reply.
//
//	func (s *Store) Transaction(ctx context.Context, next func(context.Context) error) error {
//		return s.InTx(ctx, next) // commits if next returns nil
//	}
//
// It may call next again after an error. It cannot make a success of an error: nil after
// next failed counts as what next returned, and nil without a call of next is a fault. A
// panic passes through it. It must be safe for concurrent use, and must not call next
// after it returned. If it returns while next runs in another goroutine, the reply waits
// for next. A time limit is therefore a context with a deadline, which a handler must heed:
//
//	func limit(ctx context.Context, next func(context.Context) error) error {
//		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
//		defer cancel()
//		return next(ctx) // the reply to context.DeadlineExceeded is a 503
//	}
//
// Replies are validated and written after it. Bodies that are produced while they are
// sent are written before next returns: streams, readers, writers and handlers. So an Around
// that holds a database transaction holds it while a slow client reads; put such operations
// below another router, or let [OperationFrom] decide.
type Around func(ctx context.Context, next func(context.Context) error) error

// Endpoint is a typed function and its Op. It is immutable; one endpoint may stand
// in several controllers, under different auth.
type Endpoint struct {
	op      Op
	in, out reflect.Type
	pos     string
	newCall func(guarded bool) call
	summary string // made of the name of the function; empty if it has none
	plain   bool   // made by HandleHTTP
	wrong   string // how Handle was called
}

// Handle makes an endpoint of a function. In is a struct whose fields name their source by
// tag: path, query, header, cookie, form, body or auth; or have the type *http.Request. Out
// is the body of the reply; or a struct whose fields are the parts of the reply by tag:
// status, header, cookie or body; or an http.Handler, which writes the reply after the input
// was bound and checked. The section Tags of the package documentation describes all tags,
// their values, and what they do to requests, replies and the document.
//
//	type ReadNote struct {
//		ID   int64       `path:"id" minimum:"1"`
//		User *store.User `auth:""`
//	}
//	rest.Handle(func(ctx context.Context, in ReadNote) (Note, error) { ... })
func Handle[In, Out any](fn func(context.Context, In) (Out, error), op ...Op) *Endpoint {
	e := newEndpoint(fn, op)
	e.pos, e.summary = source.Of(fn, 0), summaryOf(fn)
	if fn == nil {
		e.wrong = "the handler function is nil"
	}
	return e
}

// HandleHTTP makes an endpoint of a plain handler: a proxy, a WebSocket, a handler that
// was there before. The levels hold for it as for others: auth, limits, headers, MaxBody,
// Around, the format of errors and the entry in the document, in which the path's
// parameters are texts. What it writes is neither checked nor documented.
//
// The handler reads r.PathValue, r.Pattern and the identity in r.Context(). Its
// ResponseWriter can flush, be hijacked and read from files. The headers of the levels are
// set before, so that the handler can change them. A panic before the first byte is a 500.
//
//	rest.HandleHTTP(proxy.ServeHTTP, rest.Op{Summary: "Ask the old service"})
func HandleHTTP(fn http.HandlerFunc, op ...Op) *Endpoint {
	e := newEndpoint(func(context.Context, None) (http.Handler, error) { return fn, nil }, op)
	e.plain, e.pos = true, source.Of(fn, 0)
	e.summary = summaryOf(fn)
	if fn == nil {
		e.wrong = "the handler function is nil"
	}
	return e
}

func newEndpoint[In, Out any](fn func(context.Context, In) (Out, error), op []Op) *Endpoint {
	e := &Endpoint{in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	e.newCall = func(guarded bool) call {
		if !guarded {
			return &frame[In, Out]{fn: fn}
		}
		f := &guardedFrame[In, Out]{}
		f.fn, f.ctx.id = fn, &f.id
		return &f.frame
	}
	if len(op) > 1 {
		e.wrong = "the endpoint has several Op"
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
	handle(ctx context.Context) error
}

// frame holds everything of one request in one allocation. It is never reused: a
// context that a handler leaked keeps its identity.
type frame[In, Out any] struct {
	ctx requestContext
	fn  func(context.Context, In) (Out, error)
	in  In
	out Out
}

// guardedFrame is the frame of a request that was authenticated.
type guardedFrame[In, Out any] struct {
	frame[In, Out]
	id auth.Identity
}

func (f *frame[In, Out]) context() *requestContext { return &f.ctx }
func (f *frame[In, Out]) input() unsafe.Pointer    { return unsafe.Pointer(&f.in) }
func (f *frame[In, Out]) output() unsafe.Pointer   { return unsafe.Pointer(&f.out) }

func (f *frame[In, Out]) handle(ctx context.Context) (err error) {
	f.out, err = f.fn(ctx, f.in)
	return err
}

// summaryOf makes a summary of the name of a handler. A method whose name is one word is
// about its type: "List notes" for (*Notes).List.
func summaryOf(fn any) string {
	receiver, name := source.Name(fn)
	if name == "ServeHTTP" {
		return ""
	}
	words := sentence(name)
	if receiver == "" || strings.Contains(words, " ") {
		return words
	}
	about := sentence(receiver)
	if len(about) > 1 && !unicode.IsUpper(rune(about[1])) {
		about = strings.ToLower(about[:1]) + about[1:]
	}
	return words + " " + about
}

// sentence makes words of a name: "Read HTTP status" of readHTTPStatus.
func sentence(name string) string {
	letters := []rune(strings.ReplaceAll(strings.Trim(name, "_"), "_", " "))
	var b strings.Builder
	for i, r := range letters {
		next := i+1 < len(letters) && unicode.IsLower(letters[i+1])
		switch {
		case i == 0:
			r = unicode.ToUpper(r)
		case !unicode.IsUpper(r):
		case unicode.IsUpper(letters[i-1]) && !next: // in a word such as HTTP
		default:
			if letters[i-1] != ' ' {
				b.WriteByte(' ')
			}
			if next || i+1 == len(letters) || unicode.IsDigit(letters[i+1]) {
				r = unicode.ToLower(r)
			}
		}
		b.WriteRune(r)
	}
	return b.String()
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
