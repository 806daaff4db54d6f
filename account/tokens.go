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

// APIToken is a token that was just issued.
type APIToken struct {
	_     struct{} `doc:"A token. It is shown this once."`
	Token string   `json:"token"`
}

// APITokenInfo describes a token of the caller, without the token itself.
type APITokenInfo struct {
	_        struct{}   `doc:"A token of the caller, without the token itself."`
	ID       int64      `json:"id"`
	Name     string     `json:"name"`
	Created  time.Time  `json:"created"`
	Expires  *time.Time `json:"expires" doc:"Null: never."`
	LastUsed *time.Time `json:"last_used" doc:"Null: not recorded."`
}

const msgNoToken = "There is no such token"

var errNoToken = &rest.Error{Status: http.StatusNotFound, Msg: msgNoToken, Code: "not_found"}

// NewToken is what a client obtains a token with.
type NewToken struct {
	_        struct{} `doc:"A user name and a password, and what the token is for."`
	Username string   `json:"username"`
	Password string   `json:"password"`
	Name     *string  `json:"name" maxLength:"256" doc:"Tells the tokens of a user apart. Null or missing: a random one."`
}

// Tokens returns a router at path for API tokens: POST obtain/ exchanges a user name
// and a password for {"token"}, and gives the token a name if there is one. POST revoke/,
// with a token in the header, ends that token (204). Who is let in by who, which may be
// a session, lists the tokens of the account with GET list/, and ends one with DELETE
// list/{id}/. A nil who is inherited from the router around. No reply is stored in caches.
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
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: auth.Public, Post: rest.Handle(func(ctx context.Context, in bodyOf[NewToken]) (APIToken, error) {
			_, account, err := a.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return APIToken{}, err
			}
			var grant tokenauth.Grant
			if in.Body.Name != nil {
				grant.Name = *in.Body.Name
			}
			raw, _, err := tokens.Issue(ctx, account, grant)
			return APIToken{Token: raw}, err
		}, a.Limited(rest.Op{Status: http.StatusOK, Summary: "Obtain a token"}))},
		{Path: "/revoke/", Auth: tokens.Header(), Post: rest.Handle(func(ctx context.Context, _ rest.None) (rest.None, error) {
			row, ok := auth.MustFromContext(ctx).Credential.(*store.Token)
			if !ok {
				return rest.None{}, errors.New("account: Tokens: the credential is no token")
			}
			return rest.None{}, tokens.Revoke(ctx, row.UserID, row.ID)
		}, rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: "Revoke the token that is used"})},
		{Path: "/list/", Get: rest.Handle(func(ctx context.Context, _ rest.None) ([]APITokenInfo, error) {
			id, err := a.userID(ctx)
			if err != nil {
				return nil, err
			}
			rows, err := tokens.List(ctx, id)
			list := make([]APITokenInfo, len(rows))
			for i, row := range rows {
				list[i] = APITokenInfo{ID: row.ID, Name: row.Name, Created: row.Created, Expires: orNull(row.Expires), LastUsed: orNull(row.LastUsed)}
			}
			return list, err
		}, rest.Op{NoStore: true, Accounts: a.passwords.Accounts(), Summary: "List the caller's tokens"})},
		{Path: "/list/{id}/", Delete: rest.Handle(func(ctx context.Context, in tokenID) (rest.None, error) {
			id, err := a.userID(ctx)
			if err == nil {
				err = tokens.Revoke(ctx, id, in.ID)
			}
			if errors.Is(err, store.ErrNotFound) {
				err = errNoToken
			}
			return rest.None{}, err
		}, rest.Op{NoStore: true, Accounts: a.passwords.Accounts(), Summary: "Revoke one of the caller's tokens", Errors: []error{errNoToken}})},
	}}
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
