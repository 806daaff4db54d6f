package jwtauth

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/openapi"
)

// Cookie says how tokens are kept in cookies. The zero value is
// django-modern-rest's, with HttpOnly, Secure and SameSite=Lax.
type Cookie struct {
	// SchemeName in the document. Defaults to "jwt_cookie".
	SchemeName string
	// SchemeDescription in the document; CommonMark.
	SchemeDescription string
	// Name of the access token's cookie. Defaults to access_token.
	Name string
	// RefreshName of the refresh token's cookie. Defaults to refresh_token.
	RefreshName string
	// Path of the access token's cookie. Defaults to /.
	Path string
	// RefreshPath of the refresh token's cookie: best the path of the router with
	// refresh and logout, so that it is sent nowhere else. It is the whole path as the
	// browser sees it, "/api/auth/": with those of outer routers, and what a proxy
	// strips. One that leaves logout out keeps that from ending the login once the
	// access token's cookie is gone. Defaults to /.
	RefreshPath string
	// Domain shares the cookies with its subdomains. Empty: the host only.
	Domain string
	// SameSite defaults to Lax.
	SameSite http.SameSite
	// Insecure leaves out Secure, of the CSRF cookie too: over plain http anybody on
	// the way could then use the tokens. For development.
	Insecure bool
	// InsecureScriptAccess leaves out HttpOnly: scripts, an injected one too, could
	// then read the tokens.
	InsecureScriptAccess bool
	// CSRF checks requests with an unsafe method: a browser sends cookies by itself.
	// nil means csrf.New with its defaults. Share one with sessionauth where an API
	// has both.
	CSRF *csrf.Protection
}

func (c Cookie) withDefaults() Cookie {
	c.SchemeName = cmp.Or(c.SchemeName, "jwt_cookie")
	c.SchemeDescription = cmp.Or(c.SchemeDescription, "JWT token auth via cookie")
	c.Name, c.RefreshName = cmp.Or(c.Name, "access_token"), cmp.Or(c.RefreshName, "refresh_token")
	c.Path, c.RefreshPath = cmp.Or(c.Path, "/"), cmp.Or(c.RefreshPath, "/")
	c.SameSite = cmp.Or(c.SameSite, http.SameSiteLaxMode)
	if c.CSRF == nil {
		c.CSRF = csrf.New(csrf.Config{InsecureCookie: c.Insecure})
	}
	return c
}

func (c Cookie) check() error {
	var errs []error
	if c.Name == c.RefreshName && c.Path == c.RefreshPath {
		errs = append(errs, errors.New("jwtauth: the cookies of both tokens have one name and path"))
	}
	for _, each := range []*http.Cookie{
		c.set(c.Name, c.Path, "x", time.Second, time.Time{}), c.set(c.RefreshName, c.RefreshPath, "x", time.Second, time.Time{}),
	} {
		errs = append(errs, cookie.Check("jwtauth", each))
	}
	return errors.Join(errs...)
}

// set is the cookie of a token that was just issued.
func (c *Cookie) set(name, path, token string, lifetime time.Duration, expires time.Time) *http.Cookie {
	seconds := int((lifetime + time.Second - 1) / time.Second) // since it was issued a moment has passed
	return &http.Cookie{
		Name: name, Value: token, Path: path, Domain: c.Domain, MaxAge: seconds, Expires: expires,
		HttpOnly: !c.InsecureScriptAccess, Secure: !c.Insecure, SameSite: c.SameSite,
	}
}

// cookies are those of a pair.
func (i *Issuer[U]) cookies(pair Pair) []*http.Cookie {
	c, now := &i.cfg.Cookie, i.cfg.Now()
	return []*http.Cookie{
		c.set(c.Name, c.Path, pair.Access, pair.AccessExpires.Sub(now), pair.AccessExpires),
		c.set(c.RefreshName, c.RefreshPath, pair.Refresh, pair.RefreshExpires.Sub(now), pair.RefreshExpires),
	}
}

// CSRF returns the protection of requests that carry a token in a cookie.
func (i *Issuer[U]) CSRF() *csrf.Protection { return i.cfg.Cookie.CSRF }

// CookieNames describes the cookies of [Issuer.Renew] and [Issuer.End] by name, for a
// document.
func (i *Issuer[U]) CookieNames() map[string]string {
	return map[string]string{
		i.cfg.Cookie.Name:        "The access token, sent with every request.",
		i.cfg.Cookie.RefreshName: "The refresh token, sent where it is exchanged.",
	}
}

