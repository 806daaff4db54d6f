package jwtauth

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/go-modern-rest/rest/auth"
)

// Values of the claim type.
const (
	TypeAccess  = "access"
	TypeRefresh = "refresh"
)

// Claims are the claims of an accepted token: the [auth.Identity].Credential. They must not be
// changed.
type Claims struct {
	Subject   string    // sub; empty: none, which is possible with ForeignTokens and ByClaims
	ID        string    // jti; empty: none
	Issuer    string    // iss; empty: none
	Type      string    // TypeAccess or TypeRefresh
	Family    string    // ID of the login, see Config.Families; empty: none
	ExpiresAt time.Time // exp
	IssuedAt  time.Time // iat; zero: none, which is possible with ForeignTokens
	NotBefore time.Time // nbf; zero: none

	payload object
	typ     string // of the header, as JSON; empty: none
	userID  string // of the account; empty: it was not looked for, or not found
}

// Raw returns the JSON text of a claim; nil: there is none. If the top level has no such claim,
// it is looked for in extras, where django-modern-rest writes its own.
func (c *Claims) Raw(name string) []byte {
	raw, ok := c.find(name)
	if !ok {
		return nil
	}
	return []byte(raw)
}

func (c *Claims) find(name string) (raw string, ok bool) {
	if raw, ok = c.payload.get(name); !ok {
		raw, ok = c.payload.extra(name)
	}
	return raw, ok
}

// Claim returns a claim of your own as a T. It reports false if the token has no such claim, or
// if the claim is not a T.
//
//	roles, ok := jwtauth.Claim[[]string](claims, "roles")
func Claim[T any](c *Claims, name string) (T, bool) {
	var value T
	raw, ok := c.find(name)
	if !ok {
		return value, false
	}
	if text, isText := any(&value).(*string); isText {
		if *text, ok = unquote(raw); ok {
			return value, true
		}
	}
	return decode[T](raw)
}

func decode[T any](raw string) (value T, ok bool) {
	if json.Unmarshal([]byte(raw), &value) != nil {
		var none T
		return none, false
	}
	return value, true
}

// Audience returns aud as a list, also if it is one text.
func (c *Claims) Audience() []string {
	raw, _ := c.payload.get("aud")
	if one, ok := unquote(raw); ok {
		return []string{one}
	}
	list, _ := decode[[]string](raw)
	return list
}

// Extras returns what django-modern-rest calls extras: the members of the claim extras, and the
// claims at the top level that are not registered ones. If a name occurs in both, the top
// level wins.
func (c *Claims) Extras() map[string]any {
	out := map[string]any{}
	add := func(name, raw string) {
		if value, ok := decode[any](raw); ok {
			out[name] = value
		}
	}
	for name, raw := range c.payload.extras() {
		add(name, raw)
	}
	for name, raw := range c.payload.all() {
		switch name {
		case "sub", "exp", "iat", "iss", "aud", "jti", "extras":
		default:
			add(name, raw)
		}
	}
	return out
}

// Refusals of claims.
var (
	errPayload   = refuse("jwt: the payload is not a JSON object with distinct names")
	errDate      = refuse("jwt: exp, iat or nbf is not a date")
	errMissing   = refuse("jwt: a claim that is needed is missing")
	errSubject   = refuse("jwt: sub is not a text")
	errID        = refuse("jwt: jti is not a text")
	errExtras    = refuse("jwt: extras is not an object")
	errType      = refuse("jwt: a token of another type")
	errExpired   = refuse("jwt: expired")
	errNotYet    = refuse("jwt: not valid yet")
	errIssuedAt  = refuse("jwt: issued in the future")
	errIssuer    = refuse("jwt: another issuer")
	errAudience  = refuse("jwt: another audience")
	errNoAccount = refuse("jwt: no such user")
	errInactive  = refuse("jwt: the user is inactive")
)

