// Package authctx is the place in a context where package auth finds the identity
// that package rest, or auth.Require, put there.
package authctx

// Key is the context key. The value under it is an *auth.Identity, nil where an
// operation is public: an identity of an outer handler never shines through.
type Key struct{}
