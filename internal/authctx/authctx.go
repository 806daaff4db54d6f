// Package authctx is what package auth shares with the packages that put identities
// somewhere: rest, which puts them into contexts, and authtest, which makes them up.
package authctx

// Key is the context key. The value under it is an *auth.Identity, nil where an
// operation is public: an identity of an outer handler never shines through.
type Key struct{}

// StandIn is the Identity.Accounts of a stand-in for tests: it passes for an account of
// every table. It is not exported by package auth, so that no authenticator can claim to
// have the accounts of all.
type StandIn struct{}
