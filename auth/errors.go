package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/internal/source"
)

// ErrSkip says that the request carries no credential of this kind: the next
// alternative is asked.
var ErrSkip = errors.New("auth: no such credential in the request")

// ErrUnavailable says that the store behind a credential cannot be asked now. The
// reply is 503, and no other alternative is tried: wrong and broken are told apart. A
// handler that returns it itself has &Error{Status: 503} in its Op.Errors, to be
// documented.
var ErrUnavailable = errors.New("auth: unavailable")

// Unavailable marks the failure of a store: it is an [ErrUnavailable] whose cause
// is logged, not shown. A nil cause is a nil error.
func Unavailable(cause error) error {
	if cause == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// Cancelled reports whether an outcome only says that its request was cancelled: the
// client left, or the server shuts down. Code that enforces a [Guard] answers it with
// 503 and neither logs nor reports it. A refusal that was decided before the client
// left is still a refusal.
func Cancelled(ctx context.Context, err error) bool {
	return err != nil && errors.Is(ctx.Err(), context.Canceled) &&
		(errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ErrUnavailable))
}

// Skip is [ErrSkip] for a reply that must carry something even so: the cookie of
// a dead session is deleted, say.
func Skip(header http.Header) error {
	if len(header) == 0 {
		return ErrSkip
	}
	return &withHeader{err: ErrSkip, header: header}
}

// SkipStale skips a credential that was sent but is not valid, such as a forged cookie,
// or the cookie of a session that has ended. The next alternative is asked, and
// [Optional] lets the request pass as [Nobody], because browsers send dead cookies for a
// long time. If nothing accepts the request, the answer is the usual 401. The event of
// a 401, or of Nobody, has the reason and the scheme of the refusal.
func SkipStale(refusal *Error, header http.Header) error {
	return attach(&stale{refusal}, header)
}

// stale is a skip that says in events what was wrong with the credential.
type stale struct{ refusal *Error }

func (s *stale) Error() string { return ErrSkip.Error() + ": " + s.refusal.Error() }
func (s *stale) Unwrap() error { return ErrSkip }

// Error refuses a request: with 401 or a status of its own. No other alternative
// is tried after it.
type Error struct {
	// Status is the HTTP status. Zero means 401. Others must be declared as a
	// [Refusal], or response validation turns them into a 422.
	Status int
	// Msg is what the client reads. Empty means "Not authenticated" for a 401,
	// the status text otherwise; these are translated, your own text is not.
	Msg string
	// Code is the word for programs in the reply. Empty means "security" for a 401,
	// "ratelimit" for a 429, none otherwise.
	Code string
	// Header joins the reply. A 401 whose Header is nil carries the challenges of
	// the whole chain; any other, even an empty one, replaces them.
	Header http.Header
	// Challenge is for WWW-Authenticate, to say what was wrong with the credential. In a
	// 401 it takes the place of the chain's challenge of the same scheme:
	// `Bearer realm="api", error="invalid_token"` (RFC 6750 §3.1). With another status it
	// stands alone: `Bearer error="insufficient_scope", scope="notes"` in a 403. A
	// [Refusal] that documents such a status has the header among its Headers. Empty:
	// nothing is said.
	Challenge string
	// Scheme is the name of the security scheme whose credential was refused, for
	// [Event].
	Scheme string
	// UserID is the account whose credential was refused, where it is known, for [Event].
	UserID string
	// Err is the cause, for the log. It is never shown. A [Reason] is in events, too.
	Err error
}

// Refuse is a 401 with the default message. The reason is for logs and events; it
// must not hold anything of the request.
func Refuse(reason string) *Error { return &Error{Err: Reason(reason)} }

// Error returns the message and the cause, for logs.
func (e *Error) Error() string {
	text, _ := e.Text()
	if e.Err != nil {
		return fmt.Sprintf("auth: %d %s: %v", e.HTTPStatus(), text, e.Err)
	}
	return fmt.Sprintf("auth: %d %s", e.HTTPStatus(), text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// HTTPStatus returns the status of the reply: 401 where Status is zero.
func (e *Error) HTTPStatus() int {
	if e.Status == 0 {
		return http.StatusUnauthorized
	}
	return e.Status
}

// Text returns the message and the code that the client reads, in English.
func (e *Error) Text() (msg, code string) {
	switch e.HTTPStatus() {
	case http.StatusUnauthorized:
		msg, code = "Not authenticated", "security"
	case http.StatusTooManyRequests:
		msg, code = "Too many requests", "ratelimit"
	default:
		msg = http.StatusText(e.Status)
	}
	if e.Msg != "" {
		msg = e.Msg
	}
	if e.Code != "" {
		code = e.Code
	}
	return msg, code
}

// withHeader is an outcome whose reply carries a header besides its own.
type withHeader struct {
	err    error
	header http.Header
}

func (e *withHeader) Error() string { return e.err.Error() }
func (e *withHeader) Unwrap() error { return e.err }

// ReplyHeader returns what the reply must carry because of an error of
// Authenticate, besides an [Error]'s own Header: what [Skip] was given. It is for
// code that calls Authenticate itself and must not be written to.
func ReplyHeader(err error) http.Header {
	if e, ok := errors.AsType[*withHeader](err); ok {
		return e.header
	}
	return nil
}

// attach adds a header to an outcome. With nothing to add it returns err itself.
func attach(err error, header http.Header) error {
	if len(header) == 0 || err == nil {
		return err
	}
	return &withHeader{err: err, header: joinHeader(ReplyHeader(err), header)}
}

// passed is a refusal that hands over to the next alternative, see [Fallthrough].
type passed struct{ refusal *Error }

func (p *passed) Error() string { return ErrSkip.Error() + ": " + p.refusal.Error() }
func (p *passed) Unwrap() error { return ErrSkip }

// unheard returns the refusal that err passed on to the next alternative, which is the
// answer if none accepts; nil if there is none.
func unheard(err error) *Error {
	if p, ok := errors.AsType[*passed](err); ok {
		return p.refusal
	}
	return nil
}

// denied is the answer to a request that no alternative accepted.
func denied(err error) *Error {
	if refusal := unheard(err); refusal != nil {
		return refusal
	}
	if s, ok := errors.AsType[*stale](err); ok {
		return s.refusal
	}
	return errDenied
}

// joinHeader returns a header with the values of both, a's first. It writes to
// neither.
func joinHeader(a, b http.Header) http.Header {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	joined := a.Clone()
	for name, values := range b {
		joined[name] = append(joined[name], values...)
	}
	return joined
}

// ConfigError is what an Authenticator's Declare returns when it was built
// wrongly. rest.New lists it once, however many operations use the authenticator.
type ConfigError struct {
	Pos string // line of the constructor's call, "folder/file.go:12"
	Err error
}

// Misconfigured wraps what is wrong with the authenticator that a constructor
// builds; it names the line that called the constructor. Call it from the
// constructor itself. A nil err is a nil error, and one that names a line keeps it.
func Misconfigured(err error) error {
	if _, located := errors.AsType[*ConfigError](err); located || err == nil {
		return err
	}
	return &ConfigError{Pos: source.Line(1), Err: err}
}

// Error returns the cause and the line.
func (e *ConfigError) Error() string { return e.Err.Error() + " (" + e.Pos + ")" }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }
