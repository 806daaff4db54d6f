package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/growth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/python"
	"github.com/go-modern-rest/rest/benchmark/report"
	"github.com/go-modern-rest/rest/benchmark/rust"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// runner measures one report.
type runner struct {
	options
	site   *site.Site
	report *report.Report
	chosen []peers.Peer

	rust, python bool // they can be measured
}

// prepare chooses the peers, and builds those in other languages.
func (r *runner) prepare(ctx context.Context) (err error) {
	if r.chosen, err = peers.Named(r.peers...); err != nil {
		return err
	}
	for _, p := range r.chosen {
		r.report.Peers = append(r.report.Peers, report.Peer{Name: p.Name, Note: p.Note})
	}
	if !r.full {
		return nil
	}
	if r.rust = ready(ctx, "the peer in Rust", "cargo", rust.Build); r.rust {
		r.report.Peers = append(r.report.Peers, report.Peer{Name: rust.Name, Note: rust.Note})
		r.version("Rust", "rustc", "--version")
	}
	if r.python = ready(ctx, "the peers in Python", "python3", python.Install); r.python {
		for _, p := range python.All {
			r.report.Peers = append(r.report.Peers, report.Peer{Name: p.Name, Note: p.Note})
		}
		r.version("Python", "python3", "--version")
	}
	return nil
}

// ready builds peers that need a program, or says why it cannot.
func ready(ctx context.Context, what, program string, build func(context.Context) error) bool {
	_, err := exec.LookPath(program)
	if err == nil {
		err = build(ctx)
	}
	if err != nil {
		leaveOut(fmt.Sprintf("%s: %v", what, err))
	}
	return err == nil
}

// version notes what a program says about its version, such as "rustc 1.95.0 (…)".
func (r *runner) version(language string, program ...string) {
	out, err := exec.Command(program[0], program[1:]...).Output() //nolint:gosec // fixed commands
	if words := strings.Fields(string(out)); err == nil && len(words) > 1 {
		r.report.Machine.Versions[language] = words[1]
	}
}

// inProcess measures the handlers of peers without a network, on one core.
func (r *runner) inProcess(context.Context) (err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	servers := make([]*measure.Server, len(r.chosen))
	for i, p := range r.chosen {
		if servers[i], err = measure.Start(p, r.site); err != nil {
			return err
		}
	}
	var foreign *measure.Process
	if r.rust {
		command := rust.Measure(r.site)
		if foreign, err = measure.StartProcess(command[0], command[1:]...); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, foreign.Close()) }()
	}
	for _, w := range workload.All(r.site) {
		if !r.loads.has(w.ID) {
			continue
		}
		subjects, err := r.subjects(w, servers, foreign)
		if err != nil {
			return err
		}
		results, err := measure.Compare(r.plan, subjects...)
		if err != nil {
			return err
		}
		r.report.InProcess = append(r.report.InProcess, report.Workload{ID: w.ID, Title: w.Title, Results: results})
	}
	if len(r.peers) == 0 && len(r.loads) == 0 {
		r.report.Charts = append(r.report.Charts, rows(r.report))
	}
	return nil
}

// subjects are the peers that have a workload.
func (r *runner) subjects(w workload.Workload, servers []*measure.Server, foreign *measure.Process) ([]measure.Subject, error) {
	var subjects []measure.Subject
	for i, p := range r.chosen {
		if !p.Has(w.ID) {
			continue
		}
		subject, err := measure.Workload(p.Name, w, servers[i].Target(w))
		if err != nil {
			return nil, err
		}
		subject.Own = true
		subjects = append(subjects, subject)
	}
	if foreign != nil && rust.Has(w.ID) {
		subject, err := measure.Workload(rust.Name, w, foreign.Target(w))
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, subject)
	}
	return subjects, nil
}

// rows is a plot of the workloads that reply with lists.
func rows(r *report.Report) plot.Chart {
	chart := plot.Chart{Name: "rows", Title: "A list in a reply, by its length", X: "items", Y: "µs of CPU"}
	for _, line := range []struct{ peer, name string }{
		{peers.Ours, "ours"}, {"ours, unchecked", "ours, unchecked"}, {"huma", "huma, unchecked"}, {peers.Floor, "encoding/json, unchecked"}, {rust.Name, "serde_json, unchecked"},
	} {
		var points [][2]float64
		for _, n := range workload.Rows {
			for _, w := range r.InProcess {
				for _, result := range w.Results {
					if w.ID == workload.List(n) && result.Name == line.peer {
						points = append(points, [2]float64{float64(n), result.Nanoseconds / 1000})
					}
				}
			}
		}
		if points != nil {
			chart.Lines = append(chart.Lines, plot.Line{Name: line.name, Points: points})
		}
	}
	return chart
}

// operations are the numbers of operations of an API that are measured.
var operations = []int{10, 100, 1000, 10_000}

// growth measures what grows.
func (r *runner) growth(context.Context) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	starts, byOperations, err := growth.ByOperations(r.plan, operations...)
	if err != nil {
		return err
	}
	bodies, err := growth.ByBody(r.plan)
	if err != nil {
		return err
	}
	chain, err := growth.ByChain(r.plan, r.site)
	if err != nil {
		return err
	}
	r.report.StartUps = starts
	r.report.Charts = append(r.report.Charts, byOperations, bodies, chain)
	return nil
}

// serveProgram is where the program serve is built.
func (r *runner) serveProgram() string { return filepath.Join(r.site.Dir(), "serve") }
