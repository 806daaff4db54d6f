package growth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Bodies are the sizes of the bodies that are measured, in items of about 70 bytes.
var Bodies = []int{10, 100, 1000, 10_000}

type line struct {
	SKU   string  `json:"sku" minLength:"1" maxLength:"32"`
	Name  string  `json:"name" minLength:"1" maxLength:"64"`
	Qty   int     `json:"qty" minimum:"1" maximum:"1000"`
	Price float64 `json:"price" minimum:"0"`
}

type lineList struct {
	Items []line `json:"items" minItems:"1"`
}

// largest bounds the bodies that the peers read.
const largest = 16 << 20

func echoOurs() (http.Handler, error) {
	type input struct {
		Body lineList `body:""`
	}
	return rest.New(rest.Settings{Title: "echo", Version: "1", MaxBody: largest}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/echo", Post: rest.Handle(func(_ context.Context, in input) (lineList, error) { return in.Body, nil })},
	}})
}

func echoHuma() http.Handler {
	type body struct{ Body lineList }
	mux := http.NewServeMux()
	config := huma.DefaultConfig("echo", "1")
	config.CreateHooks = nil // no member $schema
	huma.Register(humago.New(mux, config), huma.Operation{OperationID: "echo", Method: "POST", Path: "/echo", DefaultStatus: http.StatusCreated, MaxBodyBytes: largest},
		func(_ context.Context, in *body) (*body, error) { return in, nil })
	return mux
}

func echoByHand(w http.ResponseWriter, r *http.Request) {
	var list lineList
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body, err := json.Marshal(list)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body)
}

// ByBody measures a body that is decoded, checked and sent back.
func ByBody(plan measure.Plan) (plot.Chart, error) {
	chart := plot.Chart{Name: "bodies", Title: "A body that is decoded, checked and sent back, by its size", X: "bytes", Y: "µs of CPU"}
	ours, err := echoOurs()
	if err != nil {
		return chart, err
	}
	handlers := []named{{"ours", ours}, {"huma", echoHuma()}, {"encoding/json, unchecked", http.HandlerFunc(echoByHand)}}
	var points []point
	for _, n := range Bodies {
		text, err := json.Marshal(map[string]any{"items": site.Items(n)})
		if err != nil {
			return chart, err
		}
		body := string(text)
		points = append(points, point{float64(len(body)), workload.Workload{ID: fmt.Sprint(n, " items"), Method: "POST", Path: "/echo",
			Header: map[string]string{"Content-Type": "application/json"}, Body: body, Status: []int{201}, Reply: body}, handlers})
	}
	chart.Lines, err = lines(plan, points)
	return chart, err
}
