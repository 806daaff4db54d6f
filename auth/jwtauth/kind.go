package jwtauth

import (
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
)

var errKind = refuse("jwt: a token of another kind")

// otherKinds are words of issuers for tokens that are not access tokens, as kindOf returns
// them: those of Keycloak (TokenUtil), Cognito, simplejwt and RFC 8417.
var otherKinds = []string{"id", "serializedid", "refresh", "offline", "logout", "dpop", "secevent"}

// accessKinds are their words for access tokens.
var accessKinds = []string{"access", "bearer", "at", "sliding"}

// checkKind refuses a token of another issuer that is marked as something else than an access
// token (RFC 8725 §3.11, §3.12).
func (cfg *Config) checkKind(c *Claims) *auth.Error {
	typ, ok := unquote(c.typ)
	if !ok && c.typ != "" {
		return errKind // not a string
	}
	typ = mediaType(typ)
	switch {
	case len(cfg.AcceptTypes) > 0:
		if !slices.ContainsFunc(cfg.AcceptTypes, func(accepted string) bool { return mediaType(accepted) == typ }) {
			return errKind
		}
		if typ != "" && typ != "jwt" {
			return nil // an explicit type decides
		}
	case otherType(typ):
		return errKind
	}
	for name, raw := range c.payload.all() {
		if otherClaim(name, raw) {
			return errKind
		}
	}
	return nil
}

// otherClaim reports whether a claim marks a token as another kind.
func otherClaim(name, raw string) bool {
	if raw == "null" {
		return false
	}
	word, text := unquote(raw)
	switch name {
	case "token_use", "token_type": // Cognito, simplejwt
		return !text || !slices.Contains(accessKinds, kindOf(word))
	case "typ": // Keycloak
		return text && otherType(mediaType(word))
	case "type": // of this package; other programs use it for anything, such as "employee"
		return text && kindOf(word) == TypeRefresh
	case "events": // a security event or a logout (RFC 8417 §2.2)
		return raw[0] == '{'
	}
	return false
}

// otherType reports whether a type, as mediaType returns it, is that of another kind of tokens.
// Each type with a structured suffix is one kind: dpop+jwt, logout+jwt. Okta has its own for
// access tokens.
func otherType(typ string) bool {
	switch {
	case typ == "" || typ == "jwt": // as nearly all are
		return false
	case strings.Contains(typ, "+"):
		return typ != "at+jwt" && !strings.HasSuffix(typ, "-at+jwt")
	}
	return slices.Contains(otherKinds, kindOf(typ))
}

// mediaType returns a header typ in lower case and without the optional "application/" (RFC
// 7515 §4.1.9).
func mediaType(typ string) string {
	if typ == "JWT" {
		return "jwt"
	}
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

// kindOf returns a word for a kind of tokens in one spelling: "id" for "ID", "id_token"
// and "IdToken".
func kindOf(word string) string {
	word = separators.Replace(strings.ToLower(word))
	if short := strings.TrimSuffix(word, "token"); short != "" {
		return short
	}
	return word
}
