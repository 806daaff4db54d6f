package rest

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/requestid"
)

// behindProxy judges the forwarded headers of a request, once: they count only if
// the peer is a trusted proxy.
func (a *API) behindProxy(r *http.Request) *http.Request {
	if len(a.settings.TrustedProxies) == 0 && !a.settings.TrustUnixProxy {
		a.reportForwarded(r)
		return r
	}
	peer := forwarded.Peer(r)
	if !a.trusted(peer) && !(a.settings.TrustUnixProxy && onUnixSocket(r)) {
		a.reportForwarded(r)
		return r
	}
	client, hops := a.clientAddr(r, peer)
	ctx := forwarded.WithClient(r.Context(), client)
	// Each proxy adds an element, or the outermost one alone writes the header: the
	// scheme of the client stands as far from the end as its address.
	if protos := elements(r.Header["X-Forwarded-Proto"]); len(protos) > 0 {
		ctx = forwarded.WithSecure(ctx, strings.EqualFold(protos[max(0, len(protos)-hops)], "https"))
	}
	return r.WithContext(ctx)
}

// reportForwarded logs the first time that a peer which is not trusted sends forwarded
// headers: mostly a proxy that Settings do not name, so that all clients have its address
// and share its limits.
func (a *API) reportForwarded(r *http.Request) {
	if r.Header["X-Forwarded-For"] == nil && r.Header["X-Forwarded-Proto"] == nil && r.Header["Forwarded"] == nil || a.reported.Swap(true) {
		return
	}
	fix := "if it is your proxy, add its address to Settings.TrustedProxies; if not, it is a client that makes them up"
	if onUnixSocket(r) {
		fix = "if only your proxy can connect to the socket, set Settings.TrustUnixProxy"
	}
	a.logger.WarnContext(r.Context(), "rest: forwarded headers of an untrusted peer are ignored; this is logged once",
		"peer", r.RemoteAddr, "fix", fix)
}

// clientAddr is the rightmost address of X-Forwarded-For that is not a trusted
// proxy's own, the last one that a trusted proxy has seen, and the number of proxies in
// front of the API.
func (a *API) clientAddr(r *http.Request, peer netip.Addr) (client netip.Addr, hops int) {
	list := elements(r.Header["X-Forwarded-For"])
	client, hops = peer, 1
	for i := len(list) - 1; i >= 0; i-- {
		addr := forwarded.ParseAddr(list[i])
		if !addr.IsValid() {
			break
		}
		client, hops = addr, len(list)-i
		if !a.trusted(client) {
			break
		}
	}
	return client, hops
}

// onUnixSocket reports whether a request came over a Unix socket, by the address on
// which the server listens: its client has none.
func onUnixSocket(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return ok && local != nil
}

func (a *API) trusted(addr netip.Addr) bool {
	addr = addr.WithZone("") // which a prefix never contains, and which is local to the machine
	for _, prefix := range a.settings.TrustedProxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// ClientAddr returns the address of the client: of the peer, or what
// Settings.TrustedProxies made of X-Forwarded-For. Invalid if there is none.
func ClientAddr(r *http.Request) netip.Addr { return forwarded.Client(r) }

// clientText is ClientAddr for an event.
func clientText(r *http.Request) string {
	if addr := ClientAddr(r); addr.IsValid() {
		return addr.String()
	}
	return ""
}

// elements are those of a list in header lines (RFC 9110 §5.6.1).
func elements(lines []string) []string {
	var list []string
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			if element = strings.TrimSpace(element); element != "" {
				list = append(list, element)
			}
		}
	}
	return list
}

// RequestID returns the X-Request-Id that a request came with, if it is one of up
// to 64 letters, digits, '-', '_' and '.'; otherwise it makes one and keeps it in the
// request's header. It stands in each line that the framework logs.
func RequestID(r *http.Request) string { return requestid.Of(r) }
