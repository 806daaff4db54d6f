package resttest

import (
	"cmp"
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/store"
)

// Login stands in for the authenticator of an API under test. It lets in the requests of
// clients that [Client.As] made, and has no credential of its own: a request over the
// network is never let in. P is the type of the principal.
//
// It has accounts of every table, so that the routers of package account, Op.Accounts and
// limits by account accept them.
type Login[P any] struct{ accounts any }

// NewLogin makes a Login.
func NewLogin[P any]() *Login[P] {
	var none P
	id, err := authtest.AsAccount(none, "0").Authenticate(nil)
	if err != nil {
		panic("resttest: the stand-in of authtest refuses: " + err.Error())
	}
	return &Login[P]{accounts: id.Accounts}
}

type loginKey struct{}

// Authenticate returns the identity of the client. It skips requests of other clients, and
// identities whose principal is not a P.
func (l *Login[P]) Authenticate(r *http.Request) (auth.Identity, error) {
	id, ok := r.Context().Value(loginKey{}).(*auth.Identity)
	if !ok {
		return auth.Identity{}, auth.ErrSkip
	}
	if _, ok := id.Principal.(P); !ok {
		return auth.Identity{}, auth.ErrSkip
	}
	as := *id
	as.Accounts, as.By = l.accounts, l
	return as, nil
}

// Declare describes the scheme "resttest", a header. Authenticate does not read it.
func (l *Login[P]) Declare(string) (auth.Declaration, error) {
	scheme := openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Rest-Test", Description: "The login of a test."}
	return auth.Declaration{
		Alternatives: []auth.Alternative{{
			Requirement: openapi.SecurityRequirement{"resttest": {}}, Principals: auth.PrincipalType[P](), Accounts: []any{l.accounts},
		}},
		Schemes: map[string]auth.Scheme{"resttest": {SecurityScheme: scheme, Source: "resttest"}},
	}, nil
}

// Recheck implements [auth.Rechecker].
func (l *Login[P]) Recheck(context.Context, auth.Identity) error { return nil }

// As returns a client whose requests a [Login] lets in as a principal. A *store.User has the
// account with its ID, and any other principal the account "1"; see [Client.AsIdentity]. The
// client has the settings of c, and no cookies.
func (c *Client) As(principal any) *Client {
	c.t.Helper()
	return c.AsIdentity(auth.Identity{Principal: principal})
}

// AsIdentity is [Client.As] for an identity with a UserID, or with a credential that the
// handler or a limit looks at: a *store.Token, or the [Claims] of a token.
//
//	client.AsIdentity(auth.Identity{
//		Principal: alice, UserID: "1",
//		Credential: resttest.Claims(t, "1", map[string]any{"roles": []string{"admin"}}),
//	})
func (c *Client) AsIdentity(id auth.Identity) *Client {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if user, ok := id.Principal.(*store.User); ok && user != nil && id.UserID == "" {
		id.UserID = user.ID
	}
	id.UserID = cmp.Or(id.UserID, "1")
	as := *c
	as.jar, as.login, as.Header = jar, &id, maps.Clone(c.Header)
	return &as
}

// Claims returns the claims of an access token with this subject and with claims of your
// own, as a handler finds them in [auth.Identity].Credential.
func Claims(t testing.TB, subject string, own map[string]any) *jwtauth.Claims {
	t.Helper()
	issuer := jwtauth.New(jwtauth.ByClaims[string](func(context.Context, *jwtauth.Claims) (string, auth.Account, error) {
		return subject, auth.Account{ID: subject, Active: true}, nil
	}), jwtauth.Config{
		Secret: []byte(rand.Text() + rand.Text()),
		Claims: func(context.Context, auth.Account) (map[string]any, error) { return own, nil },
	})
	pair, err := issuer.Issue(t.Context(), auth.Account{ID: subject, Active: true})
	if err != nil {
		t.Fatalf("resttest: Claims: %v", err)
	}
	_, claims, err := issuer.Verify(t.Context(), pair.Access)
	if err != nil {
		t.Fatalf("resttest: Claims: %v", err)
	}
	return claims
}
