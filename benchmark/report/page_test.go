package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/report"
)

// TestPage compares docs/performance.md and its plots with results.json.
func TestPage(t *testing.T) {
	run, err := report.Read("../results.json")
	if err != nil {
		t.Fatal(err)
	}
	docs := filepath.Join("..", "..", "docs")
	page, err := os.ReadFile(filepath.Join(docs, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	filled, err := run.Fill(string(page))
	if err != nil || filled != string(page) {
		t.Errorf("docs/performance.md differs from results.json (%v): run go run ./cmd/compare -write-again", err)
	}
	if len(run.Charts) == 0 {
		t.Error("results.json has no charts")
	}
	for _, chart := range run.Charts {
		svg, err := os.ReadFile(filepath.Join(docs, "performance", chart.Name+".svg"))
		if err != nil || string(svg) != chart.SVG() {
			t.Errorf("%s.svg differs from results.json (%v): run go run ./cmd/compare -write-again", chart.Name, err)
		}
	}
}
