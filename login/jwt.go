package login

import (
	"context"
	"maps"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
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

type bodyOf[T any] struct {
	Body T `body:""`
}

// JWT returns a router at path with POST obtain/, refresh/ and verify/.
//
// Obtain exchanges a user name and a password for {"access_token","refresh_token"};
// refresh exchanges a refresh token for a new pair; verify answers 204 for an
// access token that would be accepted. What is wrong, unknown or inactive is one
// 401. No reply is stored in caches.
func JWT[U any](tokens *jwtauth.Issuer[U], passwords *password.Checker[U], path string) rest.Router {
	pair := func(issued jwtauth.Pair, err error) (TokenPair, error) {
		return TokenPair{Access: issued.Access, Refresh: issued.Refresh}, err
	}
	op := func(status int, summary, refused string) rest.Op {
		return rest.Op{Status: status, NoStore: true, Summary: summary, Errors: []error{&auth.Error{Msg: refused}}}
	}
	return rest.Router{Path: path, Auth: issuing(tokens.CanSign()), Controllers: []rest.Controller{
		{Path: "/obtain/", Post: rest.Handle(func(ctx context.Context, in bodyOf[Credentials]) (TokenPair, error) {
			_, account, err := passwords.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return TokenPair{}, err
			}
			return pair(tokens.Issue(ctx, account))
		}, op(http.StatusOK, "Obtain tokens", "Raised when the user name or the password is wrong"))},
		{Path: "/refresh/", Post: rest.Handle(func(ctx context.Context, in bodyOf[RefreshToken]) (TokenPair, error) {
			return pair(tokens.Refresh(ctx, in.Body.Refresh))
		}, op(http.StatusOK, "Refresh tokens", "Raised when the refresh token is not accepted"))},
		{Path: "/verify/", Post: rest.Handle(func(ctx context.Context, in bodyOf[AccessToken]) (rest.None, error) {
			_, _, err := tokens.Verify(ctx, in.Body.Access)
			return rest.None{}, err
		}, op(http.StatusNoContent, "Verify a token", "Raised when the access token is not accepted"))},
	}}
}

// JWTCookies returns a router at path with POST obtain/, refresh/ and logout/, for
// tokens that live in cookies, see [jwtauth.Cookie]. Each answers 204.
//
// Obtain exchanges a user name and a password for the cookies and a new CSRF token;
// like a session login it refuses posts that a browser sends from another site.
// Refresh exchanges the refresh token's cookie for new ones, logout makes the
// browser forget both; they need the CSRF token. No reply is stored in caches.
func JWTCookies[U any](tokens *jwtauth.Issuer[U], passwords *password.Checker[U], path string) rest.Router {
	begun := cookiesOf(tokens.CSRF())
	maps.Copy(begun, tokens.CookieNames())
	op := func(summary string, cookies map[string]string, errs ...error) rest.Op {
		return rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: summary, Cookies: cookies, Errors: errs}
	}
	protected := issuing(tokens.CanSign())
	if protected == auth.Public {
		protected = tokens.CSRF()
	}
	return rest.Router{Path: path, Auth: protected, Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: csrf.Guard(csrf.GuardConfig{}), Post: rest.Handle(func(ctx context.Context, in credentialsIn) (cookiesReply, error) {
			_, account, err := passwords.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return cookiesReply{}, err
			}
			cookies, err := tokens.Begin(in.Request, account)
			return cookiesReply{cookies}, err
		}, op("Obtain tokens", begun, &auth.Error{Msg: "Raised when the user name or the password is wrong"}))},
		{Path: "/refresh/", Post: rest.Handle(func(_ context.Context, in requestOnly) (cookiesReply, error) {
			cookies, err := tokens.Renew(in.Request)
			return cookiesReply{cookies}, err
		}, op("Refresh tokens", tokens.CookieNames(), &auth.Error{Msg: "Raised when the refresh token is not accepted"}))},
		{Path: "/logout/", Post: rest.Handle(func(_ context.Context, in requestOnly) (cookiesReply, error) {
			cookies, err := tokens.End(in.Request)
			return cookiesReply{cookies}, err
		}, op("Log out", tokens.CookieNames()))},
	}}
}

// issuing is the auth of routers that need none themselves: the credential is in
// the body. What keeps them from issuing surfaces when the API is built.
func issuing(err error) auth.Authenticator {
	if err == nil {
		return auth.Public
	}
	return cannotIssue{err}
}

type cannotIssue struct{ err error }

func (c cannotIssue) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, c.err
}

func (c cannotIssue) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{}, c.err
}
