package account

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// TokenPair is the reply to a client that logs in or refreshes its tokens.
type TokenPair struct {
	_       struct{} `doc:"An access token, and the refresh token that renews it."`
	Access  string   `json:"access_token" example:"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.signature"`
	Refresh string   `json:"refresh_token" example:"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwidXNlIjoicmVmcmVzaCJ9.signature"`
}

// RefreshToken is the body of a request that refreshes or revokes tokens.
type RefreshToken struct {
	_       struct{} `doc:"A refresh token."`
	Refresh string   `json:"refresh_token" example:"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwidXNlIjoicmVmcmVzaCJ9.signature"`
}

// AccessToken is the body of a request that verifies a token.
type AccessToken struct {
	_      struct{} `doc:"An access token."`
	Access string   `json:"access_token" example:"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.signature"`
}

// JWT returns a router at path with POST obtain/, refresh/ and verify/.
//
// Obtain exchanges a user name and a password for {"access_token","refresh_token"}.
// Refresh exchanges a refresh token for a new pair. Verify answers 204 for an access token
// that would be accepted. A wrong password, an unknown name and an inactive account get the
// same 401. With jwtauth.Config.Families, a refresh token that was exchanged a moment ago is
// a 409 with the code refresh_repeated: the client goes on with the tokens of the first
// reply. Replies are not stored in caches.
//
// If tokens can be revoked (jwtauth.Config has Families or a Blocklist), POST revoke/ ends
// the login of a refresh token. With Families, POST revoke/all/ ends all logins of the
// caller, who sends an access token in the header. Both answer 204. With
// jwtauth.Config.StatelessAccess the access tokens remain valid until they expire.
func (a *Accounts[U]) JWT(path string, tokens *jwtauth.Issuer[U]) rest.Router {
	if err := a.cannotIssue("JWT", tokens); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	a.bound.add(tokens)
	r := &jwtRouter[U]{a, tokens}
	router := rest.Router{Path: path, Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/obtain/", Post: rest.Handle(r.obtain, a.Limited(rest.Op{Status: http.StatusOK, Summary: "Obtain tokens"}))},
		{Path: "/refresh/", Post: rest.Handle(r.refresh, r.op(http.StatusOK, "Refresh tokens", "refresh", tokens.RefreshErrors()...))},
		{Path: "/verify/", Post: rest.Handle(r.verify, r.op(http.StatusNoContent, "Verify a token", "access"))},
	}}
	if tokens.CanRevoke() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{
			Path: "/revoke/", Post: rest.Handle(r.revoke, r.op(http.StatusNoContent, "Revoke a refresh token", "refresh")),
		})
	}
	if tokens.CanEndAll() == nil {
		router.Controllers = append(router.Controllers, rest.Controller{
			Path: "/revoke/all/", Auth: tokens.Header(),
			Post: rest.Handle(r.revokeAll, rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: "End all logins"}),
		})
	}
	return router
}

// cannotIssue returns the reason why a router cannot hand out tokens; nil: it can.
func (a *Accounts[U]) cannotIssue(router string, tokens *jwtauth.Issuer[U]) error {
	if err := a.without(router+": tokens", tokens == nil); err != nil {
		return err
	}
	return errors.Join(tokens.CanSign(), a.foreign(router, tokens))
}

// jwtRouter has the handlers of [Accounts.JWT].
type jwtRouter[U any] struct {
	accounts *Accounts[U]
	tokens   *jwtauth.Issuer[U]
}

// op is an operation that takes a token of a kind in its body.
func (*jwtRouter[U]) op(status int, summary, kind string, more ...error) rest.Op {
	refused := &auth.Error{Msg: "Raised when the " + kind + " token is not accepted"}
	return rest.Op{Status: status, NoStore: true, Summary: summary, Errors: append([]error{refused, errDown}, more...)}
}

func (r *jwtRouter[U]) obtain(ctx context.Context, in bodyOf[Credentials]) (TokenPair, error) {
	_, who, err := r.accounts.Check(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return TokenPair{}, err
	}
	return pairOf(r.tokens.Issue(ctx, who))
}

func (r *jwtRouter[U]) refresh(ctx context.Context, in bodyOf[RefreshToken]) (TokenPair, error) {
	return pairOf(r.tokens.Refresh(ctx, in.Body.Refresh))
}

func (r *jwtRouter[U]) verify(ctx context.Context, in bodyOf[AccessToken]) (rest.None, error) {
	_, _, err := r.tokens.Verify(ctx, in.Body.Access)
	return rest.None{}, err
}

func (r *jwtRouter[U]) revoke(ctx context.Context, in bodyOf[RefreshToken]) (rest.None, error) {
	return rest.None{}, r.tokens.RevokeRefresh(ctx, in.Body.Refresh)
}

func (r *jwtRouter[U]) revokeAll(ctx context.Context, _ rest.None) (rest.None, error) {
	_, err := r.tokens.EndAll(ctx, auth.MustFromContext(ctx).UserID, "")
	return rest.None{}, err
}

func pairOf(issued jwtauth.Pair, err error) (TokenPair, error) {
	return TokenPair{Access: issued.Access, Refresh: issued.Refresh}, err
}
