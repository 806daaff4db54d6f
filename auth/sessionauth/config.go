package sessionauth

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/cookie"
)

// minSecret is the shortest secret, in bytes: as long as the MACs that it makes.
const minSecret = 32

// Config holds the settings of an [Auth]. Secret must be set; everything else
// defaults to Django's settings, with Secure cookies.
type Config struct {
	// Secret signs sessions; at least 32 bytes. A Django site's is SECRET_KEY. It is
	// not kept.
	Secret []byte
	// Fallbacks are former secrets that are still accepted (SECRET_KEY_FALLBACKS).
	// Sessions signed with one are signed anew when they are used.
	Fallbacks [][]byte

	// CookieName defaults to sessionid.
	CookieName string
	// CookiePath defaults to /.
	CookiePath string
	// CookieDomain shares the cookie with the subdomains of a domain. Empty: the
	// host only.
	CookieDomain string
	// CookieSameSite defaults to Lax.
	CookieSameSite http.SameSite
	// UntilBrowserCloses makes a cookie that ends with the browser; the session
	// itself lives on for Age.
	UntilBrowserCloses bool
	// InsecureCookies leaves out Secure, of the CSRF cookie too: over plain http
	// anybody on the way could then use the session. For development.
	InsecureCookies bool
	// InsecureScriptAccess leaves out HttpOnly: scripts, an injected one too, could
	// then read the cookie.
	InsecureScriptAccess bool

	// Age is how long a session lives after it was last written, and the cookie in
	// the browser. Defaults to 14 days. A session that has an expiry of its own
	// (Django's set_expiry) lives for that time instead. Reading a session does not
	// prolong it. On a table that a Django site shares, Age is its SESSION_COOKIE_AGE.
	Age time.Duration
	// Idle ends a session that was not used for this long, if Age and Lifetime do not
	// end it earlier. The use is recorded at most once in a tenth of Idle. Zero means
	// that a session may be idle.
	Idle time.Duration
	// Lifetime ends a session this long after its login, however often it is used and
	// written. A new login of the same user begins a new lifetime. Zero means that
	// there is no such limit.
	Lifetime time.Duration

	// CSRF are the settings of the CSRF check.
	CSRF csrf.Config
	// CSRFInSession keeps the CSRF secret in the session, not in a cookie
	// (CSRF_USE_SESSIONS).
	CSRFInSession bool
	// InsecureNoCSRF switches the check off: other sites can then make browsers
	// send requests as the user.
	InsecureNoCSRF bool

	// Backends are the dotted paths of Django's authentication backends whose
	// sessions are accepted; the first is written into new ones. Defaults to
	// django.contrib.auth.backends.ModelBackend.
	Backends []string
	// SessionClass is the name of Django's session class, which is part of the
	// signature. Defaults to SessionStore.
	SessionClass string
	// PlainKeys stores the keys of sessions as Django does, which a table that a Django
	// site shares needs: anyone who reads such a table, or a backup of it, can use the
	// sessions. By default a row is stored under a hash of its key. A change of
	// PlainKeys ends all sessions.
	PlainKeys bool

	// SchemeName is the name in OpenAPI. Defaults to session.
	SchemeName string
	// SchemeDescription in OpenAPI; CommonMark. Defaults to "The session cookie that
	// login sets".
	SchemeDescription string
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Rand is the source of keys. Defaults to crypto/rand.
	Rand io.Reader
	// Logger gets what fails without failing the request: recording a use or a
	// login. Defaults to slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	c.CookieName = cmp.Or(c.CookieName, "sessionid")
	c.CookiePath = cmp.Or(c.CookiePath, "/")
	c.CookieSameSite = cmp.Or(c.CookieSameSite, http.SameSiteLaxMode)
	c.Age = cmp.Or(c.Age, 14*24*time.Hour)
	c.SessionClass = cmp.Or(c.SessionClass, "SessionStore")
	c.SchemeName = cmp.Or(c.SchemeName, "session")
	c.SchemeDescription = cmp.Or(c.SchemeDescription, "The session cookie that login sets")
	c.Rand = cmp.Or(c.Rand, rand.Reader)
	if len(c.Backends) == 0 {
		c.Backends = []string{"django.contrib.auth.backends.ModelBackend"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.CSRF.InsecureCookie = c.CSRF.InsecureCookie || c.InsecureCookies
	c.CSRF.Rand = cmp.Or(c.CSRF.Rand, c.Rand)
	if c.CSRF.Now == nil {
		c.CSRF.Now = c.Now
	}
	return c
}

// check finds the mistakes in settings with defaults.
func (c Config) check() error {
	var errs []error
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf("sessionauth: "+format, args...))
		}
	}
	if len(c.Secret) < minSecret {
		errs = append(errs, signing.Weak(c.Secret, fmt.Errorf("sessionauth: Secret has %d bytes, want at least %d random ones", len(c.Secret), minSecret)))
	}
	for i, fallback := range c.Fallbacks {
		add(len(fallback) == 0, "Fallbacks[%d] is empty: anybody could sign with it", i)
	}
	const duration = "%s is %v, want a positive duration, or zero for the default"
	add(c.Age < 0, duration, "Age", c.Age)
	add(c.Idle < 0, duration, "Idle", c.Idle)
	add(c.Lifetime < 0, duration, "Lifetime", c.Lifetime)
	add(c.CSRFInSession && c.InsecureNoCSRF, "CSRFInSession and InsecureNoCSRF exclude each other")
	add(c.CSRF.Secrets != nil, "CSRF.Secrets is set; write CSRFInSession: true instead")
	return errors.Join(append(errs, cookie.Check("sessionauth", c.cookie()))...)
}

// cookie is that of the session, without a value.
func (c Config) cookie() *http.Cookie {
	return &http.Cookie{
		Name: c.CookieName, Path: c.CookiePath, Domain: c.CookieDomain,
		Secure: !c.InsecureCookies, HttpOnly: !c.InsecureScriptAccess, SameSite: c.CookieSameSite,
	}
}