// parseClaims reads the payload of a token whose signature was checked.
func (cfg *Config) parseClaims(payload string) (*Claims, *auth.Error) {
	c := &Claims{}
	if !c.payload.parse(payload) {
		return nil, errPayload
	}
	kind, kindInExtras := "", ""
	for name, raw := range c.payload.all() {
		var refusal *auth.Error
		switch name {
		case "sub":
			if c.Subject, _ = unquote(raw); c.Subject == "" {
				refusal = errSubject
			}
		case "exp":
			c.ExpiresAt, refusal = date(raw)
		case "iat":
			c.IssuedAt, refusal = date(raw)
		case "nbf":
			c.NotBefore, refusal = date(raw)
		case "iss":
			c.Issuer, _ = unquote(raw)
		case "jti":
			var ok bool
			if c.ID, ok = unquote(raw); !ok && !cfg.Compat.IgnoreID {
				refusal = errID
			}
		case "type":
			kind = raw
		case "extras":
			if raw[0] != '{' {
				refusal = errExtras
			}
		}
		if refusal != nil {
			return nil, refusal
		}
	}
	for name, raw := range c.payload.extras() {
		switch name {
		case "type":
			kindInExtras = raw
		case "family":
			c.Family, _ = unquote(raw)
		}
	}
	c.Type, _ = unquote(cmp.Or(kind, kindInExtras))
	return c, nil
}

// began returns when the login of a refresh token began. The first token of a login does not
// have the claim.
func (c *Claims) began() time.Time {
	if raw, ok := c.payload.extra("began"); ok {
		if began, refusal := date(raw); refusal == nil {
			return began
		}
	}
	return c.IssuedAt
}

// date reads a NumericDate (RFC 7519 §2); fractions of a second are dropped.
func date(raw string) (time.Time, *auth.Error) {
	const limit = 253_402_300_799 // the year 9999: what RFC 3339 and databases can write
	seconds, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		float, err := strconv.ParseFloat(raw, 64) // raw is JSON: no Inf, no hex
		if err != nil || math.Abs(float) > limit {
			return time.Time{}, errDate
		}
		seconds = int64(float)
	}
	if seconds > limit || seconds < -limit {
		return time.Time{}, errDate
	}
	return time.Unix(seconds, 0), nil
}

// checkClaims decides on a token of the given type.
func (cfg *Config) checkClaims(c *Claims, kind string) *auth.Error {
	switch now, leeway := cfg.Now().Unix(), int64(cfg.Leeway/time.Second); {
	case c.ExpiresAt.IsZero(),
		c.Subject == "" && !(cfg.foreign() && cfg.byClaims),
		c.IssuedAt.IsZero() && !cfg.foreign():
		return errMissing
	case !cfg.InsecureIgnoreExpiry && c.ExpiresAt.Unix()+leeway <= now:
		return errExpired
	case !cfg.Compat.IgnoreNotBefore && !c.NotBefore.IsZero() && c.NotBefore.Unix() > now+leeway:
		return errNotYet
	case !cfg.Compat.IgnoreIssuedAt && !c.IssuedAt.IsZero() && c.IssuedAt.Unix() > now+leeway:
		return errIssuedAt
	case cfg.AcceptIssuers != nil && (c.Issuer == "" || !slices.Contains(cfg.AcceptIssuers, c.Issuer)):
		return errIssuer
	case cfg.AcceptAudiences != nil && !cfg.audienceFits(c):
		return errAudience
	case c.Type != kind && (c.Type == TypeRefresh || kind != TypeAccess || !cfg.foreign()):
		return errType
	}
	if kind == TypeAccess && cfg.foreign() {
		if refusal := cfg.checkKind(c); refusal != nil {
			return refusal
		}
	}
	for _, name := range cfg.Require {
		if raw, ok := c.find(name); !ok || raw == "null" {
			return errMissing
		}
	}
	return nil
}

// audienceFits accepts a text, or a list of texts, one of which is accepted. Cognito's
// access tokens have no aud but the client_id of the application that they are for.
func (cfg *Config) audienceFits(c *Claims) bool {
	audience, found := c.payload.get("aud")
	if !found && cfg.foreign() {
		if use, _ := c.payload.get("token_use"); use == `"access"` {
			raw, _ := c.payload.get("client_id")
			client, ok := unquote(raw)
			return ok && slices.Contains(cfg.AcceptAudiences, client)
		}
	}
	if !strings.HasPrefix(audience, "[") {
		one, ok := unquote(audience)
		return ok && slices.Contains(cfg.AcceptAudiences, one)
	}
	fits := false
	for raw := range elements(audience) {
		one, ok := unquote(raw)
		if !ok {
			return false
		}
		fits = fits || slices.Contains(cfg.AcceptAudiences, one)
	}
	return fits && !cfg.StrictAudience
}
