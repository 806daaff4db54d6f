package rest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
)

// TestCancelledIsNoSuccess: whatever a request was doing when its context ended, the
// reply has a status that says that it did not succeed, because a client may still read
// it. A request that was cancelled is neither logged nor reported.
func TestCancelledIsNoSuccess(t *testing.T) {
	wrapped := auth.Refuse("cancelled while it was checked")
	wrapped.Err = context.Canceled
	down := auth.Unavailable(errors.New("sqlite: interrupted"))
	shutdown := errors.New("the server shuts down")
	for _, test := range []struct {
		name    string
		verify  error // of the authenticator
		handler error
		status  int
		logged  bool
		events  int
	}{
		{"the handler was cancelled", nil, context.Canceled, 503, false, 1}, // the event of who was let in
		{"the handler returns the cause", nil, fmt.Errorf("query: %w", shutdown), 503, false, 1},
		{"the store of the handler was interrupted", nil, down, 503, false, 1},
		{"the authenticator was cancelled", context.Canceled, nil, 503, false, 0},
		{"the store was interrupted", down, nil, 503, false, 0},
		{"a refusal because of it", wrapped, nil, 503, false, 0},
		{"a refusal before it", auth.Refuse("wrong password"), nil, 401, false, 1},
		{"a refusal of the handler before it", nil, auth.Refuse("wrong password"), 401, false, 2},
		{"a fault", nil, errors.New("nil map"), 500, true, 1},
	} {
		var log bytes.Buffer
		events := 0
		s := settings()
		s.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s.OnAuth = func(*http.Request, auth.Event) { events++ }
		check := basicauth.New(func(context.Context, string, string) (string, error) { return "alice", test.verify }, basicauth.Config{})
		api := newAPI(t, s, rest.Controller{Path: "/x", Auth: check, Get: rest.Handle(func(context.Context, rest.None) (string, error) {
			return "", test.handler
		})})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(shutdown)
		r := httptest.NewRequestWithContext(ctx, "GET", "/x", http.NoBody)
		r.Header.Set("Authorization", credential)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), `"detail"`) {
			t.Errorf("%s: got %d %q, want %d", test.name, w.Code, w.Body, test.status)
		}
		if (log.Len() > 0) != test.logged || events != test.events {
			t.Errorf("%s: got %d events and the log %q, want %d", test.name, events, &log, test.events)
		}
	}
}

// TestDeadlineIsUnavailable: a deadline of the request that passes is a 503 in the log;
// one that the handler made for itself is the handler's mistake.
func TestDeadlineIsUnavailable(t *testing.T) {
	for _, test := range []struct {
		name   string
		passed bool
		want   int
	}{
		{"of the request", true, 503},
		{"of the handler", false, 500},
	} {
		var log bytes.Buffer
		s := settings()
		s.Logger = slog.New(slog.NewTextHandler(&log, nil))
		api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) {
			return "", context.DeadlineExceeded
		})})
		ctx := t.Context()
		if test.passed {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, time.Unix(0, 0))
			defer cancel()
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/x", http.NoBody))
		if w.Code != test.want || log.Len() == 0 {
			t.Errorf("%s: got %d and the log %q, want %d", test.name, w.Code, &log, test.want)
		}
	}
}

// TestEmptyErrorIsAFault: a handler that forgot to fill in its error made a mistake, which
// is in the log; one that says 500 itself answers as it wants.
func TestEmptyErrorIsAFault(t *testing.T) {
	for _, test := range []struct {
		name   string
		err    error
		want   string
		logged bool
	}{
		{"empty", &rest.Error{}, `"type":"internal_error"`, true},
		{"empty, with a cause", &rest.Error{Err: errors.New("nil map")}, `"type":"internal_error"`, true},
		{"500", &rest.Error{Status: 500, Msg: "Try again"}, "Try again", false},
		{"a success", &rest.Error{Status: 204}, `"type":"internal_error"`, true},
	} {
		var log bytes.Buffer
		s := settings()
		s.Logger = slog.New(slog.NewTextHandler(&log, nil))
		api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", test.err })})
		w := send(api, "GET", "/x", "")
		if w.Code != 500 || !strings.Contains(w.Body.String(), test.want) || (log.Len() > 0) != test.logged {
			t.Errorf("%s: got %d %s and the log %q", test.name, w.Code, w.Body, &log)
		}
	}
}
