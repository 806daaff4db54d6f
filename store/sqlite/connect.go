package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"

	"github.com/go-modern-rest/rest/store"
)

// inMemory is the path of a database in memory.
const inMemory = ":memory:"

// connect opens the pools: one connection that writes, so that writers wait in a queue here instead
// of retrying in SQLite, and several that read. It brings the tables up to date.
func (db *DB) connect(ctx context.Context) (err error) {
	if err := db.create(); err != nil {
		return err
	}
	if db.write, err = db.pool(1, db.cfg.Timeout, db.path == inMemory, db.synchronous("main")); err != nil {
		return err
	}
	if err := db.checkOwner(ctx); err != nil {
		return err
	}
	if err := db.prepareTables(ctx); err != nil {
		return err
	}
	if db.path == inMemory { // otherwise each connection would have another database
		db.read, db.app = db.write, db.write
		return nil
	}
	if db.read, err = db.pool(db.cfg.Readers, 0, true, "query_only(1)"); err != nil { // see reading
		return err
	}
	db.app, err = db.pool(db.cfg.Readers, db.cfg.Timeout, false, "query_only(1)")
	return err
}

// create creates the files that this package may create.
func (db *DB) create() error {
	switch {
	case db.path == inMemory:
		return nil
	case db.cfg.Django:
		if _, err := os.Stat(db.path); err != nil {
			return err
		}
		if db.cfg.OwnTables == "" {
			return nil
		}
	}
	if db.cfg.ManualMigrations {
		_, err := os.Stat(db.ours())
		return err
	}
	return createPrivate(db.ours())
}

// ours returns the path of the file that has the tables of this package.
func (db *DB) ours() string {
	if db.cfg.Django {
		return db.cfg.OwnTables
	}
	return db.path
}

// synchronous returns the pragma for a schema, and nothing for the file of a Django site.
func (db *DB) synchronous(schema string) string {
	if db.cfg.Django && schema == "main" {
		return ""
	}
	if db.cfg.FullSync {
		return schema + ".synchronous(FULL)"
	}
	return schema + ".synchronous(NORMAL)"
}

// checkOwner refuses the file of a Django site without Config.Django, and any other with it.
func (db *DB) checkOwner(ctx context.Context) error {
	if db.path == inMemory {
		return nil
	}
	site, err := db.hasTable(ctx, "main", "django_migrations")
	switch {
	case err != nil:
		return err
	case site && !db.cfg.Django:
		return errors.New("the file is the database of a Django site (it has the table django_migrations); set Config.Django to use it as it is")
	case !site && db.cfg.Django:
		return errors.New("Config.Django is set, but the file is not the database of a Django site: it has no table django_migrations; run manage.py migrate first")
	}
	return nil
}

// prepareTables switches our file to write-ahead logging and brings its tables up to date.
func (db *DB) prepareTables(ctx context.Context) error {
	if !db.cfg.Django {
		return db.prepareFile(ctx, db.write)
	}
	if db.cfg.OwnTables == "" {
		return nil
	}
	pool, err := sql.Open("sqlite", dsn(db.cfg.OwnTables, db.cfg.Timeout))
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	if err := errors.Join(db.prepareFile(ctx, pool), pool.Close()); err != nil {
		return fmt.Errorf("Config.OwnTables %q: %w", db.cfg.OwnTables, err)
	}
	return nil
}

func (db *DB) prepareFile(ctx context.Context, pool *sql.DB) error {
	if !db.cfg.ManualMigrations && db.path != inMemory {
		// SQLite does not wait for a lock here.
		err := db.patiently(ctx, func(ctx context.Context) error {
			_, err := pool.ExecContext(ctx, `PRAGMA journal_mode=WAL`)
			return err
		})
		if err != nil {
			return err
		}
	}
	return db.migrate(ctx, pool)
}

// own is the schema of the file Config.OwnTables.
const own = "rest"

// pool opens n connections. Those for DB.query are each a conn.
func (db *DB) pool(n int, wait time.Duration, queries bool, pragma string) (*sql.DB, error) {
	base, err := sqlite.NewConnector(dsn(db.path, wait))
	if err != nil {
		return nil, err
	}
	c := connector{Connector: base, queries: queries, ids: db.cfg.UserID}
	if db.cfg.OwnTables != "" {
		path, err := filepath.Abs(db.cfg.OwnTables) // a name that begins with "file:" would be a URI
		if err != nil {
			return nil, err
		}
		c.add(`ATTACH DATABASE ? AS `+own, path)
		c.add(`PRAGMA ` + db.synchronous(own))
	}
	if pragma != "" {
		c.add(`PRAGMA ` + pragma)
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n) // because statements are prepared on them
	return pool, nil
}

// connector opens connections and runs statements on each. The driver would run the pragmas of a
// connection string without the context; they may wait for a lock.
type connector struct {
	driver.Connector

	queries    bool // each is a conn
	ids        store.IDType
	statements []string
	args       [][]driver.NamedValue
}

func (c *connector) add(statement string, args ...string) {
	var values []driver.NamedValue
	for i, arg := range args {
		values = append(values, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	c.statements, c.args = append(c.statements, statement), append(c.args, values)
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	base := made.(driverConn) //nolint:forcetypeassert // the driver documents it
	for i, statement := range c.statements {
		if _, err := base.ExecContext(ctx, statement, c.args[i]); err != nil {
			return nil, errors.Join(err, base.Close())
		}
	}
	if c.queries {
		return &conn{driverConn: base, row: row{ids: c.ids}}, nil
	}
	return base, nil
}

// dsn returns the connection string of the driver. Transactions begin IMMEDIATE, because one that
// has read cannot write after another one has written.
func dsn(path string, wait time.Duration) string {
	query := url.Values{"_txlock": {"immediate"}}
	query.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()))
	query.Add("_pragma", "foreign_keys(1)")
	if path != inMemory {
		query.Add("mode", "rw") // createPrivate has created it
		path = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	}
	return "file:" + path + "?" + query.Encode()
}

// sameFile reports whether two paths lead to the same file.
func sameFile(a, b string) bool {
	first, errFirst := os.Stat(a)
	second, errSecond := os.Stat(b)
	if errors.Is(errFirst, fs.ErrNotExist) || errors.Is(errSecond, fs.ErrNotExist) {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return errFirst == nil && errSecond == nil && os.SameFile(first, second)
}

// hasTable reports whether a schema has a table.
func (db *DB) hasTable(ctx context.Context, schema, name string) (has bool, err error) {
	err = db.write.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+schema+`.sqlite_master WHERE type = 'table' AND name = ?)`, name).Scan(&has)
	return has, err
}
