// Package credential reads the credential of a request header.
package credential

import (
	"errors"
	"net/http"
	"strings"
)

// Header returns the value of a header whose canonical name is given. Repeated
// lines are one value joined by commas (RFC 9110 §5.3), so that a request cannot
// show one line to a proxy and another to us.
func Header(r *http.Request, name string) string {
	lines := r.Header[name]
	if len(lines) == 1 {
		return lines[0]
	}
	return strings.Join(lines, ",")
}

// Scheme splits "scheme credential" (RFC 9110 §11.4): the scheme is matched in any
// case and is followed by one or more spaces. It reports false where the header
// holds another scheme, or no single credential. An empty scheme takes the whole
// value, if there is one.
func Scheme(value, scheme string) (string, bool) {
	if scheme == "" {
		return value, value != ""
	}
	if len(value) <= len(scheme) || value[len(scheme)] != ' ' || !strings.EqualFold(value[:len(scheme)], scheme) {
		return "", false
	}
	rest := strings.TrimLeft(value[len(scheme):], " ")
	if rest == "" || strings.IndexByte(rest, ' ') >= 0 {
		return "", false
	}
	return rest, true
}

// Bearer reports whether a header and its scheme are what RFC 6750 calls Bearer.
func Bearer(header, scheme string) bool {
	return http.CanonicalHeaderKey(header) == "Authorization" && strings.EqualFold(scheme, "Bearer")
}

var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Challenge is the challenge of a scheme and a realm (RFC 9110 §11.6.1). Some clients do
// not understand a scheme without a parameter, which RFC 6750 §3 forbids for Bearer. An
// empty realm leaves the parameter out.
func Challenge(scheme, realm string) string {
	if realm == "" {
		return scheme
	}
	return scheme + ` realm="` + quoted.Replace(realm) + `"`
}

// InvalidToken is the challenge when a Bearer token was refused (RFC 6750 §3.1); empty
// for other schemes.
func InvalidToken(header, scheme, realm string) string {
	switch {
	case !Bearer(header, scheme):
		return ""
	case realm == "":
		return scheme + ` error="invalid_token"`
	}
	return Challenge(scheme, realm) + `, error="invalid_token"`
}

// CheckRealm finds what cannot be written in a challenge.
func CheckRealm(realm string) error {
	if strings.ContainsFunc(realm, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return errors.New("Realm has a control character")
	}
	return nil
}
