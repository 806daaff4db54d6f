package rest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ownedHeaders are the fields of a reply that the framework or net/http writes, with
// what to do instead.
var ownedHeaders = map[string]string{
	"Connection":        "net/http manages connections; Server.SetKeepAlivesEnabled and Server.IdleTimeout configure it",
	"Content-Length":    "it is counted when the body is written",
	"Content-Type":      "it is that of the codec, see Settings.Codecs",
	"Keep-Alive":        "net/http manages connections; Server.IdleTimeout configures it",
	"Proxy-Connection":  "net/http manages connections",
	"Te":                "it is a header of requests",
	"Trailer":           "trailers need a handler of your own, see Mount",
	"Transfer-Encoding": "net/http chooses it when the body is written",
	"Upgrade":           "another protocol needs a handler of your own, see Mount",
}

// checkReplyHeader returns why a program cannot set a field of a reply.
func checkReplyHeader(name string) error {
	if name == "" || strings.ContainsFunc(name, notToken) {
		return fmt.Errorf("%q cannot be the name of a header: want a token (RFC 9110 §5.6.2)", name)
	}
	if instead, owned := ownedHeaders[http.CanonicalHeaderKey(name)]; owned {
		return fmt.Errorf("the header %s cannot be set: %s", http.CanonicalHeaderKey(name), instead)
	}
	return nil
}

// checkReplyValues returns why the values of a field cannot be sent.
func checkReplyValues(name string, values []string) error {
	for _, value := range values {
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("rest: the value of header %s has a line break", name)
		}
	}
	return nil
}

func notToken(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}

// addHeader adds the fields of an error, or of an identity, to a reply. What they
// cannot set is left out and logged.
func (x *exchange) addHeader(to, from http.Header) {
	if len(from) == 0 {
		return // the usual case, for free
	}
	for _, name := range sortedKeys(from) {
		err := checkReplyHeader(name)
		if err == nil {
			err = checkReplyValues(name, from[name])
		}
		if err != nil {
			x.log("reply header left out", err)
			continue
		}
		addHeader(to, name, from[name])
	}
}

// addHeader sets a field of a reply, or adds to one that several have a part in.
func addHeader(to http.Header, name string, values []string) {
	key := http.CanonicalHeaderKey(name)
	if key == "Vary" || key == "Set-Cookie" {
		to[key] = append(slices.Clip(to[key]), values...)
		return
	}
	to[key] = slices.Clone(values)
}

// hasNoBody reports whether replies of a status end after their header (RFC 9110
// §15.3.5, §15.3.6, §15.4.5).
func hasNoBody(status int) bool {
	return status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified
}
