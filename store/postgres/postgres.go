// Package postgres keeps users, sessions, logins, tokens and counts of limits in a PostgreSQL
// database, which any number of processes share.
//
//	db, err := postgres.Open(ctx, "postgres://app:password@db.example.com/site", postgres.Config{})
//	defer db.Close()
//	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
//
// The driver is pgx. The connection string is a URL or a list of key=value pairs, and has what
// pgx knows, such as pool_max_conns (default: the number of CPUs, at least 4), sslmode, several
// hosts and target_session_attrs. PostgreSQL 13 and later work.
//
// # Tables
//
// The tables are in the schema rest. [Open] creates them and brings them up to date; [Migrate]
// does only that. Statements name the schema, so search_path does not matter.
//
// The owner of the tables migrates, and the program needs fewer rights. [Grants] returns what
// a role of the program must have:
//
//	err := postgres.Migrate(ctx, ownerURL, postgres.Config{}) // when the program is deployed
//	fmt.Println(postgres.Grants("app"))                       // once, run by the owner
//
// # Users in a table of the application
//
// [Config].UserTable names a table that has the columns of Django's auth_user, such as that of a
// Django site on PostgreSQL. Migrate does not change it. For users of any other form, implement the
// two methods of auth.Users; the other tables keep the ids of their users as text.
//
// # PgBouncer
//
// In transaction mode, the connections of PgBouncer before 1.21 have no prepared statements. Add
// default_query_exec_mode=exec to the connection string then:
//
//	postgres://app:password@pgbouncer:6432/site?default_query_exec_mode=exec
//
// # Time
//
// Rows expire by the clock of the process that reads them, not by that of PostgreSQL. All
// machines should run NTP.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/go-modern-rest/rest/internal/loglimit"
	"github.com/go-modern-rest/rest/store"
)

// Config holds the settings of a DB. The zero value is ready.
type Config struct {
	// UserTable is the table of users with its schema, such as "public.auth_user" of a Django
	// site. It must exist and have the columns of Django's auth_user. Defaults to rest.users.
	UserTable string
	// UserID is the type of the ids of users. It must match the column id of UserTable.
	UserID store.IDType
	// IgnoreCase ignores the case of user names, see [store.FoldCase]: the user "alice" can log
	// in as "Alice", and there cannot be a second user "Alice". If a table already has such
	// users, none of them is found by name, and Logger gets a warning. A UserTable is searched by
	// lower(username), for which it should have an index.
	IgnoreCase bool
	// Timeout is the longest that an operation of a table takes, with its wait for a connection.
	// It ends earlier if its context does. Defaults to 5 seconds.
	Timeout time.Duration
	// ManualMigrations makes Open refuse tables that are not up to date, instead of calling
	// [Migrate].
	ManualMigrations bool
	// Logger gets what needs the operator's attention. Defaults to slog.Default.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.Timeout < 0 {
		return c, fmt.Errorf("postgres: Config.Timeout is %v; want a positive time, or 0 for the default", c.Timeout)
	}
	c.UserTable = cmp.Or(c.UserTable, ownUsers)
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	if strings.Count(c.UserTable, ".") != 1 {
		return c, fmt.Errorf("postgres: Config.UserTable is %q; want a schema and a table, such as \"public.auth_user\"", c.UserTable)
	}
	return c, nil
}

// DB is an open database. It is safe for concurrent use; so are its tables.
type DB struct {
	pool      *pgxpool.Pool
	cfg       Config
	failures  loglimit.Limit
	renewed   atomic.Int64 // when renew closed the connections, in seconds since 1970
	users     *Users
	sessions  *Sessions
	blocklist *Blocklist
	families  *Families
	tokens    *Tokens
	throttle  *Throttle
}

// Open connects to a database and brings its tables up to date. If they already are, it only
// reads. The error says so if the tables are of a newer version of this package.
func Open(ctx context.Context, where string, cfg Config) (*DB, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	settings, err := parse(where, cfg.Timeout)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), settings)
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	db := &DB{pool: pool, cfg: cfg}
	db.users = newUsers(db)
	db.sessions = newSessions(db)
	db.blocklist = &Blocklist{db}
	db.families = newFamilies(db)
	db.tokens = newTokens(db)
	db.throttle = &Throttle{db}
	if err := db.prepare(ctx, where); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// prepare checks that the tables are those that this version uses.
