// Package peers has the servers that are compared, one in each file.
package peers

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/valyala/fasthttp"

	"github.com/go-modern-rest/rest/benchmark/site"
)

// Peer is a server in Go. It has either HTTP or Fast.
type Peer struct {
	Name string
	// Note says which libraries it uses.
	Note string
	// HTTP makes the handler of a peer on net/http.
	HTTP func(*site.Site) (http.Handler, error)
	// Fast makes the handler of a peer on fasthttp, which is not comparable in all respects.
	Fast func(*site.Site) (fasthttp.RequestHandler, error)
	// Whole says that the peer has all workloads. Others have neither streams nor Django's rows
	// nor database servers, where they would do what the floor does.
	Whole bool
}

// Floor is the name of the peer that the others are compared with.
const Floor = "floor"

// All are the peers, the floor first.
func All() []Peer {
	return []Peer{floor, floorHeaders, chiPeer, ginPeer, echoPeer, humaPeer, fuegoPeer, fiberPeer, ours, oursUnchecked, oursBare}
}

// Has reports whether the peer has a workload.
func (p *Peer) Has(workload string) bool { return p.Whole || !slices.Contains(onlyWhole, workload) }

var onlyWhole = []string{"W4d", "SSE", "P4", "P5", "PF", "R4", "RB"}

// Named returns the peers with these names, or all of them if there are none.
func Named(names ...string) ([]Peer, error) {
	if len(names) == 0 {
		return All(), nil
	}
	var chosen []Peer
	for _, name := range names {
		at := slices.IndexFunc(All(), func(p Peer) bool { return p.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("peers: unknown peer %q", name)
		}
		chosen = append(chosen, All()[at])
	}
	return chosen, nil
}
