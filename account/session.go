package account

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
)

// SessionUser is the reply to a login by session and to a sign-up.
type SessionUser struct {
	_      struct{} `doc:"The user of the session or of the new account."`
	UserID string   `json:"user_id" example:"1"`
}

type sessionReply struct {
	Cookies []*http.Cookie `cookie:""`
	Body    SessionUser    `body:""`
}

// Session returns a router at path with POST login/, logout/ and logout/all/.
//
// Login answers 200 {"user_id":"1"} and sets the cookies of a new session. A wrong password,
// an unknown name and an inactive account get the same 401 at the same cost. Login needs no
// CSRF token, but refuses requests that a browser sends from another site (403). Logout
// needs the session, and ends it with 204; logout/all/ ends all sessions of the user.
// Replies are not stored in caches.
func (a *Accounts[U]) Session(path string, session *sessionauth.Auth[U]) rest.Router {
	err := a.without("Session: session", session == nil)
	if err == nil {
		err = a.foreign("Session", session)
	}
	if err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(session)
	r := &sessionRouter[U]{a, session}
	return rest.Router{Path: path, Controllers: []rest.Controller{
		{Path: "/login/", Auth: a.cfg.CrossOrigin, Post: rest.Handle(r.login,
			a.Limited(rest.Op{Status: http.StatusOK, Cookies: session.BeginCookies(), Summary: "Log in"}))},
		{Path: "/logout/", Auth: session, Post: rest.Handle(r.logout, r.op("Log out"))},
		{Path: "/logout/all/", Auth: session, Post: rest.Handle(r.logoutAll, r.op("Log out everywhere"))},
	}}
}

// sessionRouter has the handlers of [Accounts.Session].
type sessionRouter[U any] struct {
	accounts *Accounts[U]
	session  *sessionauth.Auth[U]
}

func (r *sessionRouter[U]) op(summary string) rest.Op {
	return rest.Op{Status: http.StatusNoContent, NoStore: true, Cookies: r.session.CookieNames(), Summary: summary}
}

func (r *sessionRouter[U]) login(ctx context.Context, in credentialsIn) (sessionReply, error) {
	_, who, err := r.accounts.Check(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return sessionReply{}, err
	}
	cookies, err := r.session.Begin(in.Request, who)
	return sessionReply{Cookies: cookies, Body: SessionUser{UserID: who.ID}}, err
}

func (r *sessionRouter[U]) logout(_ context.Context, in requestOnly) (cookiesReply, error) {
	cookies, err := r.session.End(in.Request)
	return cookiesReply{cookies}, err
}

func (r *sessionRouter[U]) logoutAll(ctx context.Context, in requestOnly) (cookiesReply, error) {
	if _, err := r.session.EndAll(ctx, auth.MustFromContext(ctx).UserID, ""); err != nil {
		return cookiesReply{}, err
	}
	return r.logout(ctx, in)
}
