package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// tokenColumns are read in the order of scanToken.
const tokenColumns = `id, user_id, name, token_hash, COALESCE(expires_at, ''), COALESCE(revoked_at, ''),
	COALESCE(last_used_at, ''), created_at || '', updated_at || ''`

// Tokens is the table of API tokens, django-modern-rest's app_token. Package
// tokenauth says what its methods mean.
type Tokens struct {
	db *DB

	token, ofUser, create, revoke, touch *sql.Stmt

	expired *sweeper
}

func newTokens(db *DB, p *preparer) *Tokens {
	return &Tokens{
		db:     db,
		token:  p.read(`SELECT ` + tokenColumns + ` FROM app_token WHERE token_hash = ?`),
		ofUser: p.read(`SELECT ` + tokenColumns + ` FROM app_token WHERE user_id = ? ORDER BY id DESC`),
		create: p.write(`INSERT INTO app_token (user_id, name, token_hash, expires_at, revoked_at, last_used_at, created_at, updated_at)
			SELECT id, ?, ?, ?, ?, ?, ?, ? FROM {users} WHERE id = ?`),
		revoke: p.write(`UPDATE app_token SET updated_at = IIF(revoked_at IS NULL, ?1, updated_at), revoked_at = COALESCE(revoked_at, ?1)
			WHERE id = ?2 AND user_id = ?3`),
		expired: newSweeper(p, "app_token", "id", "expires_at"),
		touch:   p.write(`UPDATE app_token SET last_used_at = ?1, updated_at = ?1 WHERE id = ?2`),
	}
}

func scanToken(scan func(...any) error) (store.Token, error) {
	var row store.Token
	var userID int64
	var times [5]string
	err := scan(&row.ID, &userID, &row.Name, &row.Hash, &times[0], &times[1], &times[2], &times[3], &times[4])
	if err != nil {
		return store.Token{}, failed(err, "token")
	}
	row.UserID = store.FormatID(userID)
	var errs []error
	for i, into := range []*time.Time{&row.Expires, &row.Revoked, &row.LastUsed, &row.Created, &row.Updated} {
		var err error
		*into, err = parseTime(times[i])
		errs = append(errs, err)
	}
	return row, errors.Join(errs...)
}

// Token returns the row with this hash.
func (t *Tokens) Token(ctx context.Context, hash string) (store.Token, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return store.Token{}, err
	}
	return scanToken(t.token.QueryRowContext(ctx, hash).Scan)
}

// CreateToken adds a row and returns it with its id. It is [store.ErrExists] if the
// hash is taken, [store.ErrNotFound] if there is no such user.
func (t *Tokens) CreateToken(ctx context.Context, row store.Token) (store.Token, error) {
	user, ok := store.ParseID(row.UserID)
	if !ok {
		return store.Token{}, fmt.Errorf("sqlite: user %q of a token: %w", row.UserID, store.ErrNotFound)
	}
	result, err := t.db.exec(ctx, t.create, row.Name, row.Hash, formatTime(row.Expires), formatTime(row.Revoked),
		formatTime(row.LastUsed), formatTime(row.Created), formatTime(row.Updated), user)
	if err := changed(result, err, "token"); err != nil {
		return store.Token{}, err
	}
	row.ID, err = result.LastInsertId()
	return row, err
}

// TokensOf returns a user's rows, the latest first.
func (t *Tokens) TokensOf(ctx context.Context, userID string) ([]store.Token, error) {
	rows, err := t.ofUser.QueryContext(ctx, userID)
	return collect(rows, err, func(rows *sql.Rows) (store.Token, error) { return scanToken(rows.Scan) })
}

// RevokeToken marks a row of a user; one that is revoked already keeps its time.
func (t *Tokens) RevokeToken(ctx context.Context, userID string, id int64, at time.Time) error {
	result, err := t.db.exec(ctx, t.revoke, formatTime(at), id, userID)
	return changed(result, err, "token")
}

// TouchToken records a use.
func (t *Tokens) TouchToken(ctx context.Context, id int64, at time.Time) error {
	result, err := t.db.exec(ctx, t.touch, formatTime(at), id)
	return changed(result, err, "token")
}

// Sweep removes the rows that expired by now, in portions, and returns how many they
// were. Those that were revoked stay as long as they would have lived.
func (t *Tokens) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.expired.sweep(ctx, formatTime(now))
}
