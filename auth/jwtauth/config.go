package jwtauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
)

// Config holds the settings of an [Issuer]. Secret, Keys or Remote must be set. Settings that
// django-modern-rest has as well have its defaults.
type Config struct {
	// Secret signs and checks tokens with HMAC. It is the first of Keys.
	Secret []byte
	// Fallbacks are former secrets, whose tokens are still accepted. They have the Algorithm
	// of Secret.
	Fallbacks [][]byte
	// Algorithm of Secret and Fallbacks. Defaults to HS256.
	Algorithm Algorithm
	// Keys check tokens, and the first one that can sign signs them. A token with a kid is
	// checked with the key of that ID, or with the keys without ID if there is none. A token
	// without kid is checked with all keys of its algorithm. To rotate, put the new key first,
	// and remove the old one when its last refresh token has expired. If other services check
	// tokens with the keys of [Issuer.JWKS], see there.
	Keys []Key
	// Remote has the keys of another issuer. It replaces Secret and Keys. Issuer and Audiences
	// (or AcceptIssuers and AcceptAudiences) must be set, because a signature says who issued
	// a token, but not for which service.
	Remote *Remote
	// ForeignTokens accepts the access tokens of other programs, which lack the claim type
	// that this package and django-modern-rest write. Remote implies it. The claim iat may be
	// missing, and sub as well if users is a [ByClaims]. A token that is marked as another
	// kind is refused, see the package comment.
	ForeignTokens bool
	// AcceptTypes are the values of the header typ that are accepted with ForeignTokens or
	// Remote. Case and a leading "application/" do not matter; "" means a token without typ.
	// If the type of a token is not JWT, claims that mark its kind are not read. Empty accepts
	// all types except those of other kinds of tokens.
	AcceptTypes []string
	// InsecureShortKeys accepts secrets that are shorter than the MAC (RFC 7518 §3.2) and RSA
	// keys of less than 2048 bits, which attackers can guess or compute.
	InsecureShortKeys bool

	// Lifetime of access tokens, a second or more; fractions of a second are dropped.
	// Zero means a day; less than a second is an error.
	Lifetime time.Duration
	// RefreshLifetime of refresh tokens, a second or more; fractions of a second are
	// dropped. Zero means ten days; less than a second is an error.
	RefreshLifetime time.Duration
	// LoginLifetime is how long a login lives, however often it is refreshed. None of its
	// tokens expires later. It is a second or more; zero means 90 days, and negative no limit.
	LoginLifetime time.Duration
	// Issuer is written into tokens as iss, and tokens must have it.
	Issuer string
	// AcceptIssuers replaces Issuer for the check: tokens must have one of them.
	AcceptIssuers []string
	// Audiences are written into tokens as aud, and tokens must have one of them. Empty: aud
	// is not checked, as in django-modern-rest. The audience of an access token of Amazon
	// Cognito, which has the claim token_use and no aud, is its client_id.
	Audiences []string
	// AcceptAudiences replaces Audiences for the check: tokens must have one of them.
	AcceptAudiences []string
	// StrictAudience refuses an aud that is a list. It needs exactly one accepted audience.
	StrictAudience bool
	// Require names claims that a token must have besides exp, iat and sub; of these, iat and
	// sub are optional with ForeignTokens, see there.
	Require []string
	// Accounts are the users that a [ByClaims] looks in. nil: unknown; the ready routers and
	// auth.AccountID then do not accept the tokens. Without a ByClaims it defaults to the users
	// given to [New].
	Accounts any
	// Leeway is how far clocks may disagree in the checks of exp, nbf and iat. Fractions of a
	// second are dropped; negative is an error.
	Leeway time.Duration

	// InsecureIgnoreExpiry accepts expired tokens. Their exp must still be well-formed.
	InsecureIgnoreExpiry bool

	// Subject returns the sub of an account. The account that is found by a sub must have the
	// same Subject. Defaults to the ID.
	Subject func(auth.Account) string
	// Claims returns claims to add to the access tokens of an account, such as roles. Names of
	// claims that this package writes are an error.
	Claims func(ctx context.Context, who auth.Account) (map[string]any, error)

	// Blocklist has the tokens that were revoked, which are refused. A refresh token works
	// once, because it is put on the list when it is used. Tokens need a jti then. nil: a token
	// is valid until it expires.
	Blocklist Blocklist

	// Families is a table with a row for each login. A refresh token works once, and its reuse
	// ends the login. Logins can be listed, and ended one by one or all at once. The row has a
	// fingerprint of the password: a change of the password ends the login, whichever program
	// made the change. Tokens of logins that have ended, and tokens without a login, are
	// refused, which reads a row for each request. Refresh tokens are not put on the Blocklist
	// then.
	Families Families
	// Grace is how long after its use the reuse of a refresh token does not end the login,
	// because two tabs of a browser may refresh at once. The reply to the reuse is a 409 with
	// the code refresh_repeated; the client goes on with the tokens of the first reply. Zero
	// means 5 seconds, and negative no time.
	Grace time.Duration
	// StatelessAccess does not read the row of Families for each request. An access token
	// then remains valid until it expires, even if its login has ended or the password was
	// changed. Keep Lifetime short.
	StatelessAccess bool
	// BindPassword refuses tokens from before a change of the password, without a table. They
	// are also refused after password.Checker has replaced an outdated encoding.
	BindPassword bool

	// Compat restores behaviour of django-modern-rest.
	Compat Compat

	// Header says how an access token is sent in a header. Its defaults are the SchemeName
	// "jwt", the Name "Authorization" and the Scheme "Bearer" (RFC 6750 §2.1).
	Header auth.Header
	// Cookie is the cookie of the access token. Its defaults are the SchemeName "jwt_cookie"
	// and the Name "access_token".
	Cookie auth.Cookie
	// RefreshCookie is the cookie of the refresh token. Its Name defaults to "refresh_token",
	// its Path to /, and its other fields to those of Cookie. Set Path to the path of the
	// router with refresh and logout, so that the token is not sent anywhere else. It is the
	// whole path that the browser sees, "/api/auth/" for example, including the paths of
	// outer routers and of a proxy. If it does not cover logout, a logout does not end the
	// login once the cookie of the access token is gone.
	RefreshCookie auth.Cookie
	// CSRF checks requests with an unsafe method that carry a token in a cookie. Defaults
	// to csrf.New with an empty configuration. Where the API has sessions as well, set it
	// to their CSRF(), so that both have one CSRF cookie.
	CSRF *csrf.Protection

	// Logger gets the reuse of refresh tokens. Defaults to slog.Default.
	Logger *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	byClaims bool // users is a ByClaims, so a token needs no subject
}

