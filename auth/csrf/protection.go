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

// Config holds the settings of a [Protection]. The zero value has Django's defaults, and a
// Secure cookie.
type Config struct {
	// Cookie holds the secret. Its Name defaults to csrftoken, its SchemeName to csrf. Its
	// Domain also says whose pages a Referer may name. Scripts of the page read it, so that
	// it is not HttpOnly, and InsecureScriptAccess is an error.
	Cookie auth.Cookie
	// CookieAge is how long the cookie lives. Defaults to 364 days; negative: until
	// the browser closes.
	CookieAge time.Duration
	// CookieHTTPOnly hides the cookie from scripts. They then need another way to get the
	// token, such as an endpoint that calls [Protection.Token].
	CookieHTTPOnly bool
	// HeaderName is the header with the token. Defaults to X-CSRFToken.
	HeaderName string
	// TrustedOrigins are the origins of other sites whose pages may send requests:
	// "https://app.example", "https://app.example:8443", or "https://*.example" for
	// example and all its subdomains.
	TrustedOrigins []string
	// Secrets keeps the secret on the server, see CSRFInSession of sessionauth. nil: the
	// secret is in the cookie.
	Secrets Secrets
	// Source is the auth.Scheme.Source if Secrets is set: any comparable value.
	Source any
	// Compat restores behaviour of django-modern-rest.
	Compat Compat
	// Debug puts the reason of a refusal into the reply. For development.
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
	// CookieScheme documents the security scheme as the cookie that holds the secret. By
	// default it is the header that repeats it, so that generated clients send the header.
	// Where the session holds the secret, the name of the header is in canonical form.
	CookieScheme bool
}

// Secrets keeps secrets in sessions, as Django does with CSRF_USE_SESSIONS.
type Secrets interface {
	// CSRFSecret returns the secret of the session of a request; empty: none yet.
	CSRFSecret(r *http.Request) (string, error)
	// SetCSRFSecret stores a secret, and returns the cookies that the reply must set.
	SetCSRFSecret(r *http.Request, secret string) ([]*http.Cookie, error)
	// CookieNames describes these cookies by name, for the document.
	CookieNames() map[string]string
}

// Protection issues CSRF tokens and checks them. It is immutable and safe for concurrent use.
type Protection struct {
	cfg     Config
	header  string // canonical
	domain  string // lower case
	origins []origin
	err     error
}

// New makes a Protection. Declare returns mistakes in the settings, so that rest.New reports
// them; see also [Protection.Err].
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
	case p.cfg.Compat.CookieScheme:
		return "CSRF protection: send the value of the cookie `" + p.cfg.Cookie.Name + "` in the header `" + p.cfg.HeaderName + "`, too"
	}
	return "CSRF protection: send the value of the cookie `" + p.cfg.Cookie.Name + "` in this header"
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

// Err returns the mistakes in the settings, without the line that called New. It is for
// backends that have a Protection: they report the line that called their own constructor.
func (p *Protection) Err() error { return errors.Unwrap(p.err) }

// ErrBeside returns the mistakes in the settings, see [Protection.Err], and a mistake if cookie, that
// of the credential, is sent over plain http and that of the secret is not.
func (p *Protection) ErrBeside(cookie auth.Cookie) error {
	if cookie.Insecure && !p.cfg.Cookie.Insecure && !p.InSession() {
		return errors.Join(p.Err(), fmt.Errorf("csrf: the cookie %q is Insecure and the cookie %q is not, so browsers do not send it over plain http; set Insecure for both", cookie.Name, p.cfg.Cookie.Name))
	}
	return p.Err()
}

// safe reports whether requests with a method need no token. QUERY (OpenAPI 3.2) is not safe
// here, although it only reads, because http.CrossOriginProtection checks it.
func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "":
		return true
	}
	return false
}

// Check refuses a request with an unsafe method that does not come from a page of the site. The
// refusal is an *auth.Error with status 403 and no Code. The token is read from the header,
// never from the body. An error of [Secrets] is returned unchanged.
//
// A request with a safe method needs no token. If it asks for another protocol, as the
// handshake of a WebSocket does, it must not come from a page of another origin, because the
// browser sends the cookies and lets the page read what follows (CWE-1385).
func (p *Protection) Check(r *http.Request) error {
	if safe(r.Method) {
		return p.checkUpgrade(r)
	}
	return p.check(r, "")
}

// CheckSecret is Check with a secret that the caller has already read from the session. Empty
// means that there is none, and that no token is right.
func (p *Protection) CheckSecret(r *http.Request, secret string) error {
	if safe(r.Method) {
		return p.checkUpgrade(r)
	}
	return p.checkSecret(r, secret, "")
}

// check checks a request with an unsafe method. formToken is the token of a form; if it is
// not empty, the header is not read.
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
		secret = "" // no token matches an empty secret
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
		// A new cookie, because the client would be refused for ever otherwise.
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

// errSource is the reason in events, which must not have the site that the client named.
const errSource = auth.Reason("csrf: the request comes from another site, or through a proxy that Settings.TrustedProxies does not name")

// refuseSource refuses a request from another site.
func (p *Protection) refuseSource(problem string) *auth.Error {
	refusal := p.refuse(problem)
	refusal.Err = fmt.Errorf("%w: %s", errSource, problem)
	return refusal
}

// refuse returns a refusal. The reason must contain nothing from the request.
func (p *Protection) refuse(reason string) *auth.Error {
	msg := "CSRF Failed."
	if p.cfg.Debug {
		msg = "CSRF Failed: " + reason
	}
	return &auth.Error{Status: http.StatusForbidden, Msg: msg, Scheme: p.cfg.Cookie.SchemeName, Err: auth.Reason("csrf: " + reason)}
}

// Token returns a freshly masked token for the page to send back, and the cookies that the
// reply must set. The secret is that of the request, whose cookie is set again, or a new one
// (get_token). Call Token once for a reply: if the request has no secret, each call makes
// another.
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

// secret returns the secret of a request; empty: it has none that is well-formed.
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

// Rotate makes a new secret and returns the cookies that the reply must set. A login calls it,
// so that a token from before the login is not valid after it (rotate_token).
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

// NewSecret returns a new secret, for a backend that stores it in a session itself.
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
