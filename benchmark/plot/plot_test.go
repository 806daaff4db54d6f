package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/plot"
)

func TestSVG(t *testing.T) {
	lines := []plot.Line{
		{Name: "a < b", Points: [][2]float64{{10, 1000}, {100, 1100}, {1000, 1200}}},
		{Name: "c", Points: [][2]float64{{10, 1001}, {100, 2000}, {1000, 1201}}},
	}
	for _, c := range []struct {
		name  string
		chart plot.Chart
		want  []string
	}{
		{"logarithmic", plot.Chart{Title: "T", X: "x", Y: "y", Lines: lines}, []string{">10<", ">100<", ">1000<", ">2000<", "a &lt; b"}},
		{"linear", plot.Chart{Title: "T", X: "x", Y: "y", Lines: lines, Linear: true}, []string{">0<", ">400<", ">1000<"}},
	} {
		svg := c.chart.SVG()
		for _, want := range c.want {
			if !strings.Contains(svg, want) {
				t.Errorf("%s: no %s in %s", c.name, want, svg)
			}
		}
		decoder := xml.NewDecoder(strings.NewReader(svg))
		circles := 0
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == "circle" {
				circles++
			}
		}
		if circles != 6 {
			t.Errorf("%s: got %d points, want 6", c.name, circles)
		}
	}
}
