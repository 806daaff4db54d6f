package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/store"
)

// sessionColumns are read in the order of sessionRow.targets.
const sessionColumns = `s.key, s.data, s.user_id, s.created, s.seen, s.expires`

const (
	selectSession  = `SELECT ` + sessionColumns + ` FROM rest.sessions s WHERE s.key = $1`
	selectSessions = `SELECT ` + sessionColumns + ` FROM rest.sessions s WHERE s.user_id = $1 AND s.user_id <> '' ORDER BY s.created DESC NULLS LAST, s.key`
	countSessions  = `SELECT count(*) FROM rest.sessions`
	insertSession  = `INSERT INTO rest.sessions (key, data, user_id, created, seen, expires) VALUES ($1, $2, $3, $4, $5, $6)`
	updateSession  = `UPDATE rest.sessions SET data = $2, user_id = $3, created = $4, seen = $5, expires = $6 WHERE key = $1`
	replaceSession = `WITH old AS (DELETE FROM rest.sessions WHERE key = $7 RETURNING key)
		INSERT INTO rest.sessions (key, data, user_id, created, seen, expires)
		SELECT $1::text, $2::text, $3::text, $4::timestamptz, $5::timestamptz, $6::timestamptz FROM old`
	deleteSession = `DELETE FROM rest.sessions WHERE key = $1`
	// deleteSessions locks the rows in the order of their keys, so that two of them do not wait
	// for each other.
	deleteSessions = `WITH ended AS (SELECT key FROM rest.sessions WHERE user_id = $1 AND user_id <> '' AND key <> $2 ORDER BY key FOR UPDATE)
		DELETE FROM rest.sessions s USING ended WHERE s.key = ended.key RETURNING s.key`
	// touchSessions leaves rows out that others are writing: those get newer times.
	touchSessions = `WITH used AS (
			SELECT s.key, u.user_id, u.created, u.seen, u.expires
			FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]) AS u (key, user_id, created, seen, expires)
			JOIN rest.sessions s ON s.key = u.key AND (s.seen IS NULL OR s.seen < u.seen)
			FOR UPDATE OF s SKIP LOCKED)
		UPDATE rest.sessions s SET user_id = used.user_id, created = used.created, seen = used.seen, expires = used.expires
		FROM used WHERE s.key = used.key`
)

// Sessions is the table of sessions, a sessionauth.Store. Expired rows remain until
// [Sessions.Sweep].
type Sessions struct {
	db          *DB
	sessionUser string
	touched     *batch.Batch[string, store.Session]
}

func newSessions(db *DB) *Sessions {
	t := &Sessions{
		db: db,
		sessionUser: `SELECT ` + sessionColumns + `, ` + userColumns + ` FROM rest.sessions s
			LEFT JOIN ` + db.users.table + ` u ON u.id = ` + idOf(db.cfg.UserID, "s.user_id") + ` WHERE s.key = $1`,
	}
	t.touched = batch.New(batchSize, func(a, b store.Session) bool { return a.Seen.After(b.Seen) }, t.write)
	return t
}

// sessionRow is what a row of sessions is scanned into.
type sessionRow struct {
	session                store.Session
	created, seen, expires pgtype.Timestamptz
}

func (r *sessionRow) targets() []any {
	return []any{&r.session.Key, &r.session.Data, &r.session.UserID, &r.created, &r.seen, &r.expires}
}

func (r *sessionRow) result() store.Session {
	r.session.Created, r.session.Seen, r.session.Expires = timeOf(r.created), timeOf(r.seen), timeOf(r.expires)
	return r.session
}

func values(row store.Session) []any {
	seen := row.Seen
	if seen.IsZero() {
		seen = row.Created
	}
	return []any{row.Key, row.Data, row.UserID, at(row.Created), at(seen), at(row.Expires)}
}

// Session returns the row with this key, expired or not.
func (t *Sessions) Session(ctx context.Context, key string) (store.Session, error) {
	var row sessionRow
	if err := t.db.one(ctx, "session", selectSession, []any{key}, row.targets()...); err != nil {
		return store.Session{}, err
	}
	return row.result(), nil
}

// JoinsUsers implements [auth.UserJoiner].
func (t *Sessions) JoinsUsers(users auth.Users[*store.User]) bool { return t.db.owns(users) }

