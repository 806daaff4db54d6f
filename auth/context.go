package auth

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/internal/authctx"
)

// FromContext returns the identity that let the request in, and whether there is
// one. There is none where an operation is public, and where an [Optional] let an
// anonymous request pass.
func FromContext(ctx context.Context) (Identity, bool) {
	if id, ok := ctx.Value(authctx.Key{}).(*Identity); ok && id != nil && !isNobody(id.Principal) {
		return *id, true
	}
	return Identity{}, false
}

// MustFromContext returns the identity that let the request in. It panics without
// one, which the framework answers with 500: a handler that calls it was put
// where no auth is.
func MustFromContext(ctx context.Context) Identity {
	id, ok := FromContext(ctx)
	if !ok {
		panic("auth: MustFromContext: no auth let this request in; is the operation public?")
	}
	return id
}

// PrincipalFrom returns the principal of type P that let the request in. Of an
// [AllOf] it is the first member's principal of that type.
func PrincipalFrom[P any](ctx context.Context) (P, bool) {
	id, _ := FromContext(ctx)
	if p, ok := id.Principal.(P); ok {
		return p, true
	}
	for _, member := range id.All {
		if p, ok := member.Principal.(P); ok {
			return p, true
		}
	}
	var none P
	return none, false
}

// withIdentity returns the request with the identity in its context.
func withIdentity(r *http.Request, id *Identity) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), authctx.Key{}, id))
}
