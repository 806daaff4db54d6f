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
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/store/memory"
)

func ExampleHealth() {
	db := memory.New()
	reads := func(ctx context.Context) error {
		_, err := db.Users().Count(ctx)
		return err
	}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Health(rest.HealthCheck{Name: "database", Check: reads}))
	if err != nil {
		fmt.Println(err)
		return
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/health/ready", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 {"status":"ok"}
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Pointer[error]
		var asked atomic.Int32
		var logged bytes.Buffer
		database := func(context.Context) error {
			asked.Add(1)
			if err := down.Load(); err != nil {
				return *err
			}
			return nil
		}
		health := rest.Health(rest.HealthCheck{"database", database}, rest.HealthCheck{"sessions", func(context.Context) error { return nil }})
		health.Auth = auth.Optional(basicauth.New(basicauth.Static(map[string]string{"ops": "a long password"}), basicauth.Config{}))
		api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.NewTextHandler(&logged, nil)), ErrorFormat: rest.Problem}, health)
		if err != nil {
			t.Fatal(err)
		}
		get := func(path string, as bool) string {
			r := httptest.NewRequest("GET", path, nil)
			if as {
				r.SetBasicAuth("ops", "a long password")
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Header().Get("Cache-Control") != "no-store" || w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
				t.Errorf("GET %s: headers %v", path, w.Header())
			}
			return fmt.Sprint(w.Code, " ", w.Body)
		}
		is := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: got %s, want %s", what, got, want)
			}
		}
		is("live", get("/health/live", false), `200 {"status":"ok"}`)
		is("ready", get("/health/ready", false), `200 {"status":"ok"}`)
		is("ready, as ops", get("/health/ready", true), `200 {"status":"ok","checks":["database","sessions"]}`)
		is("asked", fmt.Sprint(asked.Load()), "1")

		cause := errors.New("10.0.0.1 refused the connection")
		down.Store(&cause)
		is("a moment later", get("/health/ready", false), `200 {"status":"ok"}`)
		<-time.After(time.Second)
		is("down", get("/health/ready", false), `503 {"title":"Service Unavailable","status":503,"detail":"Service unavailable","code":"unavailable"}`)
		if got := get("/health/ready", true); !strings.Contains(got, "database is down") || strings.Contains(got, "sessions") || strings.Contains(got, "10.0.0.1") {
			t.Errorf("down, as ops: got %s, want the name of the check alone", got)
		}
		is("live while the database is down", get("/health/live", false), `200 {"status":"ok"}`)
		<-time.After(time.Second)
		get("/health/ready", false)
		if got := strings.Count(logged.String(), "10.0.0.1 refused"); got != 1 {
			t.Errorf("got %d lines with the cause, want one a minute:\n%s", got, &logged)
		}
		down.Store(nil)
		<-time.After(time.Second)
		is("back", get("/health/ready", false), `200 {"status":"ok"}`)
	})
}

// TestHealthOfABadCheck: a check that hangs or panics is down.
func TestHealthOfABadCheck(t *testing.T) {
	for name, check := range map[string]func(release chan int) error{
		"hangs":  func(release chan int) error { <-release; return nil },
		"panics": func(chan int) error { panic("oh") },
	} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan int)
			defer close(release)
			check := func(context.Context) error { return check(release) }
			api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.DiscardHandler)}, rest.Health(rest.HealthCheck{name, check}))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, httptest.NewRequest("GET", "/health/ready", nil))
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("%s: got %d, want 503", name, w.Code)
			}
		})
	}
	_, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Health(rest.HealthCheck{Name: "x"}))
	if err == nil || !strings.Contains(err.Error(), "check 0 has no Name or no Check") {
		t.Errorf("a check without function: got %v", err)
	}
}
