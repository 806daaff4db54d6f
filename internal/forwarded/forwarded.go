// Package forwarded carries what a trusted proxy said about a request to the packages that
// need it: the scheme and the address of the client. The headers are read once, by
// [Proxies]; the functions here never read them.
package forwarded

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

type (
	secureKey struct{}
	clientKey struct{}
)

// WithSecure stores whether the client reached the trusted proxy over https.
func WithSecure(ctx context.Context, secure bool) context.Context {
	return context.WithValue(ctx, secureKey{}, secure)
}

// Secure reports whether the client sent the request over https: to this server, or to a
// trusted proxy in front of it.
func Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	secure, _ := r.Context().Value(secureKey{}).(bool)
	return secure
}

// WithClient stores the address of the client that a trusted proxy named.
func WithClient(ctx context.Context, client netip.Addr) context.Context {
	return context.WithValue(ctx, clientKey{}, client)
}

// Client returns the address of the client: the one that a trusted proxy named, otherwise
// that of the peer. It is invalid if there is none, as on a Unix socket.
func Client(r *http.Request) netip.Addr {
	if addr, ok := r.Context().Value(clientKey{}).(netip.Addr); ok {
		return addr
	}
	return Peer(r)
}

// Peer returns the address at the other end of the connection; invalid if there is none.
func Peer(r *http.Request) netip.Addr { return ParseAddr(r.RemoteAddr) }

// ParseAddr reads an address with or without a port, as net/http and proxies write it.
// Anything else, such as the name of a Unix socket or "unknown", is invalid.
func ParseAddr(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}
