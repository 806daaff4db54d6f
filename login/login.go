// Package login has the routers that hand out and take back credentials. Each is a
// few lines over what a handler of your own would call: password.Checker's Check,
// sessionauth's Begin and End, jwtauth's Issue, Refresh and Verify.
//
// How often credentials may be sent is limited for each address and each user name;
// [Options] change that. What exceeds a limit is a 429.
package login

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
)

// Credentials are what a client logs in with.
type Credentials struct {
	_        struct{} `doc:"A user name and a password."`
	Username string   `json:"username"`
	Password string   `json:"password"`
}

// SessionUser says who a session belongs to.
type SessionUser struct {
	_      struct{} `doc:"Who is logged in."`
	UserID string   `json:"user_id"`
}

type requestOnly struct{ Request *http.Request }

type credentialsIn struct {
	Request *http.Request
	Body    Credentials `body:""`
}

type sessionReply struct {
	Cookies []*http.Cookie `cookie:""`
	Body    SessionUser    `body:""`
}

type cookiesReply struct {
	Cookies []*http.Cookie `cookie:""`
}

// Session returns a router at path with POST login/, logout/ and logout/all/.
//
// Login answers 200 {"user_id":"1"} and sets the cookies of a new session. Wrong,
// unknown and inactive are one 401, at the same cost. It needs no CSRF token, but
// refuses posts that a browser sends from another site (403). Logout needs the
// session, and ends it with 204; logout/all/ ends all of the user's. No reply is
// stored in caches.
func Session[U any](session *sessionauth.Auth[U], passwords *password.Checker[U], path string, options ...Options) rest.Router {
	o, cookies := of(options), cookiesOf(session)
	return rest.Router{Path: path, Controllers: []rest.Controller{
		{Path: "/login/", Auth: csrf.Guard(csrf.GuardConfig{}), Post: rest.Handle(
			func(ctx context.Context, in credentialsIn) (sessionReply, error) {
				account, err := check(ctx, passwords, o, in.Body)
				if err != nil {
					return sessionReply{}, err
				}
				cookies, err := session.Begin(in.Request, account)
				return sessionReply{Cookies: cookies, Body: SessionUser{UserID: account.ID}}, err
			}, o.limited(rest.Op{Status: http.StatusOK, NoStore: true, Cookies: cookies, Summary: "Log in", Errors: []error{errWrong, errDown}}))},
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

// check finds the account of credentials, at most so often.
func check[U any](ctx context.Context, passwords *password.Checker[U], o Options, c Credentials) (auth.Account, error) {
	if err := o.count(ctx, c.Username); err != nil {
		return auth.Account{}, err
	}
	_, account, err := passwords.Check(ctx, c.Username, c.Password)
	return account, err
}

// cookiesOf names the cookies of a session for the document: those that its own
// schemes read.
func cookiesOf(a auth.Authenticator) map[string]string {
	declaration, err := a.Declare(http.MethodPost)
	if err != nil {
		return nil // rest.New reports it
	}
	cookies := map[string]string{}
	for _, scheme := range declaration.Schemes {
		if scheme.In == "cookie" {
			cookies[scheme.Name] = scheme.Description
		}
	}
	return cookies
}
