package growth_test

import (
	"testing"
	"time"

	"github.com/go-modern-rest/rest/benchmark/growth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/site"
)

// quick measures little: the tests look at what is measured, not at how much it costs.
var quick = measure.Plan{Rounds: 1, Slice: time.Microsecond}

func TestCharts(t *testing.T) {
	s, err := site.New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		name          string
		chart         func() (plot.Chart, error)
		lines, points int
	}{
		{"bodies", func() (plot.Chart, error) { return growth.ByBody(quick) }, 3, 4},
		{"chain", func() (plot.Chart, error) { return growth.ByChain(quick, s) }, 2, 8},
		{"operations", func() (plot.Chart, error) {
			starts, chart, err := growth.ByOperations(quick, 10, 100)
			if len(starts) != 8 || starts[0].Peer != "ours" || starts[0].Bytes < 1000 || starts[0].Build <= 0 {
				t.Errorf("got the starts %+v", starts)
			}
			return chart, err
		}, 4, 2},
	} {
		chart, err := c.chart()
		if err != nil || chart.Name != c.name || len(chart.Lines) != c.lines {
			t.Errorf("%s: got %q with %d lines, %v", c.name, chart.Name, len(chart.Lines), err)
		}
		for _, line := range chart.Lines {
			if len(line.Points) != c.points || line.Points[0][1] <= 0 {
				t.Errorf("%s: %s has the points %v", c.name, line.Name, line.Points)
			}
		}
	}
}
