package main

import (
	"log/slog"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/go-modern-rest/rest/resttest"
)

// TestSpans: the span of the request has the route, and that of the operation is inside it.
func TestSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	handler, err := newHandler(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client := resttest.NewClient(t, handler)
	client.Header = http.Header{"Authorization": {"Basic YWxpY2U6c2VjcmV0"}}
	client.Get("/notes/1/").Want(200)
	ended := spans.Ended()
	if len(ended) != 2 || ended[0].Name() != "readNote" || ended[1].Name() != "GET /notes/{id}/" || ended[0].Parent().SpanID() != ended[1].SpanContext().SpanID() {
		t.Errorf("got %v", ended)
	}
}
