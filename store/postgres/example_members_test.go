package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// Member is a user of the application, and the type that its handlers get.
type Member struct {
	ID    string
	Email string
	Team  string
}

// Members is the application's table of users, an [auth.Users]:
//
//	CREATE TABLE member (
//		id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
//		email text NOT NULL, team text NOT NULL, password text NOT NULL, active boolean NOT NULL);
//	CREATE UNIQUE INDEX ON member (lower(email));
type Members struct{ pool *pgxpool.Pool }

// ByID finds the member that a session or token names.
func (m *Members) ByID(ctx context.Context, id string) (*Member, auth.Account, error) {
	if !store.UUID.Valid(id) {
		return nil, auth.Account{}, store.ErrNotFound // PostgreSQL would report an error, which is a 503
	}
	return m.find(ctx, `id = $1`, id)
}

// ByUsername finds the member who types this address at a login.
func (m *Members) ByUsername(ctx context.Context, email string) (*Member, auth.Account, error) {
	return m.find(ctx, `lower(email) = lower($1)`, email)
}

// NameKey returns one text for all spellings of an address, so that guesses at any of them count
// together.
func (m *Members) NameKey(email string) string { return store.FoldCase(email) }

func (m *Members) find(ctx context.Context, condition, value string) (*Member, auth.Account, error) {
	member, account := &Member{}, auth.Account{}
	err := m.pool.QueryRow(ctx, `SELECT id::text, email, team, password, active FROM member WHERE `+condition, value).
		Scan(&member.ID, &member.Email, &member.Team, &account.Password, &account.Active)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, auth.Account{}, store.ErrNotFound // any other error means that the table is down
	}
	if err != nil {
		return nil, auth.Account{}, fmt.Errorf("member: %w", err)
	}
	account.ID, account.Username, account.Email = member.ID, member.Email, member.Email
	return member, account, nil
}

// Users of a table of your own, whose ids are UUIDs and whose names are e-mail addresses. Their
// sessions are in the tables of this package.
func Example_members() {
	ctx := context.Background()
	db, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	members := &Members{db.Pool()}
	session := sessionauth.New(members, db.Sessions(), sessionauth.Config{Secret: []byte(os.Getenv("SECRET"))})
	logins := password.NewChecker(members, nil) // for account.New
	fmt.Println(session, logins)
}
