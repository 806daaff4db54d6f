package app

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// opaque is an issuer of API tokens whose CSRF cookie is the session's.
func (a *app) opaque(cfg tokenauth.Config) *tokenauth.Auth[*store.User] {
	cfg.Secret, cfg.Compat.BareChallenge, cfg.Compat.NoErrorCode = []byte(secret), true, true
	cfg.CSRF = a.session.CSRF()
	return tokenauth.New(a.db.Users, a.db.Tokens, cfg)
}

type (
	tokenInfo struct {
		Name      string `json:"name"`
		User      string `json:"user"`
		HasExpiry bool   `json:"has_expiry"`
		Used      bool   `json:"used"`
		Revoked   bool   `json:"revoked"`
	}
	tokenRow struct {
		Name       string `json:"name"`
		User       string `json:"user"`
		HashLength int    `json:"hash_length"`
		ExpiresIn  *int64 `json:"expires_in"`
		Revoked    bool   `json:"revoked"`
		Used       bool   `json:"used"`
	}
	tokenRows struct {
		Tokens []tokenRow `json:"tokens"`
	}
	tokenWish struct {
		Body tokenPayload `body:""`
	}
	tokenPayload struct {
		Username  string  `json:"username"`
		Name      string  `json:"name" default:"test"`
		ExpiresIn *int64  `json:"expires_in"`
		Revoked   bool    `json:"revoked" default:"false"`
		Salt      *string `json:"salt"`
	}
)

func (a *app) tokensGroup() rest.Router {
	header := func(h auth.Header) auth.Authenticator { return a.opaque(tokenauth.Config{Header: h}).Header() }
	cookie := func(c auth.Cookie) auth.Authenticator { return a.opaque(tokenauth.Config{Cookie: c}).Cookie() }
	standard := a.opaque(tokenauth.Config{})
	tracked := func(scheme string) auth.Authenticator {
		return a.opaque(tokenauth.Config{TrackUse: true, Header: auth.Header{SchemeName: scheme}}).Header()
	}
	named := a.opaque(tokenauth.Config{Salt: "other-salt", Size: 64, Header: auth.Header{SchemeName: "salted_token"}})
	ready := a.accounts.Tokens("", standard.Header(), standard).Controllers
	async := ready[0]
	async.Path = "/obtain-async/"
	return rest.Router{Controllers: []rest.Controller{
		{Path: ready[0].Path, Auth: auth.Public, Post: ready[0].Post}, async,
		{Path: "/revoke/", Auth: standard.Header(), Post: rest.Handle(func(ctx context.Context, _ rest.None) (rest.None, error) {
			row := auth.MustFromContext(ctx).Credential.(*store.Token)
			return rest.None{}, standard.Revoke(ctx, row.UserID, row.ID)
		}, rest.Op{Status: http.StatusNoContent})},
		both("/me/", standard.Header()), both("/async/", standard.Header()),
		both("/bearer/", header(auth.Header{SchemeName: "bearer_token", Name: "Authorization", Scheme: "Bearer"})),
		both("/drf/", header(auth.Header{SchemeName: "drf_token", Name: "Authorization", Scheme: "Token"})),
		both("/authorization-bare/", header(auth.Header{SchemeName: "bare_token", Name: "Authorization"})),
		both("/nochallenge/", header(auth.Header{SchemeName: "quiet_token", Name: "Authorization", Scheme: "Bearer", NoChallenge: true})),
		both("/last-used/", tracked("tracked_token")),
		both("/other-salt/", named.Header()),
		both("/cookie/", cookie(auth.Cookie{})), both("/cookie-async/", cookie(auth.Cookie{})),
		both("/cookie-custom/", cookie(auth.Cookie{SchemeName: "api_token_cookie", Name: "api_token"})),
		{Path: "/info/", Auth: tracked(""), Get: rest.Handle(a.tokenInfo)},
		{Path: "/obtain-named/", Auth: auth.Public, Post: rest.Handle(func(ctx context.Context, in struct {
			Body account.Credentials `body:""`
		},
		) (account.APIToken, error) {
			_, owner, err := a.passwords.Check(ctx, in.Body.Username, in.Body.Password)
			if err != nil {
				return account.APIToken{}, err
			}
			raw, _, err := named.Issue(ctx, owner, tokenauth.Grant{Name: "cli", Lifetime: -1})
			return account.APIToken{Token: raw}, err
		}, rest.Op{Status: http.StatusOK, NoStore: true, Errors: []error{&auth.Error{Msg: "Not authenticated"}}})},
	}}
}

func (a *app) tokenInfo(ctx context.Context, _ rest.None) (tokenInfo, error) {
	row := auth.MustFromContext(ctx).Credential.(*store.Token)
	name, err := a.nameOf(ctx, row.UserID)
	if err != nil {
		return tokenInfo{}, err
	}
	return tokenInfo{row.Name, *name, !row.Expires.IsZero(), !row.LastUsed.IsZero(), !row.Revoked.IsZero()}, nil
}

// listTokens is a helper of the scenarios.
func (a *app) listTokens(ctx context.Context, _ rest.None) (tokenRows, error) {
	out := tokenRows{Tokens: []tokenRow{}}
	users, err := a.db.Users.List(ctx, "", 1000)
	if err != nil {
		return out, err
	}
	for _, user := range users {
		rows, err := a.db.Tokens.TokensOf(ctx, user.ID)
		if err != nil {
			return out, err
		}
		for i := len(rows) - 1; i >= 0; i-- {
			row := rows[i]
			var in *int64
			if !row.Expires.IsZero() {
				seconds := int64(math.Round(row.Expires.Sub(row.Created).Seconds()))
				in = &seconds
			}
			out.Tokens = append(out.Tokens, tokenRow{row.Name, user.Username, len(row.Hash), in, !row.Revoked.IsZero(), !row.LastUsed.IsZero()})
		}
	}
	return out, nil
}

// makeToken is a helper of the scenarios. It makes a token of any user.
func (a *app) makeToken(ctx context.Context, in tokenWish) (account.APIToken, error) {
	_, owner, err := a.db.Users.ByUsername(ctx, in.Body.Username)
	if err != nil {
		return account.APIToken{}, err
	}
	owner.Active, owner.Password = true, "" // as of a caller that checked none
	cfg := tokenauth.Config{}
	if in.Body.Salt != nil {
		cfg.Salt = *in.Body.Salt
	}
	lifetime := time.Duration(-1) // until it is revoked
	if in.Body.ExpiresIn != nil {
		lifetime = time.Duration(*in.Body.ExpiresIn) * time.Second
	}
	if in.Body.ExpiresIn != nil && lifetime <= 0 { // issued so that it has expired
		past := time.Now().Add(lifetime - time.Second)
		cfg.Now, lifetime = func() time.Time { return past }, time.Second
	}
	tokens := a.opaque(cfg)
	raw, row, err := tokens.Issue(ctx, owner, tokenauth.Grant{Name: in.Body.Name, Lifetime: lifetime})
	if err == nil && in.Body.Revoked {
		err = tokens.Revoke(ctx, row.UserID, row.ID)
	}
	return account.APIToken{Token: raw}, err
}
