// Package authctx holds what package auth shares with other packages of this module and
// does not export to users.
package authctx

import "context"

// Key is the context key of the identity of a request. The value is an *auth.Identity,
// and nil where an operation is public: the identity of an outer handler is not visible
// there.
type Key struct{}

// StandIn is the Identity.Accounts of a stand-in for tests, which passes for an account of
// every table. It is not exported by package auth, so that a real authenticator cannot
// claim accounts of every table.
type StandIn struct{}

type freshKey struct{}

// WithFresh asks a Recheck to store the principal as it is now.
func WithFresh(ctx context.Context, principal *any) context.Context {
	return context.WithValue(ctx, freshKey{}, principal)
}

// SetFresh stores the principal that a Recheck has read, if it was asked for.
func SetFresh(ctx context.Context, principal any) {
	if p, ok := ctx.Value(freshKey{}).(*any); ok {
		*p = principal
	}
}
