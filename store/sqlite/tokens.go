package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/store"
)

// firstForeign is the least id of rest_token, see its migration.
const firstForeign = 1 << 40

// Tokens is the table of API tokens: app_token of django-modern-rest for the users of this file, and
// rest_token for all others, whose ids are any text. It is a tokenauth.Store.
type Tokens struct {
	db *DB

	token, withUser, ofUser *query
	hashTaken               *sql.Stmt

	local, foreign *tokenTable // nil: there is no such table

	touched *batch.Batch[int64, time.Time]
}

// tokenTable is one of the two tables.
type tokenTable struct {
	name   string                   // with its schema
	userID string                   // an expression for user_id as text
	userOn string                   // an expression that is the id of the user in the table of users
	key    func(text string) string // an expression that is the id in this table

	create, revoke, touch *sql.Stmt

	expired *sweeper
}

// columns are read by readToken.
func (t *tokenTable) columns() string {
	return `t.id, ` + t.userID + `, t.name, t.token_hash, t.expires_at, t.revoked_at, t.last_used_at, t.created_at, t.updated_at`
}

func readToken(r *row) store.Token {
	return store.Token{
		ID: r.integer(), UserID: r.text(), Name: r.text(), Hash: r.text(),
		Expires: r.time(), Revoked: r.time(), LastUsed: r.time(), Created: r.time(), Updated: r.time(),
	}
}

var readOwnedToken = withUser(readToken, func(t store.Token) string { return t.UserID })

