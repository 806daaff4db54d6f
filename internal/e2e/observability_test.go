package e2e_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
)

// observed is an API with operations and mounts of every kind.
func observed(t *testing.T) *rest.API {
	t.Helper()
	type note struct {
		ID int64 `path:"id"`
	}
	read := func(_ context.Context, in note) (int64, error) { return in.ID, nil }
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "plain") })
	basic := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: basic}, rest.Router{
		Path: "/api",
		Controllers: []rest.Controller{
			{Path: "/notes/{id}", Get: rest.Handle(read)},
			{Path: "/public/{id}", Auth: auth.Public, Get: rest.Handle(read)},
			{Path: "/plain/{name}", Auth: auth.Public, Get: rest.HandleHTTP(plain, rest.Op{})},
		},
		Mounts: []rest.Mount{{Path: "/files/", Auth: auth.Public, Handler: plain}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// routes are requests, and the name of the route that metrics and traces should have.
var routes = []struct{ method, path, route string }{
	{"GET", "/api/public/1", "GET /api/public/{id}"},
	{"GET", "/api/public/x", "GET /api/public/{id}"}, // 400
	{"HEAD", "/api/public/1", "GET /api/public/{id}"},
	{"GET", "/api/notes/1", "GET /api/notes/{id}"}, // 401
	{"GET", "/api/plain/x", "GET /api/plain/{name}"},
	{"GET", "/api/files/a/b", "/api/files/"},
	{"PUT", "/api/public/1", "/api/public/{id}"}, // 405
	{"GET", "/nowhere", ""},                      // 404
}

func visit(h http.Handler) {
	for _, r := range routes {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(r.method, r.path, http.NoBody))
	}
}

// TestPrometheusNamesRoutes counts requests in middleware around the API, which reads
// r.Pattern when the reply is written.
func TestPrometheusNamesRoutes(t *testing.T) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total"}, []string{"route", "code"})
	api := observed(t)
	visit(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		api.ServeHTTP(recorder, r)
		requests.WithLabelValues(r.Pattern, strconv.Itoa(recorder.Code)).Inc()
		w.WriteHeader(recorder.Code)
	}))
	for route, want := range map[[2]string]float64{
		{"GET /api/public/{id}", "200"}:  2,
		{"GET /api/public/{id}", "400"}:  1,
		{"GET /api/notes/{id}", "401"}:   1,
		{"GET /api/plain/{name}", "200"}: 1,
		{"/api/files/", "200"}:           1,
		{"/api/public/{id}", "405"}:      1,
		{"", "404"}:                      1,
	} {
		if got := testutil.ToFloat64(requests.WithLabelValues(route[0], route[1])); got != want {
			t.Errorf("%q %s: got %v requests, want %v", route[0], route[1], got, want)
		}
	}
}

// TestOtelhttpNamesRoutes: otelhttp names each span by the route, without configuration.
func TestOtelhttpNamesRoutes(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	visit(otelhttp.NewHandler(observed(t), "api", otelhttp.WithTracerProvider(provider)))
	spans := recorder.Ended()
	if len(spans) != len(routes) {
		t.Fatalf("got %d spans, want %d", len(spans), len(routes))
	}
	for i, span := range spans {
		path := routes[i].route[strings.IndexByte(routes[i].route, ' ')+1:]
		want := routes[i].method + " " + path // otelhttp's name for an unknown route is the method
		if got := span.Name(); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s %s: got the span %q, want %q", routes[i].method, routes[i].path, got, want)
		}
	}
}
