// Package requestid names requests, so that the lines of a log that belong together
// can be found.
package requestid

import (
	"crypto/rand"
	"net/http"
	"strings"
)

const (
	header  = "X-Request-Id"
	longest = 64
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
)

// Of returns the X-Request-Id of a request if it can stand in a log; otherwise it makes
// one and keeps it in the request's header.
func Of(r *http.Request) string {
	id := r.Header.Get(header)
	if id != "" && len(id) <= longest && strings.Trim(id, letters) == "" {
		return id
	}
	id = rand.Text()
	r.Header.Set(header, id)
	return id
}
