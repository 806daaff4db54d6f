package measure

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// Subject is something that is measured beside others.
type Subject struct {
	Name string
	// Run does the work n times.
	Run func(n int) (cpu time.Duration, err error)
	// Per is how many pieces of work Run does each time. Zero means one.
	Per int
	// Own reports that Run works in this process, so that its allocations can be counted.
	Own bool
}

// Result is what one subject cost.
type Result struct {
	Name string `json:"name"`
	// Nanoseconds of CPU time for one piece of work: the median of all rounds.
	Nanoseconds float64 `json:"ns"`
	// Ratio is the median of the ratios to the first subject of the same round.
	Ratio float64 `json:"ratio"`
	// Allocations and Bytes that one piece of work allocated. Negative: not known.
	Allocations float64 `json:"allocs"`
	Bytes       float64 `json:"bytes"`
}

// Plan says how long to measure.
type Plan struct {
	Rounds int
	// Slice is the CPU time that a subject gets in a round.
	Slice time.Duration
}

// Compare measures subjects in rounds. In each round each subject has a slice, in an order that is
// random, so that whatever disturbs the machine disturbs all of them alike. Quote ratios: the first
// subject is what the others are compared with.
func Compare(plan Plan, subjects ...Subject) ([]Result, error) {
	results := make([]Result, len(subjects))
	times := make([]int, len(subjects))
	for i, s := range subjects {
		results[i] = Result{Name: s.Name, Allocations: -1, Bytes: -1}
		n, err := calibrate(s, plan.Slice)
		if err != nil {
			return nil, err
		}
		times[i] = n
		if s.Own {
			if err := countAllocations(s, min(n, 1000), &results[i]); err != nil {
				return nil, err
			}
		}
	}
	costs := make([][]float64, len(subjects))
	for range plan.Rounds {
		for _, i := range rand.Perm(len(subjects)) { //nolint:gosec // no secret
			runtime.GC() // a slice does not pay for the garbage of the one before
			cpu, err := subjects[i].Run(times[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", subjects[i].Name, err)
			}
			costs[i] = append(costs[i], float64(cpu)/float64(times[i]))
		}
	}
	for i, s := range subjects {
		ratios := make([]float64, plan.Rounds)
		for round := range ratios {
			ratios[round] = costs[i][round] / costs[0][round]
		}
		per := float64(max(1, s.Per))
		results[i].Nanoseconds, results[i].Ratio = median(costs[i])/per, median(ratios)
		if s.Own {
			results[i].Allocations /= per
			results[i].Bytes /= per
		}
	}
	return results, nil
}

// calibrate warms a subject up and returns how many pieces of work fill a slice.
func calibrate(s Subject, slice time.Duration) (int, error) {
	var spent time.Duration
	n := 1
	for {
		cpu, err := s.Run(n)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", s.Name, err)
		}
		if spent += cpu; spent >= slice/2 {
			return max(1, int(float64(n)*float64(slice)/float64(max(cpu, 1)))), nil
		}
		n *= 2
	}
}

func countAllocations(s Subject, n int, to *Result) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Run(n); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	to.Allocations = float64(after.Mallocs-before.Mallocs) / float64(n)
	to.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
