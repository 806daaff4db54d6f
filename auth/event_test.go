package auth_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
)

func TestEvents(t *testing.T) {
	refusal := auth.Refuse("jwt: expired")
	refusal.Scheme = "b"
	for _, test := range []struct {
		name  string
		chain auth.Authenticator
		want  auth.Event
	}{
		{"accepted", auth.AnyOf(fails("a", auth.ErrSkip), ok("b")), auth.Event{Outcome: auth.Accepted, Scheme: "b"}},
		{"both", auth.AllOf(ok("a"), ok("b")), auth.Event{Outcome: auth.Accepted, Scheme: "a+b"}},
		{"nobody", auth.Optional(fails("a", auth.ErrSkip)), auth.Event{Outcome: auth.Anonymous}},
		{"no credential", fails("a", auth.ErrSkip), auth.Event{Outcome: auth.Refused, Status: 401, Reason: "no credential"}},
		{"refused", fails("b", refusal), auth.Event{Outcome: auth.Refused, Status: 401, Scheme: "b", Reason: "jwt: expired"}},
		{"a cause that is no Reason is not repeated", fails("b", &auth.Error{Status: 403, Err: errors.New("hunter2")}), auth.Event{Outcome: auth.Refused, Status: 403}},
		{"down", fails("b", auth.Unavailable(errors.New("hunter2"))), auth.Event{Outcome: auth.Down, Status: 503}},
		{"fault", fails("b", errors.New("hunter2")), auth.Event{Outcome: auth.Faulty, Status: 500}},
	} {
		var got []auth.Event
		var log bytes.Buffer
		write := auth.LogEvents(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		observe := func(r *http.Request, e auth.Event) { got = append(got, e); write(r, e) }
		protect, err := auth.Require(test.chain, auth.RequireConfig{OnAuth: observe})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second one is named from memory
			protect(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		}
		test.want.Client = "192.0.2.1"
		if diff := cmp.Diff([]auth.Event{test.want, test.want}, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if text := log.String(); strings.Contains(text, "hunter2") || strings.Count(text, "outcome="+string(test.want.Outcome)) != 2 {
			t.Errorf("%s: logged %q", test.name, text)
		}
	}
}

// TestLogLevels: what was let in is for debugging, what was refused is news, and what is
// ours is an error. Nothing is written that the logger does not take.
func TestLogLevels(t *testing.T) {
	for outcome, want := range map[auth.Outcome]slog.Level{
		auth.Accepted: slog.LevelDebug, auth.Anonymous: slog.LevelDebug, auth.Refused: slog.LevelInfo, auth.LoggedIn: slog.LevelInfo, auth.Down: slog.LevelError, auth.Faulty: slog.LevelError,
	} {
		for _, least := range []slog.Level{want, want + 1} {
			var log bytes.Buffer
			write := auth.LogEvents(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: least})))
			r := httptest.NewRequest("GET", "/", nil)
			write(r, auth.Event{Outcome: outcome})
			if taken := least == want; taken != strings.Contains(log.String(), "level="+want.String()) || taken != (r.Header.Get("X-Request-Id") != "") {
				t.Errorf("%s at level %v: logged %q", outcome, least, log.String())
			}
		}
	}
}

// TestRequireNamesThePattern: which handler of a mux was asked for, and nothing that the
// client wrote.
func TestRequireNamesThePattern(t *testing.T) {
	var got []string
	protect, err := auth.Require(ok("a"), auth.RequireConfig{OnAuth: func(_ *http.Request, e auth.Event) { got = append(got, e.Operation) }})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /reports/{id}", protect(http.NotFoundHandler()))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/reports/7", nil))
	protect(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/secret", nil))
	if diff := cmp.Diff([]string{"GET /reports/{id}", ""}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
