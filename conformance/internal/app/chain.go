package app

import (
	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
)

func (a *app) chain() rest.Router {
	any := func(name string, members ...auth.Authenticator) rest.Controller {
		return both("/"+name+"/", auth.AnyOf(members...))
	}
	second := a.issuer("jwt_b", jwtauth.Config{Secret: []byte(otherSecret)})
	bearer := a.opaque(tokenauth.Config{Header: auth.Header{SchemeName: "bearer_token", Name: "Authorization", Scheme: "Bearer"}}).Header()
	cookie := a.inCookies(auth.Cookie{}, "").Cookie()
	return rest.Router{Controllers: []rest.Controller{
		any("jwt-basic", a.jwt, a.basic),
		any("basic-jwt", a.basic, a.jwt),
		any("async-basic-jwt", a.basic, a.jwt),
		any("session-jwt", a.session, a.jwt),
		any("jwt-session", a.jwt, a.session),
		any("session-basic", a.session, a.basic),
		any("jwt-jwt", a.issuer("jwt_a", jwtauth.Config{}), second),
		any("noscheme-basic-jwt", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "bare_basic", NoScheme: true}}), a.jwt),
		any("cookie-header", cookie, a.jwt),
		any("header-cookie", a.jwt, cookie),
		any("jwt-bearer-token", a.jwt, bearer),
		any("bearer-token-jwt", bearer, a.jwt),
		any("token-basic", a.opaque(tokenauth.Config{}).Header(), a.basic),
		any("tokencookie-jwt", a.opaque(tokenauth.Config{}).Cookie(), a.jwt),
		any("four", a.basic, a.opaque(tokenauth.Config{}).Header(), cookie, a.jwt),
		any("none-none", returnsNone, returnsNone),
		any("none-ok", returnsNone, returnsSelf),
		any("raise-ok", raises, returnsSelf),
		any("ok-raise", returnsSelf, raises),
		any("none-raise-message", returnsNone, raisesMessage),
		any("false-raise", returnsFalse, raises),
		any("apierror-basic", raisesAPIError, a.basic),
		any("same-challenge", compares("first", `Bearer`), compares("second", `Bearer`), compares("third", `Other realm="x"`)),
	}}
}
