package rest

import (
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
)

// Error is an answer that is not the success: return it from a handler, or make
// it of your own errors in MapError. The ones that an endpoint may return are
// listed in Op.Errors, and thereby documented.
//
// The body of an error reply is at most 16 KiB. Longer texts are cut, and where
// not all Details fit, a last one says that there are more.
type Error struct {
	Status int    // 400 to 599; zero means 500
	Msg    string // what the client reads, translated if it is a text of this module; empty means the status text
	Code   string // a word for programs; empty leaves it out
	Loc    []any  // the way to the mistake in the request; nil leaves it out
	// Details replace Msg, Code and Loc where there are several mistakes.
	Details []Detail
	Header  http.Header // joins the reply; of a 401, nil means the operation's challenges
	Err     error       // the cause, for the log; never shown

	own       bool   // made by the framework: documented by itself
	more      bool   // there are more mistakes than Details has
	challenge string // of an auth.Error
}

// Detail is one mistake in an error reply.
type Detail struct {
	Msg  string
	Code string
	Loc  []any

	text message.Message // translated, if Msg is empty
}

// Error returns the status, the message and the cause, for logs.
func (e *Error) Error() string {
	msg := e.Msg
	if msg == "" && len(e.Details) > 0 {
		msg = e.Details[0].english()
	}
	if msg == "" {
		msg = http.StatusText(e.status())
	}
	if e.Err != nil {
		return fmt.Sprintf("rest: %d %s: %v", e.status(), msg, e.Err)
	}
	return fmt.Sprintf("rest: %d %s", e.status(), msg)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusInternalServerError
	}
	return e.Status
}

func (d *Detail) english() string {
	if d.Msg != "" {
		return d.Msg
	}
	return d.text.String()
}

// valueError is the type of a mistake in a value, dmr's word.
const valueError = "value_error"

// The texts of errors that the framework makes.
const (
	msgNotAuthenticated = "Not authenticated"
	msgInternal         = "Internal server error"
	msgNotFound         = "Page not found"
	msgPath             = "The path has an escaped separator or a dot segment"
	msgUnavailable      = "Service unavailable"
	msgMethod           = "Method '%s' is not allowed, allowed: %s"
	msgAccept           = "Cannot serialize response body with accepted types '%s', offered: %s"
	msgContentType      = "The body has the type '%s', expected: %s"
	msgNoContentType    = "Content-Type is missing, expected: %s"
	msgContentCoding    = "The content coding '%s' of the body is not supported"
	msgBodyTooLarge     = "The body is larger than %d bytes"
	msgBodyRead         = "The body could not be read"
	msgBodyCut          = "The body ends too early"
	msgUndeclaredStatus = "Returned status code %d is not specified in the list of allowed status codes: %s. Add the error to Op.Errors, or switch Replies off"
	msgUndeclaredCookie = "Returned cookie '%s' is not declared. Add it to Op.Cookies or Op.OptionalCookies, or switch Replies off"
	msgUndeclaredHeader = "Returned header '%s' is not declared for status code %d. Add it to the Header of the error in Op.Errors, or switch Replies off"
)

func newError(status int, kind, text string, args ...any) *Error {
	return &Error{Status: status, own: true, Details: []Detail{{Code: kind, text: message.New(text, args...)}}}
}

// issuesError is the reply to a request, or of a reply, with mistakes.
func issuesError(status int, issues *schema.Issues) *Error {
	e := &Error{Status: status, own: true, more: issues.More()}
	for _, issue := range issues.All() {
		e.Details = append(e.Details, Detail{Code: valueError, Loc: issue.Loc, text: issue.Msg})
	}
	return e
}

// Answers that say the same each time. They are shared and never written to.
var (
	errPath        = newError(http.StatusBadRequest, valueError, msgPath)
	errNotFound    = newError(http.StatusNotFound, "not_found", msgNotFound)
	errUnavailable = newError(http.StatusServiceUnavailable, "", msgUnavailable)
)
