package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// tokenColumns are read in the order of scanToken.
const tokenColumns = `id, user_id, name, token_hash, COALESCE(expires_at, ''), COALESCE(revoked_at, ''),
	COALESCE(last_used_at, ''), created_at || '', updated_at || ''`

// firstForeign is the least id of rest_token, see its migration.
const firstForeign = 1 << 40

// Tokens is the table of API tokens: app_token of django-modern-rest for the users of this file, and
// rest_token for all others, whose ids are any text. It is a tokenauth.Store.
type Tokens struct {
	db *DB

	token, ofUser, hashTaken *sql.Stmt

	local, foreign tokenTable
}

// tokenTable is one of the two tables.
type tokenTable struct {
	create, revoke, touch *sql.Stmt

	expired *sweeper
}

func newTokens(db *DB, p *preparer) *Tokens {
	fromBoth := func(where string) string {
		return `SELECT ` + tokenColumns + ` FROM app_token WHERE ` + where + ` UNION ALL SELECT ` + tokenColumns + ` FROM rest_token WHERE ` + where
	}
	local, foreign := newTokenTable(p, "app_token"), newTokenTable(p, "rest_token")
	const columns = ` (name, token_hash, expires_at, revoked_at, last_used_at, created_at, updated_at, user_id) `
	local.create = p.write(`INSERT INTO app_token` + columns + `SELECT ?, ?, ?, ?, ?, ?, ?, id FROM {users} WHERE id = ?`)
	foreign.create = p.write(`INSERT INTO rest_token` + columns + `VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	return &Tokens{
		db:        db,
		token:     p.read(fromBoth(`token_hash = ?1`)),
		ofUser:    p.read(fromBoth(`user_id = ?1 AND CAST(user_id AS TEXT) = ?1`) + ` ORDER BY 8 DESC, 1 DESC`), // by created_at and id
		hashTaken: p.write(`SELECT EXISTS (` + fromBoth(`token_hash = ?1`) + `)`),
		local:     local,
		foreign:   foreign,
	}
}

func newTokenTable(p *preparer, table string) tokenTable {
	return tokenTable{
		revoke: p.write(`UPDATE ` + table + ` SET updated_at = IIF(revoked_at IS NULL, ?1, updated_at), revoked_at = COALESCE(revoked_at, ?1)
			WHERE id = ?2 AND CAST(user_id AS TEXT) = ?3`),
		touch:   p.write(`UPDATE ` + table + ` SET last_used_at = ?1, updated_at = ?1 WHERE id = ?2`),
		expired: newSweeper(p, table, "id", "expires_at"),
	}
}

// table returns the table with the id of a token.
func (t *Tokens) table(id int64) *tokenTable {
	if id > firstForeign {
		return &t.foreign
	}
	return &t.local
}

func scanToken(scan func(...any) error) (store.Token, error) {
	var row store.Token
	var times [5]string
	err := scan(&row.ID, &row.UserID, &row.Name, &row.Hash, &times[0], &times[1], &times[2], &times[3], &times[4])
	if err != nil {
		return store.Token{}, failed(err, "token")
	}
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

// CreateToken adds a row and returns it with its id. The error is [store.ErrExists] if the
// hash is taken.
func (t *Tokens) CreateToken(ctx context.Context, row store.Token) (store.Token, error) {
	err := t.db.Write(ctx, func(tx *sql.Tx) error {
		var taken bool
		inside := context.WithoutCancel(ctx)
		if err := tx.StmtContext(inside, t.hashTaken).QueryRowContext(inside, row.Hash).Scan(&taken); err != nil || taken {
			return cmp.Or(err, store.ErrExists)
		}
		insert := func(create *sql.Stmt, userID any) (created bool, err error) {
			result, err := run(ctx, tx, create, row.Name, row.Hash, formatTime(row.Expires), formatTime(row.Revoked),
				formatTime(row.LastUsed), formatTime(row.Created), formatTime(row.Updated), userID)
			n, err := affected(result, err, "token")
			if err == nil && n > 0 {
				row.ID, err = result.LastInsertId()
			}
			return n > 0, err
		}
		if id, ok := parseID(row.UserID); ok {
			if created, err := insert(t.local.create, id); created || err != nil {
				return err
			}
		}
		_, err := insert(t.foreign.create, row.UserID)
		return err
	})
	if err != nil {
		return store.Token{}, failed(err, "token")
	}
	return row, nil
}

// TokensOf returns a user's rows, the latest first.
func (t *Tokens) TokensOf(ctx context.Context, userID string) ([]store.Token, error) {
	rows, err := t.ofUser.QueryContext(ctx, userID)
	return collect(rows, err, func(rows *sql.Rows) (store.Token, error) { return scanToken(rows.Scan) })
}

// RevokeToken marks a row of a user as revoked. One that is revoked already keeps its time.
func (t *Tokens) RevokeToken(ctx context.Context, userID string, id int64, at time.Time) error {
	result, err := t.db.exec(ctx, t.table(id).revoke, formatTime(at), id, userID)
	return changed(result, err, "token")
}

// TouchToken records a use.
func (t *Tokens) TouchToken(ctx context.Context, id int64, at time.Time) error {
	result, err := t.db.exec(ctx, t.table(id).touch, formatTime(at), id)
	return changed(result, err, "token")
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. Revoked
// ones remain until they would have expired.
func (t *Tokens) Sweep(ctx context.Context, now time.Time) (int, error) {
	n, err := t.local.expired.sweep(ctx, formatTime(now))
	if err != nil {
		return n, err
	}
	m, err := t.foreign.expired.sweep(ctx, formatTime(now))
	return n + m, err
}
