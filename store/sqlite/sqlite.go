// Package sqlite keeps users, sessions, logins, tokens and counts of limits in a SQLite
// file, in the tables and formats of Django and django-modern-rest: it creates them, or
// uses a Django site's.
//
//	db, err := sqlite.Open(ctx, "site.sqlite3", sqlite.Config{})
//	defer db.Close()
//	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
//
// The engine is modernc.org/sqlite: no cgo.
package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable records which migrations ran. It is not goose's default, which may
// be the application's own.
const versionTable = "rest_schema"

// Config holds the settings of a DB. The zero value is ready.
type Config struct {
	// UserTable is the table of users. Defaults to auth_user, which is created if it does not
	// exist. Another one, of a custom user model, must exist and have the columns of
	// auth_user.
	UserTable string
	// IgnoreCase ignores the case of user names, see [store.FoldCase]: the user "alice" can log
	// in as "Alice", and there cannot be a second user "Alice". If a table already has such
	// users, none of them is found by name, and Logger gets a warning.
	IgnoreCase bool
	// Logger gets what needs the operator's attention. Defaults to slog.Default.
	Logger *slog.Logger
	// BusyTimeout is how long a write waits for other writers, of this process and of others.
	// After that it fails with [ErrBusy]. It fails earlier if its context ends. Defaults to 5
	// seconds.
	BusyTimeout time.Duration
	// Readers is the number of connections that read. Defaults to GOMAXPROCS, and at least 4.
	// There is one connection that writes.
	Readers int
}

// inMemory is the path of a database in memory.
const inMemory = ":memory:"

// DB is an open database. It is safe for concurrent use; so are its tables.
type DB struct {
	write, read *sql.DB
	queue       chan struct{} // holds the writer whose turn it is
	busy        time.Duration // see Config.BusyTimeout
	users       *Users
	sessions    *Sessions
	blocklist   *Blocklist
	families    *Families
	tokens      *Tokens
	throttle    *Throttle
	statements  []*sql.Stmt
}

// Open opens the database file at path, which it creates if there is none, and brings its tables up
// to date. ":memory:" is a new database in memory that ends with Close. If the context ends
// before, Open fails; later it has no effect.
//
// A file that Open creates, and the files that SQLite keeps beside it, can be read and
// written by their owner only (mode 0600). A file that exists keeps its mode.
//
// Open switches the file to write-ahead logging with synchronous=NORMAL: a power cut may lose the
// last commits, but does not damage the file. Its folder must be writable, and not on a network
// file system.
func Open(ctx context.Context, path string, cfg Config) (*DB, error) {
	if path == "" {
		return nil, errors.New(`sqlite: Open: the path is empty; write ":memory:" for a database in memory`)
	}
	db, err := connect(path, cfg)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %q: %w", path, err)
	}
	if err := db.prepare(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %q: %w", path, err), db.Close())
	}
	return db, nil
}

// connect opens the pools: one connection that writes, so that writers wait in a queue here instead
// of retrying in SQLite, and several that read.
func connect(path string, cfg Config) (*DB, error) {
	timeout := cfg.BusyTimeout
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	readers := cfg.Readers
	if readers == 0 {
		readers = max(4, runtime.GOMAXPROCS(0))
	}
	if path != inMemory {
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	write, err := sql.Open("sqlite", dsn(path, timeout, "journal_mode(WAL)", "synchronous(NORMAL)"))
	if err != nil {
		return nil, err
	}
	keep(write, 1)
	db := &DB{write: write, read: write, queue: make(chan struct{}, 1), busy: timeout}
	if path == inMemory { // otherwise each connection would have another database
		return db, nil
	}
	db.read, err = sql.Open("sqlite", dsn(path, timeout, "query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	keep(db.read, readers)
	return db, nil
}

// dsn returns the connection string of the driver. Transactions begin IMMEDIATE, because one that
// has read cannot write after another one has written.
func dsn(path string, timeout time.Duration, pragmas ...string) string {
	query := url.Values{"_txlock": {"immediate"}}
	query.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", timeout.Milliseconds()))
	query.Add("_pragma", "foreign_keys(1)")
	for _, pragma := range pragmas {
		query.Add("_pragma", pragma)
	}
	if path != inMemory {
		path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	}
	return "file:" + path + "?" + query.Encode()
}

// keep sets the size of a pool, and keeps its connections open, because statements are prepared on
// them.
func keep(pool *sql.DB, n int) {
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
}

// prepare brings the tables up to date and prepares all statements, which fails if the table of
// users lacks a column.
func (db *DB) prepare(ctx context.Context, cfg Config) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	userTable := quote(cmp.Or(cfg.UserTable, "auth_user"))
	p := &preparer{db: db, users: userTable}
	db.users = newUsers(db, p, cfg)
	db.sessions = newSessions(db, p)
	db.blocklist = newBlocklist(db, p)
	db.families = newFamilies(db, p)
	db.tokens = newTokens(db, p)
	db.throttle = newThrottle(db, p)
	return p.err
}

// migrate brings the tables up to date. Processes that start at the same time on a new file
// conflict: switching to write-ahead logging does not wait for a lock, and another process may
// create a table first. migrate tries again then.
func (db *DB) migrate(ctx context.Context) error {
	const tries, pause = 20, 25 * time.Millisecond
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.write, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		_, err := provider.Up(ctx)
		if err == nil || try == tries || ctx.Err() != nil || !contended(err) {
			return err
		}
		time.Sleep(pause)
	}
}

// quote returns a name as an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// preparer prepares statements and keeps the first error.
type preparer struct {
	db    *DB
	users string // the quoted table of users, {users} in a statement
	err   error
}

func (p *preparer) read(text string) *sql.Stmt  { return p.prepare(p.db.read, text) }
func (p *preparer) write(text string) *sql.Stmt { return p.prepare(p.db.write, text) }

func (p *preparer) prepare(pool *sql.DB, text string) *sql.Stmt {
	if p.err != nil {
		return nil
	}
	statement, err := pool.Prepare(strings.ReplaceAll(text, "{users}", p.users))
	if err != nil {
		p.err = err
		return nil
	}
	p.db.statements = append(p.db.statements, statement)
	return statement
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

// Sweep removes the rows that expired by now from all tables, and returns how many it removed. It
// removes them in portions, so that other writers wait for some milliseconds at most. Call it
// once an hour, for example.
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

// Writer returns the one connection that writes. [DB.Write] is better, because it limits how long a
// write waits. A statement or transaction of Writer waits for other writers until its context
// ends, and an open transaction blocks all other writers.
func (db *DB) Writer() *sql.DB { return db.write }

// Reader returns the connections that read, for the application's own tables. They
// cannot write.
func (db *DB) Reader() *sql.DB { return db.read }

// Close closes the database after the running statements have finished.
func (db *DB) Close() error {
	var errs []error
	for _, statement := range db.statements {
		errs = append(errs, statement.Close())
	}
	errs = append(errs, db.read.Close())
	if db.write != db.read {
		errs = append(errs, db.write.Close())
	}
	return errors.Join(errs...)
}
