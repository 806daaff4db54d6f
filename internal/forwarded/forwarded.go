// Package forwarded carries what a trusted proxy said about a request to the
// packages that need to know it. The header is judged once, where the list of
// trusted proxies is; everybody else reads the verdict here.
package forwarded

import (
	"context"
	"net/http"
)

type key struct{}

// With marks the requests of a context as having reached a trusted proxy over
// https, or not.
func With(ctx context.Context, secure bool) context.Context {
	return context.WithValue(ctx, key{}, secure)
}

// Secure reports whether the client sent the request over https: to this server,
// or to a trusted proxy in front of it. It never reads a header of the request,
// which anybody can write.
func Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	secure, _ := r.Context().Value(key{}).(bool)
	return secure
}
