package jwtauth

import (
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
)

var errKind = refuse("jwt: a token of another kind")

// otherKinds are words of issuers for tokens that are not access tokens, as kindOf
// writes them: of Keycloak (TokenUtil), Cognito, simplejwt and RFC 8417.
var otherKinds = []string{"id", "serializedid", "refresh", "offline", "logout", "dpop", "secevent"}

// accessKinds are their words for access tokens.
var accessKinds = []string{"access", "bearer", "at", "sliding"}

// checkKind refuses what another issuer has signed for another purpose than access, as
// far as it says so (RFC 8725 §3.11, §3.12).
func (cfg *Config) checkKind(c *Claims) *auth.Error {
	typ, ok := unquote(c.typ)
	if !ok && c.typ != "" {
		return errKind // a number, say
	}
	typ = mediaType(typ)
	switch {
	case len(cfg.AcceptTypes) > 0:
		if !slices.ContainsFunc(cfg.AcceptTypes, func(accepted string) bool { return mediaType(accepted) == typ }) {
			return errKind
		}
		if typ != "" && typ != "jwt" {
			return nil // the type is explicit: it says more than any claim
		}
	case otherType(typ):
		return errKind
	}
	for name, raw := range members(c.payload) {
		if otherClaim(name, raw) {
			return errKind
		}
	}
	return nil
}

// otherClaim reports whether a claim says that a token is of another kind.
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
	case "type": // ours, and otherwise the application's: "employee", say
		return text && kindOf(word) == TypeRefresh
	case "events": // a security event or a logout (RFC 8417 §2.2)
		return raw[0] == '{'
	}
	return false
}

// otherType reports whether a type, as mediaType writes it, is that of another kind of
// tokens. Types with a structured suffix name one kind each: dpop+jwt, logout+jwt. Okta's
// access tokens have one of its own.
func otherType(typ string) bool {
	switch {
	case typ == "" || typ == "jwt": // as nearly all are
		return false
	case strings.Contains(typ, "+"):
		return typ != "at+jwt" && !strings.HasSuffix(typ, "-at+jwt")
	}
	return slices.Contains(otherKinds, kindOf(typ))
}

// mediaType returns a header typ in lower case and without "application/", which may be
// left out (RFC 7515 §4.1.9).
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
