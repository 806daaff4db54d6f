package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/loglimit"
)

// HealthCheck asks something that requests need, such as a database.
type HealthCheck struct {
	// Name is shown to authenticated callers and in the log.
	Name string
	// Check returns an error if requests would fail. Its context ends after 3 seconds.
	Check func(context.Context) error
}

// Health returns a router for whatever watches the program, such as a load balancer:
//
//	GET /health/live   200 as long as the program answers requests
//	GET /health/ready  200 if all checks succeed, and 503 otherwise
//
// Restart a program that is not live, and send no requests to one that is not ready.
//
// Both are public, and their replies say no more than the status. To show authenticated callers
// which check failed, change the Auth of the router:
//
//	health := rest.Health(rest.HealthCheck{Name: "database", Check: db.Ping})
//	health.Auth = auth.Optional(session)
//
// The causes are logged, once a minute. Requests share a result for a second, so that many of
// them do not burden a database.
func Health(checks ...HealthCheck) Router {
	h := &health{checks: slices.Clone(checks), errs: make([]error, len(checks))}
	for i, check := range checks {
		if check.Name == "" || check.Check == nil {
			return Router{Path: "/health", Auth: unusable{fmt.Errorf("rest: Health: check %d has no Name or no Check", i)}, Controllers: []Controller{
				{Path: "/ready", Get: Handle(h.ready, Op{})},
			}}
		}
	}
	controllers := []Controller{
		{Path: "/live", Auth: auth.Public, Get: Handle(h.live, Op{NoStore: true, Summary: "Whether the program runs"})},
		{Path: "/ready", Get: Handle(h.ready, Op{NoStore: true, Summary: "Whether requests can be answered", Errors: []error{errUnready}})},
	}
	return Router{Path: "/health", Auth: auth.Public, Controllers: controllers}
}

// unusable keeps an API from being built.
type unusable struct{ err error }

func (u unusable) Authenticate(*http.Request) (auth.Identity, error) { return auth.Identity{}, u.err }
func (u unusable) Declare(string) (auth.Declaration, error)          { return auth.Declaration{}, u.err }

// errUnready documents the reply of a program that is not ready.
var errUnready = &Error{Status: http.StatusServiceUnavailable, Header: errUnavailable.Header}

const (
	healthTimeout = 3 * time.Second
	healthFresh   = time.Second // how long a result is used
)

// health has the handlers of [Health].
type health struct {
	checks []HealthCheck

	mu      sync.Mutex
	checked time.Time
	errs    []error // of the checks
	logged  loglimit.Limit
}

// HealthStatus is the reply of [Health].
type HealthStatus struct {
	Status string   `json:"status" enum:"ok"`
	Checks []string `json:"checks,omitempty" doc:"The names of the checks that succeeded, for authenticated callers."`
}

// run returns the error of a check. It does not wait for a check that ignores its context.
func (c HealthCheck) run(ctx context.Context) error {
	result := make(chan error, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				result <- fmt.Errorf("panic: %v", fault)
			}
		}()
		result <- c.Check(ctx)
	}()
	select {
	case err := <-result:
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: no answer: %w", c.Name, context.Cause(ctx))
	}
}

func (h *health) live(context.Context, None) (HealthStatus, error) {
	return HealthStatus{Status: "ok"}, nil
}

func (h *health) ready(ctx context.Context, _ None) (HealthStatus, error) {
	identity, _ := auth.FromContext(ctx)
	_, anonymous := identity.Principal.(auth.Nobody)
	detailed := identity.Principal != nil && !anonymous
	errs := h.results(ctx)
	status, down := HealthStatus{Status: "ok"}, &Error{}
	*down = *errUnavailable
	for i, check := range h.checks {
		switch {
		case !detailed:
		case errs[i] == nil:
			status.Checks = append(status.Checks, check.Name)
		default:
			down.Details = append(down.Details, Detail{Msg: check.Name + " is down", Code: codeUnavailable})
		}
	}
	if err := errors.Join(errs...); err != nil {
		down.own, down.Err = false, nil // it is logged already
		return HealthStatus{}, down
	}
	return status, nil
}

// results runs the checks, unless this was done a moment ago. One request at a time does it, and
// the others wait for the result.
func (h *health) results(ctx context.Context) []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.checked.IsZero() && time.Since(h.checked) < healthFresh {
		return h.errs
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
	defer stop()
	errs := make([]error, len(h.checks))
	var wg sync.WaitGroup
	for i := range h.checks {
		wg.Go(func() { errs[i] = h.checks[i].run(ctx) })
	}
	wg.Wait()
	h.errs, h.checked = errs, time.Now()
	h.log(ctx, errors.Join(errs...))
	return errs
}

func (h *health) log(ctx context.Context, err error) {
	if err == nil {
		return
	}
	if more, ok := h.logged.Allow(); ok {
		loggerOf(ctx).ErrorContext(ctx, "rest: health checks fail; this is logged once a minute", append([]any{"err", err}, more...)...)
	}
}

// loggerOf returns the logger of the API that calls a handler.
func loggerOf(ctx context.Context) *slog.Logger {
	if c, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		return c.op.logger
	}
	return slog.Default()
}
