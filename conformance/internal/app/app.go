// Package app is the application of the recorded scenarios: one API for each of
// its groups of paths, so that each has a document of its own.
package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
)

// Profile is a variant of the app.
type Profile string

// The profiles.
const (
	Main        Profile = "main"
	Debug       Profile = "debug"       // CSRF failures say why
	CSRFSession Profile = "csrfsession" // the CSRF secret is in the session
	Clients     Profile = "clients"     // the documents are in this framework's own form
)

// Secrets of the recorded app.
const (
	secret      = "oracle-secret-key-0123456789abcdef-oracle-secret-key-0123456789a"
	otherSecret = "another-secret-key-0123456789abcdef-another"
	hs512Secret = "hs512-secret-0123456789abcdef-0123456789abcdef-0123456789abcdef-x"
)

// app is the state that POST /_test/reset/ makes anew.
type app struct {
	db        *Stores
	hasher    *password.Hasher
	passwords *password.Checker[*store.User]
	accounts  *account.Accounts[*store.User]
	session   *sessionauth.Auth[*store.User]
	tokens    *jwtauth.Issuer[*store.User]
	jwt       auth.Authenticator
	basic     *basicauth.Auth[string] // fixed credentials
	dmr       jwtauth.Compat
}

// New makes the app, with its tables in an engine.
func New(ctx context.Context, profile Profile, engine Engine) (http.Handler, error) {
	switch profile {
	case Main, Debug, CSRFSession, Clients:
	default:
		return nil, fmt.Errorf("unknown profile %q", profile)
	}
	var current atomic.Pointer[http.Handler]
	reset := func(ctx context.Context) error {
		stores, err := engine(ctx)
		if err != nil {
			return err
		}
		fresh, err := build(ctx, profile, stores)
		if err == nil {
			current.Store(&fresh)
		}
		return err
	}
	if err := reset(ctx); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/_test/reset/" {
			if err := reset(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Header.Get("X-Forwarded-Proto") == "https" { // of the app alone: the framework believes known proxies
			r.TLS = &tls.ConnectionState{}
		}
		(*current.Load()).ServeHTTP(w, r)
	}), nil
}

func build(ctx context.Context, profile Profile, stores *Stores) (http.Handler, error) {
	a, err := newApp(ctx, profile, stores)
	if err != nil {
		return nil, err
	}
	apis := map[string]*rest.API{}
	for _, group := range []struct {
		name     string
		settings auth.Authenticator
		router   rest.Router
	}{
		{"_test", nil, a.helpers()},
		{"seed", nil, a.seed()},
		{"levels", nil, a.levels()},
		{"settings", a.jwt, a.settings()},
		{"settings/session", a.session, a.settingsSession()},
		{"chain", nil, a.chain()},
		{"basic", nil, a.basics()},
		{"session", nil, a.sessions()},
		{"jwt", nil, a.jwts()},
		{"blocklist", nil, a.blocklist()},
		{"cookiejwt", nil, a.cookieJWTs()},
		{"token", nil, a.tokensGroup()},
		{"custom", nil, a.customs()},
		{"misc", nil, a.misc()},
		{"throttle", nil, a.throttled()},
	} {
		s := settings()
		s.Compat.Document = profile != Clients
		s.Auth = group.settings
		group.router.Path = "/" + group.name
		api, err := rest.New(s, group.router)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", group.name, err)
		}
		apis[group.name] = api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		group, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if rest, ok := strings.CutPrefix(path, "session/"); ok && group == "settings" {
			group, path = "settings/session", rest
		}
		switch api, ok := apis[group]; {
		case !ok:
			apis["_test"].ServeHTTP(w, r) // a 404
		case path == "openapi.json":
			api.OpenAPI().ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	}), nil
}

func settings() rest.Settings {
	return rest.Settings{
		Title: "Django Modern Rest", Version: "0.1.0",
		Compat:          rest.Compat{ExplicitMethods: true, AssumeJSON: true, ProblemIfPreferred: problem},
		Languages:       []string{"en", "ru-ru", "kk-kz", "zh-hans", "pt-br"},
		LanguageCookie:  "django_language",
		NoSlashRedirect: true,
		Logger:          slog.New(slog.DiscardHandler),
	}
}

func newApp(ctx context.Context, profile Profile, stores *Stores) (*app, error) {
	a := &app{db: stores, hasher: cheapHasher()}
	// Challenges and the name of the security scheme as django-modern-rest writes them.
	a.dmr = jwtauth.Compat{BareChallenge: true, NoErrorCode: true, SchemeAsWritten: profile != Clients}
	users := a.db.Users
	seeds, err := seedUsers()
	if err != nil {
		return nil, err
	}
	for _, user := range seeds {
		if _, err := users.Create(ctx, user); err != nil {
			return nil, err
		}
	}
	a.passwords = password.NewChecker(users, a.hasher)
	a.accounts = account.New(a.passwords, account.Config{InsecureUnlimited: true}) // as recorded
	a.session = sessionauth.New(users, a.db.Sessions, sessionauth.Config{
		Secret: []byte(secret), Cookie: auth.Cookie{SchemeName: "django_session", Insecure: true}, Compat: sessionauth.Compat{PlainKeys: true},
		CSRFInSession: profile == CSRFSession,
		CSRF: csrf.New(csrf.Config{
			TrustedOrigins: []string{"https://trusted.example.com", "https://*.wild.example.com"},
			Debug:          profile == Debug, Cookie: auth.Cookie{Insecure: true}, Compat: csrf.Compat{CookieScheme: profile != Clients},
		}),
	})
	a.tokens = jwtauth.New(users, jwtauth.Config{Secret: []byte(secret), LoginLifetime: -1, Compat: a.dmr})
	a.jwt = a.tokens.Header()
	a.basic = a.fixed(basicauth.Config{})
	return a, nil
}

// cheapHasher keeps the scenarios quick: some milliseconds a password.
func cheapHasher() *password.Hasher {
	return &password.Hasher{Argon2: password.Argon2Cost{Memory: 4 << 10, Time: 1, Threads: 1}}
}

// seedUsers are the users of the recorded app, their passwords hashed once.
var seedUsers = sync.OnceValues(func() ([]store.User, error) {
	users := []store.User{
		{Username: "alice", Password: "alice-pass", Active: true},
		{Username: "bob", Password: "bob-pass"},
		{Username: "staff", Password: "staff-pass", Active: true, Staff: true},
		{Username: "root", Password: "root-pass", Active: true, Staff: true, Superuser: true},
		{Username: "юзер", Email: "unicode@example.com", Password: "пароль-🔑", Active: true},
		{Username: "carol", Password: "carol-pass", Active: true},
		{Username: "colon", Password: "col:on:pass", Active: true},
		{Username: "unusable", Active: true},
	}
	for i := range users {
		user := &users[i]
		user.ID = strconv.Itoa(i + 1)
		if user.Email == "" {
			user.Email = user.Username + "@example.com"
		}
		if user.Password == "" {
			user.Password = password.Unusable()
			continue
		}
		var err error
		if user.Password, err = cheapHasher().Hash(context.Background(), user.Password); err != nil {
			return nil, err
		}
	}
	return users, nil
})
