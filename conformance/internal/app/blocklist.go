package app

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

func (a *app) blocklist() rest.Router {
	tokens := jwtauth.New(a.db.Users, jwtauth.Config{Secret: []byte(secret), Blocklist: a.db.Blocklist, Compat: a.dmr})
	ready := a.accounts.JWT("", tokens)
	ready.Controllers = ready.Controllers[:3] // django-modern-rest has no view that revokes
	for i := range ready.Controllers {
		ready.Controllers[i].Auth = auth.Public
	}
	logout := func(ctx context.Context, _ rest.None) (rest.None, error) {
		return rest.None{}, tokens.Revoke(ctx, auth.MustFromContext(ctx).Credential.(*jwtauth.Claims))
	}
	return rest.Router{Controllers: append(ready.Controllers,
		both("/me/", tokens.Header()), both("/me-async/", tokens.Header()), both("/plain/", a.jwt),
		rest.Controller{Path: "/logout/", Auth: tokens.Header(), Post: rest.Handle(logout, rest.Op{Status: http.StatusNoContent})},
	)}
}

type (
	blockedRow struct {
		JTI     string  `json:"jti"`
		User    *string `json:"user"`
		Expires int64   `json:"expires_at"`
	}
	blockedRows struct {
		Blocklist []blockedRow `json:"blocklist"`
	}
)

// listBlocked is a helper of the scenarios.
func (a *app) listBlocked(ctx context.Context, _ rest.None) (blockedRows, error) {
	rows, err := a.db.Blocklist.List(ctx)
	if err != nil {
		return blockedRows{}, err
	}
	out := blockedRows{Blocklist: []blockedRow{}}
	for _, row := range rows {
		name, err := a.nameOf(ctx, row.UserID)
		if err != nil {
			return blockedRows{}, err
		}
		out.Blocklist = append(out.Blocklist, blockedRow{row.ID, name, row.Expires.Unix()})
	}
	return out, nil
}
