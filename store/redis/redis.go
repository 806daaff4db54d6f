// Package redis keeps sessions, logins, revoked tokens and counts of limits in Redis, so that
// several processes share them. Users and API tokens stay in a SQL database:
//
//	users, err := postgres.Open(ctx, "postgres://...", postgres.Config{})
//	logins, err := redis.Open(ctx, "redis://127.0.0.1:6379", redis.Config{})
//	session := sessionauth.New(users.Users(), logins.Sessions(), sessionauth.Config{Secret: secret})
//
// It needs Redis 6.2 or later, or Valkey. Redis removes what has expired, by its own clock, five
// minutes later than the row says; machines should run NTP.
//
// # Durability
//
// Redis acknowledges a write before it is on disk, unless appendonly is "yes" and appendfsync is
// "always". With another appendfsync, a crash of the machine loses the last second of logins and,
// worse, of logouts and revocations. [Open] reads the settings and logs a warning that names those
// that may lose a write. Replication is asynchronous: after a failover to a replica the last writes
// may be missing, whatever the settings.
//
// # Redis Cluster
//
// A cluster spreads its keys over nodes, and a change of several keys is only atomic on one of them.
// Most changes are of this kind: a login writes a session and the list of the user's sessions. So
// [Open] refuses a cluster unless [Config].Prefix has a hash tag, such as "{rest}:", which keeps all
// keys on one node.
package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/internal/loglimit"
	"github.com/go-modern-rest/rest/store"
)

// Config holds the settings of a DB. The zero value is ready.
type Config struct {
	// Prefix begins the keys of all rows, so that several programs can share a Redis. Defaults to
	// "rest:".
	Prefix string
	// CacheSessions keeps sessions that were read in the memory of the process for this long.
	// Redis tells the process when one changes. A session that another process ends is refused
	// when that message has arrived, usually within a millisecond. If the connection is lost,
	// the process forgets all sessions; it notices a silent connection after at most two seconds
	// and Timeout. Zero: each request reads its session from Redis.
	CacheSessions time.Duration
	// Timeout is the longest that one operation waits. It waits less if its context ends earlier.
	// Defaults to 5 seconds.
	Timeout time.Duration
	// Logger gets what needs the operator's attention. Defaults to slog.Default.
	Logger *slog.Logger
}

// slack is how long Redis keeps a row after it has expired. The clock that decides whether a row has
// expired is the caller's. Without slack, Redis would forget a revoked token too early if its own
// clock was ahead.
const slack = 5 * time.Minute

// DB is a connection to a Redis. It is safe for concurrent use; so are its tables.
type DB struct {
	cfg     Config
	client  rueidis.Client
	line    *line
	touched *batch.Batch[string, store.Session]
	logged  loglimit.Limit // of lines about touched
}

// Open connects to a Redis. The URL is redis://user:password@host:port/database, rediss:// for
// TLS, or unix:///path?db=0. Open fails if Redis does not answer. Later it connects again whenever
// the connection is lost.
func Open(ctx context.Context, url string, cfg Config) (*DB, error) {
	cfg.Prefix = cmp.Or(cfg.Prefix, "rest:")
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Timeout < 0 || cfg.CacheSessions < 0 {
		return nil, errors.New("redis: Open: Timeout and CacheSessions must not be negative")
	}
	option, err := rueidis.ParseURL(url)
	if err != nil { // which may have the password
		return nil, errors.New("redis: Open: the URL is not of the form redis://user:password@host:port/database, rediss://... or unix:///path")
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	db := &DB{cfg: cfg}
	if err := db.connect(ctx, option); err != nil {
		return nil, fmt.Errorf("redis: Open: %w", err)
	}
	db.touched = batch.New(touchedAtOnce, func(a, b store.Session) bool { return a.Seen.After(b.Seen) }, db.Sessions().writeTouched)
	db.warn(ctx)
	return db, nil
}

// Sessions returns the table of sessions; always the same value.
func (db *DB) Sessions() *Sessions { return (*Sessions)(db) }

// Families returns the table of refresh families; always the same value.
func (db *DB) Families() *Families { return (*Families)(db) }

// Blocklist returns the list of revoked tokens; always the same value.
func (db *DB) Blocklist() *Blocklist { return (*Blocklist)(db) }

// Throttle returns the counts of limits; always the same value.
func (db *DB) Throttle() *Throttle { return (*Throttle)(db) }

// Ping reports whether Redis answers a read of a key of this DB, for a health check.
func (db *DB) Ping(ctx context.Context) error {
	_, _, err := db.get(ctx, "ping", db.cfg.Prefix+"ping")
	return err
}

// Run writes the last uses of sessions, which Touch collects, until the context ends. Then it writes
// what is left and returns nil. Without Run, the requests that touch sessions write them.
func (db *DB) Run(ctx context.Context) error {
	db.touched.Run(ctx, db.notWritten)
	if err := db.Flush(context.WithoutCancel(ctx)); err != nil {
		db.notWritten(err)
	}
	return nil
}

// Flush writes the last uses of sessions that were collected.
func (db *DB) Flush(ctx context.Context) error { return db.Sessions().Flush(ctx) }

// Close writes what [DB.Flush] writes, and closes the connection. It takes at most twice
// [Config].Timeout.
func (db *DB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), db.cfg.Timeout)
	defer cancel()
	err := db.Flush(ctx)
	closed := make(chan struct{})
	go func() { // waits for replies, even from a Redis that hangs
		defer close(closed)
		db.client.Close()
	}()
	select {
	case <-closed:
	case <-time.After(db.cfg.Timeout):
	}
	return err
}

// notWritten logs, once a minute, that a batch was not written. Its rows are kept.
func (db *DB) notWritten(err error) {
	if more, ok := db.logged.Allow(); ok {
		db.cfg.Logger.Warn("redis: the last uses of sessions were not written; they are tried again", append([]any{"err", err}, more...)...)
	}
}
