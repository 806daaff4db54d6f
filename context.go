package rest

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/requestid"
)

// requestContext is the context of a handler: that of the request, with the identity that
// was accepted. It has an answer for the identity even if there is none, so that an identity
// in an incoming context is never trusted.
type requestContext struct {
	context.Context
	id       *auth.Identity // nil: none was asked for
	op       *operation
	loggedIn string // see LoggedIn
	turn     turn   // of the Arounds
}

// identity returns the identity that was accepted, the zero one if none was asked for.
func (c *requestContext) identity() (id auth.Identity) {
	if c.id != nil {
		id = *c.id
	}
	return id
}

// contextKey finds the requestContext itself.
type contextKey struct{}

// Value implements context.Context.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(authctx.Key); ok {
		return c.id
	}
	if _, ok := key.(contextKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// LoggedIn reports that a handler checked a credential itself, such as a password, and
// let an account in. If the handler succeeds, Settings.OnAuth gets an [auth.LoggedIn]
// event. A refusal with an [*auth.Error] is reported without a call. The handlers of
// package account call it, and so should a login handler of your own. Outside of a handler
// it does nothing.
func LoggedIn(ctx context.Context, userID string) {
	if c, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		c.loggedIn = userID
	}
}

// Operation is the operation that a request asked for.
type Operation struct {
	ID      string // the operationId; empty for a mount
	Method  string // that of the endpoint: "GET" for a HEAD that a GET endpoint answers
	Pattern string // "/api/notes/{id}"
}

// OperationFrom returns the operation that a handler, an [Around], a MapError or an
// [ErrorBody] works for. It reports false where there is none: for an unknown path or
// method, and outside of an API.
func OperationFrom(ctx context.Context) (Operation, bool) {
	c, ok := ctx.Value(contextKey{}).(*requestContext)
	if !ok {
		return Operation{}, false
	}
	return Operation{ID: c.op.ID, Method: c.op.method, Pattern: c.op.path}, true
}

// ClientAddr returns the address of the client: of the peer, or what
// Settings.TrustedProxies made of X-Forwarded-For. Invalid if there is none.
func ClientAddr(r *http.Request) netip.Addr { return forwarded.Client(r) }

// RequestID returns the X-Request-Id that a request came with, if it is one of up
// to 64 letters, digits, '-', '_' and '.'; otherwise it makes one and keeps it in the
// request's header. It is in each line that the framework logs.
//
// A reply repeats the id of its request. A request that came without one gets an id only
// where it is needed: RequestID was called, a fault was logged, or Settings.OnAuth is
// auth.LogEvents. To give an id to every reply, call RequestID in middleware in front of
// the API.
func RequestID(r *http.Request) string { return requestid.Of(r) }
