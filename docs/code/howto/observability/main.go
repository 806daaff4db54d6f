package main

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
)

type OneNote struct {
	ID   int64  `path:"id"`
	User string `auth:""`
}

func read(_ context.Context, in OneNote) (int64, error) { return in.ID, nil }

// span puts a span around the handler: after authentication, with its error.
func span(ctx context.Context, next func(context.Context) error) error {
	operation, _ := rest.OperationFrom(ctx)
	ctx, span := otel.Tracer("notes").Start(ctx, operation.ID)
	defer span.End()
	err := next(ctx)
	if err != nil {
		span.RecordError(err)
	}
	return err
}

var durations = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name: "http_request_duration_seconds", Help: "How long requests took.",
}, []string{"route", "code"})

// logged counts each request and writes a line for it, with the route that answered it.
func logged(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, start := rest.RequestID(r), time.Now() // every reply has X-Request-Id then
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(status, r)
		took := time.Since(start)
		durations.WithLabelValues(r.Pattern, strconv.Itoa(status.status)).Observe(took.Seconds())
		logger.InfoContext(r.Context(), "request", "route", r.Pattern, "status", status.status, "took", took, "request_id", id)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets streams flush and connections be hijacked.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func newHandler(logger *slog.Logger) (http.Handler, error) {
	basic := basicauth.New(basicauth.Static(map[string]string{"alice": "secret"}), basicauth.Config{})
	machine := basicauth.New(basicauth.Static(map[string]string{"prometheus": "secret"}),
		basicauth.Config{Header: auth.Header{SchemeName: "prometheus"}}) // another credential has another name
	api, err := rest.New(rest.Settings{
		Title: "Notes", Version: "1", Auth: basic,
		Logger: logger,                 // our faults, with their cause
		OnAuth: auth.LogEvents(logger), // logins and refusals
		Around: span,
	}, rest.Router{
		Controllers: []rest.Controller{{Path: "/notes/{id}/", Get: rest.Handle(read, rest.Op{ID: "readNote"})}},
		Mounts:      []rest.Mount{{Path: "/metrics", Auth: machine, Handler: promhttp.Handler()}},
	})
	if err != nil {
		return nil, err
	}
	return otelhttp.NewHandler(logged(logger, api), "notes"), nil
}

func main() {
	handler, err := newHandler(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
