package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// sessionColumns are read in the order of sessionRow.targets.
const sessionColumns = `s.session_data, s.expire_date || '',
	COALESCE(r.user_id, ''), COALESCE(r.created, ''), COALESCE(r.seen, '')`

const sessionTables = `django_session s LEFT JOIN rest_session r ON r.session_key = s.session_key`

// Sessions is the table of sessions: Django's django_session, and rest_session with the columns
// that Django's table lacks. It is a sessionauth.Store. Expired rows remain until
// [Sessions.Sweep].
type Sessions struct {
	db    *DB
	users *Users

	session, sessionUser, byUser, count                               *sql.Stmt
	create, update, expire, describe, del, delByUser, described, undo *sql.Stmt

	expired *sweeper
}

func newSessions(db *DB, p *preparer) *Sessions {
	return &Sessions{
		db:      db,
		users:   db.users,
		session: p.read(`SELECT ` + sessionColumns + ` FROM ` + sessionTables + ` WHERE s.session_key = ?`),
		sessionUser: p.read(`SELECT ` + sessionColumns + `, u.id IS NOT NULL, COALESCE(u.id, 0), COALESCE(u.username, ''),
			COALESCE(u.email, ''), COALESCE(u.first_name, ''), COALESCE(u.last_name, ''), COALESCE(u.password, ''),
			COALESCE(u.is_active, 0), COALESCE(u.is_staff, 0), COALESCE(u.is_superuser, 0),
			COALESCE(u.last_login, ''), COALESCE(u.date_joined, '')
			FROM ` + sessionTables + ` LEFT JOIN {users} u ON u.id = r.user_id WHERE s.session_key = ?`),
		byUser: p.read(`SELECT s.session_key, ` + sessionColumns + ` FROM rest_session r
			JOIN django_session s ON s.session_key = r.session_key
			WHERE r.user_id = ? ORDER BY r.created DESC, s.session_key`),
		count:  p.read(`SELECT COUNT(*) FROM django_session`),
		create: p.write(`INSERT INTO django_session (session_data, expire_date, session_key) VALUES (?, ?, ?)`),
		update: p.write(`UPDATE django_session SET session_data = ?, expire_date = ? WHERE session_key = ?`),
		expire: p.write(`UPDATE django_session SET expire_date = ? WHERE session_key = ?`),
		describe: p.write(`INSERT INTO rest_session (session_key, user_id, created, seen) VALUES (?, ?, ?, ?)
			ON CONFLICT (session_key) DO UPDATE SET
			user_id = excluded.user_id, created = excluded.created, seen = excluded.seen`),
		del: p.write(`DELETE FROM django_session WHERE session_key = ?`),
		delByUser: p.write(`DELETE FROM django_session WHERE session_key IN
			(SELECT session_key FROM rest_session WHERE user_id = ? AND session_key <> ?) RETURNING session_key`),
		described: p.read(`SELECT r.session_key, EXISTS (SELECT 1 FROM django_session s WHERE s.session_key = r.session_key)
			FROM rest_session r WHERE r.session_key > ? ORDER BY r.session_key LIMIT ?`),
		undo: p.write(`DELETE FROM rest_session WHERE session_key = ? AND NOT EXISTS
			(SELECT 1 FROM django_session s WHERE s.session_key = rest_session.session_key)`),
		expired: newSweeper(p, "django_session", "session_key", "expire_date"),
	}
}

// sessionRow is what a row of sessions is scanned into.
type sessionRow struct {
	session                store.Session
	expires, created, seen string
}

func (r *sessionRow) targets() []any {
	return []any{&r.session.Data, &r.expires, &r.session.UserID, &r.created, &r.seen}
}

func (r *sessionRow) result() (store.Session, error) {
	var errs [3]error
	r.session.Expires, errs[0] = parseTime(r.expires)
	r.session.Created, errs[1] = parseTime(r.created)
	r.session.Seen, errs[2] = parseTime(r.seen)
	return r.session, errors.Join(errs[:]...)
}

// Session returns the row with this key, expired or not.
func (t *Sessions) Session(ctx context.Context, key string) (store.Session, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return store.Session{}, err
	}
	row := sessionRow{session: store.Session{Key: key}}
	if err := t.session.QueryRowContext(ctx, key).Scan(row.targets()...); err != nil {
		return store.Session{}, failed(err, "session")
	}
	return row.result()
}

// JoinsUsers reports whether users is the table of the same database, so that WithUser can read
// both at once.
func (t *Sessions) JoinsUsers(users auth.Users[*store.User]) bool {
	same, ok := users.(*Users)
	return ok && same == t.users
}