// WithUser implements [auth.UserJoiner].
func (t *Sessions) WithUser(ctx context.Context, key string) (store.Session, *store.User, auth.Account, error) {
	var row sessionRow
	user, account, err := t.db.withUser(ctx, "session", t.sessionUser, key, row.targets())
	if err != nil {
		return store.Session{}, nil, auth.Account{}, err
	}
	return row.result(), user, account, nil
}

// Create adds a row. The error is [store.ErrExists] if the key is taken.
func (t *Sessions) Create(ctx context.Context, row store.Session) error {
	_, err := t.db.exec(ctx, "session", insertSession, values(row)...)
	return err
}

// Update replaces the row with the same key. The error is [store.ErrNotFound] if there is
// none, because the session has ended.
func (t *Sessions) Update(ctx context.Context, row store.Session) error {
	return t.db.change(ctx, "session", updateSession, values(row)...)
}

// Replace adds a row and removes the one with the key old, in one step. The error is
// [store.ErrNotFound] if there is no old row, and [store.ErrExists] if the new key is taken;
// nothing is changed then.
func (t *Sessions) Replace(ctx context.Context, old string, row store.Session) error {
	return t.db.change(ctx, "session", replaceSession, append(values(row), old)...)
}

// Touch replaces everything but Data in the row with the same key. The row is written later, with
// others: after 10 seconds or a twentieth of the time from Seen to Expires at the latest if
// [DB.Run] runs, and otherwise by the next use of a session after that. A row that is gone, or
// whose Seen is newer, is left as it is.
func (t *Sessions) Touch(ctx context.Context, row store.Session) error {
	if !storable(row.Key, row.UserID) {
		return failed(errText, "session")
	}
	row.Data = ""
	wait := min(batch.Longest, row.Expires.Sub(row.Seen)/20)
	if err := t.touched.Put(ctx, row.Key, row, wait); err != nil {
		t.db.complain(ctx, "postgres: the last uses of sessions were not written", err)
	}
	return nil
}

// Flush writes the uses that Touch keeps.
func (t *Sessions) Flush(ctx context.Context) error { return t.touched.Flush(ctx) }

func (t *Sessions) write(ctx context.Context, rows map[string]store.Session) error {
	var keys, users []string
	var created, seen, expires []*time.Time
	for key, row := range rows {
		row := values(row)
		keys, users = append(keys, key), append(users, row[2].(string))
		created, seen, expires = append(created, row[3].(*time.Time)), append(seen, row[4].(*time.Time)), append(expires, row[5].(*time.Time))
	}
	_, err := t.db.exec(ctx, "sessions", touchSessions, keys, users, created, seen, expires)
	return err
}

// Delete removes a row. It is not an error if there is none.
func (t *Sessions) Delete(ctx context.Context, key string) error {
	if !storable(key) {
		return nil
	}
	_, err := t.db.exec(ctx, "session", deleteSession, key)
	return err
}

// ByUser returns the rows of a user, the latest first.
func (t *Sessions) ByUser(ctx context.Context, userID string) ([]store.Session, error) {
	if err := t.Flush(ctx); err != nil {
		return nil, err
	}
	return list(ctx, t.db, "sessions", selectSessions, []any{userID}, func(scan func(...any) error) (store.Session, error) {
		var row sessionRow
		err := scan(row.targets()...)
		return row.result(), err
	})
}

// DeleteByUser removes the rows that ByUser returns except the one with this key, and returns the
// keys of those that it removed. An empty key excepts none.
func (t *Sessions) DeleteByUser(ctx context.Context, userID, exceptKey string) ([]string, error) {
	return list(ctx, t.db, "sessions", deleteSessions, []any{userID, exceptKey}, text)
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. Call it
// once an hour, for example, or let [DB.Run] do it.
func (t *Sessions) Sweep(ctx context.Context, now time.Time) (int, error) {
	return t.db.sweep(ctx, "sessions", "key", micro(now))
}

// Count returns the number of rows, including expired ones.
func (t *Sessions) Count(ctx context.Context) (n int, _ error) {
	return n, t.db.one(ctx, "sessions", countSessions, nil, &n)
}
