// Package field reads the syntax that the values of header fields share (RFC 9110 §5.6).
package field

import "strings"

// IsToken reports whether a text is a token (RFC 9110 §5.6.2), such as the name of a header
// field, of a cookie or of a method.
func IsToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// Cut splits a text at the first separator that is not in a quoted string (RFC 9110
// §5.6.4).
func Cut(text string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == separator && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}
