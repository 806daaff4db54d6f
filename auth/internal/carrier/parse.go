package carrier

import (
	"net/http"
	"strings"
)

// HeaderValue returns the value of a header whose canonical name is given. Repeated lines
// are one value joined by commas (RFC 9110 §5.3), so that a request cannot show one line
// to a proxy and another to us.
func HeaderValue(r *http.Request, name string) string {
	lines := r.Header[name]
	if len(lines) == 1 {
		return lines[0]
	}
	return strings.Join(lines, ",")
}

// Scheme splits "scheme credential" (RFC 9110 §11.4). The scheme is matched in any case and
// is followed by one or more spaces. It reports false if the header has another scheme, or
// not exactly one credential. For an empty scheme it returns the whole value, and false if
// that is empty.
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

// bearer reports whether a header and its scheme are those of RFC 6750.
func bearer(header, scheme string) bool {
	return http.CanonicalHeaderKey(header) == "Authorization" && strings.EqualFold(scheme, "Bearer")
}

var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Challenge returns the challenge of a scheme and a realm (RFC 9110 §11.6.1). Some clients
// do not understand a scheme without a parameter, which RFC 6750 §3 forbids for Bearer. An
// empty realm leaves the parameter out.
func Challenge(scheme, realm string) string {
	if realm == "" {
		return scheme
	}
	return scheme + ` realm="` + quoted.Replace(realm) + `"`
}

// invalidToken returns the challenge for a Bearer token that was refused (RFC 6750 §3.1).
func invalidToken(scheme, realm string) string {
	if realm == "" {
		return scheme + ` error="invalid_token"`
	}
	return Challenge(scheme, realm) + `, error="invalid_token"`
}

// BadRealm reports whether a realm cannot be written in a challenge.
func BadRealm(realm string) bool {
	return strings.ContainsFunc(realm, func(r rune) bool { return r < ' ' || r == 0x7f })
}
