package app

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// inCookies is an issuer of tokens in cookies, whose CSRF cookie is the session's.
func (a *app) inCookies(cookie auth.Cookie, refreshPath string) *jwtauth.Issuer[*store.User] {
	refresh := auth.Cookie{Path: refreshPath}
	if cookie.Name == "at" {
		refresh.Name = "rt"
	}
	return jwtauth.New(a.db.Users, jwtauth.Config{Secret: []byte(secret), Cookie: cookie, RefreshCookie: refresh, CSRF: a.session.CSRF()})
}

func (a *app) cookieJWTs() rest.Router {
	standard := a.inCookies(auth.Cookie{}, "/cookiejwt/refresh/")
	async := a.inCookies(auth.Cookie{}, "/cookiejwt/refresh-async/")
	custom := a.inCookies(auth.Cookie{
		SchemeName: "at_cookie", Name: "at", Path: "/cookiejwt/",
		Domain: "example.com", SameSite: http.SameSiteStrictMode, Insecure: true, InsecureScriptAccess: true,
	}, "/cookiejwt/refresh/")
	router := a.accounts.JWTCookies("", standard)
	for _, c := range a.accounts.JWTCookies("", async).Controllers {
		c.Path = c.Path[:len(c.Path)-1] + "-async/"
		router.Controllers = append(router.Controllers, c)
	}
	byDefault := a.accounts.JWTCookies("", a.inCookies(auth.Cookie{}, "")).Controllers[0]
	byDefault.Path = "/obtain-default/"
	authed := a.accounts.JWTCookies("", standard).Controllers[2]
	authed.Path, authed.Auth = "/logout-authed/", standard.Cookie()
	router.Controllers = append(router.Controllers, byDefault, authed,
		both("/me/", standard.Cookie()), both("/me-async/", standard.Cookie()), both("/custom/", custom.Cookie()),
		rest.Controller{Path: "/obtain-custom/", Auth: csrf.CrossOrigin(csrf.CrossOriginConfig{}), Post: rest.Handle(a.obtainCustom(custom), rest.Op{
			Status: http.StatusOK, NoStore: true, Errors: []error{&auth.Error{Msg: "Not authenticated"}},
			Cookies: map[string]string{"at": "Access token.", "rt": "Refresh token.", "csrftoken": "CSRF protection."},
		})})
	return router
}

type (
	customIn struct {
		Request *http.Request
		Body    account.Credentials `body:""`
	}
	customReply struct {
		Cookies []*http.Cookie `cookie:""`
		Body    customBody     `body:""`
	}
	customBody struct {
		Username string `json:"username"`
	}
)

// obtainCustom is a login of one's own: it sets cookies and has a body.
func (a *app) obtainCustom(tokens *jwtauth.Issuer[*store.User]) func(context.Context, customIn) (customReply, error) {
	return func(ctx context.Context, in customIn) (customReply, error) {
		user, who, err := a.passwords.Check(ctx, in.Body.Username, in.Body.Password)
		if err != nil {
			return customReply{}, err
		}
		cookies, err := tokens.Begin(in.Request, who)
		return customReply{cookies, customBody{user.Username}}, err
	}
}
