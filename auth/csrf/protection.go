package csrf

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/cookie"
)

// Config holds the settings of a [Protection]. The zero value is Django's
// defaults, with a Secure cookie.
type Config struct {
	// Cookie holds the secret. Its Name defaults to csrftoken, its SchemeName to csrf. Its
	// Domain also says whose pages a Referer may name. Scripts of the page read it, so that
	// it is not HttpOnly, and InsecureScriptAccess is an error.
	Cookie auth.Cookie
	// CookieAge is how long the cookie lives. Defaults to 364 days; negative: until
	// the browser closes.
	CookieAge time.Duration
	// CookieHTTPOnly hides the cookie from scripts. They need another way to the
	// token then, such as an endpoint with [Protection.Token].
	CookieHTTPOnly bool
	// HeaderName is where the token is expected. Defaults to X-CSRFToken.
	HeaderName string
	// TrustedOrigins are other sites whose pages may send requests:
	// "https://app.example", "https://app.example:8443", or "https://*.example" for
	// all subdomains of example and itself.
	TrustedOrigins []string
	// Secrets keeps the secret on the server. Nil: it is in the cookie. See
	// sessionauth's CSRFInSession.
	Secrets Secrets
	// Source is what stands behind the scheme's name, where Secrets is set; any
	// comparable value.
	Source any
	// Compat restores behaviour of django-modern-rest.
	Compat Compat
	// Debug tells the client why the check failed. For development.
	Debug bool
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Rand is the source of secrets. Defaults to crypto/rand.
	Rand io.Reader
}

// Compat restores behaviour of django-modern-rest that is not that of this package.
type Compat struct {
	// DocumentAllMethods documents the requirement and the 403 for safe methods as well,
	// as versions before 0.16 did. They are never checked.
	DocumentAllMethods bool
}

// Secrets keeps the secret of a request's session, as CSRF_USE_SESSIONS does.
type Secrets interface {
	// CSRFSecret returns the secret; empty if there is none yet.
	CSRFSecret(r *http.Request) (string, error)
	// SetCSRFSecret stores one, and returns the cookies that the reply must set.
	SetCSRFSecret(r *http.Request, secret string) ([]*http.Cookie, error)
	// CookieNames describes these cookies by name, for a document.
	CookieNames() map[string]string
}

// Protection checks requests, and gives the tokens that it wants to see. It is
// immutable and safe for concurrent use.
type Protection struct {
	cfg     Config
	header  string // canonical
	domain  string // lower case
	origins []origin
	err     error
}

// New makes a Protection. Mistakes in the settings surface in Declare, and so when
// an API is built; see also [Protection.Err].
func New(cfg Config) *Protection {
	p := &Protection{cfg: withDefaults(cfg)}
	p.header = http.CanonicalHeaderKey(p.cfg.HeaderName)
	p.domain = strings.ToLower(cfg.Cookie.Domain)
	var errs [3]error
	p.origins, errs[0] = parseOrigins(cfg.TrustedOrigins)
	errs[1] = cookie.Check("csrf", p.cookie("x"))
	if cfg.Cookie.InsecureScriptAccess {
		errs[2] = errors.New("csrf: Cookie.InsecureScriptAccess: scripts can read this cookie unless CookieHTTPOnly is set; leave it out")
	}
	p.err = auth.Misconfigured(errors.Join(errs[:]...))
	return p
}

// In returns a Protection with the same settings that keeps its secrets in secrets instead
// of a cookie. source is the Source of the security scheme in the document: the table that
// the secrets are in. Package sessionauth calls it for CSRFInSession.
func (p *Protection) In(secrets Secrets, source any) *Protection {
	in := *p
	in.cfg.Secrets, in.cfg.Source = secrets, source
	return &in
}