// Compat restores behaviour of django-modern-rest that is not that of this package.
type Compat struct {
	// BareChallenge leaves the realm out of challenges: "Bearer", which RFC 6750 §3 does
	// not allow.
	BareChallenge bool
	// NoErrorCode leaves error="invalid_token" (RFC 6750 §3.1) out of the challenge when a
	// token was refused.
	NoErrorCode bool
	// SchemeAsWritten documents the scheme as "Bearer", where the registered name is in
	// lower case.
	SchemeAsWritten bool
	// IgnoreNotBefore accepts tokens before their nbf, IgnoreIssuedAt tokens that were
	// issued in the future, and IgnoreID tokens whose jti is not a string. The claims must
	// be well-formed all the same.
	IgnoreNotBefore, IgnoreIssuedAt, IgnoreID bool
	// ReuseRefresh lets a refresh token be used until it expires, even with a Blocklist.
	ReuseRefresh bool
}

// withDefaults fills in what is empty, and copies what it keeps.
func (c Config) withDefaults() Config {
	if len(c.Secret) > 0 {
		keys := []Key{{Secret: c.Secret, Algorithm: c.Algorithm}}
		for _, former := range c.Fallbacks {
			keys = append(keys, Key{Secret: former, Algorithm: c.Algorithm})
		}
		c.Keys = append(keys, c.Keys...)
		c.Secret, c.Fallbacks = nil, nil
	} else {
		c.Keys = append([]Key(nil), c.Keys...)
	}
	c.Lifetime = cmp.Or(c.Lifetime, 24*time.Hour)
	c.RefreshLifetime = cmp.Or(c.RefreshLifetime, 10*24*time.Hour)
	c.LoginLifetime = cmp.Or(c.LoginLifetime, 90*24*time.Hour)
	if c.Families != nil {
		c.Grace = cmp.Or(c.Grace, 5*time.Second)
	}
	if c.AcceptIssuers == nil && c.Issuer != "" {
		c.AcceptIssuers = []string{c.Issuer}
	}
	if c.AcceptAudiences == nil {
		c.AcceptAudiences = c.Audiences
	}
	if c.Subject == nil {
		c.Subject = func(who auth.Account) string { return who.ID }
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Header = c.header().WithDefaults("jwt", "Authorization", "Bearer").Header
	c.cookieDefaults()
	return c
}

// foreign reports whether tokens need not have the claim type.
func (c *Config) foreign() bool { return c.ForeignTokens || c.Remote != nil }

// check returns the mistakes that are not about keys.
func (c Config) check() error {
	errs := []error{c.checkCookies(), c.CSRF.ErrBeside(c.Cookie)}
	if c.Lifetime < time.Second || c.RefreshLifetime < time.Second {
		errs = append(errs, errors.New("jwtauth: Lifetime and RefreshLifetime must be a second or more"))
	}
	if c.Remote != nil {
		errs = append(errs, c.Remote.err)
		if len(c.Keys) > 0 {
			errs = append(errs, errors.New("jwtauth: Remote and Secret or Keys exclude each other; make two issuers with different names of schemes"))
		}
		if len(c.AcceptIssuers) == 0 || len(c.AcceptAudiences) == 0 {
			errs = append(errs, errors.New("jwtauth: Remote needs Issuer and Audiences, because an issuer also signs tokens for other services"))
		}
	}
	if len(c.AcceptTypes) > 0 && !c.foreign() {
		errs = append(errs, errors.New("jwtauth: AcceptTypes is a setting of ForeignTokens and Remote; the tokens of this package have the type JWT"))
	}
	if c.Families == nil && (c.Grace != 0 || c.StatelessAccess) {
		errs = append(errs, errors.New("jwtauth: Grace and StatelessAccess are settings of Families, which is nil"))
	}
	if c.LoginLifetime > 0 && c.LoginLifetime < time.Second {
		errs = append(errs, fmt.Errorf("jwtauth: LoginLifetime is %v, want a second or more, or a negative one for no end", c.LoginLifetime))
	}
	if c.Families != nil && c.Compat.ReuseRefresh {
		errs = append(errs, errors.New("jwtauth: Families and Compat.ReuseRefresh contradict each other: a refresh token of a family works once"))
	}
	if c.Families != nil && c.Lifetime > c.RefreshLifetime {
		errs = append(errs, errors.New("jwtauth: with Families, Lifetime must not be longer than RefreshLifetime: a login ends with its refresh token"))
	}
	if c.Blocklist != nil && c.InsecureIgnoreExpiry {
		errs = append(errs, errors.New("jwtauth: Blocklist and InsecureIgnoreExpiry contradict each other: a revoked token is forgotten when it expires, and would be accepted again"))
	}
	if c.Leeway < 0 {
		errs = append(errs, errors.New("jwtauth: Leeway is negative"))
	}
	if c.StrictAudience && len(c.AcceptAudiences) != 1 {
		errs = append(errs, fmt.Errorf("jwtauth: StrictAudience needs one accepted audience, not %d: a token's aud could equal one text only", len(c.AcceptAudiences)))
	}
	for _, name := range c.Require {
		if name == "" {
			errs = append(errs, errors.New("jwtauth: Require has an empty name"))
		}
	}
	if err := c.header().Check(); err != nil {
		errs = append(errs, fmt.Errorf("jwtauth: %w", err))
	}
	return errors.Join(errs...)
}

// header is the configuration of the carrier.
func (c Config) header() carrier.HeaderConfig {
	return carrier.HeaderConfig{
		Header: c.Header, Description: "JWT token auth", BearerFormat: "JWT", DescribeForm: true,
		Compat: carrier.HeaderCompat{BareChallenge: c.Compat.BareChallenge, NoErrorCode: c.Compat.NoErrorCode, SchemeAsWritten: c.Compat.SchemeAsWritten},
	}
}
