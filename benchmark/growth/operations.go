package growth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/gin-gonic/gin"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Operations are the numbers of operations that are measured.
var Operations = []int{10, 1000, 10_000}

// StartUp is what it costs to build an API, and its document.
type StartUp struct {
	Peer       string  `json:"peer"`
	Operations int     `json:"operations"`
	Build      float64 `json:"build_ms"` // CPU time
	Document   float64 `json:"document_ms"`
	Bytes      int     `json:"document_bytes"` // zero: the peer has no document
	Heap       float64 `json:"heap_mib"`       // what stays in memory
}

type thing struct {
	ID   int64  `json:"id"`
	Name string `json:"name" maxLength:"64"`
}

// getThing is the input of our operations and of huma's.
type getThing struct {
	ID   int64  `path:"id" minimum:"1"`
	Page int    `query:"page" default:"1" minimum:"1"`
	Tag  string `query:"tag" default:"" maxLength:"20"`
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
	var controllers []rest.Controller
	get := func(_ context.Context, in getThing) (thing, error) { return thing{in.ID, "x"}, nil }
	for i := range n {
		controllers = append(controllers, rest.Controller{Path: path(i, "{id}"), Auth: auth.Public, Get: rest.Handle(get)})
	}
	api, err := rest.New(rest.Settings{Title: "things", Version: "1"}, rest.Router{Controllers: controllers})
	if err != nil {
		return nil, nil, err
	}
	return api, func() ([]byte, error) { return json.Marshal(api.Document()) }, nil
}

func buildHuma(n int) (http.Handler, func() ([]byte, error), error) {
	type output struct{ Body thing }
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("things", "1"))
	for i := range n {
		huma.Register(api, huma.Operation{OperationID: fmt.Sprint("op", i), Method: "GET", Path: path(i, "{id}")},
			func(_ context.Context, in *getThing) (*output, error) { return &output{thing{in.ID, "x"}}, nil })
	}
	return mux, func() ([]byte, error) { return json.Marshal(api.OpenAPI()) }, nil
}

func buildMux(n int) (http.Handler, func() ([]byte, error), error) {
	mux := http.NewServeMux()
	for i := range n {
		mux.HandleFunc("GET "+path(i, "{id}"), func(w http.ResponseWriter, r *http.Request) {
			body, err := json.Marshal(thing{7, "x"})
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
			c.JSON(http.StatusOK, thing{7, "x"})
		})
	}
	return router, nil, nil
}

// ByOperations measures start-up, and a request to the last of many operations.
func ByOperations(plan measure.Plan) ([]StartUp, plot.Chart, error) {
	chart := plot.Chart{Name: "operations", Title: "A request, by the number of operations of the API", X: "operations", Y: "µs of CPU"}
	var starts []StartUp
	var points []point
	for _, n := range Operations {
		p := point{x: float64(n), workload: workload.Workload{ID: fmt.Sprint(n, " operations"), Method: "GET", Path: path(n-1, "7"), Status: []int{200}, Reply: `{"id":7,"name":"x"}`}}
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
	const times = 3
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
