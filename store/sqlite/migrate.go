package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/store"
)

// The migrations are named VERSION_WHAT.sql. Those that end in .site.sql are about tables of
// Django and django-modern-rest, which the file Config.OwnTables does not have. {id} is the
// type of the columns of user ids, and {auto} numbers them.
//
//go:embed migrations/*.sql
var migrations embed.FS

// versionTable records which migrations ran.
const versionTable = "rest_schema"

// Migrate brings the tables of a file up to date, as [Open] does unless cfg.ManualMigrations is
// set. It creates the file if there is none. All changes are one transaction, so that several
// processes can call it at once, and a process that is killed meanwhile leaves the old tables.
// Migrations only add tables, columns and indexes, so that programs of the version before can go on.
//
// With cfg.Django it only changes the file cfg.OwnTables.
func Migrate(ctx context.Context, path string, cfg Config) error {
	cfg.ManualMigrations = false
	db, err := Open(ctx, path, cfg)
	if err != nil {
		return err
	}
	return db.Close()
}

// migrate brings the tables up to date, or checks them.
func (db *DB) migrate(ctx context.Context, pool *sql.DB) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	newest := versionOf(files[len(files)-1])
	switch have, err := db.schemaVersion(ctx, pool); {
	case err != nil:
		return err
	case have > newest:
		return fmt.Errorf("the tables have version %d, and this program knows version %d: a newer program has migrated them, so this one must be updated", have, newest)
	case have == newest:
		return nil
	case db.cfg.ManualMigrations:
		return fmt.Errorf("the tables have version %d, and this program needs version %d: call sqlite.Migrate", have, newest)
	}
	return db.inTransaction(ctx, pool, func(tx *sql.Tx) error {
		have, err := db.schemaVersion(ctx, tx) // another process may have migrated meanwhile
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := db.apply(ctx, tx, file, have); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

// inTransaction runs f in one transaction.
func (db *DB) inTransaction(ctx context.Context, pool *sql.DB, f func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// apply runs a migration if the tables are older.
func (db *DB) apply(ctx context.Context, tx *sql.Tx, file string, have int) error {
	version := versionOf(file)
	if version <= have {
		return nil
	}
	if !db.cfg.Django || !strings.HasSuffix(file, ".site.sql") {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, db.typed(string(text))); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS `+versionTable+` (
			"id" integer PRIMARY KEY AUTOINCREMENT,
			"version_id" integer NOT NULL,
			"is_applied" integer NOT NULL,
			"tstamp" timestamp DEFAULT (datetime('now'))
		);
		INSERT INTO `+versionTable+` (version_id, is_applied) VALUES (?, 1)`, version)
	return err
}

// typed fills the type of user ids into a migration.
func (db *DB) typed(statements string) string {
	auto := ""
	if db.cfg.UserID == store.Integer {
		auto = " AUTOINCREMENT"
	}
	return strings.NewReplacer("{id}", columnTypes[db.cfg.UserID], "{auto}", auto).Replace(statements)
}

// versionOf returns the version in the name of a migration.
func versionOf(file string) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(file, "migrations/"), "_")
	version, err := strconv.Atoi(digits)
	if err != nil {
		panic("sqlite: migration " + file + ": no version") // the files are compiled in
	}
	return version
}

// schemaVersion returns the version of the tables; 0: there are none.
func (db *DB) schemaVersion(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (version int, err error) {
	err = db.patiently(ctx, func(ctx context.Context) error {
		err := from.QueryRowContext(ctx, `SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = '`+versionTable+`'`).Scan(&version)
		if errors.Is(err, sql.ErrNoRows) {
			version = 0
			return nil
		}
		if err != nil {
			return err
		}
		return from.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&version)
	})
	return version, err
}
