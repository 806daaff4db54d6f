package forwarded

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are the peers whose X-Forwarded-For and X-Forwarded-Proto are believed. The zero
// value believes none.
type Proxies struct {
	Trusted []netip.Prefix
	Unix    bool // peers on Unix sockets, which have no address
}

// Mistakes returns what is wrong with the prefixes.
func (p *Proxies) Mistakes() []error {
	var errs []error
	for _, prefix := range p.Trusted {
		switch {
		case !prefix.IsValid():
			errs = append(errs, errors.New("has a prefix that is not valid; write 10.0.0.1/32 for one address"))
		case prefix.Bits() == 0:
			errs = append(errs, fmt.Errorf("has %v, which trusts every client to name its own address; list the addresses of your proxies", prefix))
		case prefix.Addr().Is4In6():
			errs = append(errs, fmt.Errorf("has %v, which no address matches; write the IPv4 prefix", prefix))
		}
	}
	return errs
}

// Read returns the request with what its peer says about the client, for [Client] and
// [Secure]. ignored reports that the peer is not trusted and sent forwarded headers.
func (p *Proxies) Read(r *http.Request) (read *http.Request, ignored bool) {
	if len(p.Trusted) == 0 && !p.Unix {
		return r, hasForwarded(r)
	}
	peer := Peer(r)
	if !p.trusts(peer) && !(p.Unix && OnUnixSocket(r)) {
		return r, hasForwarded(r)
	}
	client, hops := p.client(r, peer)
	ctx := WithClient(r.Context(), client)
	// Each proxy adds an element, or the outermost one alone writes the header: the
	// scheme of the client is as far from the end as its address.
	if protos := elements(r.Header["X-Forwarded-Proto"]); len(protos) > 0 {
		ctx = WithSecure(ctx, strings.EqualFold(protos[max(0, len(protos)-hops)], "https"))
	}
	return r.WithContext(ctx), false
}

func hasForwarded(r *http.Request) bool {
	return r.Header["X-Forwarded-For"] != nil || r.Header["X-Forwarded-Proto"] != nil || r.Header["Forwarded"] != nil
}

// client returns the rightmost address of X-Forwarded-For that is not a trusted proxy's
// own, the last one that a trusted proxy has seen, and the number of proxies in front of
// the server.
func (p *Proxies) client(r *http.Request, peer netip.Addr) (client netip.Addr, hops int) {
	list := elements(r.Header["X-Forwarded-For"])
	client, hops = peer, 1
	for i := len(list) - 1; i >= 0; i-- {
		addr := ParseAddr(list[i])
		if !addr.IsValid() {
			break
		}
		client, hops = addr, len(list)-i
		if !p.trusts(client) {
			break
		}
	}
	return client, hops
}

func (p *Proxies) trusts(addr netip.Addr) bool {
	addr = addr.WithZone("") // which a prefix never contains, and which is local to the machine
	for _, prefix := range p.Trusted {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// OnUnixSocket reports whether a request came over a Unix socket, by the address on
// which the server listens: its client has none.
func OnUnixSocket(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.UnixAddr)
	return ok && local != nil
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
