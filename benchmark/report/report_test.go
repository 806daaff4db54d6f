package report_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/benchmark/endtoend"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/report"
)

var run = &report.Report{
	Date:    time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC),
	Machine: report.Machine{Processor: "a processor", Cores: 2, System: "linux/amd64", Versions: map[string]string{"Rust": "1.95.0", "Go": "1.26.8"}},
	Peers:   []report.Peer{{Name: "floor", Note: "by hand"}, {Name: "ours", Note: "this"}, {Name: "DRF", Note: "Python"}},
	InProcess: []report.Workload{{ID: "W1", Title: "a JWT", Results: []measure.Result{
		{Name: "floor", Nanoseconds: 8000, Ratio: 1, Allocations: 66}, {Name: "ours", Nanoseconds: 1600.4, Ratio: 0.2, Allocations: -1},
	}}},
	Network: []report.Network{
		{ID: "W0", Results: []endtoend.Result{{Name: "floor", Microseconds: 14, Ratio: 1}, {Name: "ours", Microseconds: 15, Ratio: 1.07}, {Name: "DRF", Microseconds: 450}}},
		{ID: "W1", Results: []endtoend.Result{{Name: "floor", Microseconds: 28, Ratio: 1}, {Name: "ours", Microseconds: 17.5, Ratio: 0.63}}},
	},
}

func TestFill(t *testing.T) {
	for _, c := range []struct{ section, want string }{
		{"machine", "27 November 2026, 2 shared cores of a processor, linux/amd64, Go 1.26.8, Rust 1.95.0.\n"},
		{"ratios", "| | W1 |\n|---|--:|\n| floor | 1.00 |\n| ours | 0.20 |\n"},
		{"nanoseconds", "| | W1 |\n|---|--:|\n| floor | 8000 |\n| ours | 1600 |\n"},
		{"allocations", "| | W1 |\n|---|--:|\n| floor | 66 |\n"},
		{"network", "| | W0 | W1 |\n|---|--:|--:|\n| floor | 1.00 | 1.00 |\n| ours | 1.07 | 0.63 |\n| DRF | 0.00 |  |\n"},
		{"authentication", "| | W0, µs | W1, µs | W1 − W0, µs |\n|---|--:|--:|--:|\n| floor | 14.0 | 28.0 | 14.0 |\n| ours | 15.0 | 17.5 | 2.5 |\n| DRF | 450.0 |  |  |\n"},
		{"python", "| | W0 | W1 |\n|---|--:|--:|\n| DRF | 30 |  |\n"},
	} {
		got, err := run.Fill("before\n<!-- benchmark: " + c.section + " -->\nold\n<!-- end -->\nafter\n")
		want := "before\n<!-- benchmark: " + c.section + " -->\n" + c.want + "<!-- end -->\nafter\n"
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", c.section, got, err, want)
		}
	}
	if _, err := run.Fill("<!-- benchmark: start-up -->\n<!-- end -->"); err == nil || !strings.Contains(err.Error(), "start-up") {
		t.Errorf("got %v, want an error that names the section", err)
	}
}

func TestReadAndWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	if err := run.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := report.Read(path)
	if err != nil || got.Markdown() != run.Markdown() {
		t.Errorf("got %v, %v", got, err)
	}
}
