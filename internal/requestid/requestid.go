// Package requestid names requests, so that the lines of a log that belong together
// can be found.
package requestid

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// Header is the name of the field, in requests and replies.
const Header = "X-Request-Id"

const (
	longest = 64
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
)

// Of returns the X-Request-Id of a request if it can be in a log; otherwise it makes one
// and keeps it in the request's header.
func Of(r *http.Request) string {
	if sent := Sent(r); sent != nil {
		return sent[0]
	}
	id := rand.Text()
	r.Header.Set(Header, id)
	return id
}

// Sent returns the X-Request-Id that a request has, as a field of a header, if it can be
// in a log; otherwise nil.
func Sent(r *http.Request) []string {
	sent := r.Header[Header]
	if len(sent) == 0 || sent[0] == "" || len(sent[0]) > longest || strings.Trim(sent[0], letters) != "" {
		return nil
	}
	return sent[:1:1]
}
