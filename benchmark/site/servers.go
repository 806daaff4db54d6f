package site

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
)

// Postgres is a database of PostgreSQL, with the rows of store/postgres and, in tables of their own,
// those of a service without it.
type Postgres struct {
	DB *postgres.DB
	// Credentials of Alice. FamilyJWT is a token of a login with a row.
	Session, Token, FamilyJWT string

	pool *pgxpool.Pool
}

// Redis is a Redis with the sessions and the blocklist of store/redis and, under keys of their own,
// those of a service without it.
type Redis struct {
	DB      *redis.DB
	Session string // of Alice

	client rueidis.Client
}

const postgresTables = `
CREATE TABLE users (id bigint PRIMARY KEY, username text NOT NULL UNIQUE, email text NOT NULL, active boolean NOT NULL);
CREATE TABLE sessions (key text PRIMARY KEY, user_id bigint NOT NULL, expires timestamptz NOT NULL);
CREATE TABLE tokens (hash text PRIMARY KEY, user_id bigint NOT NULL, expires timestamptz NOT NULL, revoked timestamptz);
CREATE TABLE families (id text PRIMARY KEY, user_id bigint NOT NULL, expires timestamptz NOT NULL)`

// ConnectPostgres fills an empty database. The site closes it.
func (s *Site) ConnectPostgres(ctx context.Context, url string) (err error) {
	p := &Postgres{}
	if p.DB, err = postgres.Open(ctx, url, postgres.Config{}); err != nil {
		return err
	}
	s.Postgres = p
	if p.pool, err = pgxpool.New(ctx, url); err != nil {
		return err
	}
	if _, err = p.pool.Exec(ctx, postgresTables); err != nil {
		return err
	}
	for id := 1; id <= users; id++ {
		if err := s.seedPostgres(ctx, id); err != nil {
			return fmt.Errorf("site: PostgreSQL: %w", err)
		}
	}
	_, err = p.pool.Exec(ctx, "ANALYZE")
	return err
}

// seedPostgres writes the rows of a user, and the same rows by hand.
func (s *Site) seedPostgres(ctx context.Context, id int) error {
	db, secret, name := s.Postgres.DB, []byte(s.Secret), username(id)
	user, err := db.Users().Create(ctx, store.User{Username: name, Email: name + "@example.com", Password: encoded, Active: true})
	if err != nil {
		return err
	}
	_, who, err := db.Users().ByID(ctx, user.ID)
	if err != nil {
		return err
	}
	expires := time.Now().Add(24 * time.Hour)
	if _, err := s.Postgres.pool.Exec(ctx, `INSERT INTO users VALUES ($1, $2, $3, true)`, id, name, name+"@example.com"); err != nil || id > users/2 {
		return err
	}
	cookies, err := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret}).Begin(httptest.NewRequestWithContext(ctx, "POST", "/", nil), who)
	if err != nil {
		return err
	}
	raw, _, err := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret}).Issue(ctx, who, tokenauth.Grant{Name: "benchmark"})
	if err != nil {
		return err
	}
	pair, err := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Issuer: Issuer, Audiences: []string{Audience}, Families: db.Families()}).Issue(ctx, who)
	if err != nil {
		return err
	}
	var claims Claims
	if _, _, err := jwt.NewParser().ParseUnverified(pair.Access, &claims); err != nil {
		return err
	}
	key := sessionOf(cookies)
	if id == Alice.ID {
		s.Postgres.Session, s.Postgres.Token = key, raw
		s.Postgres.FamilyJWT = signed(s.Secret, time.Now(), jwt.MapClaims{"extras": map[string]string{"family": claims.Extras.Family}})
	}
	_, sessionErr := s.Postgres.pool.Exec(ctx, `INSERT INTO sessions VALUES ($1, $2, $3)`, key, id, expires)
	_, tokenErr := s.Postgres.pool.Exec(ctx, `INSERT INTO tokens VALUES ($1, $2, $3)`, s.tokenHash(raw), id, expires)
	_, familyErr := s.Postgres.pool.Exec(ctx, `INSERT INTO families VALUES ($1, $2, $3)`, claims.Extras.Family, id, expires)
	return errors.Join(sessionErr, tokenErr, familyErr)
}

