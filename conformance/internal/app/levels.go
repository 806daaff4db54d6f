package app

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

func authed(context.Context, rest.None) (string, error) { return "authed", nil }

func (a *app) seed() rest.Router {
	return rest.Router{Controllers: []rest.Controller{
		{Path: "/endpoint/", Get: rest.Handle(authed, rest.Op{Auth: a.session})},
		{Path: "/controller/", Auth: a.jwt, Get: rest.Handle(authed)},
	}}
}

func (a *app) levels() rest.Router {
	who := func(by auth.Authenticator) *rest.Endpoint { return rest.Handle(whoami, rest.Op{Auth: by}) }
	none := func(status int) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil }, rest.Op{Status: status})
	}
	return rest.Router{Controllers: []rest.Controller{
		{Path: "/endpoint/", Get: who(a.basic), Post: who(auth.Public)},
		{
			Path: "/controller/", Auth: a.jwt,
			Get: who(nil), Post: who(auth.Public), Put: who(a.basic), Patch: who(auth.Public), Delete: who(auth.AnyOf(a.basic, a.jwt)),
		},
		{Path: "/controller-none/", Auth: auth.Public, Get: who(nil), Post: who(a.basic)},
		{Path: "/controller-empty/", Auth: auth.Public, Get: who(nil)},
		both("/child-inherits/", a.basic),
		{Path: "/child-overrides/", Auth: a.jwt, Get: who(nil)},
		{Path: "/options/", Auth: a.jwt, Get: who(nil), Options: rest.Handle(
			func(context.Context, rest.None) (allowed, error) { return allowed{Allow: "GET, OPTIONS"}, nil }, rest.Op{Status: http.StatusNoContent})},
		{Path: "/head/", Auth: a.jwt, Get: who(nil), Head: none(http.StatusOK)},
	}}
}

type allowed struct {
	Allow string `header:"Allow"`
}

func (a *app) settings() rest.Router {
	who := func(by auth.Authenticator) *rest.Endpoint { return rest.Handle(whoami, rest.Op{Auth: by}) }
	tokens := a.accounts.JWT("", a.tokens)
	obtain := tokens.Controllers[0]
	public := obtain
	public.Auth = auth.Public
	inherited := obtain
	inherited.Path = "/obtain-inherited/"
	return rest.Router{Controllers: []rest.Controller{
		{Path: "/plain/", Get: who(nil), Post: who(auth.Public), Put: who(a.basic), Patch: who(auth.Public)},
		{Path: "/plain-async/", Get: who(nil)},
		{Path: "/public/", Auth: auth.Public, Get: who(nil), Post: who(a.basic)},
		{Path: "/empty/", Auth: auth.Public, Get: who(nil)},
		{Path: "/overridden/", Auth: a.basic, Get: who(nil), Post: who(auth.Public)},
		public, inherited,
	}}
}

func (a *app) settingsSession() rest.Router {
	return rest.Router{Controllers: []rest.Controller{{
		Path: "/", Get: rest.Handle(whoami), Post: rest.Handle(whoami), Put: rest.Handle(whoami, rest.Op{Auth: auth.Public}),
	}}}
}
