package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// Person is a user of this application: the principal that handlers get.
type Person struct {
	ID    uuid.UUID
	Email string
	Team  string
}

// People is the table of users, an auth.Users.
type People struct{ db *sqlite.DB }

func newPeople(db *sqlite.DB) (*People, error) {
	_, err := db.Writer().Exec(`CREATE TABLE IF NOT EXISTS person (
		id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE COLLATE NOCASE, team TEXT NOT NULL, password TEXT NOT NULL, active INTEGER NOT NULL)`)
	return &People{db}, err
}

// ByID finds the person that a session or token names.
func (p *People) ByID(ctx context.Context, id string) (*Person, auth.Account, error) {
	return p.find(ctx, "id", id)
}

// ByUsername finds the person who types this address at a login.
func (p *People) ByUsername(ctx context.Context, email string) (*Person, auth.Account, error) {
	return p.find(ctx, "email", store.NormalizeEmail(email))
}

func (p *People) find(ctx context.Context, column, value string) (*Person, auth.Account, error) {
	person, account := &Person{}, auth.Account{}
	err := p.db.Reader().QueryRowContext(ctx, `SELECT id, email, team, password, active FROM person WHERE `+column+` = ?`, value).
		Scan(&person.ID, &person.Email, &person.Team, &account.Password, &account.Active)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, auth.Account{}, store.ErrNotFound
	}
	account.ID, account.Username, account.Email = person.ID.String(), person.Email, person.Email
	return person, account, err
}

// NameKey tells the password checker that case does not matter.
func (p *People) NameKey(email string) string { return strings.ToLower(store.NormalizeEmail(email)) }

// Create adds a person who signs up. The username of the sign-up is the address. The ID is
// not an integer, so it stays 0, and the framework asks ByUsername for it.
func (p *People) Create(ctx context.Context, u store.User) (*store.User, error) {
	err := p.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO person VALUES (?, ?, '', ?, ?) ON CONFLICT (email) DO NOTHING`,
			uuid.New(), store.NormalizeEmail(u.Username), u.Password, u.Active)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 1 || err != nil {
			return err
		}
		return store.ErrExists
	})
	return &u, err
}

// UpgradePassword replaces an encoded password. A change of the password calls it as well.
func (p *People) UpgradePassword(ctx context.Context, id, old, encoded string) error {
	return p.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE person SET password = ? WHERE id = ? AND password = ?`, encoded, id, old)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); n == 1 || err != nil {
			return err
		}
		return store.ErrNotFound
	})
}
