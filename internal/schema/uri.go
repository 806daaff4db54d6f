package schema

import "strings"

const (
	unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	subDelims  = "!$&'()*+,;="
	pchar      = unreserved + subDelims + ":@"
)

// isURI reports whether a text is a URI (RFC 3986 §3), or a URI reference (§4.1) where
// absolute is false. An IRI (RFC 3987) may have characters outside of ASCII.
func isURI(s string, absolute, iri bool) bool {
	rest, fragment, _ := strings.Cut(s, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if !uriChars(fragment, pchar+"/?", iri) || !uriChars(query, pchar+"/?", iri) {
		return false
	}
	first, _, _ := strings.Cut(rest, "/")
	if scheme, _, ok := strings.Cut(first, ":"); ok {
		if !isScheme(scheme) {
			return false // the first segment of a reference has no colon
		}
		rest = rest[len(scheme)+1:]
	} else if absolute {
		return false
	}
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		authority, rest, _ = strings.Cut(authority, "/")
		if !isAuthority(authority, iri) {
			return false
		}
	}
	return uriChars(rest, pchar+"/", iri)
}

func isScheme(s string) bool {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") != "" {
		return false
	}
	c := s[0] | 0x20
	return c >= 'a' && c <= 'z'
}

func isAuthority(s string, iri bool) bool {
	if user, host, ok := strings.Cut(s, "@"); ok {
		if !uriChars(user, unreserved+subDelims+":", iri) {
			return false
		}
		s = host
	}
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal, port, ok := strings.Cut(literal, "]")
		return ok && (isIPv6(literal) || isFutureIP(literal)) && (port == "" || port[0] == ':' && isDigits(port[1:]))
	}
	host, port, _ := strings.Cut(s, ":")
	return uriChars(host, unreserved+subDelims, iri) && isDigits(port)
}

// isFutureIP reports whether a text is an IPvFuture, such as v1.fe.
func isFutureIP(s string) bool {
	version, address, ok := strings.Cut(s, ".")
	return ok && len(version) > 1 && version[0]|0x20 == 'v' && strings.Trim(version[1:], "0123456789abcdefABCDEF") == "" &&
		address != "" && strings.Trim(address, unreserved+subDelims+":") == ""
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// uriChars reports whether a text consists of the allowed characters and of escapes.
func uriChars(s, allowed string, iri bool) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		case c >= 0x80:
			if !iri {
				return false
			}
		case strings.IndexByte(allowed, c) < 0:
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
