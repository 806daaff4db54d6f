package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/measure"
)

// table writes a Markdown table with a row for each peer that has a cell.
func (r *Report) table(w io.Writer, workloads []Workload, cell func(measure.Result) string) {
	var b strings.Builder
	b.WriteString("| |")
	for _, load := range workloads {
		fmt.Fprintf(&b, " %s |", load.ID)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(workloads)) + "\n")
	for _, peer := range r.Peers {
		row, cells := "| "+peer.Name+" |", 0
		for _, load := range workloads {
			if result, ok := load.result(peer.Name); ok {
				row += " " + cell(result) + " |"
				cells++
			} else {
				row += " |"
			}
		}
		if cells > 0 {
			b.WriteString(row + "\n")
		}
	}
	_, _ = io.WriteString(w, b.String()) // the caller's writer keeps its error
}

func ratio(r measure.Result) string { return fmt.Sprintf("%.2f", r.Ratio) }

func nanoseconds(r measure.Result) string { return fmt.Sprintf("%.0f", r.Nanoseconds) }

func allocations(r measure.Result) string {
	if r.Allocations < 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", r.Allocations)
}

// Markdown writes all tables.
func (r *Report) Markdown(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores of %s, Go %s\n", r.Date.Format("2 January 2006"), r.Machine.Cores, r.Machine.Processor, r.Machine.Versions["Go"])
	fmt.Fprint(w, "\n**CPU time, ratio to the floor: less is faster**\n\n")
	r.table(w, r.InProcess, ratio)
	fmt.Fprint(w, "\n**CPU time, ns**\n\n")
	r.table(w, r.InProcess, nanoseconds)
	fmt.Fprint(w, "\n**Allocations**\n\n")
	r.table(w, r.InProcess, allocations)
	fmt.Fprintln(w)
	for _, load := range r.InProcess {
		fmt.Fprintf(w, "- %s: %s\n", load.ID, load.Title)
	}
	for _, peer := range r.Peers {
		fmt.Fprintf(w, "- %s: %s\n", peer.Name, peer.Note)
	}
}
