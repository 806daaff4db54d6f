package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/store"
)

// sessionColumns are read by readSession, and so are aloneColumns.
const (
	sessionColumns = `s.session_key, s.session_data, r.user_id, r.created, r.seen, s.expire_date`
	aloneColumns   = `s.session_key, s.session_data, NULL, NULL, NULL, s.expire_date`
)

const sessionTables = `main.django_session s LEFT JOIN {own}.rest_session r ON r.session_key = s.session_key`

// Sessions is the table of sessions: Django's django_session, and rest_session with the columns
// that Django's table lacks. It is a sessionauth.Store. Expired rows remain until
// [Sessions.Sweep].
type Sessions struct {
	db       *DB
	users    *Users
	alone    bool // there is no rest_session
	separate bool // rest_session is in another file, which the trigger cannot reach

	session, withUser, byUser, all, count, described                              *query
	create, update, expire, describe, touch, del, ended, delByUser, endedOf, undo *sql.Stmt

	touched *batch.Batch[string, store.Session]
	expired *sweeper
}

func newSessions(db *DB, p *preparer) *Sessions {
	t := &Sessions{
		db:       db,
		users:    db.users,
		alone:    !p.own,
		separate: p.own && db.cfg.Django,
		count:    p.read(`SELECT ` + packed("COUNT(*)") + ` FROM main.django_session`),
		create:   p.write(`INSERT INTO main.django_session (session_data, expire_date, session_key) VALUES (?, ?, ?)`),
		update:   p.write(`UPDATE main.django_session SET session_data = ?, expire_date = ? WHERE session_key = ?`),
		expire:   p.write(`UPDATE main.django_session SET expire_date = ? WHERE session_key = ?`),
		del:      p.write(`DELETE FROM main.django_session WHERE session_key = ?`),
	}
	if !db.cfg.Django {
		t.expired = newSweeper(p, "main.django_session", "session_key", "expire_date")
	}
	t.touched = batch.New(batchSize, func(a, b store.Session) bool { return a.Seen.After(b.Seen) }, t.writeTouched)
	if t.alone {
		t.session = p.read(`SELECT ` + packed(aloneColumns) + ` FROM main.django_session s WHERE s.session_key = ?`)
		t.all = p.read(`SELECT ` + packed(aloneColumns) + ` FROM main.django_session s WHERE s.session_key > ? ORDER BY s.session_key LIMIT ?`)
		return t
	}
	t.session = p.read(`SELECT ` + packed(sessionColumns) + ` FROM ` + sessionTables + ` WHERE s.session_key = ?`)
	t.withUser = p.read(`SELECT ` + packed(sessionColumns, userColumns) + `
		FROM ` + sessionTables + ` LEFT JOIN {users} u ON u.id = ` + db.internal("r.user_id") + ` WHERE s.session_key = ?`)
	t.byUser = p.read(`SELECT ` + packed(sessionColumns) + ` FROM {own}.rest_session r
		JOIN main.django_session s ON s.session_key = r.session_key
		WHERE r.user_id = ? ORDER BY r.created DESC, s.session_key`)
	t.describe = p.write(`INSERT INTO {own}.rest_session (session_key, user_id, created, seen) VALUES (?, ?, ?, ?)
		ON CONFLICT (session_key) DO UPDATE SET
		user_id = excluded.user_id, created = excluded.created, seen = excluded.seen`)
	t.touch = p.write(`INSERT INTO {own}.rest_session (session_key, user_id, created, seen) SELECT ?1, ?2, ?3, ?4
		WHERE EXISTS (SELECT 1 FROM main.django_session WHERE session_key = ?1)
		ON CONFLICT (session_key) DO UPDATE SET
		user_id = excluded.user_id, created = excluded.created, seen = excluded.seen WHERE excluded.seen > seen`)
	t.delByUser = p.write(`DELETE FROM main.django_session WHERE session_key IN
		(SELECT session_key FROM {own}.rest_session WHERE user_id = ? AND session_key <> ?) RETURNING session_key`)
	t.ended = p.write(`DELETE FROM {own}.rest_session WHERE session_key = ?`)
	t.endedOf = p.write(`DELETE FROM {own}.rest_session WHERE user_id = ? AND session_key <> ?`)
	t.described = p.read(`SELECT ` + packed("r.session_key", "EXISTS (SELECT 1 FROM main.django_session s WHERE s.session_key = r.session_key)") + `
		FROM {own}.rest_session r WHERE r.session_key > ? ORDER BY r.session_key LIMIT ?`)
	t.undo = p.write(`DELETE FROM {own}.rest_session WHERE session_key = ?1 AND NOT EXISTS
		(SELECT 1 FROM main.django_session s WHERE s.session_key = ?1)`)
	return t
}

