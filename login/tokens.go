package login

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
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

var errNoToken = &rest.Error{Status: http.StatusNotFound, Msg: "There is no such token", Type: "not_found"}

// Tokens returns a router at path for API tokens: POST obtain/ exchanges a user name
// and a password for {"token"}. With a token in the header, POST revoke/ ends that
// token (204), GET list/ lists the caller's, and DELETE list/{id}/ ends one of them.
func Tokens[U any](tokens *tokenauth.Auth[U], passwords *password.Checker[U], path string, options ...Options) rest.Router {
	o := of(options)
	ended := rest.Op{Status: http.StatusNoContent, Summary: "Revoke the token that is used"}
	return rest.Router{Path: path, Auth: tokens.Header(), Controllers: []rest.Controller{
		{Path: "/obtain/", Auth: auth.Public, Post: rest.Handle(func(ctx context.Context, in bodyOf[Credentials]) (APIToken, error) {
			account, err := check(ctx, passwords, o, in.Body)
			if err != nil {
				return APIToken{}, err
			}
			raw, _, err := tokens.Issue(ctx, account, tokenauth.Grant{})
			return APIToken{Token: raw}, err
		}, o.limited(rest.Op{Status: http.StatusOK, NoStore: true, Summary: "Obtain a token", Errors: []error{errWrong, errDown}}))},
		{Path: "/revoke/", Post: rest.Handle(func(ctx context.Context, _ rest.None) (rest.None, error) {
			row := ownToken(ctx)
			return rest.None{}, tokens.Revoke(ctx, row.UserID, row.ID)
		}, ended)},
		{Path: "/list/", Get: rest.Handle(func(ctx context.Context, _ rest.None) ([]APITokenInfo, error) {
			rows, err := tokens.List(ctx, ownToken(ctx).UserID)
			list := make([]APITokenInfo, len(rows))
			for i, row := range rows {
				list[i] = APITokenInfo{ID: row.ID, Name: row.Name, Created: row.Created, Expires: orNull(row.Expires), LastUsed: orNull(row.LastUsed)}
			}
			return list, err
		}, rest.Op{Summary: "List the caller's tokens"})},
		{Path: "/list/{id}/", Delete: rest.Handle(func(ctx context.Context, in tokenID) (rest.None, error) {
			err := tokens.Revoke(ctx, ownToken(ctx).UserID, in.ID)
			if errors.Is(err, store.ErrNotFound) {
				return rest.None{}, errNoToken
			}
			return rest.None{}, err
		}, rest.Op{Summary: "Revoke one of the caller's tokens", Errors: []error{errNoToken}})},
	}}
}

type tokenID struct {
	ID int64 `path:"id" minimum:"1"`
}

// ownToken is the row of the token that a request came with.
func ownToken(ctx context.Context) *store.Token {
	return auth.MustFromContext(ctx).Credential.(*store.Token)
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
