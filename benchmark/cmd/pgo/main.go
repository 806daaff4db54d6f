// Pgo makes example/default.pgo, which the compiler optimizes the example with, and prints what it
// brings. It runs in the folder of the module, and needs wrk.
//
//	go run ./cmd/pgo
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/pgo"
)

func main() {
	out := flag.String("out", pgo.Profile, "file for the profile")
	rounds := flag.Int("rounds", 5, "rounds with the profile and without")
	flag.Parse()
	if err := run(context.Background(), *out, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, rounds int) error {
	if missing := endtoend.Missing(); missing != "" {
		return fmt.Errorf("pgo: %s", missing)
	}
	making := endtoend.Plan{Rounds: 2, Seconds: 2, Connections: 16}
	measuring := endtoend.Plan{Rounds: rounds, Seconds: 1, Connections: 64}
	effects, err := pgo.Make(ctx, out, making, measuring)
	if err != nil {
		return err
	}
	fmt.Print("| a request | CPU time with the profile, to that without |\n|---|--:|\n")
	for _, effect := range effects {
		fmt.Printf("| %s | %.2f |\n", effect.Workload, effect.Ratio)
	}
	info, err := os.Stat(out)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s has %d KB.\n", out, info.Size()/1000)
	return nil
}
