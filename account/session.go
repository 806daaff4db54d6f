package account

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
)

// SessionUser says who a session belongs to.
type SessionUser struct {
	_      struct{} `doc:"Who is logged in."`
	UserID string   `json:"user_id"`
}

type sessionReply struct {
	Cookies []*http.Cookie `cookie:""`
	Body    SessionUser    `body:""`
}

// Session returns a router at path with POST login/, logout/ and logout/all/.
//
// Login answers 200 {"user_id":"1"} and sets the cookies of a new session. Wrong,
// unknown and inactive are one 401, at the same cost. It needs no CSRF token, but
// refuses posts that a browser sends from another site (403). Logout needs the
// session, and ends it with 204; logout/all/ ends all of the user's. No reply is
// stored in caches.
func (a *Accounts[U]) Session(path string, session *sessionauth.Auth[U]) rest.Router {
	err := a.without("Session: session", session == nil)
	if err == nil {
		err = a.foreign("Session", session)
	}
	if err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(session)
	cookies := session.CookieNames()
	return rest.Router{Path: path, Controllers: []rest.Controller{
		{Path: "/login/", Auth: a.cfg.CrossOrigin, Post: rest.Handle(
			func(ctx context.Context, in credentialsIn) (sessionReply, error) {
				_, account, err := a.Check(ctx, in.Body.Username, in.Body.Password)
				if err != nil {
					return sessionReply{}, err
				}
				cookies, err := session.Begin(in.Request, account)
				return sessionReply{Cookies: cookies, Body: SessionUser{UserID: account.ID}}, err
			}, a.Limited(rest.Op{Status: http.StatusOK, Cookies: session.BeginCookies(), Summary: "Log in"}))},
		{Path: "/logout/", Auth: session, Post: rest.Handle(
			func(_ context.Context, in requestOnly) (cookiesReply, error) {
				cookies, err := session.End(in.Request)
				return cookiesReply{cookies}, err
			}, rest.Op{Status: http.StatusNoContent, NoStore: true, Cookies: cookies, Summary: "Log out"})},
		{Path: "/logout/all/", Auth: session, Post: rest.Handle(
			func(ctx context.Context, in requestOnly) (cookiesReply, error) {
				if _, err := session.EndAll(ctx, auth.MustFromContext(ctx).UserID, ""); err != nil {
					return cookiesReply{}, err
				}
				cookies, err := session.End(in.Request)
				return cookiesReply{cookies}, err
			}, rest.Op{Status: http.StatusNoContent, NoStore: true, Cookies: cookies, Summary: "Log out everywhere"})},
	}}
}
