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

// Config of an [Issuer]. Secret, Keys or Remote must be set. The other defaults are
// django-modern-rest's, as far as it has such a setting.
type Config struct {
	// Secret signs and checks tokens with HMAC. It is the first of Keys.
	Secret []byte
	// Algorithm of Secret. Defaults to HS256.
	Algorithm Algorithm
	// Keys check tokens; the first one that can sign signs. A token with a kid is
	// checked with the key of that ID, or else with those that have none; a token
	// without kid is checked with every key of its algorithm. To rotate, put the new
	// key in front and drop the old one when its last refresh token has expired; where
	// others check with what [Issuer.JWKS] publishes, see there.
	Keys []Key
	// Remote has the keys of another issuer, instead of Secret and Keys. Issuer and
	// Audiences (or AcceptIssuers and AcceptAudiences) must be set: a key says who made a
	// token, and not for whom.
	Remote *Remote
	// ForeignTokens accepts the access tokens of other programs, which do not have the
	// claim type that this package and django-modern-rest write. Remote implies it. The
	// claim iat may be missing; so may sub, if users is a [ByClaims]. A token that is marked
	// as one of another kind is refused: see the package comment.
	ForeignTokens bool
	// AcceptTypes are the values of the header typ that are accepted with ForeignTokens
	// or Remote, without regard to case and to a leading "application/"; "" is a token
	// without typ. A type other than JWT decides alone: claims that tell kinds of tokens
	// apart are not looked at then. Empty accepts all but those of known other kinds.
	AcceptTypes []string
	// InsecureShortKeys accepts secrets shorter than the MAC (RFC 7518 §3.2) and RSA
	// keys under 2048 bits, which can be guessed.
	InsecureShortKeys bool

	// Lifetime of access tokens, a second or more; fractions of a second are dropped.
	// Zero means a day; less than a second is an error.
	Lifetime time.Duration
	// RefreshLifetime of refresh tokens, a second or more; fractions of a second are
	// dropped. Zero means ten days; less than a second is an error.
	RefreshLifetime time.Duration
	// LoginLifetime is how long a login lives, however often it is refreshed: a second or
	// more. None of its tokens expires later. Zero means 90 days; negative means no limit.
	LoginLifetime time.Duration
	// Issuer is written into tokens as iss, and demanded of them.
	Issuer string
	// AcceptIssuers are demanded instead of Issuer: one of them.
	AcceptIssuers []string
	// Audiences are written into tokens as aud, and one of them is demanded. Empty: aud
	// is not looked at, as django-modern-rest does. An access token of Amazon Cognito,
	// which has the claim token_use and no aud, is for its client_id.
	Audiences []string
	// AcceptAudiences are demanded instead of Audiences: one of them.
	AcceptAudiences []string
	// StrictAudience demands that aud is one text, not a list. It fits one accepted
	// audience only.
	StrictAudience bool
	// Require names claims that a token must have, besides exp and, where ForeignTokens
	// does not say otherwise, iat and sub.
	Require []string
	// Accounts are the users among which a [ByClaims] finds its users. nil: unknown; the
	// ready routers and auth.AccountID then do not accept the tokens. Without a ByClaims it
	// defaults to the users given to [New].
	Accounts any
	// Leeway widens the checks of exp, nbf and iat, for clocks that disagree; fractions
	// of a second are dropped. Zero means none; negative is an error.
	Leeway time.Duration

	// InsecureIgnoreExpiry accepts expired tokens. Their exp must be well-formed all the
	// same.
	InsecureIgnoreExpiry bool

	// Subject is what sub says of an account, and what an account that was found
	// by sub must say again. Defaults to its ID.
	Subject func(auth.Account) string
	// Claims adds claims to the access tokens of an account: roles, say. Names that
	// the token uses itself are an error.
	Claims func(ctx context.Context, who auth.Account) (map[string]any, error)

	// Blocklist refuses tokens that were revoked, and makes a refresh token work once:
	// a used one is put on the list, and refused when it comes again. Tokens need a
	// jti then. nil: a token is good until it expires.
	Blocklist Blocklist

	// Families keeps a row for each login: a refresh token works once, and the whole
	// login ends when a used one comes again; logins are listed and ended one by one or
	// all at once. The row has a fingerprint of the account's password: a login ends when
	// the password is changed, by whatever program. A token of an ended login is refused,
	// which reads a row for each request; so is a token that belongs to no login. It
	// takes the place of the Blocklist for refresh tokens.
	Families Families
	// Grace is how long after its use a refresh token that comes again is answered with
	// a 409, code refresh_repeated, and does not end the login: two tabs of a browser may
	// refresh at once. The client goes on with the tokens of the first answer. Zero means
	// 5 seconds; negative: none.
	Grace time.Duration
	// StatelessAccess saves reading a row of Families for each request: an access token
	// of an ended login, or from before a change of the password, is good until it
	// expires. Keep Lifetime short.
	StatelessAccess bool
	// BindPassword refuses the tokens of an account when its password is changed, without
	// a table. They end as well when password.Checker replaces an outdated encoding.
	BindPassword bool

	// Compat restores behaviour of django-modern-rest.
	Compat Compat

	// Header says how an access token is sent in a header. Its defaults are the SchemeName
	// "jwt", the Name "Authorization" and the Scheme "Bearer" (RFC 6750 §2.1).
	Header auth.Header
	// Cookie says which cookie holds the access token. Its defaults are the SchemeName
	// "jwt_cookie" and the Name "access_token".
	Cookie auth.Cookie
	// RefreshCookie says which cookie holds the refresh token. Name defaults to
	// "refresh_token", and what else is empty is as in Cookie, but for Path, which defaults
	// to /. Better is the path of the router with refresh and logout, so that the token is
	// sent nowhere else. It is the whole path as the browser sees it, "/api/auth/", with
	// those of outer routers and of a proxy. If it does not cover logout, a logout does not
	// end the login once the cookie of the access token is gone.
	RefreshCookie auth.Cookie
	// CSRF checks requests with an unsafe method that carry a token in a cookie. Defaults
	// to csrf.New with an empty configuration. Where the API has sessions as well, set it
	// to their CSRF(), so that both have one CSRF cookie.
	CSRF *csrf.Protection

	// Logger is told when a refresh token was used again. Defaults to slog.Default.
	Logger *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time

	byClaims bool // the user is found by claims: a subject is not needed
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
		c.Keys = append([]Key{{Secret: c.Secret, Algorithm: c.Algorithm}}, c.Keys...)
		c.Secret = nil
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

// foreign reports whether tokens need not say what they are for.
func (c *Config) foreign() bool { return c.ForeignTokens || c.Remote != nil }

// check finds the mistakes that do not concern keys.
func (c Config) check() error {
	errs := []error{c.checkCookies(), c.CSRF.Err()}
	if c.Lifetime < time.Second || c.RefreshLifetime < time.Second {
		errs = append(errs, errors.New("jwtauth: Lifetime and RefreshLifetime must be a second or more"))
	}
	if c.Remote != nil {
		errs = append(errs, c.Remote.err)
		if len(c.Keys) > 0 {
			errs = append(errs, errors.New("jwtauth: Remote and Secret or Keys exclude each other: make two issuers, each with a SchemeName of its own"))
		}
		if len(c.AcceptIssuers) == 0 || len(c.AcceptAudiences) == 0 {
			errs = append(errs, errors.New("jwtauth: Remote needs Issuer and Audiences: an issuer signs tokens for other services, too"))
		}
	}
	if len(c.AcceptTypes) > 0 && !c.foreign() {
		errs = append(errs, errors.New("jwtauth: AcceptTypes is a setting of ForeignTokens and Remote: tokens of one's own have the type JWT"))
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