// description is that of the security scheme.
func (p *Protection) description() string {
	switch {
	case p.cfg.Cookie.SchemeDescription != "":
		return p.cfg.Cookie.SchemeDescription
	case p.InSession():
		return "CSRF protection: send the token of the session in this header"
	}
	return "CSRF protection: send the value of the cookie `" + p.cfg.Cookie.Name + "` in the header `" + p.cfg.HeaderName + "`, too"
}

func withDefaults(cfg Config) Config {
	cfg.Cookie.Name = cmp.Or(cfg.Cookie.Name, "csrftoken")
	cfg.Cookie.SchemeName = cmp.Or(cfg.Cookie.SchemeName, "csrf")
	cfg.CookieAge = cmp.Or(cfg.CookieAge, 364*24*time.Hour)
	cfg.HeaderName = cmp.Or(cfg.HeaderName, "X-CSRFToken")
	cfg.Rand = cmp.Or(cfg.Rand, rand.Reader)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}

// Err returns the mistakes in the settings, for backends that bring a Protection
// with them: without the line of New, as theirs is the one that users wrote.
func (p *Protection) Err() error { return errors.Unwrap(p.err) }

// safe reports whether a method is never checked. QUERY (OpenAPI 3.2) is not among
// them, although it only asks: net/http's CrossOriginProtection checks it, too.
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "":
		return true
	}
	return false
}

// Check refuses a request with an unsafe method that did not come from the site's
// own pages: an *auth.Error, 403, without Code. The token is read from the header
// only, never from the body. The error of a failing [Secrets] is returned as it is.
//
// A request with a safe method needs no token. One that asks for another protocol, the
// handshake of a WebSocket, must not come from a page of another origin: a browser sends
// the cookies along, and lets the page read what follows (CWE-1385).
func (p *Protection) Check(r *http.Request) error {
	if safe(r.Method) {
		return p.checkUpgrade(r)
	}
	return p.check(r, "")
}

// CheckSecret is Check against a secret that the caller has read from the session
// already. Empty: there is none, and nothing matches.
func (p *Protection) CheckSecret(r *http.Request, secret string) error {
	if safe(r.Method) {
		return p.checkUpgrade(r)
	}
	return p.checkSecret(r, secret, "")
}

// check checks a request with an unsafe method; formToken is the token of a form,
// which wins over the header if it is not empty.
func (p *Protection) check(r *http.Request, formToken string) error {
	if p.cfg.Secrets == nil {
		return p.checkCookie(r, formToken)
	}
	secret, err := p.cfg.Secrets.CSRFSecret(r)
	if err != nil {
		return err
	}
	return p.checkSecret(r, secret, formToken)
}

func (p *Protection) checkSecret(r *http.Request, secret, formToken string) error {
	if problem := p.checkSource(r); problem != "" {
		return p.refuseSource(problem)
	}
	if malformed(secret) != "" {
		secret = "" // not ours; an empty one matches nothing
	}
	return p.checkToken(r, unmask(secret), formToken)
}

func (p *Protection) checkCookie(r *http.Request, formToken string) error {
	if problem := p.checkSource(r); problem != "" {
		return p.refuseSource(problem)
	}
	value, found := cookie.Last(r.Header, p.cfg.Cookie.Name)
	if !found {
		return p.checkToken(r, "", formToken)
	}
	if problem := malformed(value); problem != "" {
		refusal := p.refuse("CSRF cookie " + problem + ".")
		// A new cookie, or the client would be refused for ever.
		if secret, err := newSecret(p.cfg.Rand); err == nil {
			refusal.Header = http.Header{"Set-Cookie": {p.cookie(secret).String()}}
		}
		return refusal
	}
	return p.checkToken(r, unmask(value), formToken)
}

