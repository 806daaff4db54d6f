package app

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// WhoAmI is the answer of most endpoints.
type WhoAmI struct {
	_    struct{} `doc:"Which auth let this request in, and who is the current user."`
	Auth *string  `json:"auth"`
	User *string  `json:"user"`
}

func whoami(ctx context.Context, _ rest.None) (WhoAmI, error) {
	id, ok := auth.FromContext(ctx)
	if !ok {
		return WhoAmI{}, nil
	}
	return WhoAmI{Auth: schemeOf(id.By), User: userOf(id.Principal)}, nil
}

// schemeOf is the name that an authenticator documents itself with. Sessions name
// CSRF beside it for unsafe methods only.
func schemeOf(by auth.Authenticator) *string {
	if by == nil {
		return nil
	}
	declared, err := by.Declare(http.MethodGet)
	if err != nil {
		return nil
	}
	for name := range declared.Schemes {
		return &name
	}
	return nil
}

// userOf is the user's name where the credential is a user's: the fixed Basic
// credentials are not.
func userOf(principal any) *string {
	switch who := principal.(type) {
	case *store.User:
		return &who.Username
	case visitor:
		if who.User != nil {
			return &who.User.Username
		}
	}
	return nil
}

// both has GET and POST.
func both(path string, a auth.Authenticator) rest.Controller {
	return rest.Controller{Path: path, Auth: a, Get: rest.Handle(whoami), Post: rest.Handle(whoami)}
}

// visitor is who looks at a public endpoint that knows sessions.
type visitor struct{ User *store.User }

// visitors lets everybody pass, and looks at the session all the same.
type visitors struct{ app *app }

func (v visitors) Authenticate(r *http.Request) (auth.Identity, error) {
	id, err := v.app.session.Identify(r)
	user, _ := id.Principal.(*store.User)
	return auth.Identity{Principal: visitor{user}, By: v, Header: auth.ReplyHeader(err)}, nil
}

func (v visitors) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[visitor]()}},
		Vary:         []string{"Cookie"},
	}, nil
}

// cookieReader is for public endpoints whose handler reads a cookie.
type cookieReader struct{}

func (c cookieReader) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: auth.Nobody{}, By: c}, nil
}

func (cookieReader) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[auth.Nobody]()}}, Vary: []string{"Cookie"}}, nil
}
