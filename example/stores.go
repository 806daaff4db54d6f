package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/sqlite"
	"github.com/go-modern-rest/rest/throttle"
)

// stores are the tables of the service, wherever they are.
type stores struct {
	users    users
	tokens   tokenauth.Store
	sessions sessionauth.Store
	families jwtauth.Families
	limits   throttle.Store
	notes    *database

	open []opened // the databases
}

// users is the table of users. Those of the stores can do more, which package password uses.
type users interface {
	auth.Users[*store.User]
	Create(ctx context.Context, u store.User) (*store.User, error)
}

// opened is a database. Run writes the last uses of sessions and tokens, and removes what has
// expired, until the context ends.
type opened interface {
	Run(ctx context.Context) error
	Close() error
}

// openStores opens the database of the users and the notes. Sessions, logins and limits are in Redis
// if there is a URL of one, and otherwise in the same database.
func openStores(ctx context.Context, where, sessions, folder string) (*stores, error) {
	s := &stores{}
	var err error
	switch {
	case where == "sqlite":
		err = s.useSQLite(ctx, filepath.Join(folder, "notes.sqlite3"))
	case strings.HasPrefix(where, "postgres://"), strings.HasPrefix(where, "postgresql://"):
		err = s.usePostgres(ctx, where)
	default:
		err = errors.New(`-store: want "sqlite" or postgres://user:password@host/database`)
	}
	if err == nil && sessions != "" {
		err = s.useRedis(ctx, sessions)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stores) useSQLite(ctx context.Context, file string) error {
	db, err := sqlite.Open(ctx, file, sqlite.Config{})
	if err != nil {
		return err
	}
	s.open = append(s.open, db)
	s.users, s.tokens, s.sessions, s.families, s.limits = db.Users(), db.Tokens(), db.Sessions(), db.Families(), db.Throttle()
	s.notes = &database{db.Reader(), db.Write, "auth_user", sqliteSchema}
	return nil
}

func (s *stores) usePostgres(ctx context.Context, url string) error {
	db, err := postgres.Open(ctx, url, postgres.Config{})
	if err != nil {
		return err
	}
	s.open = append(s.open, db)
	s.users, s.tokens, s.sessions, s.families, s.limits = db.Users(), db.Tokens(), db.Sessions(), db.Families(), db.Throttle()
	pool := stdlib.OpenDBFromPool(db.Pool())
	s.notes = &database{pool, inTransaction(pool), "rest.users", postgresSchema}
	return nil
}

func (s *stores) useRedis(ctx context.Context, url string) error {
	db, err := redis.Open(ctx, url, redis.Config{Prefix: "notes:"})
	if err != nil {
		return err
	}
	s.open = append(s.open, db)
	s.sessions, s.families, s.limits = db.Sessions(), db.Families(), db.Throttle()
	return nil
}

// close closes the databases.
func (s *stores) close() error {
	var errs []error
	for _, db := range s.open {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// database is where the notes are. SQLite and PostgreSQL understand the same statements, except
// those that make the tables.
type database struct {
	reader *sql.DB
	write  func(ctx context.Context, f func(*sql.Tx) error) error // runs f in a transaction
	users  string                                                 // the name of the table of users
	schema string
}

const sqliteSchema = `
CREATE TABLE IF NOT EXISTS note (
	id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER NOT NULL REFERENCES auth_user (id), title TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS note_reader (
	note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE, user_id INTEGER NOT NULL REFERENCES auth_user (id),
	PRIMARY KEY (note_id, user_id));
CREATE TABLE IF NOT EXISTS attachment (
	id INTEGER PRIMARY KEY AUTOINCREMENT, note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	name TEXT NOT NULL, modified INTEGER NOT NULL, content BLOB NOT NULL);`

// The lock is for processes that start at once: IF NOT EXISTS fails if another one is creating the
// table.
const postgresSchema = `
SELECT pg_advisory_xact_lock(hashtext('notes'));
CREATE TABLE IF NOT EXISTS note (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner_id BIGINT NOT NULL REFERENCES rest.users (id), title TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS note_reader (
	note_id BIGINT NOT NULL REFERENCES note (id) ON DELETE CASCADE, user_id BIGINT NOT NULL REFERENCES rest.users (id),
	PRIMARY KEY (note_id, user_id));
CREATE TABLE IF NOT EXISTS attachment (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note_id BIGINT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	name TEXT NOT NULL, modified BIGINT NOT NULL, content BYTEA NOT NULL);`

// inTransaction returns a function that commits what f has done if f returns nil.
func inTransaction(db *sql.DB) func(context.Context, func(*sql.Tx) error) error {
	return func(ctx context.Context, f func(*sql.Tx) error) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("notes: %w", err)
		}
		if err := f(tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
}
