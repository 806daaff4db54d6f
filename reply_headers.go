package rest

import (
	"net/http"
	"slices"

	"github.com/go-modern-rest/rest/internal/reply"
)

// addHeader adds the fields of an error, or of an identity, to a reply. What they
// cannot set is left out and logged.
func (x *exchange) addHeader(to, from http.Header) {
	if len(from) == 0 {
		return // the usual case, for free
	}
	for _, name := range sortedKeys(from) {
		err := reply.CheckName(name)
		if err == nil {
			err = reply.CheckValues(name, from[name])
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
