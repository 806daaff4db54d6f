package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/store"
)

// tokenColumns are read in the order of tokenRow.targets.
const tokenColumns = `t.id, t.user_id, t.name, t.hash, t.expires, t.revoked, t.last_used, t.created, t.updated`

const (
	selectToken  = `SELECT ` + tokenColumns + ` FROM rest.tokens t WHERE t.hash = $1`
	selectTokens = `SELECT ` + tokenColumns + ` FROM rest.tokens t WHERE t.user_id = $1 ORDER BY t.created DESC, t.id DESC`
	insertToken  = `INSERT INTO rest.tokens (user_id, name, hash, expires, revoked, last_used, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`
	revokeToken = `UPDATE rest.tokens SET updated = CASE WHEN revoked IS NULL THEN $1 ELSE updated END, revoked = COALESCE(revoked, $1)
		WHERE id = $2 AND user_id = $3`
	// touchTokens leaves rows out that others are writing, as touchSessions does.
	touchTokens = `WITH used AS (
			SELECT t.id, u.used FROM unnest($1::bigint[], $2::timestamptz[]) AS u (id, used)
			JOIN rest.tokens t ON t.id = u.id AND (t.last_used IS NULL OR t.last_used < u.used)
			FOR UPDATE OF t SKIP LOCKED)
		UPDATE rest.tokens t SET last_used = used.used, updated = GREATEST(t.updated, used.used)
		FROM used WHERE t.id = used.id`
)

// Tokens is the table of API tokens, a tokenauth.Store.
type Tokens struct {
	db        *DB
	tokenUser string
	touched   *batch.Batch[int64, time.Time]
}

func newTokens(db *DB) *Tokens {
	t := &Tokens{
		db: db,
		tokenUser: `SELECT ` + tokenColumns + `, ` + userColumns + ` FROM rest.tokens t
			LEFT JOIN ` + db.users.table + ` u ON u.id = ` + idOf(db.cfg.UserID, "t.user_id") + ` WHERE t.hash = $1`,
	}
	t.touched = batch.New(batchSize, time.Time.After, t.write)
	return t
}

// tokenRow is what a row of tokens is scanned into.
type tokenRow struct {
	token                                        store.Token
	expires, revoked, lastUsed, created, updated pgtype.Timestamptz
}

func (r *tokenRow) targets() []any {
	t := &r.token
	return []any{&t.ID, &t.UserID, &t.Name, &t.Hash, &r.expires, &r.revoked, &r.lastUsed, &r.created, &r.updated}
}

func (r *tokenRow) result() store.Token {
	t := &r.token
	t.Expires, t.Revoked, t.LastUsed = timeOf(r.expires), timeOf(r.revoked), timeOf(r.lastUsed)
	t.Created, t.Updated = timeOf(r.created), timeOf(r.updated)
	return *t
}

// Token returns the row with this hash.
func (t *Tokens) Token(ctx context.Context, hash string) (store.Token, error) {
	var row tokenRow
	if err := t.db.one(ctx, "token", selectToken, []any{hash}, row.targets()...); err != nil {
		return store.Token{}, err
	}
	return row.result(), nil
}

// JoinsUsers implements [auth.UserJoiner].
func (t *Tokens) JoinsUsers(users auth.Users[*store.User]) bool { return t.db.owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Tokens) WithUser(ctx context.Context, hash string) (store.Token, *store.User, auth.Account, error) {
	var row tokenRow
	user, account, err := t.db.withUser(ctx, "token", t.tokenUser, hash, row.targets())
	if err != nil {
		return store.Token{}, nil, auth.Account{}, err
	}
	return row.result(), user, account, nil
}

// CreateToken adds a row and returns it with its id. The error is [store.ErrExists] if the
// hash is taken.
func (t *Tokens) CreateToken(ctx context.Context, row store.Token) (store.Token, error) {
	args := []any{row.UserID, row.Name, row.Hash, at(row.Expires), at(row.Revoked), at(row.LastUsed), at(row.Created), at(row.Updated)}
	if !storable(args...) {
		return store.Token{}, failed(errText, "token")
	}
	if err := t.db.one(ctx, "token", insertToken, args, &row.ID); err != nil {
		return store.Token{}, err
	}
	return row, nil
}

// TokensOf returns a user's rows, the latest first.
func (t *Tokens) TokensOf(ctx context.Context, userID string) ([]store.Token, error) {
	if err := t.Flush(ctx); err != nil {
		return nil, err
	}
	return list(ctx, t.db, "tokens", selectTokens, []any{userID}, func(scan func(...any) error) (store.Token, error) {
		var row tokenRow
		err := scan(row.targets()...)
		return row.result(), err
	})
}

// RevokeToken marks a row of a user as revoked. One that is revoked already keeps its time.
func (t *Tokens) RevokeToken(ctx context.Context, userID string, id int64, when time.Time) error {
	if !storable(userID) {
		return failed(store.ErrNotFound, "token")
	}
	return t.db.change(ctx, "token", revokeToken, at(when), id, userID)
}

// TouchToken records a use. It is written later, with others: after 10 seconds at the latest if
// [DB.Run] runs, and otherwise by the next use of a token after that.
func (t *Tokens) TouchToken(ctx context.Context, id int64, when time.Time) error {
	if err := t.touched.Put(ctx, id, when, batch.Longest); err != nil {
		t.db.complain(ctx, "postgres: the last uses of tokens were not written", err)
	}
	return nil
}

// Flush writes the uses that TouchToken keeps.
func (t *Tokens) Flush(ctx context.Context) error { return t.touched.Flush(ctx) }

func (t *Tokens) write(ctx context.Context, rows map[int64]time.Time) error {
	var ids []int64
	var used []time.Time
	for id, when := range rows {
		ids, used = append(ids, id), append(used, micro(when))
	}
	_, err := t.db.exec(ctx, "tokens", touchTokens, ids, used)
	return err
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. Revoked
// ones remain until they would have expired.
func (t *Tokens) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.db.sweep(ctx, "tokens", "id", micro(now))
}