// readSession reads sessionColumns.
func readSession(r *row) store.Session {
	return store.Session{Key: r.text(), Data: r.text(), UserID: r.text(), Created: r.time(), Seen: r.time(), Expires: r.time()}
}

var readOwnedSession = withUser(readSession, func(s store.Session) string { return s.UserID })

// KeepsTimes reports whether the table has the times when sessions began and were last used. Package
// sessionauth refuses Idle and Lifetime otherwise. It is false for the database of a Django
// site without [Config].OwnTables.
func (t *Sessions) KeepsTimes() bool { return !t.alone }

// Session returns the row with this key, expired or not. Its Seen may be some seconds old, see
// [Sessions.Touch].
func (t *Sessions) Session(ctx context.Context, key string) (store.Session, error) {
	return one(ctx, t.db, "session", t.session, readSession, key)
}

// JoinsUsers reports whether users is the table of the same database, so that WithUser can read
// both at once. It is false if the table does not know the users of its sessions.
func (t *Sessions) JoinsUsers(users auth.Users[*store.User]) bool {
	same, ok := users.(*Users)
	return ok && same == t.users && !t.alone
}

// WithUser returns the row with this key and its user. The user is nil if the row has none, or
// if the user was removed.
func (t *Sessions) WithUser(ctx context.Context, key string) (store.Session, *store.User, auth.Account, error) {
	found, err := one(ctx, t.db, "session", t.withUser, readOwnedSession, key)
	return found.results(err)
}

// Create adds a row. The error is [store.ErrExists] if the key is taken.
func (t *Sessions) Create(ctx context.Context, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error { return t.place(ctx, tx, "", row) })
}

func (t *Sessions) insert(ctx context.Context, tx *sql.Tx, row store.Session) error {
	if _, err := run(ctx, tx, t.create, row.Data, formatTime(row.Expires), row.Key); err != nil {
		return failed(err, "session")
	}
	return t.describeRow(ctx, tx, row)
}

// describeRow writes the columns that Django's table lacks.
func (t *Sessions) describeRow(ctx context.Context, tx *sql.Tx, row store.Session) error {
	if row.Created.IsZero() || t.alone {
		return nil
	}
	seen := row.Seen
	if seen.IsZero() {
		seen = row.Created
	}
	_, err := run(ctx, tx, t.describe, row.Key, row.UserID, formatTime(row.Created), formatTime(seen))
	if err != nil {
		return failed(err, "session")
	}
	return nil
}

// Update replaces the row with the same key. The error is [store.ErrNotFound] if there is
// none, because the session has ended.
func (t *Sessions) Update(ctx context.Context, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := run(ctx, tx, t.update, row.Data, formatTime(row.Expires), row.Key)
		if err := changed(result, err, "session"); err != nil {
			return err
		}
		return t.describeRow(ctx, tx, row)
	})
}

// Touch records that a session was used: it replaces everything but Data in the row with the same
// key, if there is one and its Seen is older. It does not write at once, but with the uses of
// other sessions: after at most 10 seconds, and at most a twentieth of the time from Seen to
// Expires. See [DB.Run]. A process that is killed loses the uses of that time, and the sessions
// end that much earlier.
func (t *Sessions) Touch(ctx context.Context, row store.Session) error {
	if t.alone || row.Created.IsZero() {
		return nil // there is no column for it
	}
	if row.Seen.IsZero() {
		row.Seen = row.Created
	}
	t.db.batched(ctx, t.touched.Put(ctx, row.Key, row, min(batch.Longest, row.Expires.Sub(row.Seen)/20)))
	return nil
}

// Flush writes the uses that were recorded by Touch now.
func (t *Sessions) Flush(ctx context.Context) error { return t.touched.Flush(ctx) }

// writeTouched writes a batch.
func (t *Sessions) writeTouched(ctx context.Context, rows map[string]store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		for _, row := range rows {
			result, err := run(ctx, tx, t.touch, row.Key, row.UserID, formatTime(row.Created), formatTime(row.Seen))
			n, err := affected(result, err, "session")
			if err == nil && n > 0 {
				_, err = run(ctx, tx, t.expire, formatTime(row.Expires), row.Key)
			}
			if err != nil {
				return failed(err, "session")
			}
		}
		return nil
	})
}

// Replace adds a row and removes the one with the key old, in one step. The error is
// [store.ErrNotFound] if there is no old row, and [store.ErrExists] if the new key is taken;
// nothing is changed then.
func (t *Sessions) Replace(ctx context.Context, old string, row store.Session) error {
	if old == "" {
		return failed(sql.ErrNoRows, "session")
	}
	return t.db.Write(ctx, func(tx *sql.Tx) error { return t.place(ctx, tx, old, row) })
}

