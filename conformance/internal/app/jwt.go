package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

//go:embed rsa.pem
var rsaPublic []byte

// issuer is the authenticator of tokens in a header, under a scheme name of its own.
func (a *app) issuer(scheme string, cfg jwtauth.Config) auth.Authenticator {
	if cfg.Secret == nil && cfg.Keys == nil {
		cfg.Secret = []byte(secret)
	}
	cfg.Header.SchemeName = scheme
	cfg.Compat.NoErrorCode, cfg.Compat.BareChallenge, cfg.Compat.SchemeAsWritten = true, true, a.dmr.SchemeAsWritten
	return jwtauth.New(a.db.Users, cfg).Header()
}

// claimsReply shows what the server read in a token.
type claimsReply struct {
	Sub    string          `json:"sub"`
	Iss    *string         `json:"iss"`
	Aud    json.RawMessage `json:"aud"`
	Jti    *string         `json:"jti"`
	Exp    int64           `json:"exp"`
	Iat    int64           `json:"iat"`
	Extras map[string]any  `json:"extras"`
}

func claims(ctx context.Context, _ rest.None) (claimsReply, error) {
	c := auth.MustFromContext(ctx).Credential.(*jwtauth.Claims)
	reply := claimsReply{Sub: c.Subject, Aud: c.Raw("aud"), Exp: c.ExpiresAt.Unix(), Iat: c.IssuedAt.Unix(), Extras: c.Extras()}
	if reply.Aud == nil {
		reply.Aud = json.RawMessage("null")
	}
	if iss, ok := jwtauth.Claim[string](c, "iss"); ok {
		reply.Iss = &iss
	}
	if jti, ok := jwtauth.Claim[string](c, "jti"); ok {
		reply.Jti = &jti
	}
	return reply, nil
}

