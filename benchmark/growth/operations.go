package growth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/gin-gonic/gin"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// StartUp is what it costs to build an API, and its document.
type StartUp struct {
	Peer       string  `json:"peer"`
	Operations int     `json:"operations"`
	Build      float64 `json:"build_ms"` // CPU time
	Document   float64 `json:"document_ms"`
	Bytes      int     `json:"document_bytes"` // zero: the peer has no document
	Heap       float64 `json:"heap_mib"`       // what stays in memory
}

// builder makes an API of n operations. document returns its OpenAPI document.
type builder struct {
	name  string
	build func(n int) (h http.Handler, document func() ([]byte, error), err error)
}

var builders = []builder{{"ours", buildOurs}, {"huma", buildHuma}, {"net/http", buildMux}, {"gin", buildGin}}

// path is that of one operation of many, and wildcard its last segment.
func path(i int, wildcard string) string {
	return fmt.Sprintf("/service%d/area%d/things%d/%s", i%10, i%100, i, wildcard)
}

func buildOurs(n int) (http.Handler, func() ([]byte, error), error) {
	all := kinds()
	controllers := make([]rest.Controller, n)
	for i := range controllers {
		controllers[i] = all[i%len(all)].ours(path(i, "{id}"))
	}
	api, err := rest.New(rest.Settings{Title: "things", Version: "1"}, rest.Router{Controllers: controllers})
	if err != nil {
		return nil, nil, err
	}
	return api, func() ([]byte, error) { return json.Marshal(api.Document()) }, nil
}

func buildHuma(n int) (http.Handler, func() ([]byte, error), error) {
	all := kinds()
	mux := http.NewServeMux()
	config := huma.DefaultConfig("things", "1")
	config.CreateHooks = nil // no member $schema
	api := humago.New(mux, config)
	for i := range n {
		all[i%len(all)].huma(api, fmt.Sprint("op", i), path(i, "{id}"))
	}
	return mux, func() ([]byte, error) { return json.Marshal(api.OpenAPI()) }, nil
}

// aThing is what the operations reply.
var aThing = thing[d0, d0, d0]{ID: 7, Name: "x", Lines: []line{}}

func buildMux(n int) (http.Handler, func() ([]byte, error), error) {
	mux := http.NewServeMux()
	for i := range n {
		mux.HandleFunc("GET "+path(i, "{id}"), func(w http.ResponseWriter, r *http.Request) {
			body, err := json.Marshal(aThing)
			if err != nil || r.PathValue("id") != "7" {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		})
	}
	return mux, nil, nil
}

func buildGin(n int) (http.Handler, func() ([]byte, error), error) {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	for i := range n {
		router.GET(path(i, ":id"), func(c *gin.Context) {
			if c.Param("id") != "7" {
				c.Status(http.StatusBadRequest)
				return
			}
			c.JSON(http.StatusOK, aThing)
		})
	}
	return router, nil, nil
}

// ByOperations measures start-up with so many operations, and a request to the last of them.
func ByOperations(plan measure.Plan, numbers ...int) ([]StartUp, plot.Chart, error) {
	chart := plot.Chart{Name: "operations", Title: "A request, by the number of operations of the API", X: "operations", Y: "µs of CPU"}
	var starts []StartUp
	var points []point
	for _, n := range numbers {
		p := point{x: float64(n), workload: workload.Workload{ID: fmt.Sprint(n, " operations"), Method: "GET", Path: path(n-1, "7"), Status: []int{200}, Reply: `{"id":7,"name":"x","lines":[]}`}}
		for _, b := range builders {
			handler, start, err := startUp(b, n)
			if err != nil {
				return nil, chart, err
			}
			starts = append(starts, start)
			p.handlers = append(p.handlers, named{b.name, handler})
		}
		points = append(points, p)
	}
	var err error
	chart.Lines, err = lines(plan, points)
	return starts, chart, err
}

// startUp builds an API several times, and reports the fastest one.
func startUp(b builder, n int) (http.Handler, StartUp, error) {
	times := 3
	if n > 1000 {
		times = 1 // it takes seconds
	}
	start := StartUp{Peer: b.name, Operations: n}
	for i := range times {
		before := heap()
		begin := measure.CPU()
		h, document, err := b.build(n)
		if err != nil {
			return nil, start, fmt.Errorf("growth: %s: %w", b.name, err)
		}
		built := milliseconds(measure.CPU() - begin)
		start.Heap = float64(heap()-before) / (1 << 20)
		if i == 0 || built < start.Build {
			start.Build = built
		}
		if document != nil {
			begin = measure.CPU()
			text, err := document()
			if err != nil {
				return nil, start, fmt.Errorf("growth: %s: %w", b.name, err)
			}
			took := milliseconds(measure.CPU() - begin)
			if start.Bytes = len(text); i == 0 || took < start.Document {
				start.Document = took
			}
		}
		if i == times-1 {
			return h, start, nil
		}
	}
	return nil, start, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers have let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // no heap is that large
}
