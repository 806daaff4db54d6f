package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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
		protect, err := auth.Require(fails("a", test.err), auth.RequireConfig{OnAuth: func(*http.Request, auth.Event) { events++ }})
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

// TestRequireDeadline: when the deadline of the request passes, the reply is a 503; a
// deadline that the authenticator set itself is a fault. Both are logged to
// RequireConfig.Logger, with the request id that the reply has.
func TestRequireDeadline(t *testing.T) {
	for _, want := range []int{503, 500} {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		protect, err := auth.Require(fails("a", context.DeadlineExceeded), auth.RequireConfig{Logger: logger})
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
		if id := w.Header().Get("X-Request-Id"); w.Code != want || id == "" || !strings.Contains(log.String(), "request_id="+id) {
			t.Errorf("got %d with the request id %q and the log %q, want %d and the id in the log", w.Code, id, &log, want)
		}
	}
}
