// Guard fails if a workload costs 1.25 times its agreed ratio to the floor in three measurements, one
// after the other.
//
//	go run ./cmd/guard guard.json
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/benchmark/guard"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var plan = measure.Plan{Rounds: 31, Slice: 10 * time.Millisecond}

func main() {
	flag.Parse()
	if err := run(context.Background(), flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path string) error {
	agreed, err := guard.Read(path)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	s, err := site.NewTemporary(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	chosen, err := peers.Named(peers.Floor, peers.Ours)
	if err != nil {
		return err
	}
	var servers []*measure.Server
	for _, p := range chosen {
		server, err := measure.Start(p, s)
		if err != nil {
			return err
		}
		servers = append(servers, server)
	}
	return agreed.Check(func(ids []string) (map[string]float64, error) {
		return ratios(s, servers, ids, agreed)
	})
}

// ratios measures ours beside the floor, and prints what it finds.
func ratios(s *site.Site, servers []*measure.Server, ids []string, agreed guard.Agreed) (map[string]float64, error) {
	found := map[string]float64{}
	for _, w := range workload.All(s) {
		if !slices.Contains(ids, w.ID) {
			continue
		}
		var subjects []measure.Subject
		for i, name := range []string{peers.Floor, peers.Ours} {
			subject, err := measure.Workload(name, w, servers[i].Target(w))
			if err != nil {
				return nil, err
			}
			subjects = append(subjects, subject)
		}
		results, err := measure.Compare(plan, subjects...)
		if err != nil {
			return nil, err
		}
		found[w.ID] = results[1].Ratio
		fmt.Printf("%s: %.2f of the floor, agreed %.2f\n", w.ID, results[1].Ratio, agreed[w.ID])
	}
	return found, nil
}
