package app

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

type (
	userChange struct {
		Body userPayload `body:""`
	}
	userPayload struct {
		Username string                `json:"username"`
		Active   rest.Optional[bool]   `json:"is_active"`
		Password rest.Optional[string] `json:"password"`
		Delete   bool                  `json:"delete" default:"false"`
	}
	count struct {
		Count int `json:"count"`
	}
)

// helpers are the endpoints that scenarios set the scene with.
func (a *app) helpers() rest.Router {
	noContent := rest.Op{Status: http.StatusNoContent}
	return rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/users/", Post: rest.Handle(a.changeUser, noContent)},
		{Path: "/tokens/", Get: rest.Handle(a.listTokens), Post: rest.Handle(a.makeToken)},
		{Path: "/blocklist/", Get: rest.Handle(a.listBlocked)},
		{Path: "/sessions/", Get: rest.Handle(func(ctx context.Context, _ rest.None) (count, error) {
			n, err := a.db.CountSessions(ctx)
			return count{n}, err
		}), Delete: rest.Handle(func(ctx context.Context, _ rest.None) (rest.None, error) {
			return rest.None{}, a.db.EndSessions(ctx)
		}, noContent)},
	}}
}

func (a *app) changeUser(ctx context.Context, in userChange) (rest.None, error) {
	users := a.db.Users
	user, _, err := users.ByUsername(ctx, in.Body.Username)
	if errors.Is(err, store.ErrNotFound) {
		user, err = users.Create(ctx, store.User{Username: in.Body.Username, Active: true})
	}
	if err != nil {
		return rest.None{}, err
	}
	id := user.ID
	if in.Body.Delete {
		return rest.None{}, users.Delete(ctx, id)
	}
	if active, ok := in.Body.Active.Get(); ok {
		if err := users.SetActive(ctx, id, active); err != nil {
			return rest.None{}, err
		}
	}
	if clear, ok := in.Body.Password.Get(); ok {
		encoded, err := a.hasher.Hash(ctx, clear)
		if err != nil {
			return rest.None{}, err
		}
		return rest.None{}, users.SetPassword(ctx, id, encoded)
	}
	return rest.None{}, nil
}
