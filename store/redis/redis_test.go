package redis_test

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/storetest"
	"github.com/go-modern-rest/rest/throttle"
)

func open(t testing.TB, url string, cfg redis.Config) *redis.DB {
	t.Helper()
	db, err := redis.Open(t.Context(), url, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // the server may be down
	return db
}

// quiet is a log that a test does not read.
var quiet = slog.New(slog.DiscardHandler)

var databases atomic.Int64

// each returns a function that opens an empty database: another prefix of one server.
func each(t *testing.T, cfg redis.Config) func(*testing.T) *redis.DB {
	server := servers.Redis(t, "--appendfsync", "no")
	cfg.Logger = quiet
	return func(t *testing.T) *redis.DB {
		cfg := cfg
		cfg.Prefix = fmt.Sprint("test", databases.Add(1), ":")
		return open(t, server.URL, cfg)
	}
}

func TestSessions(t *testing.T) {
	for name, cfg := range map[string]redis.Config{"plain": {}, "cached": {CacheSessions: 1e12}} {
		t.Run(name, func(t *testing.T) {
			open := each(t, cfg)
			storetest.Sessions(t, func(t *testing.T) sessionauth.Store { return open(t).Sessions() })
		})
	}
}

func TestFamilies(t *testing.T) {
	open := each(t, redis.Config{})
	storetest.Families(t, func(t *testing.T) (jwtauth.Families, storetest.UserStore) {
		return open(t).Families(), memory.New().Users()
	})
}

func TestBlocklist(t *testing.T) {
	open := each(t, redis.Config{})
	storetest.Blocklist(t, func(t *testing.T) (jwtauth.Blocklist, storetest.UserStore) {
		return open(t).Blocklist(), memory.New().Users()
	})
}

func TestThrottle(t *testing.T) {
	open := each(t, redis.Config{})
	storetest.Throttle(t, func(t *testing.T) throttle.Store { return open(t).Throttle() })
}
