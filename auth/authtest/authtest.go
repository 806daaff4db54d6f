// Package authtest helps to test authenticators, and handlers behind them.
//
// [As] and [Deny] stand in for real authenticators in an API under test. [Run]
// holds an authenticator, one of your own too, against the contract that package
// auth describes.
package authtest

import (
	"net/http"

	"github.com/go-modern-rest/rest/auth"
)

// As returns an authenticator that accepts every request as principal. It is
// documented as anonymous access.
//
//	api, err := newAPI(authtest.As(&store.User{Username: "alice"}))
func As[P any](principal P) auth.Authenticator { return &always[P]{principal: principal} }

// Deny returns an authenticator of principals of type P that answers every request
// with err: [auth.ErrSkip], an [*auth.Error], [auth.ErrUnavailable] or a fault.
//
//	api, err := newAPI(authtest.Deny[*store.User](auth.ErrUnavailable))
func Deny[P any](err error) auth.Authenticator { return &always[P]{err: err} }

type always[P any] struct {
	principal P
	err       error
}

func (a *always[P]) Authenticate(*http.Request) (auth.Identity, error) {
	if a.err != nil {
		return auth.Identity{}, a.err
	}
	return auth.Identity{Principal: a.principal, By: a}, nil
}

func (a *always[P]) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[P]()}}}, nil
}
