package app

import (
	"context"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/store"
)

// fixed accepts the fixed credentials.
func (a *app) fixed(cfg basicauth.Config) *basicauth.Auth[string] {
	cfg.InsecureCrossOrigin = cfg.Header.Name == "" && !cfg.Header.NoScheme && (cfg.Header.Scheme == "" || cfg.Header.Scheme == "Basic") // as recorded
	return basicauth.New(basicauth.Static(map[string]string{
		"admin": "pass", "": "no-user", "no-password": "", "colon": "a:b:c", "user@example.com": "p%40ss", "юзер": "пароль", " space ": " space ",
	}), cfg)
}

func (a *app) basics() rest.Router {
	database := basicauth.New(func(ctx context.Context, username, password string) (*store.User, error) {
		user, _, err := a.passwords.Check(ctx, username, password)
		if err != nil {
			return nil, skipRefusal(err)
		}
		return user, nil
	}, basicauth.Config{Header: auth.Header{SchemeName: "db_basic"}, InsecureCrossOrigin: true})
	return rest.Router{Controllers: []rest.Controller{
		both("/default/", a.basic),
		both("/async/", a.basic),
		both("/db/", database),
		both("/header/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "x_basic", Name: "X-Basic"}})),
		both("/noscheme/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "bare_basic", NoScheme: true}})),
		both("/noscheme-header/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "bare_x_basic", Name: "X-Basic", NoScheme: true}})),
		both("/scheme/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "token_basic", Scheme: "Token"}})),
		both("/realm/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "realm_basic", Realm: `say "hi" \ there`}})),
		both("/nochallenge/", a.fixed(basicauth.Config{Header: auth.Header{SchemeName: "quiet_basic", NoChallenge: true}})),
	}}
}

// skipRefusal hands wrong passwords over to the next alternative.
func skipRefusal(err error) error {
	if isRefusal(err) {
		return auth.ErrSkip
	}
	return err
}
