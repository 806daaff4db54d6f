package carrier

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/openapi"
)

// CookieScheme returns the security scheme of a cookie.
func CookieScheme(c auth.Cookie) openapi.SecurityScheme {
	return openapi.SecurityScheme{Type: "apiKey", In: "cookie", Name: c.Name, Description: c.SchemeDescription}
}

// Cookie authenticates requests by a cookie. A request with an unsafe method must pass the
// CSRF check before the credential is looked at.
type Cookie struct {
	cfg      auth.Cookie
	csrf     *csrf.Protection
	backend  Backend
	refusals refusal.Set
}

// NewCookie makes a Cookie. The names in the configuration must be set.
func NewCookie(cfg auth.Cookie, p *csrf.Protection, b Backend) *Cookie {
	return &Cookie{cfg: cfg, csrf: p, backend: b, refusals: refusal.NewSet(cfg.SchemeName, "", b.Refusals...)}
}

// Authenticate reads the cookie. It skips a request without it, or with an empty one.
func (c *Cookie) Authenticate(r *http.Request) (auth.Identity, error) {
	if c.backend.Err != nil {
		return auth.Identity{}, c.backend.Err
	}
	credential, _ := cookie.Last(r.Header, c.cfg.Name)
	if credential == "" {
		return auth.Identity{}, auth.ErrSkip
	}
	if err := c.csrf.Check(r); err != nil {
		return auth.Identity{}, err
	}
	return c.backend.verify(r, credential, c, c.refusals)
}

// Recheck implements [auth.Rechecker]. It does not check CSRF again.
func (c *Cookie) Recheck(ctx context.Context, id auth.Identity) error {
	return c.refusals.Of(c.backend.Recheck(ctx, id))
}

// Declare describes the cookie, and the CSRF token for unsafe methods.
func (c *Cookie) Declare(method string) (auth.Declaration, error) {
	if c.backend.Err != nil {
		return auth.Declaration{}, c.backend.Err
	}
	return c.csrf.AddTo(c.backend.declaration(c.cfg.SchemeName, CookieScheme(c.cfg)), method), nil
}