// ConnectRedis fills an empty Redis. The site closes it.
func (s *Site) ConnectRedis(ctx context.Context, url string) (err error) {
	r := &Redis{}
	if r.DB, err = redis.Open(ctx, url, redis.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return err
	}
	s.Redis = r
	option, err := rueidis.ParseURL(url)
	if err != nil {
		return err
	}
	if r.client, err = rueidis.NewClient(option); err != nil {
		return err
	}
	sessions := sessionauth.New(s.Own.Users(), r.DB.Sessions(), sessionauth.Config{Secret: []byte(s.Secret)})
	for id := 1; id <= users/2; id++ {
		_, who, err := s.Own.Users().ByID(ctx, strconv.Itoa(id))
		if err != nil {
			return err
		}
		cookies, err := sessions.Begin(httptest.NewRequestWithContext(ctx, "POST", "/", nil), who)
		if err != nil {
			return err
		}
		key := sessionOf(cookies)
		if id == Alice.ID {
			r.Session = key
		}
		if err := r.client.Do(ctx, r.client.B().Set().Key("session:"+key).Value(strconv.Itoa(id)).Ex(24*time.Hour).Build()).Error(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Postgres) close() error {
	if p.pool != nil {
		p.pool.Close()
	}
	return p.DB.Close()
}

func (r *Redis) close() error {
	if r.client != nil {
		r.client.Close()
	}
	return r.DB.Close()
}

// one reads a user by a query with one parameter.
func (p *Postgres) one(ctx context.Context, query, key string) (User, error) {
	var u User
	var active bool
	if err := p.pool.QueryRow(ctx, query, key).Scan(&u.ID, &u.Username, &active); err != nil || !active {
		return User{}, ErrUnauthenticated
	}
	return u, nil
}

// SessionUser reads a session and its user.
func (p *Postgres) SessionUser(ctx context.Context, key string) (User, error) {
	return p.one(ctx, `SELECT u.id, u.username, u.active FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.key = $1 AND s.expires > now()`, key)
}

// PostgresTokenUser reads an API token and its user.
func (s *Site) PostgresTokenUser(ctx context.Context, raw string) (User, error) {
	return s.Postgres.one(ctx, `SELECT u.id, u.username, u.active FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND t.revoked IS NULL AND t.expires > now()`, s.tokenHash(raw))
}

// FamilyUser checks a JWT, and reads its login and its user.
func (s *Site) FamilyUser(ctx context.Context, token string) (User, error) {
	claims, err := s.verify(token)
	if err != nil || claims.Extras.Family == "" {
		return User{}, ErrUnauthenticated
	}
	return s.Postgres.one(ctx, `SELECT u.id, u.username, u.active FROM families f JOIN users u ON u.id = f.user_id WHERE f.id = $1 AND f.expires > now()`, claims.Extras.Family)
}

// RedisSessionUser reads a session from Redis and its user from SQLite.
func (s *Site) RedisSessionUser(ctx context.Context, key string) (User, error) {
	id, err := s.Redis.client.Do(ctx, s.Redis.client.B().Get().Key("session:"+key).Build()).AsInt64()
	if err != nil {
		return User{}, ErrUnauthenticated
	}
	return s.UserByID(ctx, int(id))
}

// UnblockedUser checks a JWT, and that it is not on the blocklist in Redis.
func (s *Site) UnblockedUser(ctx context.Context, token string) (User, error) {
	claims, err := s.verify(token)
	if err != nil {
		return User{}, err
	}
	blocked, err := s.Redis.client.Do(ctx, s.Redis.client.B().Exists().Key("blocked:"+claims.ID).Build()).AsInt64()
	if err != nil || blocked != 0 {
		return User{}, ErrUnauthenticated
	}
	return claims.User()
}
