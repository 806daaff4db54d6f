package redis_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/storetest"
)

// TestSettings: Open warns of each setting that may lose a write.
func TestSettings(t *testing.T) {
	safe := []string{"--appendonly", "yes", "--appendfsync", "always"}
	for _, c := range []struct {
		name string
		args []string
		acl  []string
		want []string // in the one warning; none: no warning
	}{
		{"safe", safe, nil, nil},
		{"a limit of memory", append(safe, "--maxmemory", "100mb"), nil, nil},
		{"a policy without a limit", append(safe, "--maxmemory-policy", "allkeys-lru"), nil, nil},
		{"Debian's", []string{"--appendonly", "no"}, nil, []string{"appendonly is no"}},
		{"each second", []string{"--appendfsync", "everysec"}, nil, []string{"appendfsync is everysec, not always"}},
		{"rewrites", append(safe, "--no-appendfsync-on-rewrite", "yes"), nil, []string{"no-appendfsync-on-rewrite is yes"}},
		{"two", []string{"--appendfsync", "no", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, nil, []string{"appendfsync is no", "maxmemory-policy is allkeys-lru"}},
		{"no CONFIG", append(safe, "--rename-command", "CONFIG", ""), nil, []string{"does not let its settings be read"}},
		{"no CONFIG, and not safe", []string{"--appendonly", "no", "--rename-command", "CONFIG", ""}, nil, []string{"does not let its settings be read", "appendonly is no"}},
		{"a user who may not", safe, []string{"ACL", "SETUSER", "default", "-config", "-info"}, []string{"does not let its settings be read"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := servers.Redis(t, c.args...)
			if c.acl != nil {
				command(t, raw(t, server.URL), c.acl...)
			}
			var log bytes.Buffer
			works(t, open(t, server.URL, redis.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
			lines := strings.Count(log.String(), "\n")
			if want := min(1, len(c.want)); lines != want {
				t.Errorf("got %d lines, want %d:\n%s", lines, want, &log)
			}
			for _, want := range c.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("got %s, want %q", &log, want)
				}
			}
		})
	}
}

// TestOpen: mistakes are errors that say what to do, and have no password.
func TestOpen(t *testing.T) {
	server := servers.Redis(t, "--requirepass", "a-secret-word")
	host := strings.TrimPrefix(server.URL, "redis://")
	for _, c := range []struct {
		name, url string
		cfg       redis.Config
		want      string // empty: no error
	}{
		{"the password", "redis://:a-secret-word@" + host, redis.Config{}, ""},
		{"a database", "redis://:a-secret-word@" + host + "/3", redis.Config{}, ""},
		{"no password", server.URL, redis.Config{}, "NOAUTH"},
		{"another password", "redis://:a-secret-guess@" + host, redis.Config{}, "WRONGPASS"},
		{"nothing", "", redis.Config{}, "URL"},
		{"another scheme", "http://:a-secret-word@" + host, redis.Config{}, "URL"},
		{"a broken URL", "redis://:a-secret-word@%zz", redis.Config{}, "URL"},
		{"a broken port", "redis://user:a-secret-word@host:a-secret-word", redis.Config{}, "URL"},
		{"nobody listens", "redis://:a-secret-word@127.0.0.1:1", redis.Config{}, "refused"},
		{"no socket", "unix://:a-secret-word@/nowhere/redis.sock", redis.Config{}, "no such file"},
		{"a negative timeout", "redis://:a-secret-word@" + host, redis.Config{Timeout: -1}, "negative"},
		{"a cache that the URL forbids", "redis://:a-secret-word@" + host + "?client_cache=0", redis.Config{CacheSessions: time.Minute}, "contradicts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Logger = quiet
			db, err := redis.Open(t.Context(), c.url, c.cfg)
			if err == nil {
				works(t, db)
				_ = db.Close()
			}
			switch {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), "a-secret"):
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

// TestUnixSocket: a URL of a socket works, with the database in its query.
func TestUnixSocket(t *testing.T) {
	server := servers.Redis(t, "--unixsocket", "redis.sock")
	db := open(t, "unix://"+server.Dir+"/redis.sock?db=2", redis.Config{Logger: quiet})
	works(t, db)
	if names := keys(t, server.URL+"/2"); len(names) == 0 {
		t.Error("got no keys in database 2")
	}
}

// TestReplica: a server that cannot write is refused.
func TestReplica(t *testing.T) {
	server := servers.Redis(t)
	command(t, raw(t, server.URL), "REPLICAOF", "127.0.0.1", "1")
	_, err := redis.Open(t.Context(), server.URL, redis.Config{Logger: quiet})
	if err == nil || !strings.Contains(err.Error(), "replica") {
		t.Errorf("got %v, want an error that says so", err)
	}
}

// TestCluster: a cluster is refused, except with a prefix that keeps all keys on one node.
func TestCluster(t *testing.T) {
	server := servers.Redis(t, "--cluster-enabled", "yes")
	client := raw(t, server.URL)
	command(t, client, "CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	eventually(t, func() bool {
		info := command(t, client, "CLUSTER", "INFO")
		text, err := info.ToString()
		return err == nil && strings.Contains(text, "cluster_state:ok")
	})
	for prefix, accepted := range map[string]bool{"": false, "app:": false, "{}:": false, "{app:": false, "app}{:": false, "{app}:": true, "a{b}{}": true} {
		db, err := redis.Open(t.Context(), server.URL, redis.Config{Prefix: prefix, Logger: quiet})
		if err == nil {
			_ = db.Close()
		}
		if accepted != (err == nil) || err != nil && !strings.Contains(err.Error(), `"{rest}:"`) {
			t.Errorf("prefix %q: got %v, want it accepted: %t", prefix, err, accepted)
		}
	}
	storetest.Sessions(t, func(t *testing.T) sessionauth.Store {
		return open(t, server.URL, redis.Config{Prefix: fmt.Sprintf("{test%d}:", databases.Add(1)), Logger: quiet}).Sessions()
	})
	db := open(t, server.URL, redis.Config{Prefix: "{all}", Logger: quiet})
	works(t, db)
}

// TestPrefix: two programs share a server.
func TestPrefix(t *testing.T) {
	server := servers.Redis(t)
	one, two := open(t, server.URL, redis.Config{Prefix: "one:", Logger: quiet}), open(t, server.URL, redis.Config{Prefix: "two:", Logger: quiet})
	seed(t, one)
	if rows, err := two.Sessions().ByUser(t.Context(), "7"); err != nil || len(rows) != 0 {
		t.Errorf("got %v, %v, want no rows of the other program", rows, err)
	}
	seed(t, two)
}
