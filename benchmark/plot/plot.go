// Package plot draws lines as SVG.
package plot

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Chart is a plot of lines. Both axes are logarithmic, because what is shown is how costs grow: a
// line whose cost is proportional to X rises by 45 degrees if both axes have the same scale.
type Chart struct {
	Name  string `json:"name"` // of the file, without .svg
	Title string `json:"title"`
	X     string `json:"x"`
	Y     string `json:"y"`
	// Linear is a chart with linear axes, from zero.
	Linear bool   `json:"linear,omitempty"`
	Lines  []Line `json:"lines"`
}

// Line is one line. Its points are ordered by X.
type Line struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

// Size of a chart and of the room around its lines.
const (
	width, height            = 720.0, 400.0
	left, right, top, bottom = 70.0, 170.0, 40.0, 50.0
)

// colors can be told apart by people who see few colours (Okabe and Ito).
var colors = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"}

// axis maps values to a position.
type axis struct {
	low, high   float64
	from, to    float64
	logarithmic bool
}

func (a axis) at(value float64) float64 {
	low, high := a.low, a.high
	if a.logarithmic {
		low, high, value = math.Log10(low), math.Log10(high), math.Log10(value)
	}
	return a.from + (value-low)/(high-low)*(a.to-a.from)
}

// ticks are the values that have a label.
func (a axis) ticks() []float64 {
	var ticks []float64
	if a.logarithmic {
		for power := math.Floor(math.Log10(a.low)); power <= math.Ceil(math.Log10(a.high)); power++ {
			for _, digit := range []float64{1, 2, 5} {
				value := digit * math.Pow(10, power)
				if few := a.high/a.low < 30; value >= a.low*0.999 && value <= a.high*1.001 && (digit == 1 || few) {
					ticks = append(ticks, value)
				}
			}
		}
		return ticks
	}
	step := math.Pow(10, math.Floor(math.Log10(a.high/5)))
	for a.high/step > 8 {
		step *= 2
	}
	for value := 0.0; value <= a.high; value += step {
		ticks = append(ticks, value)
	}
	return ticks
}

// SVG returns the chart.
func (c *Chart) SVG() string {
	var b strings.Builder
	x, y := c.axes()
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%.0f" y="22" font-size="15">%s</text>`+"\n", left, html.EscapeString(c.Title))
	for _, value := range x.ticks() {
		fmt.Fprintf(&b, `<path d="M%.1f %.1fV%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n",
			x.at(value), y.to, y.from, x.at(value), y.from+18, number(value))
	}
	for _, value := range y.ticks() {
		fmt.Fprintf(&b, `<path d="M%.1f %.1fH%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n",
			x.from, y.at(value), x.to, x.from-6, y.at(value)+4, number(value))
	}
	fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", (x.from+x.to)/2, height-12, html.EscapeString(c.X))
	fmt.Fprintf(&b, `<text transform="translate(16 %.1f) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (y.from+y.to)/2, html.EscapeString(c.Y))
	labels := c.labels(y)
	for i, line := range c.Lines {
		color := colors[i%len(colors)]
		path := "M"
		for _, point := range line.Points {
			path += fmt.Sprintf(" %.1f %.1f", x.at(point[0]), y.at(point[1]))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x.at(point[0]), y.at(point[1]), color)
		}
		fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, path, color)
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", x.to+10, labels[i]+4, color, html.EscapeString(line.Name))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// axes returns the axes that all lines fit on.
func (c *Chart) axes() (x, y axis) {
	x = axis{low: math.Inf(1), high: math.Inf(-1), from: left, to: width - right, logarithmic: !c.Linear}
	y = axis{low: math.Inf(1), high: math.Inf(-1), from: height - bottom, to: top, logarithmic: !c.Linear}
	for _, line := range c.Lines {
		for _, point := range line.Points {
			x.low, x.high = min(x.low, point[0]), max(x.high, point[0])
			y.low, y.high = min(y.low, point[1]), max(y.high, point[1])
		}
	}
	if c.Linear {
		x.low, y.low = 0, 0
	}
	y.high *= 1.1
	if y.low *= 0.9; !c.Linear {
		y.low = min(y.low, y.high/10) // so that little noise does not look like much
	}
	return x, y
}

// labels returns the heights of the names of the lines: those of their ends, moved apart.
func (c *Chart) labels(y axis) []float64 {
	order := make([]int, len(c.Lines))
	heights := make([]float64, len(c.Lines))
	for i, line := range c.Lines {
		order[i], heights[i] = i, y.at(line.Points[len(line.Points)-1][1])
	}
	slices.SortFunc(order, func(a, b int) int { return int(heights[b] - heights[a]) }) // the lowest line first
	const apart = 15
	for i := 1; i < len(order); i++ {
		heights[order[i]] = min(heights[order[i]], heights[order[i-1]]-apart)
	}
	return heights
}

// number writes a value briefly.
func number(value float64) string {
	switch {
	case value >= 1e6:
		return strconv.FormatFloat(value/1e6, 'g', 3, 64) + " M"
	case value >= 1e4:
		return strconv.FormatFloat(value/1e3, 'g', 3, 64) + " k"
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}
