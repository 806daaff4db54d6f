// Package databases starts the database servers of a run, as the tests do, and ends them with it.
package databases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/internal/servers"
)

// Connect starts PostgreSQL and Redis, and connects a site to them. What is not installed is left
// out, and named in missing. The caller calls stop after it has closed the site.
func Connect(ctx context.Context, s *site.Site) (stop func(), missing []string, err error) {
	var h host
	for _, database := range []struct {
		start   func() string
		connect func(context.Context, string) error
	}{
		{func() string { return servers.Postgres(&h).URL }, s.ConnectPostgres},
		{func() string { return servers.Redis(&h, "--appendonly", "no").URL }, s.ConnectRedis},
	} {
		url, reason, err := h.start(database.start)
		if err == nil && url != "" {
			err = database.connect(ctx, url)
		}
		if err != nil {
			h.cleanUp()
			return nil, nil, err
		}
		if url == "" {
			missing = append(missing, reason)
		}
	}
	return h.cleanUp, missing, nil
}

// host lets functions that help tests run outside of one.
type host struct {
	testing.TB // nil: what is not below is not used
	cleanups   []func()
}

// skipped and failed are what a test would be.
type (
	skipped string
	failed  string
)

func (h *host) Helper()                           {}
func (h *host) Cleanup(f func())                  { h.cleanups = append(h.cleanups, f) }
func (h *host) Skip(args ...any)                  { panic(skipped(fmt.Sprint(args...))) }
func (h *host) Skipf(format string, args ...any)  { panic(skipped(fmt.Sprintf(format, args...))) }
func (h *host) Fatal(args ...any)                 { panic(failed(fmt.Sprint(args...))) }
func (h *host) Fatalf(format string, args ...any) { panic(failed(fmt.Sprintf(format, args...))) }

// start returns the URL of a server, or the reason why there is none.
func (h *host) start(server func() string) (url, missing string, err error) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case skipped:
			missing = string(reason)
		case failed:
			err = errors.New(string(reason))
		default:
			panic(reason)
		}
	}()
	return server(), "", nil
}

func (h *host) cleanUp() {
	for _, f := range slices.Backward(h.cleanups) {
		f()
	}
	h.cleanups = nil
}
