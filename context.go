package rest

import (
	"context"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/authctx"
)

// requestContext is the context of a handler: the request's own, and the identity
// that let it in. It answers for the identity itself, also with none, so that an
// identity in an incoming context is never trusted.
type requestContext struct {
	context.Context
	id   auth.Identity
	op   *operation
	lang string
}

// Value implements context.Context.
func (c *requestContext) Value(key any) any {
	if _, ok := key.(authctx.Key); ok {
		if c.id.Principal == nil {
			return (*auth.Identity)(nil)
		}
		return &c.id
	}
	return c.Context.Value(key)
}
