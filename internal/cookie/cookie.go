// Package cookie reads one cookie of a request without parsing the others.
package cookie

import (
	"fmt"
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

// Check finds in a cookie's settings what browsers would drop it for (RFC 6265bis
// §4.1.3, §5.7), and what net/http would not send. Its value is not looked at.
func Check(pkg string, c *http.Cookie) error {
	fail := func(why string) error { return fmt.Errorf("%s: the cookie %q %s", pkg, c.Name, why) }
	name := strings.ToLower(c.Name) // as browsers compare the prefixes
	host := strings.HasPrefix(name, "__host-")
	if err := c.Valid(); err != nil {
		return fail("cannot be sent: " + err.Error())
	}
	switch {
	case !strings.HasPrefix(c.Path, "/"):
		return fail(fmt.Sprintf("has the path %q, which must begin with a slash", c.Path))
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return fail("has SameSite=None and must be Secure; browsers drop it otherwise")
	case (host || strings.HasPrefix(name, "__secure-")) && !c.Secure:
		return fail("must be Secure because of its prefix; browsers drop it otherwise")
	case host && (c.Path != "/" || c.Domain != ""):
		return fail("must have the path / and no domain because of its prefix; browsers drop it otherwise")
	}
	return nil
}
