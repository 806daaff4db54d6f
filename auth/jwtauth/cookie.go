package jwtauth

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/internal/cookie"
)

// cookieDefaults fills in what is empty.
func (c *Config) cookieDefaults() {
	c.Cookie.SchemeName = cmp.Or(c.Cookie.SchemeName, "jwt_cookie")
	c.Cookie.SchemeDescription = cmp.Or(c.Cookie.SchemeDescription, "JWT token auth via cookie")
	c.Cookie.Name = cmp.Or(c.Cookie.Name, "access_token")
	c.RefreshCookie.Name = cmp.Or(c.RefreshCookie.Name, "refresh_token")
	c.RefreshCookie.Domain = cmp.Or(c.RefreshCookie.Domain, c.Cookie.Domain)
	c.RefreshCookie.SameSite = cmp.Or(c.RefreshCookie.SameSite, c.Cookie.SameSite)
	c.RefreshCookie.Path = cmp.Or(c.RefreshCookie.Path, "/")
	c.RefreshCookie.Insecure = c.RefreshCookie.Insecure || c.Cookie.Insecure
	c.RefreshCookie.InsecureScriptAccess = c.RefreshCookie.InsecureScriptAccess || c.Cookie.InsecureScriptAccess
	if c.CSRF == nil {
		c.CSRF = csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: c.Cookie.Insecure}})
	}
}

func (c *Config) checkCookies() error {
	var errs []error
	access, refresh := c.Cookie.HTTP("x"), c.RefreshCookie.HTTP("x")
	if access.Name == refresh.Name && access.Path == refresh.Path {
		errs = append(errs, errors.New("jwtauth: the cookies of both tokens have one name and path"))
	}
	if c.RefreshCookie.SchemeName != "" || c.RefreshCookie.SchemeDescription != "" {
		errs = append(errs, errors.New("jwtauth: RefreshCookie has no security scheme; leave out SchemeName and SchemeDescription"))
	}
	return errors.Join(append(errs, cookie.Check("jwtauth", access), cookie.Check("jwtauth", refresh))...)
}

// tokenCookie returns the cookie of a token that was just issued.
func tokenCookie(c auth.Cookie, token string, lifetime time.Duration, expires time.Time) *http.Cookie {
	set := c.HTTP(token)
	set.MaxAge = int((lifetime + time.Second - 1) / time.Second) // since it was issued a moment has passed
	set.Expires = expires
	return set
}

// cookies returns the cookies of a pair of tokens.
func (i *Issuer[U]) cookies(pair Pair) []*http.Cookie {
	now := i.cfg.Now()
	return []*http.Cookie{
		tokenCookie(i.cfg.Cookie, pair.Access, pair.AccessExpires.Sub(now), pair.AccessExpires),
		tokenCookie(i.cfg.RefreshCookie, pair.Refresh, pair.RefreshExpires.Sub(now), pair.RefreshExpires),
	}
}

// CSRF returns the CSRF check of requests with a token in a cookie.
func (i *Issuer[U]) CSRF() *csrf.Protection { return i.cfg.CSRF }

// CookieNames describes the cookies of [Issuer.Renew] and [Issuer.End] by name, for the
// document.
func (i *Issuer[U]) CookieNames() map[string]string {
	return map[string]string{
		i.cfg.Cookie.Name:        "The access token, sent with every request.",
		i.cfg.RefreshCookie.Name: "The refresh token, sent where it is exchanged.",
	}
}

// BeginCookies describes the cookies of [Issuer.Begin] by name, for the document.
func (i *Issuer[U]) BeginCookies() map[string]string {
	names := i.CookieNames()
	maps.Copy(names, i.cfg.CSRF.CookieNames())
	return names
}

// Begin issues tokens to an account that the caller has authenticated, and returns the cookies
// that the reply must set: those of both tokens and of a new CSRF token.
func (i *Issuer[U]) Begin(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	pair, err := i.Issue(r.Context(), who)
	if err != nil {
		return nil, err
	}
	rotated, err := i.cfg.CSRF.Rotate(r)
	if err != nil {
		return nil, auth.Unavailable(err)
	}
	return append(i.cookies(pair), rotated...), nil
}

// Renew exchanges the refresh token in the cookie of a request for new tokens, and returns the
// cookies that the reply must set. Its errors are those of [Issuer.Refresh]. Check CSRF before
// calling it, see [Issuer.CSRF].
func (i *Issuer[U]) Renew(r *http.Request) ([]*http.Cookie, error) {
	token, _ := cookie.Last(r.Header, i.cfg.RefreshCookie.Name)
	switch {
	case token != "":
	case strings.HasPrefix(r.URL.Path, i.cfg.RefreshCookie.Path):
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
	errElsewhere = refuse("jwt: no refresh token in a cookie, whose path (RefreshCookie.Path) does not cover this one's")
)

// End logs out: it revokes the tokens in the cookies of a request, see [Issuer.Revoke], and
// returns cookies that make the browser delete them. Without Families and Blocklist, copies of
// the tokens can be used until they expire. Cookies without a token of this issuer are
// ignored. Check CSRF before calling it.
func (i *Issuer[U]) End(r *http.Request) ([]*http.Cookie, error) {
	for _, name := range []string{i.cfg.RefreshCookie.Name, i.cfg.Cookie.Name} {
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

// Cookie returns the authenticator of tokens in a cookie, see [Config].Cookie. It is always the
// same one. It includes the CSRF check: a request with an unsafe method and a token, even an
// invalid one, is checked first.
func (i *Issuer[U]) Cookie() auth.Authenticator { return i.cookie }
