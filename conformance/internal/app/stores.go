package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
)

// Stores are the tables of the app.
type Stores struct {
	Users interface {
		auth.Users[*store.User]
		Create(ctx context.Context, u store.User) (*store.User, error)
		SetPassword(ctx context.Context, id, encoded string) error
		SetActive(ctx context.Context, id string, active bool) error
		Delete(ctx context.Context, id string) error
		List(ctx context.Context, after string, limit int) ([]*store.User, error)
	}
	Sessions  sessionauth.Store
	Tokens    tokenauth.Store
	Blocklist interface {
		jwtauth.Blocklist
		List(ctx context.Context) ([]store.BlockedToken, error)
	}
	// CountSessions returns how many sessions there are, and EndSessions ends them. No
	// interface of a store has these: a store in Redis cannot do it well.
	CountSessions func(ctx context.Context) (int, error)
	EndSessions   func(ctx context.Context) error
}

// Engine returns empty tables.
type Engine func(ctx context.Context) (*Stores, error)

// Memory is an engine that keeps everything in memory.
func Memory(context.Context) (*Stores, error) {
	db := memory.New()
	return &Stores{
		Users: db.Users(), Sessions: db.Sessions(), Tokens: db.Tokens(), Blocklist: db.Blocklist(),
		CountSessions: db.Sessions().Count,
		EndSessions:   sweepAll(db.Sessions().Sweep),
	}, nil
}

// sweepAll returns a function that ends all sessions by a sweep of a time when all of them have expired.
func sweepAll(sweep func(ctx context.Context, now time.Time) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := sweep(ctx, time.Now().AddDate(100, 0, 0))
		return err
	}
}

// Open returns an engine: everything in the PostgreSQL database with this URL, except that
// sessions are in the Redis with the other URL unless it is empty. An empty URL of a database
// means memory. The engine empties its tables, and close ends its connections.
func Open(ctx context.Context, database, sessions string) (engine Engine, close func() error, err error) {
	if database == "" {
		return Memory, func() error { return nil }, nil
	}
	db, err := postgres.Open(ctx, database, postgres.Config{})
	if err != nil {
		return nil, nil, err
	}
	engine = func(ctx context.Context) (*Stores, error) { return emptied(ctx, db) }
	if sessions == "" {
		return engine, db.Close, nil
	}
	rows, err := redis.Open(ctx, sessions, redis.Config{})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	engine = func(ctx context.Context) (*Stores, error) {
		stores, err := emptied(ctx, db)
		if err != nil {
			return nil, err
		}
		stores.Sessions = rows.Sessions()
		stores.CountSessions = func(ctx context.Context) (int, error) {
			answer, err := ask(ctx, sessions, `EVAL "return #redis.call('keys', 'rest:session:*')" 0`)
			if err != nil {
				return 0, err
			}
			return strconv.Atoi(strings.TrimPrefix(answer, ":"))
		}
		stores.EndSessions = func(ctx context.Context) error {
			_, err := ask(ctx, sessions, "FLUSHDB")
			return err
		}
		return stores, errors.Join(rows.Flush(ctx), stores.EndSessions(ctx))
	}
	return engine, func() error { return errors.Join(rows.Close(), db.Close()) }, nil
}

// emptied empties the tables of a database.
func emptied(ctx context.Context, db *postgres.DB) (*Stores, error) {
	err := db.Flush(ctx)
	for _, statement := range []string{
		`DELETE FROM rest.users`, `DELETE FROM rest.sessions`, `DELETE FROM rest.tokens`, `DELETE FROM rest.blocklist`,
		`ALTER SEQUENCE rest.users_id_seq RESTART`,
	} {
		if err == nil {
			_, err = db.Pool().Exec(ctx, statement)
		}
	}
	return &Stores{
		Users: db.Users(), Sessions: db.Sessions(), Tokens: db.Tokens(), Blocklist: db.Blocklist(),
		CountSessions: db.Sessions().Count,
		EndSessions:   sweepAll(db.Sessions().Sweep),
	}, err
}

// ask sends a command to the Redis with a URL, and returns the line that it answers.
func ask(ctx context.Context, where, command string) (string, error) {
	parsed, err := url.Parse(where)
	if err != nil {
		return "", err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", parsed.Host)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	line = strings.TrimSpace(line)
	if err == nil && strings.HasPrefix(line, "-") {
		err = errors.New(line)
	}
	return line, err
}
