package account

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// TokenPair is what a client gets for its credentials.
type TokenPair struct {
	_       struct{} `doc:"An access token, and the refresh token that renews it."`
	Access  string   `json:"access_token"`
	Refresh string   `json:"refresh_token"`
}

// RefreshToken is what a client renews its tokens with.
type RefreshToken struct {
	_       struct{} `doc:"A refresh token."`
	Refresh string   `json:"refresh_token"`
}

// AccessToken is a token that a client wants to know about.
type AccessToken struct {
	_      struct{} `doc:"An access token."`
	Access string   `json:"access_token"`
}

// JWT returns a router at path with POST obtain/, refresh/ and verify/.
//
// Obtain exchanges a user name and a password for {"access_token","refresh_token"};
// refresh exchanges a refresh token for a new pair; verify answers 204 for an
// access token that would be accepted. What is wrong, unknown or inactive is one
// 401. With jwtauth.Config.Families a refresh token that was exchanged a moment ago is a
// 409, code refresh_repeated: the tokens of the first reply are good. No reply is stored
// in caches.
//
// Where tokens can be revoked (jwtauth.Config has Families, or a Blocklist), POST
// revoke/ ends the login of a refresh token, and with Families POST revoke/all/, with
// an access token in the header, all of the caller's: both answer 204. With
// jwtauth.Config.StatelessAccess the access tokens are good until they expire.
func (a *Accounts[U]) JWT(path string, tokens *jwtauth.Issuer[U]) rest.Router {
	if err := a.cannotIssue("JWT", tokens); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(tokens)
	pair := func(issued jwtauth.Pair, err error) (TokenPair, error) {
		return TokenPair{Access: issued.Access, Refresh: issued.Refresh}, err
	}
	op := func(status int, summary, refused string, more ...error) rest.Op {
		return rest.Op{Status: status, NoStore: true, Summary: summary, Errors: append([]error{&auth.Error{Msg: refused}, errDown}, more...)}
	}
	router := rest.Router{Path: path, Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/obtain/", Post: rest.Handle(func(ctx context.Context, in bodyOf[Credentials]) (TokenPair, error) {
			_, account, err := a.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return TokenPair{}, err
			}
			return pair(tokens.Issue(ctx, account))
		}, a.Limited(rest.Op{Status: http.StatusOK, Summary: "Obtain tokens"}))},
		{Path: "/refresh/", Post: rest.Handle(func(ctx context.Context, in bodyOf[RefreshToken]) (TokenPair, error) {
			return pair(tokens.Refresh(ctx, in.Body.Refresh))
		}, op(http.StatusOK, "Refresh tokens", "Raised when the refresh token is not accepted", tokens.RefreshErrors()...))},
		{Path: "/verify/", Post: rest.Handle(func(ctx context.Context, in bodyOf[AccessToken]) (rest.None, error) {
			_, _, err := tokens.Verify(ctx, in.Body.Access)
			return rest.None{}, err
		}, op(http.StatusNoContent, "Verify a token", "Raised when the access token is not accepted"))},
	}}
	if tokens.CanRevoke() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{Path: "/revoke/", Post: rest.Handle(func(ctx context.Context, in bodyOf[RefreshToken]) (rest.None, error) {
			return rest.None{}, tokens.RevokeRefresh(ctx, in.Body.Refresh)
		}, op(http.StatusNoContent, "Revoke a refresh token", "Raised when the refresh token is not accepted"))})
	}
	if tokens.CanEndAll() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{Path: "/revoke/all/", Auth: tokens.Header(), Post: rest.Handle(func(ctx context.Context, _ rest.None) (rest.None, error) {
			_, err := tokens.EndAll(ctx, auth.MustFromContext(ctx).UserID, "")
			return rest.None{}, err
		}, rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: "End all logins"})})
	}
	return router
}

// cannotIssue returns what keeps a router from handing out tokens.
func (a *Accounts[U]) cannotIssue(router string, tokens *jwtauth.Issuer[U]) error {
	if err := a.without(router+": tokens", tokens == nil); err != nil {
		return err
	}
	return errors.Join(tokens.CanSign(), a.foreign(router, tokens))
}

// JWTCookies returns a router at path with POST obtain/, refresh/ and logout/, for
// tokens that live in cookies, see jwtauth.Config.Cookie. Each answers 204.
//
// Obtain exchanges a user name and a password for the cookies and a new CSRF token;
// like a session login it refuses posts that a browser sends from another site.
// Refresh exchanges the refresh token's cookie for new ones, logout makes the
// browser forget both, and revokes them where there is a table for it; they need the
// CSRF token. With jwtauth.Config.Families a refresh token that was exchanged a moment
// ago is a 409, code refresh_repeated, and the cookies stay. With jwtauth.Config.Families, POST logout/all/ ends all of the caller's
// logins. No reply is stored in caches.
func (a *Accounts[U]) JWTCookies(path string, tokens *jwtauth.Issuer[U]) rest.Router {
	if err := a.cannotIssue("JWTCookies", tokens); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(tokens)
	op := func(summary string, cookies map[string]string, errs ...error) rest.Op {
		return rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: summary, Cookies: cookies, Errors: errs}
	}
	reads := func(op rest.Op) rest.Op {
		op.Description = "Reads the refresh token from its cookie."
		return op
	}
	router := rest.Router{Path: path, Auth: tokens.CSRF(), Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: a.cfg.CrossOrigin, Post: rest.Handle(func(ctx context.Context, in credentialsIn) (cookiesReply, error) {
			_, account, err := a.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return cookiesReply{}, err
			}
			cookies, err := tokens.Begin(in.Request, account)
			return cookiesReply{cookies}, err
		}, a.Limited(op("Obtain tokens", tokens.BeginCookies())))},
		{Path: "/refresh/", Post: rest.Handle(func(_ context.Context, in requestOnly) (cookiesReply, error) {
			cookies, err := tokens.Renew(in.Request)
			return cookiesReply{cookies}, err
		}, reads(op("Refresh tokens", tokens.CookieNames(), append(tokens.RefreshErrors(), &auth.Error{Msg: "Raised when the refresh token is not accepted"})...)))},
		{Path: "/logout/", Post: rest.Handle(func(_ context.Context, in requestOnly) (cookiesReply, error) {
			cookies, err := tokens.End(in.Request)
			return cookiesReply{cookies}, err
		}, reads(op("Log out", tokens.CookieNames())))},
	}}
	if tokens.CanEndAll() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{Path: "/logout/all/", Auth: tokens.Cookie(), Post: rest.Handle(func(ctx context.Context, in requestOnly) (cookiesReply, error) {
			if _, err := tokens.EndAll(ctx, auth.MustFromContext(ctx).UserID, ""); err != nil {
				return cookiesReply{}, err
			}
			cookies, err := tokens.End(in.Request)
			return cookiesReply{cookies}, err
		}, op("Log out everywhere", tokens.CookieNames()))})
	}
	return router
}
