package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/python"
)

// table is a Markdown table: a row for each peer that has a cell, a column for each workload.
type table struct {
	columns []string
	rows    []string
	cells   map[[2]string]string // by row and column
}

func (t *table) set(row, column, cell string) {
	if t.cells == nil {
		t.cells = map[[2]string]string{}
	}
	t.cells[[2]string{row, column}] = cell
}

func (t *table) String() string {
	var b strings.Builder
	b.WriteString("| | " + strings.Join(t.columns, " | ") + " |\n|---|" + strings.Repeat("--:|", len(t.columns)) + "\n")
	for _, row := range t.rows {
		line, some := "| "+row+" |", false
		for _, column := range t.columns {
			cell := t.cells[[2]string{row, column}]
			line += " " + cell + " |"
			some = some || cell != ""
		}
		if some {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// names of the peers, in the order of the tables.
func (r *Report) names() []string {
	names := make([]string, len(r.Peers))
	for i, peer := range r.Peers {
		names[i] = peer.Name
	}
	return names
}

// inProcess is a table of the workloads with these IDs that were measured, or of all of them.
func (r *Report) inProcess(cell func(measure.Result) string, ids ...string) string {
	t := table{rows: r.names()}
	for _, w := range r.InProcess {
		if len(ids) > 0 && !slices.Contains(ids, w.ID) {
			continue
		}
		t.columns = append(t.columns, w.ID)
		for _, result := range w.Results {
			t.set(result.Name, w.ID, cell(result))
		}
	}
	return t.String()
}

// network is a table of all workloads over connections.
func (r *Report) network(cell func(endtoend.Result) string) string {
	t := table{rows: r.names()}
	for _, w := range r.Network {
		t.columns = append(t.columns, w.ID)
		for _, result := range w.Results {
			t.set(result.Name, w.ID, cell(result))
		}
	}
	return t.String()
}

// authentication is a table of what authentication alone costs over connections: W1 without W0.
func (r *Report) authentication() string {
	t := table{rows: r.names(), columns: []string{"W0, µs", "W1, µs", "W1 − W0, µs"}}
	cost := map[string]float64{}
	for _, w := range r.Network {
		for _, result := range w.Results {
			switch w.ID {
			case "W0":
				cost[result.Name] = result.Microseconds
				t.set(result.Name, t.columns[0], fmt.Sprintf("%.1f", result.Microseconds))
			case "W1":
				t.set(result.Name, t.columns[1], fmt.Sprintf("%.1f", result.Microseconds))
				if w0, ok := cost[result.Name]; ok {
					t.set(result.Name, t.columns[2], fmt.Sprintf("%.1f", result.Microseconds-w0))
				}
			}
		}
	}
	return t.String()
}

// python is a table of how many times as much the peers in Python cost as ours.
func (r *Report) python() string {
	t := table{}
	for _, peer := range python.All {
		t.rows = append(t.rows, peer.Name)
	}
	for _, w := range r.Network {
		at := slices.IndexFunc(w.Results, func(result endtoend.Result) bool { return result.Name == peers.Ours })
		if at < 0 || !python.Has(w.ID) {
			continue
		}
		t.columns = append(t.columns, w.ID)
		for _, result := range w.Results {
			t.set(result.Name, w.ID, fmt.Sprintf("%.0f", result.Microseconds/w.Results[at].Microseconds))
		}
	}
	return t.String()
}

// startUp is a table of what it costs to build an API.
func (r *Report) startUp() string {
	var b strings.Builder
	b.WriteString("| operations | | start-up, ms of CPU | its document, ms | document, KB | memory, MiB |\n|--:|---|--:|--:|--:|--:|\n")
	for _, s := range r.StartUps {
		document, size := "", ""
		if s.Bytes > 0 {
			document, size = fmt.Sprintf("%.1f", s.Document), fmt.Sprintf("%.0f", float64(s.Bytes)/1000)
		}
		fmt.Fprintf(&b, "| %d | %s | %.1f | %s | %s | %.1f |\n", s.Operations, s.Peer, s.Build, document, size, s.Heap)
	}
	return b.String()
}

func ratio(r measure.Result) string { return fmt.Sprintf("%.2f", r.Ratio) }

func nanoseconds(r measure.Result) string { return fmt.Sprintf("%.0f", r.Nanoseconds) }

func allocations(r measure.Result) string {
	if r.Allocations < 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", r.Allocations)
}

func networkRatio(r endtoend.Result) string { return fmt.Sprintf("%.2f", r.Ratio) }

func microseconds(r endtoend.Result) string { return fmt.Sprintf("%.1f", r.Microseconds) }

func latency(r endtoend.Result) string { return fmt.Sprintf("%.1f / %.1f", r.P50, r.P99) }
