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

// requestContext is the context of a handler: the request's own, and the identity
// that let it in. It answers for the identity itself, also with none, so that an
// identity in an incoming context is never trusted.
type requestContext struct {
	context.Context
	id   auth.Identity
	op   *operation
	lang string

	loggedIn string // see LoggedIn
	ended    bool   // the reply is complete; Around must not call next any more
}

// contextKey finds the requestContext itself.
type contextKey struct{}

// Value implements context.Context.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(authctx.Key); ok {
		if c.id.Principal == nil {
			return (*auth.Identity)(nil)
		}
		return &c.id
	}
	if _, ok := key.(contextKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// LoggedIn says in a handler that it let an account in by itself, because it checked a
// password, say: where the handler succeeds, Settings.OnAuth is told of it, as
// [auth.LoggedIn]. What the handler refuses, with an [*auth.Error], needs no telling.
// Package login calls it; a login of one's own does, too. Outside of a handler it does
// nothing.
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

// OperationFrom returns the operation that a handler, an Around or a MapError works for,
// and whether there is one.
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
// request's header. It is in each line that the framework logs, and in the reply.
func RequestID(r *http.Request) string { return requestid.Of(r) }
