package csrf

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

var _ auth.Authenticator = (*Protection)(nil)

// Authenticate accepts a request as [auth.Nobody] if [Protection.Check] accepts it. It is for
// endpoints without a credential, or before another member of an auth.AllOf (Django's
// csrf_exempt = False).
func (p *Protection) Authenticate(r *http.Request) (auth.Identity, error) {
	if err := p.Check(r); err != nil {
		return auth.Identity{}, err
	}
	return auth.Identity{Principal: auth.Nobody{}, By: p}, nil
}

// Recheck implements [auth.Rechecker]: a request that passed the check remains good.
func (p *Protection) Recheck(context.Context, auth.Identity) error { return nil }

// Declare describes the token and the 403 of unsafe methods.
func (p *Protection) Declare(method string) (auth.Declaration, error) {
	return p.AddTo(auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{}, Principals: auth.PrincipalType[auth.Nobody]()}},
		Vary:         []string{"Cookie"},
	}, method), p.err
}

// CookieNames describes, for the document, the cookies that [Protection.Token] and
// [Protection.Rotate] return, by name: that of the secret, or of the session that has it. A
// nil Protection has none.
func (p *Protection) CookieNames() map[string]string {
	switch {
	case p == nil:
		return nil
	case p.InSession():
		return p.cfg.Secrets.CookieNames()
	}
	return map[string]string{p.cfg.Cookie.Name: "The CSRF token."}
}

// AddTo adds the token to each alternative of the declaration of a backend, and the 403. For
// safe methods it returns the declaration unchanged, unless Compat.DocumentAllMethods is
// set.
func (p *Protection) AddTo(d auth.Declaration, method string) auth.Declaration {
	if safe(method) && !p.cfg.Compat.DocumentAllMethods {
		return d
	}
	d.Alternatives = slices.Clone(d.Alternatives)
	for i, alternative := range d.Alternatives {
		requirement := openapi.SecurityRequirement{p.cfg.Cookie.SchemeName: {}}
		maps.Copy(requirement, alternative.Requirement)
		d.Alternatives[i].Requirement = requirement
	}
	schemes := map[string]auth.Scheme{p.cfg.Cookie.SchemeName: p.scheme()}
	maps.Copy(schemes, d.Schemes)
	d.Schemes = schemes
	d.Refusals = append(slices.Clone(d.Refusals), auth.Refusal{
		Status: http.StatusForbidden, Description: "Raised when CSRF check failed",
	})
	return d
}

// scheme describes the token as an API key in the header.
func (p *Protection) scheme() auth.Scheme {
	scheme := auth.Scheme{SecurityScheme: openapi.SecurityScheme{
		Type: "apiKey", In: "header", Name: p.cfg.HeaderName, Description: p.description(),
	}}
	if p.InSession() {
		scheme.Source = p.cfg.Source
	}
	switch {
	case !p.cfg.Compat.CookieScheme:
	case p.InSession():
		scheme.Name = p.header
	default:
		scheme.In, scheme.Name = "cookie", p.cfg.Cookie.Name
	}
	return scheme
}
