package auth

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/internal/authctx"
)

// FromContext returns the identity of the caller, and whether there is one. There is none in
// a public operation, and for an anonymous request that [Optional] let pass.
func FromContext(ctx context.Context) (Identity, bool) {
	if id, ok := ctx.Value(authctx.Key{}).(*Identity); ok && id != nil && !isNobody(id.Principal) {
		return *id, true
	}
	return Identity{}, false
}

// MustFromContext returns the identity of the caller. It panics if there is none, which means
// that the operation of the handler has no auth; the framework answers a panic with 500.
func MustFromContext(ctx context.Context) Identity {
	id, ok := FromContext(ctx)
	if !ok {
		panic("auth: MustFromContext: the request has no identity; is the operation public?")
	}
	return id
}

// PrincipalFrom returns the principal of the caller if it is a P. For an [AllOf] it returns the
// first principal that is a P.
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

// withIdentity returns a request with the identity in its context.
func withIdentity(r *http.Request, id *Identity) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), authctx.Key{}, id))
}
