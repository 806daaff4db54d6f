// Package endtoend measures servers over connections: the server has one core, the load generator
// wrk has another, and the cost of a request is the CPU time of the server's processes, with the kernel's
// work for them. What else runs on the machine changes how many requests a second there are; it
// hardly changes that cost.
package endtoend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Server is a peer that can be started.
type Server struct {
	Name string
	// Command returns the program and its arguments, its environment and its folder.
	Command func(port string) (args, env []string, dir string)
	Has     func(workload string) bool
}

// Plan says how much to measure.
type Plan struct {
	Rounds int
	// Seconds that each workload lasts in each round.
	Seconds int
	// Connections at once.
	Connections int
}

// Result is what a request cost a server.
type Result struct {
	Name string `json:"name"`
	// Microseconds of CPU time: the median of all rounds.
	Microseconds float64 `json:"us"`
	// Ratio is the median of the ratios to the first server of the same round.
	Ratio float64 `json:"ratio"`
	// PerSecond, and the latencies in milliseconds, are medians of all rounds.
	PerSecond float64 `json:"per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

// Missing returns what the machine lacks. Empty: nothing.
func Missing() string {
	for _, program := range []string{"wrk", "taskset"} {
		if _, err := exec.LookPath(program); err != nil {
			return program + " is not installed"
		}
	}
	if runtime.NumCPU() < 2 {
		return "there is one core for the server and the load"
	}
	return ""
}

// Run starts all servers and measures them in rounds. In each round each workload is sent to each
// server, in a random order, so that what disturbs the machine disturbs all alike. It returns the results
// of each workload, in the order of the workloads.
func Run(ctx context.Context, plan Plan, servers []Server, loads []workload.Workload) (_ [][]Result, err error) {
	processes := make([]*process, len(servers))
	defer func() {
		for _, p := range processes {
			if p != nil {
				err = errors.Join(err, p.stop())
			}
		}
	}()
	for i, server := range servers {
		if processes[i], err = ready(ctx, server, loads); err != nil {
			return nil, fmt.Errorf("%s: %w", server.Name, err)
		}
	}
	samples := make([][][]sample, len(loads)) // by workload and server, one for each round
	for i := range samples {
		samples[i] = make([][]sample, len(servers))
	}
	for range plan.Rounds {
		for i, w := range loads {
			for _, k := range rand.Perm(len(servers)) { //nolint:gosec // no secret
				if !servers[k].Has(w.ID) {
					continue
				}
				got, err := processes[k].load(ctx, plan, w)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", servers[k].Name, err)
				}
				samples[i][k] = append(samples[i][k], got)
			}
		}
	}
	results := make([][]Result, len(loads))
	for i := range loads {
		for k, server := range servers {
			if got := samples[i][k]; got != nil {
				results[i] = append(results[i], summary(server.Name, got, samples[i][0]))
			}
		}
	}
	return results, nil
}

// ready starts a server, checks its replies and warms it up.
func ready(ctx context.Context, server Server, loads []workload.Workload) (*process, error) {
	p, err := start(ctx, server)
	if err != nil {
		return nil, err
	}
	err = p.check(ctx, server, loads)
	for _, w := range loads {
		if err == nil && server.Has(w.ID) {
			_, err = p.load(ctx, Plan{Seconds: 1, Connections: 16}, w)
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func summary(name string, got, base []sample) Result {
	of := func(value func(sample) float64) float64 {
		values := make([]float64, len(got))
		for i, s := range got {
			values[i] = value(s)
		}
		return median(values)
	}
	ratios := make([]float64, len(got))
	for i := range got {
		ratios[i] = got[i].microseconds / base[i].microseconds
	}
	return Result{
		Name: name, Ratio: median(ratios),
		Microseconds: of(func(s sample) float64 { return s.microseconds }),
		PerSecond:    of(func(s sample) float64 { return s.perSecond }),
		P50:          of(func(s sample) float64 { return s.p50 }),
		P99:          of(func(s sample) float64 { return s.p99 }),
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// script is what wrk runs to send a body.
func script(w workload.Workload) string {
	var b strings.Builder
	fmt.Fprintf(&b, "wrk.method = %q\n", w.Method)
	if w.Body != "" {
		fmt.Fprintf(&b, "wrk.body = [==[%s]==]\n", w.Body)
	}
	return b.String()
}