func (db *DB) prepare(ctx context.Context, where string) error {
	version, err := db.version(ctx)
	if err != nil {
		return err
	}
	if version < latest && !db.cfg.ManualMigrations {
		if err := Migrate(ctx, where, db.cfg); err != nil {
			return err
		}
		version = latest
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	return db.users.check(ctx)
}

// parse reads a connection string. Its errors have no part of it that may be a password.
func parse(where string, timeout time.Duration) (*pgxpool.Config, error) {
	settings, err := pgxpool.ParseConfig(where)
	if err == nil && strings.Contains(settings.ConnConfig.Database, "@") { // a slash in the password ended the host
		err = errors.New("")
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: the connection string is malformed%s; want key=value pairs or postgres://user:password@host:port/database, with a password that is percent-encoded", reason(where, err))
	}
	conn := settings.ConnConfig
	if conn.ConnectTimeout == 0 || conn.ConnectTimeout > timeout {
		conn.ConnectTimeout = timeout
	}
	conn.RuntimeParams["datestyle"] = "ISO, MDY" // for times as text, see [pgx.QueryExecModeExec]
	return settings, nil
}

// reason returns why a URL is malformed, unless that may have a part of the password.
func reason(where string, err error) string {
	_, why, found := strings.Cut(err.Error(), "`: ") // what follows the URL
	parsed, bad := url.Parse(where)
	if !found || bad != nil || parsed.Scheme == "" || parsed.Query().Has("password") {
		return ""
	}
	if password, _ := parsed.User.Password(); password != "" && strings.Contains(why, password) {
		return ""
	}
	return ": " + why
}

// Users returns the table of users.
func (db *DB) Users() *Users { return db.users }

// Tokens returns the table of API tokens.
func (db *DB) Tokens() *Tokens { return db.tokens }

// Blocklist returns the list of revoked tokens.
func (db *DB) Blocklist() *Blocklist { return db.blocklist }

// Families returns the table of refresh families.
func (db *DB) Families() *Families { return db.families }

// Throttle returns the counts of limits.
func (db *DB) Throttle() *Throttle { return db.throttle }

// Sessions returns the table of sessions.
func (db *DB) Sessions() *Sessions { return db.sessions }

// Pool returns the connections, for the application's own tables.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Ping reports whether the database answers and has the tables, for a health check.
func (db *DB) Ping(ctx context.Context) error {
	version, err := db.version(ctx)
	if err != nil || version > latest { // a newer program has migrated them, additively
		return err
	}
	return checkVersion(version)
}

// Run writes the last uses of sessions and tokens in time, and removes expired rows once an hour,
// until the context ends. Then it writes what is left and returns nil. Any number of processes
// may run it.
//
// Without Run, requests write the last uses, and [DB.Sweep] must be called to remove expired rows.
func (db *DB) Run(ctx context.Context) error {
	var running sync.WaitGroup
	failed := func(err error) {
		db.complain(ctx, "postgres: the last uses of sessions or tokens were not written", err)
	}
	running.Go(func() { db.sessions.touched.Run(ctx, failed) })
	running.Go(func() { db.tokens.touched.Run(ctx, failed) })
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for ctx.Err() == nil {
		if _, err := db.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			db.complain(ctx, "postgres: expired rows were not removed", err)
		}
		select {
		case <-ctx.Done():
		case <-hourly.C:
		}
	}
	running.Wait()
	if err := db.Flush(context.WithoutCancel(ctx)); err != nil {
		failed(err)
	}
	return nil
}

// Flush writes the last uses of sessions and tokens that were not written yet.
func (db *DB) Flush(ctx context.Context) error {
	return errors.Join(db.sessions.Flush(ctx), db.tokens.Flush(ctx))
}

// Sweep removes the rows that expired by now from all tables, and returns how many it removed. It
// removes them in portions and waits for no other writer. Call it once an hour, for example, or
// let [DB.Run] do it.
func (db *DB) Sweep(ctx context.Context, now time.Time) (int, error) {
	sum := 0
	for _, sweep := range []func(context.Context, time.Time) (int, error){
		db.sessions.Sweep, db.blocklist.Sweep, db.families.Sweep, db.tokens.Sweep, db.throttle.Sweep,
	} {
		n, err := sweep(ctx, now)
		if sum += n; err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// Close writes what [DB.Flush] writes and closes the connections. It waits for running operations,
// for the time of Config.Timeout at most.
func (db *DB) Close() error {
	err := db.Flush(context.Background())
	closed := make(chan struct{})
	go func() {
		db.pool.Close()
		close(closed)
	}()
	timer := time.NewTimer(db.cfg.Timeout)
	defer timer.Stop()
	select {
	case <-closed:
	case <-timer.C:
		err = errors.Join(err, errors.New("postgres: close: connections are still in use"))
	}
	return err
}

// complain logs a failure of work that no request waits for, once a minute.
func (db *DB) complain(ctx context.Context, what string, err error) {
	if more, ok := db.failures.Allow(); ok {
		db.cfg.Logger.ErrorContext(ctx, what, append(more, "err", err)...)
	}
}

// identifier quotes a name of a schema and a table.
func identifier(name string) string {
	schema, table, _ := strings.Cut(name, ".")
	return pgx.Identifier{schema, table}.Sanitize()
}
