// Package growth measures what grows: the cost of a request with the number of operations, with the
// size of its body and with the length of its chain of authenticators, and the cost of starting up.
package growth

import (
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// point is what several peers serve at one value of X.
type point struct {
	x        float64
	workload workload.Workload
	handlers []named
}

type named struct {
	name    string
	handler http.Handler
}

// lines measures all points, and makes a line of microseconds for each peer.
func lines(plan measure.Plan, points []point) ([]plot.Line, error) {
	var lines []plot.Line
	for _, p := range points {
		var subjects []measure.Subject
		for _, peer := range p.handlers {
			subject, err := measure.Workload(peer.name, p.workload, measure.Handler(peer.handler).Target(p.workload))
			if err != nil {
				return nil, fmt.Errorf("growth: %w", err)
			}
			subjects = append(subjects, subject)
		}
		results, err := measure.Compare(plan, subjects...)
		if err != nil {
			return nil, err
		}
		for i, result := range results {
			if i == len(lines) {
				lines = append(lines, plot.Line{Name: result.Name})
			}
			lines[i].Points = append(lines[i].Points, [2]float64{p.x, result.Nanoseconds / 1000})
		}
	}
	return lines, nil
}
