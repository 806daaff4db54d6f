// Compare measures the peers on the workloads and prints tables in Markdown.
//
//	go run ./cmd/compare                                 # everything that this process can measure
//	go run ./cmd/compare -peers floor,ours -loads W1,W4  # a part of it
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/benchmark/databases"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/report"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

type options struct {
	plan  measure.Plan
	peers list
	loads list
	json  string
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
	flag.IntVar(&o.plan.Rounds, "rounds", 12, "rounds that are measured")
	flag.DurationVar(&o.plan.Slice, "slice", 20*time.Millisecond, "CPU time of a peer in a round")
	flag.Var(&o.peers, "peers", "names of peers, with commas between them; the first one is compared with")
	flag.Var(&o.loads, "loads", "IDs of workloads, with commas between them")
	flag.StringVar(&o.json, "json", "", "file for the results")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "benchmark-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := site.New(ctx, dir)
	if err != nil {
		return err
	}
	stop, missing, err := databases.Connect(ctx, s)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	defer stop()
	defer func() { _ = s.Close() }()
	for _, reason := range missing {
		fmt.Fprintln(os.Stderr, "left out:", reason)
	}
	result := &report.Report{Date: time.Now().UTC(), Machine: report.ThisMachine()}
	if err := inProcess(o, s, result); err != nil {
		return err
	}
	result.Markdown(os.Stdout)
	if o.json != "" {
		return result.Write(o.json)
	}
	return nil
}

// inProcess measures the handlers of peers, on one core.
func inProcess(o options, s *site.Site, to *report.Report) error {
	runtime.GOMAXPROCS(1)
	chosen, err := peers.Named(o.peers...)
	if err != nil {
		return err
	}
	servers := make([]*measure.Server, len(chosen))
	for i, p := range chosen {
		if servers[i], err = measure.Start(p, s); err != nil {
			return err
		}
		to.Peers = append(to.Peers, report.Peer{Name: p.Name, Note: p.Note})
	}
	for _, w := range workload.All(s) {
		if !o.loads.has(w.ID) {
			continue
		}
		var subjects []measure.Subject
		for i, p := range chosen {
			if !p.Has(w.ID) {
				continue
			}
			subject, err := measure.Workload(p.Name, w, servers[i].Target(w))
			if err != nil {
				return err
			}
			subject.Own = true
			subjects = append(subjects, subject)
		}
		results, err := measure.Compare(o.plan, subjects...)
		if err != nil {
			return err
		}
		to.InProcess = append(to.InProcess, report.Workload{ID: w.ID, Title: w.Title, Results: results})
	}
	return nil
}
