package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/go-modern-rest/rest/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// versionTable records which migrations ran.
	versionTable = "rest.migrations"
	// migrationLock is the key of the advisory lock that migrations hold: "rest" in ASCII.
	migrationLock = 0x72657374
	// patience is how long a migration waits for another process that migrates.
	patience = time.Minute
)

// latest is the version of the newest migration.
var latest = newest()

func newest() (newest int64) {
	for version := range steps() {
		newest = max(newest, version)
	}
	return newest
}

// steps returns the text of each migration by its version.
func steps() map[int64]string {
	files, err := migrations.ReadDir("migrations")
	texts := map[int64]string{}
	for _, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, errVersion := strconv.ParseInt(number, 10, 64)
		text, errText := migrations.ReadFile("migrations/" + file.Name())
		err = errors.Join(err, errVersion, errText)
		texts[version] = string(text)
	}
	if err != nil {
		panic(err) // of files that are part of the program
	}
	return texts
}

// Migrate creates the tables in the schema rest and brings them up to date. It changes nothing else.
// Several processes may call it at once: one migrates, the others wait for it, for a minute at
// most. The role needs the right to create a schema, or to create tables in the schema rest and to
// change those that are there.
func Migrate(ctx context.Context, where string, cfg Config) error {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	settings, err := parse(where, cfg.Timeout)
	if err != nil {
		return err
	}
	conn := settings.ConnConfig
	conn.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // a migration has several statements
	db := stdlib.OpenDB(*conn)
	defer func() { _ = db.Close() }()
	return needsOwner(migrate(ctx, db, cfg.UserID))
}

// migrate holds the lock in a transaction of one connection and migrates on another one: a lock
// of a session would not work through PgBouncer in transaction mode.
func migrate(ctx context.Context, db *sql.DB, ids store.IDType) error {
	wait, stop := context.WithTimeout(ctx, patience)
	defer stop()
	lock, err := db.BeginTx(wait, nil)
	if err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	defer func() { _ = lock.Rollback() }() // frees the lock
	if _, err := lock.ExecContext(wait, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("postgres: migrate: wait for another process that migrates: %w", err)
	}
	provider, err := newProvider(db, ids)
	if err != nil {
		return err
	}
	var there bool
	err = db.QueryRowContext(ctx, `SELECT to_regnamespace('rest') IS NOT NULL`).Scan(&there)
	if err == nil && !there { // CREATE ... IF NOT EXISTS needs the right to create it even if it exists
		_, err = db.ExecContext(ctx, `CREATE SCHEMA rest`)
	}
	if err == nil {
		_, err = provider.Up(ctx)
	}
	if err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	return nil
}

func newProvider(db *sql.DB, ids store.IDType) (*goose.Provider, error) {
	var list []*goose.Migration
	for version, text := range steps() {
		text = strings.ReplaceAll(text, "{id}", columnOf(ids))
		list = append(list, goose.NewGoMigration(version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, text)
				return err
			},
		}, nil))
	}
	return goose.NewProvider(goose.DialectPostgres, db, nil,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(list...))
}

// version returns the version of the tables, 0 if there are none.
func (db *DB) version(ctx context.Context) (version int64, _ error) {
	err := db.one(ctx, "version of the tables", `SELECT COALESCE(max(version_id), 0) FROM `+versionTable, nil, &version)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code == undefinedTable || e.Code == undefinedSchema) {
		return 0, nil
	}
	return version, err
}

func checkVersion(version int64) error {
	switch {
	case version < latest:
		return fmt.Errorf("postgres: the tables have version %d, and this program needs version %d: call postgres.Migrate", version, latest)
	case version > latest:
		return fmt.Errorf("postgres: the tables have version %d, and this program knows version %d: a newer program has migrated them", version, latest)
	}
	return nil
}

// needsOwner explains the error of a role that may not migrate.
func needsOwner(err error) error {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == insufficientPrivilege {
		return fmt.Errorf("%w: call postgres.Migrate with the role that owns the tables, and see postgres.Grants", err)
	}
	return err
}

// Grants returns the statements that give a role the rights that a program needs after [Migrate],
// and no others. The owner of the tables runs them once; they also cover tables that the owner
// creates later. A table of users outside the schema rest needs SELECT, INSERT, UPDATE and DELETE,
// and USAGE and UPDATE of its sequence.
func Grants(role string) string {
	role = pgx.Identifier{role}.Sanitize()
	return strings.ReplaceAll(`GRANT USAGE ON SCHEMA rest TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rest TO {role};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA rest TO {role};
REVOKE INSERT, UPDATE, DELETE ON rest.migrations FROM {role};
REVOKE ALL ON SEQUENCE rest.migrations_id_seq FROM {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA rest GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA rest GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
`, "{role}", role)
}
