// Package authtest tests authenticators.
//
// [Run] tests an authenticator, such as one of your own, against the contract of package auth.
// [As] and [Deny] are stand-ins for authenticators. Package resttest tests handlers, with a
// stand-in that lets several users in.
package authtest

import (
	"cmp"
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/store"
)

// As returns an authenticator that accepts every request as principal. The document has no
// security scheme for it. A *store.User has the account with its ID, or "1" if it has none. Any other principal has
// no account, see [AsAccount].
//
//	api, err := newAPI(authtest.As(&store.User{ID: "1", Username: "alice"}))
func As[P any](principal P) auth.Authenticator {
	if u, ok := any(principal).(*store.User); ok && u != nil {
		return AsAccount(principal, cmp.Or(u.ID, "1"))
	}
	return &always[P]{principal: principal}
}

// AsAccount is [As] for a principal of any type with the account that has this id. The account
// is accepted as one of every table.
func AsAccount[P any](principal P, userID string) auth.Authenticator {
	return &always[P]{principal: principal, userID: userID, accounts: authctx.StandIn{}}
}

// Deny returns an authenticator of principals of type P that answers every request
// with err: [auth.ErrSkip], an [*auth.Error], [auth.ErrUnavailable] or a fault.
//
//	api, err := newAPI(authtest.Deny[*store.User](auth.ErrUnavailable))
func Deny[P any](err error) auth.Authenticator { return &always[P]{err: err} }

type always[P any] struct {
	principal P
	userID    string
	accounts  any
	err       error
}

func (a *always[P]) Authenticate(*http.Request) (auth.Identity, error) {
	if a.err != nil {
		return auth.Identity{}, a.err
	}
	return auth.Identity{Principal: a.principal, UserID: a.userID, Accounts: a.accounts, By: a}, nil
}

// Recheck implements [auth.Rechecker]: the identity of a stand-in remains valid.
func (a *always[P]) Recheck(context.Context, auth.Identity) error { return a.err }

func (a *always[P]) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[P](), Accounts: []any{a.accounts}}}}, nil
}