// byEmail finds the user of a token by the claim email.
func (a *app) byEmail(ctx context.Context, c *jwtauth.Claims) (*store.User, auth.Account, error) {
	email, _ := jwtauth.Claim[string](c, "email")
	all, err := a.db.Users.List(ctx, "", 1000)
	for _, user := range all {
		if user.Email == email {
			return a.db.Users.ByID(ctx, user.ID)
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return nil, auth.Account{}, err
}

func (a *app) jwts() rest.Router {
	header := func(h auth.Header) jwtauth.Config { return jwtauth.Config{Header: h} }
	hs512 := jwtauth.Config{Secret: []byte(hs512Secret), Algorithm: jwtauth.HS512}
	complex := hs512
	complex.AcceptIssuers, complex.AcceptAudiences = []string{"my-awesome-company"}, []string{"dev"}
	public, _ := jwtauth.ParseKey(rsaPublic)
	users := a.db.Users
	byUsername := jwtauth.ByClaims[*store.User](func(ctx context.Context, c *jwtauth.Claims) (*store.User, auth.Account, error) {
		return users.ByUsername(ctx, c.Subject)
	})
	byEmail := jwtauth.ByClaims[*store.User](a.byEmail)
	own := func(scheme string, by auth.Users[*store.User]) auth.Authenticator {
		return jwtauth.New(by, jwtauth.Config{
			Secret: []byte(secret), Header: auth.Header{SchemeName: scheme}, Compat: a.dmr,
		}).Header()
	}
	ready := a.accounts.JWT("", a.tokens)
	controllers := []rest.Controller{
		both("/me/", a.jwt), both("/async/", a.jwt),
		{Path: "/claims/", Auth: a.jwt, Get: rest.Handle(claims)},
		both("/custom-header/", a.issuer("x_jwt", header(auth.Header{Name: "X-JWT", Scheme: "JWT"}))),
		both("/custom-scheme/", a.issuer("token_jwt", header(auth.Header{Scheme: "Token"}))),
		both("/lower-scheme/", a.issuer("lower_jwt", header(auth.Header{Scheme: "bearer"}))),
		both("/noscheme/", a.issuer("bare_jwt", header(auth.Header{NoScheme: true}))),
		both("/nochallenge/", a.issuer("quiet_jwt", header(auth.Header{NoChallenge: true}))),
		both("/required/", a.issuer("required_jwt", jwtauth.Config{Require: []string{"jti", "iss"}})),
		both("/issuer/", a.issuer("issuer_jwt", jwtauth.Config{Issuer: "issuer-a"})),
		both("/issuers/", a.issuer("issuers_jwt", jwtauth.Config{AcceptIssuers: []string{"issuer-a", "issuer-b"}})),
		both("/audience/", a.issuer("audience_jwt", jwtauth.Config{AcceptAudiences: []string{"aud-a"}})),
		both("/audiences/", a.issuer("audiences_jwt", jwtauth.Config{AcceptAudiences: []string{"aud-a", "aud-b"}})),
		both("/strict-audience/", a.issuer("strict_jwt", jwtauth.Config{AcceptAudiences: []string{"aud-a"}, StrictAudience: true})),
		both("/leeway/", a.issuer("leeway_jwt", jwtauth.Config{Leeway: time.Minute})),
		both("/no-verify/", a.issuer("lenient_jwt", jwtauth.Config{InsecureIgnoreExpiry: true, Compat: jwtauth.Compat{IgnoreIssuedAt: true, IgnoreID: true, IgnoreNotBefore: true}})),
		both("/hs512/", a.issuer("hs512_jwt", hs512)),
		both("/complex/", a.issuer("complex_jwt", complex)),
		both("/rs256/", a.issuer("rs256_jwt", jwtauth.Config{Keys: []jwtauth.Key{public}})),
		both("/short-secret-ok/", a.issuer("short_ok_jwt", jwtauth.Config{Secret: []byte("short"), InsecureShortKeys: true})),
		both("/by-username/", own("username_jwt", byUsername)),
		both("/by-email-claim/", own("email_jwt", byEmail)),
		{Path: "/obtain-complex/", Auth: auth.Public, Post: rest.Handle(a.complexObtain(), rest.Op{
			Status: http.StatusOK, NoStore: true, Errors: []error{&auth.Error{Msg: "Not authenticated"}},
		})},
	}
	for _, c := range ready.Controllers {
		c.Auth = auth.Public
		async := c
		async.Path = c.Path[:len(c.Path)-1] + "-async/"
		controllers = append(controllers, c, async)
	}
	return rest.Router{Controllers: controllers}
}

type (
	complexCredentials struct {
		Body complexRequest `body:""`
	}
	complexRequest struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	complexResponse struct {
		Auth complexTokens `json:"auth"`
	}
	complexTokens struct {
		Access  string `json:"access"`
		Refresh string `json:"refresh"`
	}
)

// complexObtain is a login of one's own: other fields, another algorithm, issuer,
// audiences and lifetimes, and a kid in the refresh token alone.
func (a *app) complexObtain() func(context.Context, complexCredentials) (complexResponse, error) {
	cfg := jwtauth.Config{
		Issuer: "my-awesome-company", Audiences: []string{"dev", "qa"}, Lifetime: 5 * time.Minute, RefreshLifetime: time.Hour,
		Keys: []jwtauth.Key{{Secret: []byte(hs512Secret), Algorithm: jwtauth.HS512}},
	}
	plain := jwtauth.New(a.db.Users, cfg)
	cfg.Keys = []jwtauth.Key{{ID: "key-1", Secret: []byte(hs512Secret), Algorithm: jwtauth.HS512}}
	named := jwtauth.New(a.db.Users, cfg)
	return func(ctx context.Context, in complexCredentials) (complexResponse, error) {
		username := ""
		users, err := a.db.Users.List(ctx, "", 1000)
		if err != nil {
			return complexResponse{}, err
		}
		for _, user := range users {
			if user.Email == in.Body.Email {
				username = user.Username
			}
		}
		_, account, err := a.passwords.Check(ctx, username, in.Body.Password)
		if err != nil {
			return complexResponse{}, err
		}
		access, err := plain.Issue(ctx, account)
		if err != nil {
			return complexResponse{}, err
		}
		refresh, err := named.Issue(ctx, account)
		return complexResponse{complexTokens{access.Access, refresh.Refresh}}, err
	}
}
