package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// Settings are the outermost level of an API. The zero value works, but an
// operation needs auth decided on some level.
type Settings struct {
	// Title and Version of the API, for the document.
	Title, Version string
	// Description of the API, for the document; CommonMark.
	Description string
	// Servers are the base URLs for the document. Empty: where it was read from.
	Servers []openapi.Server
	// OpenAPI is the version of the document: "3.2.0" (the default) or "3.1.x".
	OpenAPI string

	// Undocumented are statuses that the document leaves out, though replies may have
	// them: 503, say. Empty: none, the document tells everything.
	Undocumented []int

	// Auth applies where no nearer level decides. auth.Public is refused here.
	Auth auth.Authenticator
	// Replies says what happens to replies that break their own declaration.
	// Defaults to Checked.
	Replies Replies
	// Errors is the shape of error replies. Defaults to Details.
	Errors ErrorFormat
	// Codecs are the media types of bodies, the preferred one first. Empty: JSON.
	Codecs []Codec
	// MapError turns an error of a handler or an authenticator into another,
	// usually an *Error. The nearest level is asked first, and outer ones as long
	// as no level made an *Error of it.
	MapError func(context.Context, error) error

	// ExplicitMethods switches off that a GET endpoint answers HEAD.
	ExplicitMethods bool
	// MaxBody is the largest body in bytes; a larger one is a 413. It also bounds what a
	// handler reads from the body of its *http.Request: the error of that read, returned,
	// is the 413. Zero means 1 MiB, negative no limit.
	MaxBody int64

	// Headers join every reply. nil means the four of SecurityHeaders; an empty
	// one means none.
	Headers http.Header
	// Languages that clients may read messages in, the default first, as BCP 47
	// tags. Empty: all that the framework has a catalogue for, English first. One
	// language: no negotiation, and no Vary: Accept-Language.
	Languages []string
	// LanguageCookie names a cookie whose language wins over Accept-Language.
	// Empty: none.
	LanguageCookie string
	// TrustedProxies are the peers whose X-Forwarded-For and X-Forwarded-Proto are
	// believed. Empty: none are, and the first request that has them is logged. A prefix of
	// all addresses is refused.
	TrustedProxies []netip.Prefix
	// TrustUnixProxy believes the same headers from peers on a Unix socket, which have no
	// address. Every process that can connect to the socket is then trusted.
	TrustUnixProxy bool
	// Logger gets our own faults, with their cause. Defaults to slog.Default.
	Logger *slog.Logger
	// Compat restores behaviour of django-modern-rest that is not the default here.
	Compat Compat
	// OnAuth is called with each decision about a request, before it is answered:
	// auth.LogEvents(logger) writes them to a log. It must be fast and safe for
	// concurrent use. nil means no observer.
	OnAuth func(*http.Request, auth.Event)
}

// Compat are switches for APIs that must answer like django-modern-rest. A new API needs
// none of them.
type Compat struct {
	// AssumeJSON reads a body without Content-Type with the first codec. By default it is
	// a 415, because a page of another site can send one without a preflight.
	AssumeJSON bool
}

// SecurityHeaders returns the headers that replies carry by default.
func SecurityHeaders() http.Header {
	return http.Header{
		"X-Frame-Options":            {"DENY"},
		"X-Content-Type-Options":     {"nosniff"},
		"Referrer-Policy":            {"same-origin"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
	}
}

// Replies says what happens to a reply that breaks its own declaration: a value
// against its constraints, or an error with a status or header nobody declared.
type Replies int

// The zero value inherits; it is Checked where no level decides.
const (
	// Checked answers 422 and says what to declare.
	Checked Replies = iota + 1
	// Reported sends the reply and logs the difference.
	Reported
	// Unchecked sends the reply. The document then has no 422.
	Unchecked
)

// ErrorFormat is the shape of error replies.
type ErrorFormat int

// The zero value inherits; it is Details where no level decides.
const (
	// Details is {"detail":[{"msg":"…","loc":["parsed_body","name"],"type":"value_error"}]}.
	Details ErrorFormat = iota + 1
	// Problem is RFC 9457: {"detail":"…","status":400,"type":"…"}.
	Problem
	// ProblemIfPreferred is Problem for clients that prefer
	// application/problem+json among the codecs, and Details for others.
	ProblemIfPreferred
)

// Codec is a media type of request and reply bodies. Everything is validated and
// encoded as JSON; a codec translates. Two nil functions are JSON itself.
type Codec struct {
	MediaType string // lower case, without parameters
	// FromJSON turns the JSON of a reply into the media type.
	FromJSON func([]byte) ([]byte, error)
	// ToJSON turns a request body into JSON. Its error is the client's mistake: 400.
	ToJSON func([]byte) ([]byte, error)
	// ReplyOnly: requests with this media type are refused with 415.
	ReplyOnly bool
}

// Limiter refuses requests that come too often. Package throttle has limiters.
type Limiter interface {
	// Take is called once per request. Its error is an *auth.Error or *Error, usually
	// with status 429. Before authentication the identity is empty.
	Take(r *http.Request, id auth.Identity) error
	// Declare lists the statuses for the document. It is told which types of principals
	// identities may have where the limiter stands: none before authentication and in
	// public operations. Its error is the configuration error.
	Declare(principals []reflect.Type) ([]auth.Refusal, error)
}

// openSettings returns a mistake if an authenticator in Settings lets requests pass without a
// principal, for any method: every operation that no nearer level mentions would be open.
func openSettings(a auth.Authenticator) error {
	if a == nil || auth.IsNil(a) {
		return nil
	}
	if a == auth.Public {
		return errPublicSettings
	}
	for _, method := range openapi.Methods() {
		guard, err := auth.Compile(a, method)
		if err != nil {
			return nil //nolint:nilerr // each operation reports it
		}
		for _, alternative := range guard.Declaration().Alternatives {
			if !slices.ContainsFunc(alternative.Principals, func(p reflect.Type) bool { return p != reflect.TypeFor[auth.Nobody]() }) {
				return fmt.Errorf("the Auth of Settings, a %T, lets requests pass without a principal: it would open every operation that says nothing itself; demand a credential here, and write this on the router, controller or endpoint that is to be open", a)
			}
		}
	}
	return nil
}
