package tokenauth

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/cookie"
)

// Config of an [Auth]. Secret must be set. The other defaults are
// django-modern-rest's.
type Config struct {
	// Secret is the key of the HMACs of tokens. It has 32 bytes or more; on a Django site it is
	// SECRET_KEY.
	Secret []byte
	// Fallbacks are former secrets whose tokens are still accepted.
	Fallbacks [][]byte
	// Salt separates these tokens from others with the same secret. Defaults to
	// "dmr.security.token".
	Salt string
	// SHA512 stores tokens as HMAC-SHA512, for a Django site whose token_algorithm is
	// sha512. The default, HMAC-SHA256, is just as strong.
	SHA512 bool
	// Lifetime of a token. Zero means 30 days. Negative: it does not expire.
	Lifetime time.Duration
	// Size is how many random bytes a token has, 16 to 1024. Defaults to 32, which are
	// 43 characters.
	Size int
	// Prefix begins tokens with a name of yours, and adds a checksum to them, so that scanners
	// for leaked secrets find them, and a mistyped one is refused without asking the store. It
	// consists of letters, digits and '_'. Empty: neither.
	//
	// With the prefix "acme" and 32 bytes a token matches acme_[A-Za-z0-9_-]{49}. The last
	// six characters are the CRC-32 (IEEE) of all before them: its four bytes, the most
	// significant first, in unpadded base64url (RFC 4648 §5).
	Prefix string
	// TrackUse records when a token was last used, at most once a minute.
	TrackUse bool
	// Header says how a token is sent in a header. Its defaults are the SchemeName "token",
	// and the Name "X-API-Token" without a Scheme: the value of the header is the token.
	Header auth.Header
	// Cookie says which cookie holds a token. Its defaults are the SchemeName "token_cookie"
	// and the Name "token". This package does not set the cookie: see [auth.Cookie.HTTP].
	Cookie auth.Cookie
	// CSRF checks requests with an unsafe method that carry a token in the cookie. Defaults
	// to csrf.New with an empty configuration. Where the API has sessions as well, set it to
	// their CSRF(), so that both have one CSRF cookie.
	CSRF *csrf.Protection
	// Compat restores behaviour of django-modern-rest.
	Compat Compat
	// Logger gets failures that do not fail the request: a use that could not be recorded.
	// Defaults to slog.Default.
	Logger *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Compat restores behaviour of django-modern-rest that is not that of this package.
type Compat struct {
	// BareChallenge leaves the realm out of challenges: "Bearer", which RFC 6750 §3 does
	// not allow.
	BareChallenge bool
	// NoErrorCode leaves error="invalid_token" (RFC 6750 §3.1) out of a Bearer challenge
	// when a token was refused.
	NoErrorCode bool
}

// minSecret is the length of the shortest secret in bytes: that of a MAC.
const minSecret = 32

func (c Config) withDefaults() Config {
	c.Salt = cmp.Or(c.Salt, "dmr.security.token")
	c.Header = c.header().WithDefaults("token", "X-API-Token", "").Header
	c.Cookie.SchemeName = cmp.Or(c.Cookie.SchemeName, "token_cookie")
	c.Cookie.SchemeDescription = cmp.Or(c.Cookie.SchemeDescription, "Opaque token authentication via cookie")
	c.Cookie.Name = cmp.Or(c.Cookie.Name, "token")
	c.Lifetime = cmp.Or(c.Lifetime, 30*24*time.Hour)
	c.Size = cmp.Or(c.Size, 32)
	if c.CSRF == nil {
		c.CSRF = csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: c.Cookie.Insecure}})
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func (c Config) check() error {
	var errs []error
	short := func(name string, secret []byte) {
		if len(secret) < minSecret {
			errs = append(errs, signing.Weak(secret, fmt.Errorf("tokenauth: %s has %d bytes, want at least %d random ones", name, len(secret), minSecret)))
		}
	}
	short("Secret", c.Secret)
	for i, secret := range c.Fallbacks {
		short(fmt.Sprintf("Fallbacks[%d]", i), secret)
	}
	if c.Size < 16 || c.Size > 1024 {
		errs = append(errs, fmt.Errorf("tokenauth: Size is %d bytes, want 16 to 1024", c.Size))
	}
	if strings.Trim(c.Prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		errs = append(errs, fmt.Errorf("tokenauth: Prefix %q has more than letters, digits and _", c.Prefix))
	}
	if err := c.header().Check(); err != nil {
		errs = append(errs, fmt.Errorf("tokenauth: %w", err))
	}
	return errors.Join(append(errs, cookie.Check("tokenauth", c.Cookie.HTTP("x")), c.CSRF.ErrBeside(c.Cookie))...)
}

// header is the configuration of the carrier.
func (c Config) header() carrier.HeaderConfig {
	return carrier.HeaderConfig{
		Header: c.Header, Description: "Opaque token authentication",
		Compat: carrier.HeaderCompat{BareChallenge: c.Compat.BareChallenge, NoErrorCode: c.Compat.NoErrorCode},
	}
}
