// Package site is the service that each peer of the benchmark implements: its credentials, its
// databases and the types of its requests and replies. It also has, written by hand, what a peer
// without a library of its own calls to check a credential.
package site

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/golang-jwt/jwt/v5"

	"github.com/go-modern-rest/rest/store/sqlite"
)

// User is the reply of the workloads that authenticate.
type User struct {
	ID       int    `json:"id"`
	Username string `json:"username"`
}

// Alice is the user whose credentials the requests have.
var Alice = User{ID: 1, Username: "alice"}

// users is how many users the databases have. Half of them have a session and a token.
const users = 1000

// Site is a service with its data. It is safe for concurrent use.
type Site struct {
	Credentials
	// Own is a database of store/sqlite as it makes one.
	Own *sqlite.DB
	// Django is the database of a Django site, opened by store/sqlite.
	Django *sqlite.DB
	// Postgres and Redis are nil unless they are connected.
	Postgres *Postgres
	Redis    *Redis

	dir       string
	temporary bool // Close removes dir
	rooms     rooms
	byHand    struct {
		db                   *sql.DB
		user, session, token *sql.Stmt
	}
	tokenKey []byte
	static   map[string]string
	parser   *jwt.Parser
}

// New makes the databases and the credentials in a folder, which should be empty.
func New(ctx context.Context, dir string) (*Site, error) {
	s := &Site{dir: dir}
	own, err := sqlite.Open(ctx, filepath.Join(dir, "own.sqlite3"), sqlite.Config{})
	if err != nil {
		return nil, err
	}
	s.Own = own
	if err := s.seed(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, s.open(ctx)
}

// NewTemporary is New in a folder of its own, which Close removes.
func NewTemporary(ctx context.Context) (*Site, error) {
	dir, err := os.MkdirTemp("", "benchmark-")
	if err != nil {
		return nil, err
	}
	s, err := New(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.temporary = true
	return s, nil
}

// Open opens the databases that New has made in a folder, in another process.
func Open(ctx context.Context, dir string) (*Site, error) {
	s := &Site{dir: dir}
	if err := s.read(s.credentialsPath()); err != nil {
		return nil, err
	}
	own, err := sqlite.Open(ctx, filepath.Join(dir, "own.sqlite3"), sqlite.Config{})
	if err != nil {
		return nil, err
	}
	s.Own = own
	return s, s.open(ctx)
}

// open opens what New and Open have in common.
func (s *Site) open(ctx context.Context) error {
	django, err := sqlite.Open(ctx, s.DjangoPath(), sqlite.Config{Django: true, OwnTables: filepath.Join(s.dir, "django-own.sqlite3")})
	if err != nil {
		return errors.Join(err, s.Close())
	}
	s.Django = django
	if err := s.openByHand(ctx); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// Dir is the folder of the databases and of credentials.json.
func (s *Site) Dir() string { return s.dir }

// DjangoPath is the path of the database that the Python peers and the hand-written reads use.
func (s *Site) DjangoPath() string { return filepath.Join(s.dir, "django.sqlite3") }

func (s *Site) credentialsPath() string { return filepath.Join(s.dir, "credentials.json") }

// Close closes the databases, and removes the folder of NewTemporary.
func (s *Site) Close() error {
	var errs []error
	if s.Own != nil {
		errs = append(errs, s.Own.Close())
	}
	if s.Django != nil {
		errs = append(errs, s.Django.Close())
	}
	if s.byHand.db != nil {
		errs = append(errs, s.byHand.db.Close())
	}
	if s.Postgres != nil {
		errs = append(errs, s.Postgres.close())
	}
	if s.Redis != nil {
		errs = append(errs, s.Redis.close())
	}
	if s.temporary {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	return nil
}
