package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
)

// TestRequireCancelled: Require answers a request that was cancelled with 503, logs
// nothing and reports nothing; what it refused before that is a refusal.
func TestRequireCancelled(t *testing.T) {
	caused := &auth.Error{Err: context.Canceled}
	for _, test := range []struct {
		name   string
		err    error
		want   int
		events int
	}{
		{"cancelled", context.Canceled, 503, 0},
		{"interrupted", auth.Unavailable(errors.New("interrupted")), 503, 0},
		{"refused because of it", caused, 503, 0},
		{"refused before it", auth.Refuse("wrong"), 401, 1},
	} {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		events := 0
		protect, err := auth.Require(fails("a", test.err), func(*http.Request, auth.Event) { events++ })
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := httptest.NewRecorder()
		protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", http.NoBody))
		if w.Code != test.want || events != test.events || log.Len() > 0 {
			t.Errorf("%s: got %d, %d events, the log %q; want %d and %d events", test.name, w.Code, events, &log, test.want, test.events)
		}
	}
}

// TestRequireDeadline: a deadline of the request that passes is a 503, and one that the
// authenticator made for itself is its mistake; both are logged.
func TestRequireDeadline(t *testing.T) {
	for _, want := range []int{503, 500} {
		var log bytes.Buffer
		before := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(before)
		protect, err := auth.Require(fails("a", context.DeadlineExceeded))
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		if want == 503 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, time.Unix(0, 0))
			defer cancel()
		}
		w := httptest.NewRecorder()
		protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/", http.NoBody))
		if w.Code != want || log.Len() == 0 {
			t.Errorf("got %d and the log %q, want %d", w.Code, &log, want)
		}
	}
}
