package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// Settings are the outermost level of an API. Title and Version must be set, and Auth unless
// the levels below decide it for each operation. The zero values of the other fields are the
// defaults.
type Settings struct {
	// Title and Version of the API, for the document.
	Title, Version string
	// Description of the API, for the document; CommonMark.
	Description string
	// Contact and License of the API, for the document. nil leaves them out.
	Contact *openapi.Contact
	License *openapi.License
	// Servers are the base URLs for the document. Empty: see the function [OpenAPI].
	Servers []openapi.Server
	// Tags describe and order the tags of operations in the document. Tags that are not
	// listed follow, in the order of their first use.
	Tags []openapi.Tag
	// OpenAPI is the version of the document: "3.2.0" (the default) or "3.1.x".
	OpenAPI string
	// EditDocument changes the document, which is that of OpenAPI 3.2, before it is served in
	// any version. It is called once, by New. What it changes is not enforced.
	EditDocument func(*openapi.Document)

	// Auth applies where no nearer level decides. What lets a request pass without a
	// principal, such as auth.Public, is refused here.
	Auth auth.Authenticator
	// Replies says what happens to replies that break their own declaration.
	// Defaults to Checked.
	Replies Replies
	// ErrorFormat is the shape of error replies. Defaults to Details.
	ErrorFormat ErrorFormat
	// Errors are *Error and *auth.Error that every operation may return. They are
	// documented at each.
	Errors []error
	// Codecs are the media types of bodies, the preferred one first. Empty: JSON.
	Codecs []Codec
	// Headers join every reply, those of mounts and of errors as well. nil means
	// SecurityHeaders, anything else replaces them. An inner level overrides a header by
	// its name; an empty value removes it.
	Headers http.Header
	// MapError turns an error of a handler or an authenticator into another, usually an
	// *Error. The texts of an *Error are final when it gets one. The nearest level is
	// asked first, and outer ones until a level made an *Error of it.
	MapError func(context.Context, error) error
	// MaxBody is the largest body of a request in bytes; a larger one is a 413. It also
	// bounds what a handler reads itself, from an io.Reader or *http.Request: the error of
	// that read, returned, is the 413. Zero means 1 MiB, negative no limit.
	MaxBody int64
	// LimitsBeforeAuth and Limits refuse requests that come too often, before and after
	// authentication. Those of all levels are asked, the outermost first.
	LimitsBeforeAuth, Limits []Limiter
	// Around is middleware around every handler. Those of inner levels run inside it.
	Around Around

	// NoSlashRedirect switches off that a path which differs from a registered one by its
	// last slash is redirected there (308). It is a 404 then.
	NoSlashRedirect bool

	// Languages that clients may read messages in, the default first, as BCP 47
	// tags. Empty: all that the framework has a catalogue for, English first. A reply whose
	// text is translated, such as an error, has Content-Language and, if there are several
	// languages, Vary: Accept-Language. Other replies have neither.
	Languages []string
	// LanguageCookie names a cookie whose language is preferred to Accept-Language.
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

func (s *Settings) says() layer {
	headers := s.Headers
	if headers == nil {
		headers = SecurityHeaders()
	}
	return layer{s.Auth, s.Replies, s.ErrorFormat, s.Errors, s.Codecs, headers, s.MapError, s.MaxBody,
		s.LimitsBeforeAuth, s.Limits, s.Around, nil, false}
}

// Compat are switches for APIs that must answer like django-modern-rest. A new API needs
// none of them.
type Compat struct {
	// ExplicitMethods switches off that a GET endpoint answers HEAD.
	ExplicitMethods bool
	// Undocumented are statuses that the document leaves out, though replies may have them.
	Undocumented []int
	// Document writes the OpenAPI document as django-modern-rest does. Each operation says
	// whether it is deprecated, and has its error replies in it; the header of each cookie is
	// named after it; WWW-Authenticate is required. Public operations have no security, and
	// there are no servers, summaries, examples, formats or ranges but those that were
	// written.
	Document bool
	// ProblemIfPreferred is the format of errors for clients that prefer
	// application/problem+json among the codecs. nil: that of the level.
	ProblemIfPreferred ErrorFormat
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
// against its constraints, or an error with a status or header that is not declared.
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

// Limiter refuses requests that come too often. Package throttle has limiters. It must be
// safe for concurrent use.
type Limiter interface {
	// Take is called once per request. Its error is an *auth.Error or *Error, usually
	// with status 429. Before authentication the identity is empty.
	Take(r *http.Request, id auth.Identity) error
	// Declare lists the statuses for the document. principals are the types that the
	// principals of requests can have: none before authentication and in public
	// operations. Its error is reported by New.
	Declare(principals []reflect.Type) ([]auth.Refusal, error)
}

// openSettings returns a mistake if an authenticator in Settings lets requests of any method
// pass without a principal: every operation that says nothing about auth would be open.
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

var errPublicSettings = errors.New("auth.Public cannot be in Settings, because it would open every operation that says nothing about auth; write it on the router, controller or endpoint that is public")
