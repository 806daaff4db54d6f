// Package cookie reads one cookie of a request without parsing the others.
package cookie

import (
	"net/http"
	"strings"
)

// Last returns the value of the last cookie called name, and whether there is
// one. Names are case-sensitive. A pair of double quotes around the value is
// dropped (RFC 6265 §4.1.1); nothing else of the value is checked or changed, so
// the caller must not trust its characters. It does not allocate.
//
// The last one wins because that is what Python's servers do, with whom a site's
// cookies are shared. A browser sends the cookie with the longest path first.
func Last(header http.Header, name string) (value string, found bool) {
	lines := header["Cookie"]
	for i := len(lines) - 1; i >= 0; i-- {
		rest := lines[i]
		for more := true; more; {
			pair := rest
			at := strings.LastIndexByte(rest, ';')
			if more = at >= 0; more {
				rest, pair = rest[:at], rest[at+1:]
			}
			key, value, ok := strings.Cut(pair, "=")
			if ok && strings.Trim(key, space) == name {
				return unquote(strings.Trim(value, space)), true
			}
		}
	}
	return "", false
}

// space is what may surround a name and a value.
const space = " \t\r\n\v\f"

func unquote(value string) string {
	if n := len(value); n >= 2 && value[0] == '"' && value[n-1] == '"' {
		return value[1 : n-1]
	}
	return value
}
