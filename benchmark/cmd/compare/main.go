// Compare measures the peers on the workloads and prints tables in Markdown. It runs in the folder of
// the module.
//
//	go run ./cmd/compare                                 # what this process can measure
//	go run ./cmd/compare -peers floor,ours -loads W1,W4  # a part of it
//	go run ./cmd/compare -full -write                    # everything, for docs/performance.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/benchmark/databases"
	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/report"
	"github.com/go-modern-rest/rest/benchmark/site"
)

// What -write writes, seen from the folder of the module.
const (
	resultsFile = "results.json"
	page        = "../docs/performance.md"
	plots       = "../docs/performance"
)

type options struct {
	plan        measure.Plan
	connections endtoend.Plan
	peers       list
	loads       list
	full        bool
	write       bool
	writeAgain  bool
}

// list is a flag of words with commas between them. Empty: all.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(text string) error {
	*l = strings.Split(text, ",")
	return nil
}

func (l *list) has(word string) bool { return len(*l) == 0 || slices.Contains(*l, word) }

func main() {
	var o options
	flag.IntVar(&o.plan.Rounds, "rounds", 12, "rounds without a network")
	flag.DurationVar(&o.plan.Slice, "slice", 20*time.Millisecond, "CPU time of a peer in a round")
	flag.IntVar(&o.connections.Rounds, "network-rounds", 3, "rounds over connections")
	flag.IntVar(&o.connections.Seconds, "seconds", 1, "how long a workload lasts in a round over connections")
	flag.IntVar(&o.connections.Connections, "connections", 64, "connections at once")
	flag.Var(&o.peers, "peers", "names of peers, with commas between them; the first one is compared with")
	flag.Var(&o.loads, "loads", "IDs of workloads, with commas between them")
	flag.BoolVar(&o.full, "full", false, "measure over connections as well, and peers in Rust and Python")
	flag.BoolVar(&o.write, "write", false, "write "+resultsFile+", the tables of "+page+" and the plots")
	flag.BoolVar(&o.writeAgain, "write-again", false, "do not measure, and write the tables and plots of "+resultsFile)
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.writeAgain {
		result, err := report.Read(resultsFile)
		if err != nil {
			return err
		}
		return publish(result)
	}
	result, err := measureAll(ctx, o)
	if err != nil {
		return err
	}
	fmt.Print(result.Markdown())
	if !o.write {
		return nil
	}
	if err := result.Write(resultsFile); err != nil {
		return err
	}
	return publish(result)
}

// publish writes the page and the plots.
func publish(result *report.Report) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	filled, err := result.Fill(string(text))
	if err != nil {
		return err
	}
	errs := []error{os.WriteFile(page, []byte(filled), 0o644), os.MkdirAll(plots, 0o755)} //nolint:gosec // everyone may read it
	for _, chart := range result.Charts {
		errs = append(errs, os.WriteFile(filepath.Join(plots, chart.Name+".svg"), []byte(chart.SVG()), 0o644)) //nolint:gosec // everyone may read it
	}
	return errors.Join(errs...)
}

// measureAll makes a site and measures what the options ask for.
func measureAll(ctx context.Context, o options) (*report.Report, error) {
	s, err := site.NewTemporary(ctx)
	if err != nil {
		return nil, err
	}
	stop, missing, err := databases.Connect(ctx, s)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	defer stop()
	defer func() { _ = s.Close() }()
	leaveOut(missing...)
	r := &runner{options: o, site: s, report: &report.Report{Date: time.Now().UTC(), Machine: report.ThisMachine()}}
	steps := []func(context.Context) error{r.prepare, r.inProcess}
	if len(o.peers) == 0 && len(o.loads) == 0 {
		steps = append(steps, r.growth)
	}
	if o.full {
		steps = append(steps, r.network)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.report, nil
}

// leaveOut says what is not measured, and why.
func leaveOut(reasons ...string) {
	for _, reason := range reasons {
		fmt.Fprintln(os.Stderr, "left out:", reason)
	}
}
