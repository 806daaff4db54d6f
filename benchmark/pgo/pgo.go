package pgo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Profile is where the compiler looks for the profile of the example.
const Profile = example + "/default.pgo"

// Effect is what a request costs with the profile, and without.
type Effect struct {
	Workload string
	// Ratio of the CPU time with the profile to the one without.
	Ratio float64
}

// run is a folder with the programs and the data of the example.
type run struct {
	dir   string
	loads []workload.Workload
}

// Make profiles the example while it answers requests of each kind, and returns what the profile,
// which is written to out, brings.
func Make(ctx context.Context, out string, making, measuring endtoend.Plan) ([]Effect, error) {
	dir, err := os.MkdirTemp("", "pgo-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &run{dir: dir}
	if err := build(ctx, r.path("plain"), "-pgo=off"); err != nil {
		return nil, err
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	if err := buildProfiled(ctx, dir, r.path("profiled")); err != nil {
		return nil, err
	}
	if _, err := endtoend.Run(ctx, making, []endtoend.Server{r.server("profiled")}, r.loads); err != nil {
		return nil, err
	}
	if err := merge(ctx, dir, out); err != nil {
		return nil, err
	}
	profile, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	if err := build(ctx, r.path("optimized"), "-pgo="+profile); err != nil {
		return nil, err
	}
	return r.compare(ctx, measuring)
}

// compare measures the programs with and without the profile in the same rounds.
func (r *run) compare(ctx context.Context, plan endtoend.Plan) ([]Effect, error) {
	results, err := endtoend.Run(ctx, plan, []endtoend.Server{r.server("plain"), r.server("optimized")}, r.loads)
	if err != nil {
		return nil, err
	}
	effects := make([]Effect, len(r.loads))
	for i, w := range r.loads {
		effects[i] = Effect{w.ID, results[i][1].Ratio}
	}
	return effects, nil
}

func (r *run) path(name string) string { return filepath.Join(r.dir, name) }

// server is one of the programs, on the data that all of them share.
func (r *run) server(program string) endtoend.Server {
	return endtoend.Server{
		Name: program,
		Has:  func(string) bool { return true },
		Command: func(port string) (args, env []string, dir string) {
			return []string{r.path(program), "-addr", "127.0.0.1:" + port, "-data", r.path("data")}, []string{"PROFILES=" + r.dir}, r.dir
		},
	}
}

// prepare makes the data of the example and the requests that are measured.
func (r *run) prepare(ctx context.Context) error {
	return endtoend.With(ctx, r.server("plain"), func(address string) (err error) {
		if r.loads, err = requests(ctx, "http://"+address); err != nil {
			return fmt.Errorf("pgo: %w", err)
		}
		return nil
	})
}
