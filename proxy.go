package rest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/requestid"
)

type clientKey struct{}

// behindProxy judges the forwarded headers of a request, once: they count only if
// the peer is a trusted proxy.
func (a *API) behindProxy(r *http.Request) *http.Request {
	if len(a.settings.TrustedProxies) == 0 && !a.settings.TrustUnixProxy {
		return r
	}
	peer := peerAddr(r)
	if !a.trusted(peer) && !(a.settings.TrustUnixProxy && onUnixSocket(r)) {
		return r
	}
	ctx := r.Context()
	if proto := lastElement(r.Header["X-Forwarded-Proto"]); proto != "" {
		ctx = forwarded.With(ctx, strings.EqualFold(proto, "https"))
	}
	return r.WithContext(context.WithValue(ctx, clientKey{}, a.clientAddr(r, peer)))
}

// clientAddr is the rightmost address of X-Forwarded-For that is not a trusted
// proxy's own: the last one that somebody we trust has seen.
func (a *API) clientAddr(r *http.Request, peer netip.Addr) netip.Addr {
	elements := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	client := peer
	for i := len(elements) - 1; i >= 0; i-- {
		addr := parseAddr(strings.TrimSpace(elements[i]))
		if !addr.IsValid() {
			return client
		}
		if client = addr; !a.trusted(client) {
			return client
		}
	}
	return client
}

// onUnixSocket reports whether a request came over a Unix socket, by the address on
// which the server listens: its client has none.
func onUnixSocket(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return ok && local != nil
}

func (a *API) trusted(addr netip.Addr) bool {
	for _, prefix := range a.settings.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// ClientAddr returns the address of the client: of the peer, or what
// Settings.TrustedProxies made of X-Forwarded-For. Invalid if there is none.
func ClientAddr(r *http.Request) netip.Addr {
	if addr, ok := r.Context().Value(clientKey{}).(netip.Addr); ok {
		return addr
	}
	return peerAddr(r)
}

// clientText is ClientAddr for an event.
func clientText(r *http.Request) string {
	if addr := ClientAddr(r); addr.IsValid() {
		return addr.String()
	}
	return ""
}

func peerAddr(r *http.Request) netip.Addr { return parseAddr(r.RemoteAddr) }

// parseAddr reads an address, with or without a port, as net/http and proxies write
// it. Anything else is invalid: the name of a Unix socket, "unknown".
func parseAddr(text string) netip.Addr {
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

func lastElement(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	last := lines[len(lines)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// RequestID returns the X-Request-Id that a request came with, if it is one of up
// to 64 letters, digits, '-', '_' and '.'; otherwise it makes one and keeps it in the
// request's header. It stands in each line that the framework logs.
func RequestID(r *http.Request) string { return requestid.Of(r) }