func newTokens(db *DB, p *preparer) *Tokens {
	t := &Tokens{db: db}
	t.touched = batch.New(batchSize, time.Time.After, t.writeTouched)
	var tables []*tokenTable
	const columns = ` (name, token_hash, expires_at, revoked_at, last_used_at, created_at, updated_at, user_id) `
	if p.tokens {
		t.local = newTokenTable(p, &tokenTable{name: "main.app_token", userID: db.external("t.user_id"), userOn: "t.user_id", key: db.internal})
		t.local.create = p.write(`INSERT INTO main.app_token` + columns + `SELECT ?, ?, ?, ?, ?, ?, ?, id FROM {users} WHERE id = ?`)
		tables = append(tables, t.local)
	}
	if p.own {
		t.foreign = newTokenTable(p, &tokenTable{name: "{own}.rest_token", userID: "t.user_id", userOn: db.internal("t.user_id"), key: func(text string) string { return text }})
		t.foreign.create = p.write(`INSERT INTO {own}.rest_token` + columns + `VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
		tables = append(tables, t.foreign)
	}
	if len(tables) == 0 {
		return t
	}
	from := func(query func(*tokenTable) string) string {
		var parts []string
		for _, table := range tables {
			parts = append(parts, query(table))
		}
		return strings.Join(parts, ` UNION ALL `)
	}
	t.token = p.read(from(func(table *tokenTable) string {
		return `SELECT ` + packed(table.columns()) + ` FROM ` + table.name + ` t WHERE t.token_hash = ?1`
	}))
	t.withUser = p.read(from(func(table *tokenTable) string {
		return `SELECT ` + packed(table.columns(), userColumns) + ` FROM ` + table.name + ` t
			LEFT JOIN {users} u ON u.id = ` + table.userOn + ` WHERE t.token_hash = ?1`
	}))
	t.ofUser = p.read(from(func(table *tokenTable) string {
		return `SELECT ` + packed(table.columns()) + ` FROM ` + table.name + ` t
			WHERE t.user_id = ` + table.key("?1") + ` AND ` + table.userID + ` = ?1`
	}))
	t.hashTaken = p.write(`SELECT EXISTS (` + from(func(table *tokenTable) string {
		return `SELECT 1 FROM ` + table.name + ` WHERE token_hash = ?1`
	}) + `)`)
	return t
}

func newTokenTable(p *preparer, t *tokenTable) *tokenTable {
	t.revoke = p.write(`UPDATE ` + t.name + ` AS t SET updated_at = IIF(revoked_at IS NULL, ?1, updated_at), revoked_at = COALESCE(revoked_at, ?1)
		WHERE id = ?2 AND ` + t.userID + ` = ?3`)
	t.touch = p.write(`UPDATE ` + t.name + ` SET last_used_at = ?1, updated_at = MAX(updated_at, ?1) WHERE id = ?2 AND COALESCE(last_used_at, '') < ?1`)
	if t.name != "main.app_token" || !p.db.cfg.Django {
		t.expired = newSweeper(p, t.name, "id", "expires_at")
	}
	return t
}

// Validate reports whether there is no table of tokens: the database is that of a Django site that
// has none, and [Config].OwnTables is empty.
func (t *Tokens) Validate() error {
	if t.token == nil {
		return errNoTable("API tokens", "the app dmr.security.token.app of django-modern-rest")
	}
	return nil
}

// table returns the table with the id of a token; nil: there is none.
func (t *Tokens) table(id int64) *tokenTable {
	if id > firstForeign {
		return t.foreign
	}
	return t.local
}

// Token returns the row with this hash. Its LastUsed may be some seconds old, see
// [Tokens.TouchToken].
func (t *Tokens) Token(ctx context.Context, hash string) (store.Token, error) {
	return one(ctx, t.db, "token", t.token, readToken, hash)
}

// JoinsUsers reports whether users is the table of the same database, so that WithUser can read
// both at once.
func (t *Tokens) JoinsUsers(users auth.Users[*store.User]) bool {
	same, ok := users.(*Users)
	return ok && same == t.db.users && t.token != nil
}

// WithUser returns the row with this hash and its user; nil if there is no user with its id.
func (t *Tokens) WithUser(ctx context.Context, hash string) (store.Token, *store.User, auth.Account, error) {
	found, err := one(ctx, t.db, "token", t.withUser, readOwnedToken, hash)
	return found.results(err)
}

// CreateToken adds a row and returns it with its id. The error is [store.ErrExists] if the
// hash is taken.
func (t *Tokens) CreateToken(ctx context.Context, row store.Token) (store.Token, error) {
	err := t.db.Write(ctx, func(tx *sql.Tx) error {
		var taken bool
		if err := rowIn(ctx, tx, t.hashTaken, row.Hash, &taken); err != nil || taken {
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
		if id, ok := t.db.column(row.UserID); ok && t.local != nil {
			if created, err := insert(t.local.create, id); created || err != nil {
				return err
			}
		}
		if t.foreign == nil {
			return errors.New("the site has no user with the id of the token, and tokens of others need Config.OwnTables")
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
	if err := t.touched.Flush(ctx); err != nil {
		return nil, err
	}
	found, err := list(ctx, t.db, "tokens", t.ofUser, readToken, userID)
	slices.SortFunc(found, func(a, b store.Token) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	return found, err
}

// RevokeToken marks a row of a user as revoked. One that is revoked already keeps its time.
func (t *Tokens) RevokeToken(ctx context.Context, userID string, id int64, at time.Time) error {
	table := t.table(id)
	if table == nil {
		return failed(sql.ErrNoRows, "token")
	}
	result, err := t.db.exec(ctx, table.revoke, formatTime(at), id, userID)
	return changed(result, err, "token")
}

// TouchToken records a use, unless a later one is recorded. It does not write at once, but with the
// uses of other tokens, after at most 10 seconds. See [DB.Run]. A process that is killed loses
// the uses of that time.
func (t *Tokens) TouchToken(ctx context.Context, id int64, at time.Time) error {
	t.db.batched(ctx, t.touched.Put(ctx, id, at, batch.Longest))
	return nil
}

// Flush writes the uses that were recorded by TouchToken now.
func (t *Tokens) Flush(ctx context.Context) error { return t.touched.Flush(ctx) }

// writeTouched writes a batch.
func (t *Tokens) writeTouched(ctx context.Context, rows map[int64]time.Time) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		for id, at := range rows {
			table := t.table(id)
			if table == nil {
				continue
			}
			if _, err := run(ctx, tx, table.touch, formatTime(at), id); err != nil {
				return failed(err, "token")
			}
		}
		return nil
	})
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. Revoked
// ones remain until they would have expired. It leaves those of a Django site, see [DB.Sweep].
func (t *Tokens) Sweep(ctx context.Context, now time.Time) (int, error) {
	sum := 0
	for _, table := range []*tokenTable{t.local, t.foreign} {
		if table == nil {
			continue
		}
		n, err := table.expired.sweep(ctx, formatTime(now))
		if sum += n; err != nil {
			return sum, err
		}
	}
	return sum, nil
}
