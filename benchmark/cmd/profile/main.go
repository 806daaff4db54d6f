// Profile runs one peer on one workload without a network, and writes a profile for `go tool pprof`.
//
//	go run ./cmd/profile -peer ours -load W1            # CPU
//	go run ./cmd/profile -peer ours -load W1 -allocs    # every allocation
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

type options struct {
	peer, load, out string
	duration        time.Duration
	allocs          bool
}

func main() {
	var o options
	flag.StringVar(&o.peer, "peer", peers.Ours, "name of the peer")
	flag.StringVar(&o.load, "load", "W1", "ID of the workload")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "CPU time to profile")
	flag.BoolVar(&o.allocs, "allocs", false, "write a profile of allocations, of every one")
	flag.StringVar(&o.out, "out", "profile.prof", "file for the profile")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	runtime.GOMAXPROCS(1)
	runtime.MemProfileRate = 0
	if o.allocs {
		runtime.MemProfileRate = 1
	}
	s, err := site.NewTemporary(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	subject, err := find(s, o)
	if err != nil {
		return err
	}
	out, err := os.Create(o.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if o.allocs {
		return allocations(subject, out)
	}
	return cpu(subject, o.duration, out)
}

func find(s *site.Site, o options) (measure.Subject, error) {
	chosen, err := peers.Named(o.peer)
	if err != nil {
		return measure.Subject{}, err
	}
	server, err := measure.Start(chosen[0], s)
	if err != nil {
		return measure.Subject{}, err
	}
	all := workload.All(s)
	at := slices.IndexFunc(all, func(w workload.Workload) bool { return w.ID == o.load })
	if at < 0 {
		return measure.Subject{}, fmt.Errorf("unknown workload %q", o.load)
	}
	return measure.Workload(o.peer, all[at], server.Target(all[at]))
}

func cpu(s measure.Subject, duration time.Duration, out *os.File) error {
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	var spent time.Duration
	for n := 0; spent < duration; n += 200 {
		took, err := s.Run(200)
		if err != nil {
			return err
		}
		spent += took
	}
	return nil
}

func allocations(s measure.Subject, out *os.File) error {
	if _, err := s.Run(10_000); err != nil {
		return err
	}
	runtime.GC()
	return pprof.Lookup("allocs").WriteTo(out, 0)
}