// WithUser returns the row with this key and its user. The user is nil if the row has none, or
// if the user was removed.
func (t *Sessions) WithUser(ctx context.Context, key string) (store.Session, *store.User, auth.Account, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return store.Session{}, nil, auth.Account{}, err
	}
	row := sessionRow{session: store.Session{Key: key}}
	var owner userRow
	var owned bool
	targets := append(append(row.targets(), &owned), owner.targets()...)
	if err := t.sessionUser.QueryRowContext(ctx, key).Scan(targets...); err != nil {
		return store.Session{}, nil, auth.Account{}, failed(err, "session")
	}
	session, err := row.result()
	if err != nil || !owned {
		return session, nil, auth.Account{}, err
	}
	user, err := owner.result()
	if err != nil {
		return session, nil, auth.Account{}, err
	}
	return session, user, accountOf(user), nil
}

// Create adds a row. The error is [store.ErrExists] if the key is taken.
func (t *Sessions) Create(ctx context.Context, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error { return t.insert(ctx, tx, row) })
}

func (t *Sessions) insert(ctx context.Context, tx *sql.Tx, row store.Session) error {
	if _, err := run(ctx, tx, t.create, row.Data, formatTime(row.Expires), row.Key); err != nil {
		return failed(err, "session")
	}
	return t.describeRow(ctx, tx, row)
}

// describeRow writes the columns that Django's table lacks.
func (t *Sessions) describeRow(ctx context.Context, tx *sql.Tx, row store.Session) error {
	if row.Created.IsZero() {
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

// Touch replaces everything but Data in the row with the same key.
func (t *Sessions) Touch(ctx context.Context, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := run(ctx, tx, t.expire, formatTime(row.Expires), row.Key)
		if err := changed(result, err, "session"); err != nil {
			return err
		}
		return t.describeRow(ctx, tx, row)
	})
}

// Replace adds a row and removes the one with the key old, in one step. The error is
// [store.ErrNotFound] if there is no old row, and [store.ErrExists] if the new key is taken;
// nothing is changed then.
func (t *Sessions) Replace(ctx context.Context, old string, row store.Session) error {
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		result, err := run(ctx, tx, t.del, old)
		if err := changed(result, err, "session"); err != nil {
			return err
		}
		return t.insert(ctx, tx, row)
	})
}

// Delete removes a row. It is not an error if there is none.
func (t *Sessions) Delete(ctx context.Context, key string) error {
	if _, err := t.db.exec(ctx, t.del, key); err != nil {
		return failed(err, "session")
	}
	return nil
}

// ByUser returns the rows of a user, the latest first. A session that Django made is among them
// after its first use here.
func (t *Sessions) ByUser(ctx context.Context, userID string) ([]store.Session, error) {
	if userID == "" {
		return nil, nil // anonymous sessions have no user
	}
	rows, err := t.byUser.QueryContext(ctx, userID)
	return collect(rows, err, func(rows *sql.Rows) (store.Session, error) {
		var row sessionRow
		if err := rows.Scan(append([]any{&row.session.Key}, row.targets()...)...); err != nil {
			return store.Session{}, failed(err, "sessions")
		}
		return row.result()
	})
}

// DeleteByUser removes the rows that ByUser returns except the one with this key, and returns the
// keys of the removed rows. An empty key excepts none.
func (t *Sessions) DeleteByUser(ctx context.Context, userID, exceptKey string) ([]string, error) {
	if userID == "" {
		return nil, nil
	}
	return t.db.removed(ctx, t.delByUser, "sessions", userID, exceptKey)
}

// Sweep removes the rows that expired by now, in portions, and returns how many it removed. Call it
// once an hour, for example.
func (t *Sessions) Sweep(ctx context.Context, now time.Time) (int, error) {
	n, err := t.expired.sweep(ctx, formatTime(now))
	if err != nil {
		return n, err
	}
	return n, t.sweepOrphans(ctx)
}

// sweepOrphans removes the rows of rest_session without a session, which remain if django_session
// was created again.
func (t *Sessions) sweepOrphans(ctx context.Context) error {
	const page = 1000 // rows; one query reads no more
	type described struct {
		key   string
		alive bool
	}
	for after := ""; ; {
		rows, err := t.described.QueryContext(ctx, after, page)
		list, err := collect(rows, err, func(rows *sql.Rows) (d described, err error) {
			return d, rows.Scan(&d.key, &d.alive)
		})
		if err != nil {
			return err
		}
		for _, d := range list {
			if d.alive {
				continue
			}
			if _, err := t.db.exec(ctx, t.undo, d.key); err != nil {
				return failed(err, "sessions")
			}
		}
		if len(list) < page {
			return nil
		}
		after = list[page-1].key
	}
}

// Count returns the number of rows, including expired ones.
func (t *Sessions) Count(ctx context.Context) (int, error) {
	var n int
	if err := t.count.QueryRowContext(ctx).Scan(&n); err != nil {
		return 0, failed(err, "sessions")
	}
	return n, nil
}