// checkToken is CsrfViewMiddleware._check_token.
func (p *Protection) checkToken(r *http.Request, secret, formToken string) error {
	if secret == "" {
		return p.refuse("CSRF cookie not set.")
	}
	token, place := formToken, "POST"
	if token == "" {
		values, ok := r.Header[p.header]
		if !ok {
			return p.refuse("CSRF token missing.")
		}
		token, place = strings.Join(values, ","), "the '"+p.header+"' HTTP header"
	}
	problem := malformed(token)
	if problem == "" && !match(token, secret) {
		problem = "incorrect"
	}
	if problem != "" {
		return p.refuse("CSRF token from " + place + " " + problem + ".")
	}
	return nil
}

// errSource stands for what names the site that a request comes from.
const errSource = auth.Reason("csrf: the request comes from another site, or through a proxy that Settings.TrustedProxies does not name")

// refuseSource is a refusal of a request from elsewhere.
func (p *Protection) refuseSource(problem string) *auth.Error {
	refusal := p.refuse(problem)
	refusal.Err = fmt.Errorf("%w: %s", errSource, problem)
	return refusal
}

// refuse is a refusal whose reason holds nothing of the request.
func (p *Protection) refuse(reason string) *auth.Error {
	msg := "CSRF Failed."
	if p.cfg.Debug {
		msg = "CSRF Failed: " + reason
	}
	return &auth.Error{Status: http.StatusForbidden, Msg: msg, Scheme: p.cfg.Cookie.SchemeName, Err: auth.Reason("csrf: " + reason)}
}

// Token returns a token for the request's page to send back, a freshly masked one,
// and the cookies that the reply must set: the secret is the one that the request
// came with, if it has one, and its cookie is sent again (get_token). Call it once
// for a reply; without a cookie each call makes another secret.
func (p *Protection) Token(r *http.Request) (token string, cookies []*http.Cookie, err error) {
	secret, err := p.secret(r)
	if err != nil {
		return "", nil, err
	}
	if secret == "" {
		if secret, err = newSecret(p.cfg.Rand); err != nil {
			return "", nil, err
		}
		if p.cfg.Secrets != nil {
			if cookies, err = p.cfg.Secrets.SetCSRFSecret(r, secret); err != nil {
				return "", nil, err
			}
		}
	}
	if p.cfg.Secrets == nil {
		cookies = []*http.Cookie{p.cookie(secret)}
	}
	token, err = mask(secret, p.cfg.Rand)
	return token, cookies, err
}

// secret is the secret of a request, empty if it has no good one.
func (p *Protection) secret(r *http.Request) (string, error) {
	if p.cfg.Secrets != nil {
		return p.cfg.Secrets.CSRFSecret(r)
	}
	value, found := cookie.Last(r.Header, p.cfg.Cookie.Name)
	if !found || malformed(value) != "" {
		return "", nil
	}
	return unmask(value), nil
}

// Rotate makes a new secret and returns the cookies that the reply must set. A
// login does it, so that nobody who knew the token before it knows the one after
// (rotate_token).
func (p *Protection) Rotate(r *http.Request) ([]*http.Cookie, error) {
	secret, err := newSecret(p.cfg.Rand)
	if err != nil {
		return nil, err
	}
	if p.cfg.Secrets != nil {
		return p.cfg.Secrets.SetCSRFSecret(r, secret)
	}
	return []*http.Cookie{p.cookie(secret)}, nil
}

// NewSecret returns a fresh secret, for a backend that keeps it in a session which
// it writes anyway.
func (p *Protection) NewSecret() (string, error) { return newSecret(p.cfg.Rand) }

// InSession reports whether the secret is kept by [Secrets], not in a cookie.
func (p *Protection) InSession() bool { return p.cfg.Secrets != nil }

func (p *Protection) cookie(secret string) *http.Cookie {
	c := p.cfg.Cookie.HTTP(secret)
	c.HttpOnly = p.cfg.CookieHTTPOnly
	if p.cfg.CookieAge > 0 {
		c.MaxAge = int(p.cfg.CookieAge / time.Second)
		c.Expires = p.cfg.Now().Add(p.cfg.CookieAge)
	}
	return c
}
