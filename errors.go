package rest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
)

// Error is an answer that is not a success: return it from a handler, or make it of your
// own errors in MapError. The ones that an operation may return are listed in Errors, on
// the operation or a level above it, and thereby documented.
//
// The body of an error reply is at most 16 KiB. Longer texts are cut, and where not all
// Details fit, a last one says that there are more.
type Error struct {
	Status int    // 400 to 599; zero means 500
	Msg    string // what the client reads, translated if it is a text of this module; empty means the status text
	Code   string // a word for programs; empty leaves it out
	Loc    []any  // the way to the mistake in the request, such as "parsed_body", "lines", 0; nil leaves it out
	// Details replace Msg and Loc where there are several mistakes.
	Details []Detail
	Header  http.Header // joins the reply; of a 401, nil means the operation's challenges
	Err     error       // the cause, for the log; never shown

	own       bool // made by the framework: documented by itself
	more      bool // there are more mistakes than Details has
	challenge string
	text      message.Message // translated, if Msg is empty
}

// Detail is one mistake in an error reply.
type Detail struct {
	Msg    string
	Code   string         // a word for programs: of a wrong value the JSON Schema keyword, such as "minLength"
	Params map[string]any // what Code speaks of, such as {"minLength": 2}
	Loc    []any          // the way to the mistake in the request

	text message.Message // translated, if Msg is empty
}

// The codes of errors that the framework makes itself. Those of wrong values are JSON
// Schema's keywords.
const (
	codeSecurity             = "security"
	codeNotFound             = "not_found"
	codeNotAllowed           = "not_allowed"
	codeRateLimit            = "ratelimit"
	codeInternal             = "internal_error"
	codeInvalid              = "invalid_request" // the Details say more
	codeNotAccepted          = "not_acceptable"
	codeTooLarge             = "too_large"
	codeMediaType            = "unsupported_media_type"
	codeReply                = "invalid_reply" // a reply that breaks its declaration
	codeUnavailable          = "unavailable"
	codeRange                = "range_not_satisfiable"
	codePrecondition         = "precondition_failed"
	codePreconditionRequired = "precondition_required"
)

// Error returns the status, the message and the cause, for logs.
func (e *Error) Error() string {
	msg := e.Msg
	if msg == "" && len(e.Details) > 0 {
		msg = e.Details[0].english()
	}
	if msg == "" {
		msg = e.text.String()
	}
	if msg == "" {
		msg = statusText(e.status())
	}
	if e.Err != nil {
		return fmt.Sprintf("rest: %d %s: %v", e.status(), msg, e.Err)
	}
	return fmt.Sprintf("rest: %d %s", e.status(), msg)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// DMRType returns the type that django-modern-rest gives such an error: "value_error" for
// wrong values, and for the statuses 406, 413, 415 and 422; otherwise it is Code.
func (e *Error) DMRType() string {
	switch e.status() {
	case http.StatusNotAcceptable, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return valueError
	case http.StatusBadRequest:
		if e.own {
			return valueError
		}
	}
	return e.Code
}

// valueError is django-modern-rest's word for a wrong value.
const valueError = "value_error"

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusInternalServerError
	}
	return e.Status
}

// statusText names a status, also one that net/http does not know.
func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return fmt.Sprintf("Error %d", status)
}

func (d *Detail) english() string {
	if d.Msg != "" {
		return d.Msg
	}
	return d.text.String()
}

// Texts of the framework's own errors. They are the keys of the catalogues.
const (
	msgNotAuthenticated     = "Not authenticated"
	msgInternal             = "Internal server error"
	msgNotFound             = "Page not found"
	msgPath                 = "The path has an escaped separator or a dot segment"
	msgUnavailable          = "Service unavailable"
	msgMethod               = "Method '%s' is not allowed, allowed: %s"
	msgAccept               = "Cannot serialize response body with accepted types '%s', offered: %s"
	msgContentType          = "The body has the type '%s', expected: %s"
	msgNoContentType        = "Content-Type is missing, expected: %s"
	msgContentCoding        = "The content coding '%s' of the body is not supported"
	msgBodyTooLarge         = "The body is larger than %d bytes"
	msgBodyRead             = "The body could not be read"
	msgBodyCut              = "The body ends too early"
	msgUndeclaredStatus     = "Returned status code %d is not specified in the list of allowed status codes: %s"
	msgUndeclaredCookie     = "Returned cookie '%s' is not declared"
	msgUndeclaredHeader     = "Returned header '%s' is not declared for status code %d"
	msgUndeclaredType       = "Returned media type '%s' is not declared, declared: %s"
	msgETag                 = "Returned ETag '%s' is not an entity tag"
	msgRange                = "The content has no such range"
	msgPrecondition         = "The resource has changed, or does not exist"
	msgPreconditionRequired = "The header If-Match is required"
)

