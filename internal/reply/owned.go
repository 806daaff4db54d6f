package reply

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/internal/field"
)

// ownedHeaders are the headers of a reply that the framework or net/http sets, with what
// to do instead of setting them.
var ownedHeaders = map[string]string{
	"Connection":        "net/http manages connections; Server.SetKeepAlivesEnabled and Server.IdleTimeout configure it",
	"Content-Length":    "it is counted when the body is written",
	"Content-Type":      "it is that of the codec, see Settings.Codecs; a body of another type names it in its tag, as in body:\"text/csv\"",
	"Keep-Alive":        "net/http manages connections; Server.IdleTimeout configures it",
	"Proxy-Connection":  "net/http manages connections",
	"Te":                "it is a header of requests",
	"Trailer":           "trailers need an http.Handler, see HandleHTTP",
	"Transfer-Encoding": "net/http chooses it when the body is written",
	"Upgrade":           "another protocol needs an http.Handler, see HandleHTTP",
}

// CheckName returns an error if a program cannot set a header of a reply.
func CheckName(name string) error {
	if !field.IsToken(name) {
		return fmt.Errorf("%q cannot be the name of a header; want a token (RFC 9110 §5.6.2)", name)
	}
	if instead, owned := ownedHeaders[http.CanonicalHeaderKey(name)]; owned {
		return fmt.Errorf("the header %s cannot be set: %s", http.CanonicalHeaderKey(name), instead)
	}
	return nil
}

// Check returns an error if a program cannot set a header of a reply, or if its values
// cannot be sent.
func Check(name string, values []string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return checkValues(name, values)
}

func checkValues(name string, values []string) error {
	for _, value := range values {
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("rest: the value of header %s has a line break", name)
		}
	}
	return nil
}
