// Package authtest helps to test authenticators, and handlers behind them.
//
// [As] and [Deny] stand in for real authenticators in an API under test. [Run]
// holds an authenticator, one of your own too, against the contract that package
// auth describes.
package authtest

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/store"
)

// As returns an authenticator that accepts every request as principal. It is
// documented as anonymous access. A *store.User has the account with its ID; any other
// principal has none, unless [AsAccount] gives it one.
//
//	api, err := newAPI(authtest.As(&store.User{ID: 1, Username: "alice"}))
func As[P any](principal P) auth.Authenticator {
	if u, ok := any(principal).(*store.User); ok && u != nil {
		return AsAccount(principal, store.FormatID(u.ID))
	}
	return &always[P]{principal: principal}
}

// AsAccount is [As] for a principal of any type, with the account that has this id. The
// ready routers accept the account, whichever table they act on.
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

// Recheck implements [auth.Rechecker]: a stand-in stays good.
func (a *always[P]) Recheck(context.Context, auth.Identity) error { return a.err }

func (a *always[P]) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[P](), Accounts: []any{a.accounts}}}}, nil
}
