// Package sqlite keeps users, sessions, logins, tokens and counts of limits in a SQLite
// file, in the tables and formats of Django and django-modern-rest: it creates them, or
// uses a Django site's, see [Config].Django.
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
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/go-modern-rest/rest/internal/loglimit"
	"github.com/go-modern-rest/rest/store"
)

// Config holds the settings of a DB. The zero value is ready.
type Config struct {
	// UserTable is the table of users. Defaults to auth_user, which is created if it does not
	// exist. Another one, of a custom user model, must exist and have the columns of
	// auth_user.
	UserTable string
	// UserID is the type of the ids in UserTable and in the tables that refer to it. Defaults
	// to integers. A [store.UUID] is stored as Django's UUIDField does, in a char(32) without
	// dashes, and a [store.Text] as it is. Open fails if the columns of the file have another
	// type.
	UserID store.IDType
	// IgnoreCase ignores the case of user names, see [store.FoldCase]: the user "alice" can log
	// in as "Alice", and there cannot be a second user "Alice". If a table already has such
	// users, none of them is found by name, and Logger gets a warning.
	IgnoreCase bool
	// Django opens the database of a Django site, which has the table django_migrations. Open
	// refuses such a file otherwise. With it nothing in the file is created, altered or
	// indexed: the schema and the journal mode remain the site's, rows alone are written. The
	// tables that a site does not have are in the file OwnTables. See [Open].
	Django bool
	// OwnTables is, with Django, the path of a second file, for what the site has no tables
	// for: refresh families, counts of limits, the users and times of sessions, and API and
	// blocked tokens if the site does not have the apps of django-modern-rest. Open creates
	// the file. If it is empty, only the tables of the site are there, see [Open].
	OwnTables string
	// ManualMigrations makes Open check the tables only: it fails if they are not up to date,
	// and then [Migrate] must be called. Otherwise Open brings them up to date.
	ManualMigrations bool
	// FullSync makes each commit wait until the disk has it (PRAGMA synchronous=FULL). Without
	// it, a power failure or a crash of the operating system may undo the last commits, such as
	// a logout; the end of the process, also by SIGKILL, undoes none. A commit then takes as
	// long as an fsync of the disk. The file of a Django site always has FULL, SQLite's default.
	FullSync bool
	// Logger gets what needs the operator's attention. Defaults to slog.Default.
	Logger *slog.Logger
	// Timeout is the longest that an operation waits for others that use the database, in this
	// process or in another. After that it fails with [ErrBusy]. It fails earlier if its
	// context ends. Defaults to 5 seconds.
	Timeout time.Duration
	// Readers is the number of connections that read. Defaults to GOMAXPROCS, and at least 4.
	// There is one connection that writes.
	Readers int
}

func (c Config) withDefaults() Config {
	c.UserTable = cmp.Or(c.UserTable, "auth_user")
	c.Logger = cmp.Or(c.Logger, slog.Default())
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.Readers = cmp.Or(c.Readers, max(4, runtime.GOMAXPROCS(0)))
	return c
}

func (c Config) check(path string) error {
	switch {
	case path == "":
		return errors.New(`the path is empty; write ":memory:" for a database in memory`)
	case c.OwnTables != "" && !c.Django:
		return errors.New("Config.OwnTables is for the database of a Django site; set Config.Django")
	case c.Django && (path == inMemory || c.OwnTables == inMemory):
		return errors.New("the database of a Django site and Config.OwnTables are files")
	case c.OwnTables != "" && sameFile(c.OwnTables, path):
		return errors.New("Config.OwnTables is the file of the site; it needs a path of its own")
	case c.Timeout < 0 || c.Readers < 0:
		return fmt.Errorf("Config.Timeout is %v and Config.Readers is %d, want none below zero", c.Timeout, c.Readers)
	case c.UserID != store.Integer && c.UserID != store.UUID && c.UserID != store.Text:
		return fmt.Errorf("Config.UserID is %v, want store.Integer, store.UUID or store.Text", c.UserID)
	}
	return nil
}

// DB is an open database. It is safe for concurrent use; so are its tables.
type DB struct {
	write, read *sql.DB
	app         *sql.DB       // the connections of Reader
	queue       chan struct{} // holds the writer whose turn it is
	path        string
	cfg         Config
	users       *Users
	sessions    *Sessions
	blocklist   *Blocklist
	families    *Families
	tokens      *Tokens
	throttle    *Throttle
	statements  []*sql.Stmt
	unwritten   loglimit.Limit // logs batches that were not written
}

// Open opens the database file at path, which it creates if there is none, and brings its tables up
// to date, see [Migrate]. ":memory:" is a new database in memory that ends with Close. If the
// context ends before, Open fails; later it has no effect.
//
// A file that Open creates, and the files that SQLite keeps beside it, can be read and
// written by their owner only (mode 0600). A file that exists keeps its mode.
//
// Open switches the file to write-ahead logging with synchronous=NORMAL, see
// [Config].FullSync. Its folder must be writable, and not on a network file system.
//
// The file of a Django site needs [Config].Django, and none of this happens to it. Without
// OwnTables, users, sessions and, if the site has the apps of django-modern-rest, the tokens
// and the blocklist work. Then sessions have no Idle and no Lifetime, and the sessions of a
// user are found by reading the whole table. The other tables make the backends that are given
// them fail at start. If the site's file has no write-ahead log, readers and writers wait for
// each other.
func Open(ctx context.Context, path string, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(path); err != nil {
		return nil, fmt.Errorf("sqlite: Open: %w", err)
	}
	db := &DB{path: path, cfg: cfg, queue: make(chan struct{}, 1)}
	if err := db.open(ctx); err != nil {
		if busy(err) {
			err = ErrBusy
		}
		return nil, errors.Join(fmt.Errorf("sqlite: open %q: %w", path, err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) error {
	if err := db.connect(ctx); err != nil {
		return err
	}
	p, err := newPreparer(ctx, db)
	if err != nil {
		return err
	}
	db.users = newUsers(db, p)
	db.sessions = newSessions(db, p)
	db.blocklist = newBlocklist(db, p)
	db.families = newFamilies(db, p)
	db.tokens = newTokens(db, p)
	db.throttle = newThrottle(db, p)
	if p.err != nil {
		return p.err
	}
	_, err = db.users.PasswordEncodings(ctx)
	return err
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
// removes them in portions, so that other writers wait for some milliseconds at most. [DB.Run]
// calls it once an hour. It leaves the tables of a Django site alone: the site sweeps its
// sessions with manage.py clearsessions.
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

// Ping reports whether the database can be read: it reads one row of the users.
func (db *DB) Ping(ctx context.Context) error {
	_, err := one(ctx, db, "ping", db.users.first, (*row).integer)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Writer returns the one connection that writes. [DB.Write] is better, because it limits how long a
// write waits. A statement or transaction of Writer waits for other writers until its context
// ends, and an open transaction blocks all other writers.
func (db *DB) Writer() *sql.DB { return db.write }

// Reader returns connections that read, for the application's own tables. They cannot write. There
// are Config.Readers of them besides those that read the tables of this package.
func (db *DB) Reader() *sql.DB { return db.app }

// Close writes what is batched, for which it waits no longer than Config.Timeout, and closes the
// database after the running statements have finished.
func (db *DB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), db.cfg.Timeout)
	defer cancel()
	errs := []error{db.Flush(ctx)}
	for _, statement := range db.statements {
		errs = append(errs, statement.Close())
	}
	closed := map[*sql.DB]bool{nil: true}
	for _, pool := range []*sql.DB{db.app, db.read, db.write} {
		if !closed[pool] {
			closed[pool] = true
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