func newError(status int, code, text string, args ...any) *Error {
	return &Error{Status: status, own: true, Code: code, text: message.New(text, args...)}
}

// withHeader adds a header to an error that was just made.
func withHeader(e *Error, name, value string) *Error {
	e.Header = http.Header{name: {value}}
	return e
}

// issuesError is the reply to a request, or of a reply, with mistakes.
func issuesError(status int, code string, issues *schema.Issues) *Error {
	e := &Error{Status: status, own: true, Code: code, more: issues.More()}
	for _, issue := range issues.All() {
		e.Details = append(e.Details, Detail{Code: issue.Code, Params: issue.Params, Loc: issue.Loc, text: issue.Msg})
	}
	return e
}

// Answers that say the same each time. They are shared and never written to.
var (
	errPath        = newError(http.StatusBadRequest, "path", msgPath)
	errNotFound    = newError(http.StatusNotFound, codeNotFound, msgNotFound)
	errUnavailable = withHeader(newError(http.StatusServiceUnavailable, codeUnavailable, msgUnavailable), "Retry-After", auth.RetryAfter)
	errDenied      = newError(http.StatusUnauthorized, codeSecurity, msgNotAuthenticated)
)

// moreMistakes is the last of the mistakes that a reply lists where it leaves some out.
var moreMistakes = Detail{Code: "more", text: message.New(schema.MsgMore)}

// maxErrorReply is how many bytes the body of an error reply has at most, as it is sent.
// A client must not get much more out of the server than it puts in.
const maxErrorReply = 16 << 10

// shown returns a copy whose texts are final: translated, and cut so that all of them
// have about as many bytes as a reply may have. Its Msg is never empty.
func (e *Error) shown(l *message.Languages, lang int) *Error {
	c := *e
	c.Code, c.Loc = message.Quote(e.Code), shownLoc(e.Loc)
	c.Msg = message.Cut(l.Text(lang, e.Msg, e.text), maxErrorReply)
	if c.Msg == "" {
		c.Msg = l.Text(lang, statusText(e.status()), message.Message{})
	}
	if len(e.Details) == 0 {
		return &c
	}
	c.Details = make([]Detail, 0, min(len(e.Details), schema.DefaultMaxIssues)+1)
	room := maxErrorReply
	for i := range e.Details {
		d := Detail{Code: message.Quote(e.Details[i].Code), Params: e.Details[i].Params, Loc: shownLoc(e.Details[i].Loc)}
		d.Msg = message.Cut(l.Text(lang, e.Details[i].Msg, e.Details[i].text), maxErrorReply)
		if room -= len(d.Msg) + len(d.Code) + len(d.Loc); i > 0 && room < 0 {
			c.more = true
			break
		}
		c.Details = append(c.Details, d)
	}
	if c.more {
		c.Details = append(c.Details, moreMistakes.in(l, lang))
	}
	return &c
}

func (d Detail) in(l *message.Languages, lang int) Detail {
	d.Msg = l.Text(lang, d.Msg, d.text)
	return d
}

// shownLoc returns a location with its texts cut. Those of the framework have few steps.
func shownLoc(loc []any) []any {
	const most = 2 * schema.DefaultMaxDepth
	long := func(step any) bool { text, ok := step.(string); return ok && len(text) > message.MaxQuote }
	if len(loc) <= most && !slices.ContainsFunc(loc, long) {
		return loc
	}
	loc = slices.Clone(loc[:min(len(loc), most)])
	for i, step := range loc {
		if text, ok := step.(string); ok {
			loc[i] = message.Quote(text)
		}
	}
	return loc
}

// shrink makes a shown error smaller, whose reply had size bytes and may have maxErrorReply.
// It reports whether there was anything to leave out.
func (e *Error) shrink(size int, more Detail) bool {
	n := len(e.Details)
	if e.more {
		n-- // the last one says that there are more
	}
	switch {
	case n > 1:
		e.Details, e.more = append(slices.Clip(e.Details[:min(n-1, max(1, n*maxErrorReply/size))]), more), true
		return true
	case n == 1:
		d := &e.Details[0]
		if d.Params != nil { // a long list of an enum
			d.Params = nil
			return true
		}
		return cut(&d.Msg, &d.Loc)
	}
	return cut(&e.Msg, &e.Loc)
}

// cut halves a text and a location that are longer than what a line shows.
func cut(msg *string, loc *[]any) bool {
	if len(*msg) > message.MaxQuote {
		*msg = message.Cut(*msg, len(*msg)/2-len("…"))
		return true
	}
	if len(*loc) > 8 {
		*loc = (*loc)[:len(*loc)/2]
		return true
	}
	return false
}