// RecordsLogins reports whether users is the table of the same database, so that Login can write both
// at once.
func (t *Sessions) RecordsLogins(users any) bool {
	same, ok := users.(*Users)
	return ok && same == t.users
}

// Login implements sessionauth.LoginStore.
func (t *Sessions) Login(ctx context.Context, old string, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		if err := t.place(ctx, tx, old, row); err != nil {
			return err
		}
		id, _ := t.db.column(row.UserID)
		if _, err := run(ctx, tx, t.users.setLastLogin, formatTime(row.Created), id); err != nil {
			t.db.cfg.Logger.WarnContext(ctx, "sqlite: a login was not recorded", "user", row.UserID, "err", err)
		}
		return nil
	})
}

// place adds a row, and removes the one with the key old if it is not empty.
func (t *Sessions) place(ctx context.Context, tx *sql.Tx, old string, row store.Session) error {
	if old != "" {
		n, err := t.remove(ctx, tx, old)
		if err == nil && n == 0 {
			err = failed(sql.ErrNoRows, "session")
		}
		if err != nil {
			return err
		}
	}
	return t.insert(ctx, tx, row)
}

// remove removes a row, and returns whether there was one: 1 or 0.
func (t *Sessions) remove(ctx context.Context, tx *sql.Tx, key string) (int, error) {
	result, err := run(ctx, tx, t.del, key)
	n, err := affected(result, err, "session")
	if err == nil && t.separate {
		_, err = run(ctx, tx, t.ended, key)
	}
	return n, failed(err, "session")
}

// Delete removes a row. It is not an error if there is none.
func (t *Sessions) Delete(ctx context.Context, key string) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := t.remove(ctx, tx, key)
		return err
	})
}

// ByUser returns the rows of a user, the latest first. A session that Django made is among them
// after its first use here. If there is no table of the users of sessions, see
// [Config].OwnTables, ByUser reads all sessions and finds those that Django made, too, but
// their Created and Seen are zero.
func (t *Sessions) ByUser(ctx context.Context, userID string) ([]store.Session, error) {
	if userID == "" {
		return nil, nil // anonymous sessions have no user
	}
	if t.alone {
		return t.searched(ctx, userID)
	}
	if err := t.touched.Flush(ctx); err != nil {
		return nil, err
	}
	return list(ctx, t.db, "sessions", t.byUser, readSession, userID)
}

// DeleteByUser removes the rows that ByUser returns except the one with this key, and returns the
// keys of the removed rows. An empty key excepts none.
func (t *Sessions) DeleteByUser(ctx context.Context, userID, exceptKey string) (keys []string, err error) {
	if userID == "" {
		return nil, nil
	}
	if t.alone {
		return t.deleteSearched(ctx, userID, exceptKey)
	}
	if err := t.touched.Flush(ctx); err != nil {
		return nil, err
	}
	err = t.db.Write(ctx, func(tx *sql.Tx) (err error) {
		keys, err = removed(ctx, tx, t.delByUser, userID, exceptKey)
		if err == nil && t.separate {
			_, err = run(ctx, tx, t.endedOf, userID, exceptKey)
		}
		return failed(err, "sessions")
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. It
// leaves those of a Django site, see [DB.Sweep].
func (t *Sessions) Sweep(ctx context.Context, now time.Time) (int, error) {
	n, err := t.expired.sweep(ctx, formatTime(now))
	if err != nil || t.alone {
		return n, err
	}
	return n, t.sweepOrphans(ctx)
}

// sweepOrphans removes the rows of rest_session without a session, which remain if Django ended
// the session or django_session was created again.
func (t *Sessions) sweepOrphans(ctx context.Context) error {
	const page = 1000 // rows; one query reads no more
	type described struct {
		key   string
		alive bool
	}
	for after := ""; ; {
		found, err := list(ctx, t.db, "sessions", t.described, func(r *row) described {
			return described{r.text(), r.flag()}
		}, after, int64(page))
		if err != nil {
			return err
		}
		for _, d := range found {
			if d.alive {
				continue
			}
			if _, err := t.db.exec(ctx, t.undo, d.key); err != nil {
				return failed(err, "sessions")
			}
		}
		if len(found) < page {
			return nil
		}
		after = found[page-1].key
	}
}

// Count returns the number of rows, including expired ones.
func (t *Sessions) Count(ctx context.Context) (int, error) {
	return t.db.counted(ctx, "sessions", t.count)
}
