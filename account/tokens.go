package account

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// APIToken is the reply with a token that was just issued.
type APIToken struct {
	_     struct{} `doc:"A token. It is shown this once."`
	Token string   `json:"token" example:"Mxa3lNq0Vd9sKfYp2TzR8wJcHbG5uE7i"`
}

// APITokenInfo describes a token of the caller, without the token itself.
type APITokenInfo struct {
	_        struct{}   `doc:"A token of the caller, without the token itself."`
	ID       int64      `json:"id" example:"7"`
	Name     string     `json:"name" example:"laptop"`
	Created  time.Time  `json:"created" example:"2026-01-31T12:00:00Z"`
	Expires  *time.Time `json:"expires" doc:"Null: never."`
	LastUsed *time.Time `json:"last_used" doc:"Null: not recorded."`
}

const msgNoToken = "There is no such token"

var errNoToken = &rest.Error{Status: http.StatusNotFound, Msg: msgNoToken, Code: "not_found"}

// NewToken is the body of a request that obtains a token.
type NewToken struct {
	_        struct{} `doc:"A user name and a password, and what the token is for."`
	Username string   `json:"username" example:"alice"`
	Password string   `json:"password" example:"correct horse battery staple"`
	Name     *string  `json:"name" maxLength:"256" doc:"Tells the tokens of a user apart. Null or missing: a random one." example:"laptop"`
}

// Tokens returns a router at path for API tokens. POST obtain/ exchanges a user name and a
// password for {"token"}, and names the token if the request has a name. POST revoke/, with
// a token in the header, ends that token (204). GET list/ lists the tokens of the caller's
// account, and DELETE list/{id}/ ends one of them. caller authenticates these two requests,
// by session for example; nil inherits from the router around. Replies are not stored in
// caches.
//
//	accounts.Tokens("/tokens", auth.AnyOf(session, keys.Header()), keys)
func (a *Accounts[U]) Tokens(path string, caller auth.Authenticator, tokens *tokenauth.Auth[U]) rest.Router {
	err := a.without("Tokens: tokens", tokens == nil)
	if err == nil {
		err = a.foreign("Tokens", tokens)
	}
	if err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	r := &tokenRouter[U]{a, tokens}
	own := rest.Op{NoStore: true, Accounts: a.passwords.Accounts()}
	list, revokeOne := own, own
	list.Summary = "List the caller's tokens"
	revokeOne.Summary, revokeOne.Errors = "Revoke one of the caller's tokens", []error{errNoToken}
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: auth.Public, Post: rest.Handle(r.obtain, a.Limited(rest.Op{Status: http.StatusOK, Summary: "Obtain a token"}))},
		{Path: "/revoke/", Auth: tokens.Header(), Post: rest.Handle(r.revoke, rest.Op{
			Status: http.StatusNoContent, NoStore: true, Summary: "Revoke the token that is used",
		})},
		{Path: "/list/", Get: rest.Handle(r.list, list)},
		{Path: "/list/{id}/", Delete: rest.Handle(r.revokeOne, revokeOne)},
	}}
}

// tokenRouter has the handlers of [Accounts.Tokens].
type tokenRouter[U any] struct {
	accounts *Accounts[U]
	tokens   *tokenauth.Auth[U]
}

func (r *tokenRouter[U]) obtain(ctx context.Context, in bodyOf[NewToken]) (APIToken, error) {
	_, who, err := r.accounts.Check(ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return APIToken{}, err
	}
	var grant tokenauth.Grant
	if in.Body.Name != nil {
		grant.Name = *in.Body.Name
	}
	raw, _, err := r.tokens.Issue(ctx, who, grant)
	return APIToken{Token: raw}, err
}

func (r *tokenRouter[U]) revoke(ctx context.Context, _ rest.None) (rest.None, error) {
	row, ok := auth.MustFromContext(ctx).Credential.(*store.Token)
	if !ok {
		return rest.None{}, errors.New("account: Tokens: the credential is not a *store.Token")
	}
	return rest.None{}, r.tokens.Revoke(ctx, row.UserID, row.ID)
}

func (r *tokenRouter[U]) list(ctx context.Context, _ rest.None) ([]APITokenInfo, error) {
	id, err := r.accounts.userID(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := r.tokens.List(ctx, id)
	list := make([]APITokenInfo, len(rows))
	for i, row := range rows {
		list[i] = APITokenInfo{ID: row.ID, Name: row.Name, Created: row.Created, Expires: orNull(row.Expires), LastUsed: orNull(row.LastUsed)}
	}
	return list, err
}

func (r *tokenRouter[U]) revokeOne(ctx context.Context, in tokenID) (rest.None, error) {
	id, err := r.accounts.userID(ctx)
	if err == nil {
		err = r.tokens.Revoke(ctx, id, in.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = errNoToken
	}
	return rest.None{}, err
}

type tokenID struct {
	ID int64 `path:"id" minimum:"1"`
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
