// Package carrier reads credentials from the place where a request carries them, a header
// or a cookie, and describes that place for the document. Each backend brings a function
// that verifies what was read.
package carrier

import (
	"context"
	"net/http"
	"reflect"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/openapi"
)

// Backend is what a carrier needs of the package that issues and checks a credential.
type Backend struct {
	// Err is the mistake in the configuration; nil: none.
	Err error
	// Verify decides on a credential as it was sent. The carrier sets Identity.By.
	Verify func(r *http.Request, credential string) (auth.Identity, error)
	// Recheck is that of [auth.Rechecker].
	Recheck func(ctx context.Context, id auth.Identity) error
	// Principals and Accounts are those of the one [auth.Alternative].
	Principals []reflect.Type
	Accounts   any
	// Source is that of the [auth.Scheme].
	Source any
	// Refusals are the refusals of Verify that all requests share.
	Refusals []*auth.Error
}

// declaration is what both carriers have in common.
func (b *Backend) declaration(name string, scheme openapi.SecurityScheme) auth.Declaration {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{
			Requirement: openapi.SecurityRequirement{name: {}}, Principals: b.Principals, Accounts: []any{b.Accounts},
		}},
		Schemes: map[string]auth.Scheme{name: {SecurityScheme: scheme, Source: b.Source}},
	}
}

// verify asks the backend, and puts the refusals of the carrier in the place of shared ones.
func (b *Backend) verify(r *http.Request, credential string, by auth.Authenticator, refusals refusal.Set) (auth.Identity, error) {
	id, err := b.Verify(r, credential)
	if err != nil {
		return auth.Identity{}, refusals.Of(err)
	}
	id.By = by
	return id, nil
}
