package sessionauth

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/cookie"
)

// minSecret is the length of the shortest secret in bytes: that of a MAC.
const minSecret = 32

// Config holds the settings of an [Auth]. Secret must be set. Everything else defaults to
// Django's settings, with Secure cookies.
type Config struct {
	// Secret signs sessions. It has 32 bytes or more; on a Django site it is SECRET_KEY. The
	// Auth does not keep it.
	Secret []byte
	// Fallbacks are former secrets that are still accepted (SECRET_KEY_FALLBACKS). A session
	// that was signed with one is signed again with Secret when it is used.
	Fallbacks [][]byte

	// Cookie holds the key of the session. Its Name defaults to sessionid, its SchemeName to
	// session and its SchemeDescription to "The session cookie that login sets".
	Cookie auth.Cookie
	// UntilBrowserCloses makes a cookie that ends with the browser. The session itself
	// lives on for Age.
	UntilBrowserCloses bool

	// Age is how long a session and its cookie live after the session was last written.
	// Defaults to 14 days. A session with an expiry of its own (Django's set_expiry) lives
	// for that time instead. Reading a session does not prolong it. If a Django site shares
	// the table, set Age to its SESSION_COOKIE_AGE.
	Age time.Duration
	// Idle ends a session that was not used for this long, if Age and Lifetime do not end it
	// earlier. A use is recorded at most once in a tenth of Idle. Zero: there is no such
	// limit.
	Idle time.Duration
	// Lifetime ends a session this long after its login, however often it is used and
	// written. Each login of a user begins a new lifetime. Zero: there is no such limit.
	Lifetime time.Duration

	// CSRF checks requests with an unsafe method. Defaults to csrf.New with an empty
	// configuration, and an insecure cookie if Cookie is insecure. See [Auth.CSRF].
	CSRF *csrf.Protection
	// CSRFInSession keeps the CSRF secret in the session, not in a cookie
	// (CSRF_USE_SESSIONS).
	CSRFInSession bool
	// InsecureNoCSRF switches the check off: pages of other sites can then make browsers send
	// requests as the user.
	InsecureNoCSRF bool

	// Backends are the dotted paths of Django's authentication backends whose
	// sessions are accepted; the first is written into new ones. Defaults to
	// django.contrib.auth.backends.ModelBackend.
	Backends []string
	// SessionClass is the name of Django's session class, which is part of the
	// signature. Defaults to SessionStore.
	SessionClass string
	// Compat restores behaviour of Django.
	Compat Compat

	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Rand is the source of keys. Defaults to crypto/rand.
	Rand io.Reader
	// Logger gets failures that do not fail the request: a use or a login that could not be
	// recorded. Defaults to slog.Default.
	Logger *slog.Logger
}

// Compat restores behaviour of Django that is not that of this package.
type Compat struct {
	// PlainKeys stores the keys of sessions as Django does, which a table that a Django
	// site shares needs: anyone who reads such a table, or a backup of it, can use the
	// sessions. By default a row is stored under a hash of its key. A change of
	// PlainKeys ends all sessions.
	PlainKeys bool
}

func (c Config) withDefaults() Config {
	c.Cookie.Name = cmp.Or(c.Cookie.Name, "sessionid")
	c.Cookie.SchemeName = cmp.Or(c.Cookie.SchemeName, "session")
	c.Cookie.SchemeDescription = cmp.Or(c.Cookie.SchemeDescription, "The session cookie that login sets")
	c.Age = cmp.Or(c.Age, 14*24*time.Hour)
	c.SessionClass = cmp.Or(c.SessionClass, "SessionStore")
	c.Rand = cmp.Or(c.Rand, rand.Reader)
	if len(c.Backends) == 0 {
		c.Backends = []string{"django.contrib.auth.backends.ModelBackend"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.CSRF == nil {
		c.CSRF = csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: c.Cookie.Insecure}, Rand: c.Rand, Now: c.Now})
	}
	return c
}

// check returns the mistakes in settings with defaults.
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
		add(len(fallback) == 0, "Fallbacks[%d] is empty: anyone could sign with it", i)
	}
	const duration = "%s is %v, want a positive duration, or zero for the default"
	add(c.Age < 0, duration, "Age", c.Age)
	add(c.Idle < 0, duration, "Idle", c.Idle)
	add(c.Lifetime < 0, duration, "Lifetime", c.Lifetime)
	add(c.CSRFInSession && c.InsecureNoCSRF, "CSRFInSession and InsecureNoCSRF exclude each other")
	add(c.CSRF.InSession(), "CSRF keeps its secrets elsewhere; write CSRFInSession: true instead")
	return errors.Join(append(errs, cookie.Check("sessionauth", c.Cookie.HTTP("x")))...)
}
