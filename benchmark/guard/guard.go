// Package guard notices that a workload became slower than was agreed.
package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Tolerance is how many times the agreed ratio a ratio may be: machines differ, and so does the
// noise on them.
const Tolerance = 1.25

// repetitions is how often a measurement that exceeds the tolerance is repeated.
const repetitions = 2

// Agreed are ratios to the floor, by the ID of the workload.
type Agreed map[string]float64

// Read reads agreed ratios, an object of JSON.
func Read(path string) (Agreed, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the caller's file
	if err != nil {
		return nil, err
	}
	var agreed Agreed
	if err := json.Unmarshal(text, &agreed); err != nil {
		return nil, fmt.Errorf("guard: %s: %w", path, err)
	}
	if len(agreed) == 0 {
		return nil, fmt.Errorf("guard: %s: no workload in it", path)
	}
	return agreed, nil
}

// IDs returns the workloads, sorted.
func (a Agreed) IDs() []string { return slices.Sorted(maps.Keys(a)) }

// Check measures the workloads with these IDs and compares their ratios with the agreed ones. It
// repeats those that exceed the tolerance, and returns an error that names what did so each time.
func (a Agreed) Check(measure func(ids []string) (map[string]float64, error)) error {
	ids := a.IDs()
	var slow []error
	for range 1 + repetitions {
		ratios, err := measure(ids)
		if err != nil {
			return err
		}
		slow, ids = a.slow(ids, ratios)
		if len(ids) == 0 {
			return nil
		}
	}
	return errors.Join(slow...)
}

// slow returns the workloads whose ratios exceed the tolerance, and an error for each.
func (a Agreed) slow(ids []string, ratios map[string]float64) (errs []error, slow []string) {
	for _, id := range ids {
		ratio, measured := ratios[id]
		switch {
		case !measured:
			errs = append(errs, fmt.Errorf("guard: %s was not measured", id))
		case ratio > Tolerance*a[id]:
			errs = append(errs, fmt.Errorf("guard: %s costs %.2f of the floor, agreed is %.2f and %.2f is allowed", id, ratio, a[id], Tolerance*a[id]))
		default:
			continue
		}
		slow = append(slow, id)
	}
	return errs, slow
}