// BeginCookies describes the cookies of [Issuer.Begin] by name, for a document.
func (i *Issuer[U]) BeginCookies() map[string]string {
	names := i.CookieNames()
	maps.Copy(names, i.cfg.Cookie.CSRF.CookieNames())
	return names
}

// Begin issues tokens to an account, which the caller has authenticated, and
// returns the cookies that the reply must set: those of both tokens, and a new
// CSRF token.
func (i *Issuer[U]) Begin(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	pair, err := i.Issue(r.Context(), who)
	if err != nil {
		return nil, err
	}
	rotated, err := i.cfg.Cookie.CSRF.Rotate(r)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	return append(i.cookies(pair), rotated...), nil
}

// Renew exchanges the refresh token of the request's cookie for new tokens, in
// cookies that the reply must set. What it refuses is an [*auth.Error], as of
// [Issuer.Refresh]. The caller has checked the CSRF token: see [Issuer.CSRF].
func (i *Issuer[U]) Renew(r *http.Request) ([]*http.Cookie, error) {
	token, _ := cookie.Last(r.Header, i.cfg.Cookie.RefreshName)
	switch {
	case token != "":
	case strings.HasPrefix(r.URL.Path, i.cfg.Cookie.RefreshPath):
		return nil, errNoRefresh
	default:
		return nil, errElsewhere
	}
	pair, err := i.Refresh(r.Context(), token)
	if err != nil {
		return nil, err
	}
	return i.cookies(pair), nil
}

var (
	errNoRefresh = refuse("jwt: no refresh token in a cookie")
	errElsewhere = refuse("jwt: no refresh token in a cookie, whose path (Cookie.RefreshPath) does not cover this one's")
)

// End logs out: it revokes the tokens of the request's cookies, see [Issuer.Revoke],
// and returns the cookies that make the browser forget them. Without Families and
// Blocklist, whoever has copied the tokens can use them until they expire. It needs
// no credential, and what is no token of ours is ignored; the caller has checked the
// CSRF token.
func (i *Issuer[U]) End(r *http.Request) ([]*http.Cookie, error) {
	for _, name := range []string{i.cfg.Cookie.RefreshName, i.cfg.Cookie.Name} {
		token, _ := cookie.Last(r.Header, name)
		claims, err := i.signed(r.Context(), token)
		if errors.Is(err, auth.ErrUnavailable) {
			return nil, err
		}
		if err != nil || i.foreign(claims, claims.Type) != nil {
			continue
		}
		if err := i.revoke(r.Context(), claims); err != nil && !errors.Is(err, ErrStateless) && !errors.Is(err, errNoID) {
			return nil, err
		}
	}
	cookies := i.cookies(Pair{})
	for _, c := range cookies {
		c.MaxAge, c.Expires = -1, time.Unix(0, 0)
	}
	return cookies, nil
}

// Cookie returns the authenticator of tokens in a cookie, as [Config].Cookie says:
// always the same one. It brings the CSRF check with it: a request with an unsafe
// method and a token, whatever that is worth, is checked first.
func (i *Issuer[U]) Cookie() auth.Authenticator { return i.cookie }

type cookieAuth[U any] struct {
	issuer   *Issuer[U]
	refusals refusal.Set
}

func (c *cookieAuth[U]) Authenticate(r *http.Request) (auth.Identity, error) {
	if c.issuer.err != nil {
		return auth.Identity{}, c.issuer.err
	}
	cfg := &c.issuer.cfg.Cookie
	token, _ := cookie.Last(r.Header, cfg.Name)
	if token == "" {
		return auth.Identity{}, auth.ErrSkip
	}
	if err := cfg.CSRF.Check(r); err != nil {
		return auth.Identity{}, err
	}
	return c.issuer.identify(r.Context(), token, c, c.refusals)
}

// Recheck implements [auth.Rechecker]. It does not check CSRF again.
func (c *cookieAuth[U]) Recheck(ctx context.Context, id auth.Identity) error {
	return c.refusals.Of(c.issuer.recheck(ctx, id))
}

func (c *cookieAuth[U]) Declare(method string) (auth.Declaration, error) {
	if c.issuer.err != nil {
		return auth.Declaration{}, c.issuer.err
	}
	cfg := &c.issuer.cfg.Cookie
	d := c.issuer.declaration(cfg.SchemeName, openapi.SecurityScheme{
		Type: "apiKey", In: "cookie", Name: cfg.Name, Description: cfg.SchemeDescription,
	})
	return cfg.CSRF.AddTo(d, method), nil
}
