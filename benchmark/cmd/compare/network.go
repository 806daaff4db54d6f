package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/python"
	"github.com/go-modern-rest/rest/benchmark/report"
	"github.com/go-modern-rest/rest/benchmark/rust"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// overConnections are the workloads that are measured over connections.
var overConnections = []string{"W0", "W1", "W1f", "W2", "W4", "W4d", "W5", "W7", "W8"}

// numbers of connections in the plot.
var numbers = []int{1, 16, 64, 256, 1000}

// network measures servers over connections.
func (r *runner) network(ctx context.Context) error {
	if missing := endtoend.Missing(); missing != "" {
		leaveOut("everything over connections: " + missing)
		return nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", r.serveProgram(), "./cmd/serve") //nolint:gosec // our own folder
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	var loads []workload.Workload
	for _, w := range workload.All(r.site) {
		if slices.Contains(overConnections, w.ID) && r.loads.has(w.ID) {
			loads = append(loads, w)
		}
	}
	servers := r.servers()
	results, err := endtoend.Run(ctx, r.connections, servers, loads)
	if err != nil {
		return err
	}
	for i, w := range loads {
		r.report.Network = append(r.report.Network, report.Network{ID: w.ID, Results: results[i]})
	}
	if len(r.peers) == 0 && len(r.loads) == 0 {
		return r.byConnections(ctx, servers)
	}
	return nil
}

// servers are all peers as servers.
func (r *runner) servers() []endtoend.Server {
	var servers []endtoend.Server
	for _, p := range r.chosen {
		if p.Name == "ours, unchecked" {
			continue // too little differs from ours
		}
		servers = append(servers, endtoend.Server{Name: p.Name, Has: p.Has, Command: func(port string) (args, env []string, dir string) {
			return []string{r.serveProgram(), "-peer", p.Name, "-dir", r.site.Dir(), "-port", port}, nil, ""
		}})
	}
	if r.rust {
		servers = append(servers, endtoend.Server{Name: rust.Name, Has: rust.Has, Command: func(port string) (args, env []string, dir string) {
			return rust.Serve(r.site, port), nil, ""
		}})
	}
	if r.python {
		for _, p := range python.All {
			servers = append(servers, endtoend.Server{Name: p.Name, Has: python.Has, Command: func(port string) (args, env []string, dir string) {
				return p.Command(r.site, port)
			}})
		}
	}
	return servers
}

// byConnections makes the plot of the cost of W1 by the number of connections.
func (r *runner) byConnections(ctx context.Context, servers []endtoend.Server) error {
	chart := plot.Chart{Name: "connections", Title: "W1 over connections, by their number", X: "connections", Y: "µs of the server's CPU"}
	few := slices.DeleteFunc(servers, func(s endtoend.Server) bool {
		return !slices.Contains([]string{peers.Floor, peers.Ours, rust.Name}, s.Name)
	})
	for _, n := range numbers {
		plan := r.connections
		plan.Connections, plan.Rounds = n, min(plan.Rounds, 2)
		loads := slices.DeleteFunc(workload.All(r.site), func(w workload.Workload) bool { return w.ID != "W1" })
		results, err := endtoend.Run(ctx, plan, few, loads)
		if err != nil {
			return err
		}
		for i, result := range results[0] {
			if i == len(chart.Lines) {
				chart.Lines = append(chart.Lines, plot.Line{Name: result.Name})
			}
			chart.Lines[i].Points = append(chart.Lines[i].Points, [2]float64{float64(n), result.Microseconds})
		}
	}
	r.report.Charts = append(r.report.Charts, chart)
	return nil
}
