package account

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// JWTCookies returns a router at path with POST obtain/, refresh/ and logout/ for tokens
// that are kept in cookies, see jwtauth.Config.Cookie. Each answers 204.
//
// Obtain exchanges a user name and a password for the cookies and a new CSRF token. Like a
// login by session it refuses requests that a browser sends from another site. Refresh
// exchanges the cookie of the refresh token for new cookies, and logout makes the browser
// delete both; it also revokes the tokens if there is a table to do so. Both need the CSRF
// token. With jwtauth.Config.Families, a refresh token that was exchanged a moment ago is a
// 409 with the code refresh_repeated, and the cookies stay as they are; POST logout/all/
// ends all logins of the caller. Replies are not stored in caches.
func (a *Accounts[U]) JWTCookies(path string, tokens *jwtauth.Issuer[U]) rest.Router {
	if err := a.cannotIssue("JWTCookies", tokens); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(tokens)
	r := &jwtCookies[U]{a, tokens}
	refused := &auth.Error{Msg: "Raised when the refresh token is not accepted"}
	obtain := a.Limited(r.op("Obtain tokens"))
	obtain.Cookies = tokens.BeginCookies()
	refresh, logout := r.op("Refresh tokens", append(tokens.RefreshErrors(), refused)...), r.op("Log out")
	refresh.Description, logout.Description = readsCookie, readsCookie
	router := rest.Router{Path: path, Auth: tokens.CSRF(), Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: a.cfg.CrossOrigin, Post: rest.Handle(r.obtain, obtain)},
		{Path: "/refresh/", Post: rest.Handle(r.refresh, refresh)},
		{Path: "/logout/", Post: rest.Handle(r.logout, logout)},
	}}
	if tokens.CanEndAll() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{
			Path: "/logout/all/", Auth: tokens.Cookie(), Post: rest.Handle(r.logoutAll, r.op("Log out everywhere")),
		})
	}
	return router
}

const readsCookie = "Reads the refresh token from its cookie."

// jwtCookies has the handlers of [Accounts.JWTCookies].
type jwtCookies[U any] struct {
	accounts *Accounts[U]
	tokens   *jwtauth.Issuer[U]
}

// op is an operation that sets the cookies of both tokens.
func (r *jwtCookies[U]) op(summary string, errs ...error) rest.Op {
	return rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: summary, Cookies: r.tokens.CookieNames(), Errors: errs}
}

func (r *jwtCookies[U]) obtain(ctx context.Context, in credentialsIn) (cookiesReply, error) {
	_, who, err := r.accounts.Check(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return cookiesReply{}, err
	}
	cookies, err := r.tokens.Begin(in.Request, who)
	return cookiesReply{cookies}, err
}

func (r *jwtCookies[U]) refresh(_ context.Context, in requestOnly) (cookiesReply, error) {
	cookies, err := r.tokens.Renew(in.Request)
	return cookiesReply{cookies}, err
}

func (r *jwtCookies[U]) logout(_ context.Context, in requestOnly) (cookiesReply, error) {
	cookies, err := r.tokens.End(in.Request)
	return cookiesReply{cookies}, err
}

func (r *jwtCookies[U]) logoutAll(ctx context.Context, in requestOnly) (cookiesReply, error) {
	if _, err := r.tokens.EndAll(ctx, auth.MustFromContext(ctx).UserID, ""); err != nil {
		return cookiesReply{}, err
	}
	return r.logout(ctx, in)
}
