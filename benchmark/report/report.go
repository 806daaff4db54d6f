// Package report writes what was measured as JSON, Markdown and plots.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/growth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
)

// Report is one run of the benchmark.
type Report struct {
	Date    time.Time `json:"date"`
	Machine Machine   `json:"machine"`
	// Peers are the servers and what they are made of, in the order of the tables.
	Peers []Peer `json:"peers"`
	// InProcess are the workloads without a network.
	InProcess []Workload `json:"in_process"`
	// Network are workloads over connections. Empty: they were not measured.
	Network []Network `json:"network,omitempty"`
	// StartUps are what it costs to build an API.
	StartUps []growth.StartUp `json:"start_up,omitempty"`
	// Charts are the plots.
	Charts []plot.Chart `json:"charts,omitempty"`
}

// Network is a workload over connections.
type Network struct {
	ID      string            `json:"id"`
	Results []endtoend.Result `json:"results"`
}

// Peer is a row of a table.
type Peer struct {
	Name string `json:"name"`
	Note string `json:"note"`
}

// Workload is a column of a table.
type Workload struct {
	ID      string           `json:"id"`
	Title   string           `json:"title"`
	Results []measure.Result `json:"results"`
}

// Write writes a report to a file.
func (r *Report) Write(path string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) //nolint:gosec // everyone may read it
}

// Read reads what Write has written.
func Read(path string) (*Report, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the caller's file
	if err != nil {
		return nil, err
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("report: %s: %w", path, err)
	}
	return &r, nil
}
