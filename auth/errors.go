package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/internal/source"
)

// ErrSkip means that the request has no credential of this kind. The next alternative is
// tried.
var ErrSkip = errors.New("auth: no such credential in the request")

// ErrUnavailable means that the store of a credential cannot be asked now. The reply is a 503 with [RetryAfter],
// and no other alternative is tried. A handler that returns it lists &Error{Status: 503} in
// its Op.Errors, so that the document has the 503.
var ErrUnavailable = errors.New("auth: unavailable")

// RetryAfter is the Retry-After of the 503 for [ErrUnavailable], in seconds (RFC 9110 §10.2.3).
const RetryAfter = "5"

// Unavailable wraps the error of a store as [ErrUnavailable]. The cause is logged, and not part
// of the reply. If cause is nil, so is the error.
func Unavailable(cause error) error {
	if cause == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}

// Cancelled reports whether an error only means that the request was cancelled, because the
// client left or the server shuts down. Code that enforces a [Guard] answers it with 503, and
// neither logs nor reports it. A refusal is still a refusal if the client left after it.
func Cancelled(ctx context.Context, err error) bool {
	return err != nil && errors.Is(ctx.Err(), context.Canceled) &&
		(errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ErrUnavailable))
}

// Skip is [ErrSkip] with a header that is added to the reply, for example to delete a cookie.
func Skip(header http.Header) error {
	if len(header) == 0 {
		return ErrSkip
	}
	return &withHeader{err: ErrSkip, header: header}
}

// SkipStale skips a credential that was sent but is not valid, such as the cookie of a session
// that has ended. The next alternative is tried, and [Optional] lets the request pass as
// [Nobody], because browsers send old cookies for a long time. If no alternative accepts the
// request, the reply is the usual 401. The event of the 401, or of Nobody, has the reason and
// the scheme of the refusal.
func SkipStale(refusal *Error, header http.Header) error {
	return attach(&stale{refusal}, header)
}

// stale is a skip whose refusal is reported in events.
type stale struct{ refusal *Error }

func (s *stale) Error() string { return ErrSkip.Error() + ": " + s.refusal.Error() }
func (s *stale) Unwrap() error { return ErrSkip }

// Error refuses a request with 401 or another status. No other alternative is tried.
type Error struct {
	// Status is the HTTP status. Zero means 401. Any other status must be declared as a
	// [Refusal]; otherwise the validation of replies turns it into a 422.
	Status int
	// Msg is the message of the reply. Empty means "Not authenticated" for a 401, and
	// otherwise the text of the status; these are translated, a message of your own is not.
	Msg string
	// Code is a word for programs in the reply. Empty means "security" for a 401,
	// "ratelimit" for a 429, and otherwise none.
	Code string
	// Header is added to the reply. A 401 has the challenges of all alternatives if Header is
	// nil, and none if it is not nil, even if it is empty.
	Header http.Header
	// Challenge is a challenge for WWW-Authenticate that says what is wrong with the
	// credential. In a 401 it replaces the challenge of the same scheme:
	// `Bearer realm="api", error="invalid_token"` (RFC 6750 §3.1). With another status it is
	// the only challenge: `Bearer error="insufficient_scope", scope="notes"` in a 403; the
	// [Refusal] of such a status lists WWW-Authenticate in its Headers. Empty: none.
	Challenge string
	// Scheme is the name of the security scheme whose credential was refused, for [Event].
	Scheme string
	// UserID is the account whose credential was refused, for [Event]. Empty: not known.
	UserID string
	// Err is the cause, for the log. It is never part of the reply. If it is a [Reason], events
	// have it as well.
	Err error
}

// Refuse returns a 401 with the default message. The reason appears in logs and events, and
// must not contain anything from the request.
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

// Text returns the message and the code of the reply, in English.
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

// withHeader is an error with a header that is added to the reply.
type withHeader struct {
	err    error
	header http.Header
}

func (e *withHeader) Error() string { return e.err.Error() }
func (e *withHeader) Unwrap() error { return e.err }

// ReplyHeader returns the header that an error of Authenticate adds to the reply, besides
// that of an [Error]: the header that [Skip] was given. It is for code that calls
// Authenticate itself. The header must not be changed.
func ReplyHeader(err error) http.Header {
	if e, ok := errors.AsType[*withHeader](err); ok {
		return e.header
	}
	return nil
}

// attach adds a header to an error. If there is nothing to add, it returns err itself.
func attach(err error, header http.Header) error {
	if len(header) == 0 || err == nil {
		return err
	}
	return &withHeader{err: err, header: joinHeader(ReplyHeader(err), header)}
}

// passed is a refusal after which the next alternative is tried, see [Fallthrough].
type passed struct{ refusal *Error }

func (p *passed) Error() string { return ErrSkip.Error() + ": " + p.refusal.Error() }
func (p *passed) Unwrap() error { return ErrSkip }

// unheard returns the refusal that [Fallthrough] passed on, and nil if there is none. It is the
// reply if no alternative accepts the request.
func unheard(err error) *Error {
	if p, ok := errors.AsType[*passed](err); ok {
		return p.refusal
	}
	return nil
}

// denied returns the refusal of a request that no alternative accepted.
func denied(err error) *Error {
	if refusal := unheard(err); refusal != nil {
		return refusal
	}
	if s, ok := errors.AsType[*stale](err); ok {
		return s.refusal
	}
	return errDenied
}

// joinHeader returns a header with the values of both, those of a first. It changes neither.
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

// ConfigError is a mistake in the configuration of an authenticator, which its Declare
// returns. rest.New reports it once, however many operations use the authenticator.
type ConfigError struct {
	Pos string // line of the constructor's call, "folder/file.go:12"
	Err error
}

// Misconfigured returns a [ConfigError] with the line that called the constructor of an
// authenticator. Only call it in the constructor itself. If err is nil or has a line already,
// it is returned unchanged.
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
