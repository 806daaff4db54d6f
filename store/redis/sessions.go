package redis

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/internal/batch"
	"github.com/go-modern-rest/rest/store"
)

// Sessions is a table of sessions, a sessionauth.Store. A session is a string under the prefix and
// "session:" and its key; a sorted set under "sessions:" and a user's id has the keys of the user's
// sessions.
type Sessions DB

func (t *Sessions) db() *DB { return (*DB)(t) }

func (t *Sessions) name(key string) string { return t.cfg.Prefix + "session:" + key }

// sets is what the names of the sets of all users begin with.
func (t *Sessions) sets() string { return t.cfg.Prefix + "sessions:" }

// Session returns the row with this key. A row that expired more than some minutes ago is gone.
func (t *Sessions) Session(ctx context.Context, key string) (store.Session, error) {
	result, err := t.line.read(ctx, "session", func(ctx context.Context) rueidis.RedisResult {
		if t.cfg.CacheSessions > 0 {
			return t.client.DoCache(ctx, t.client.B().Get().Key(t.name(key)).Cache(), t.cfg.CacheSessions)
		}
		return t.client.Do(ctx, t.client.B().Get().Key(t.name(key)).Build())
	})
	row, found, err := text(result, err, "session")
	if err != nil {
		return store.Session{}, err
	}
	if !found {
		return store.Session{}, notFound("session")
	}
	return decodeSession(key, row)
}

// Create adds a row. The error is [store.ErrExists] if the key is taken.
func (t *Sessions) Create(ctx context.Context, row store.Session) error {
	return t.change(ctx, createSession, []string{t.name(row.Key)},
		t.sets(), row.Key, row.UserID, until(row.Expires), encodeSession(row))
}

// Update replaces the row with the same key. The error is [store.ErrNotFound] if there is none,
// because the session has ended.
func (t *Sessions) Update(ctx context.Context, row store.Session) error {
	return t.change(ctx, updateSession, []string{t.name(row.Key)},
		t.sets(), row.Key, row.UserID, until(row.Expires), encodeSession(row))
}

// Replace adds a row and removes the one with the key old, in one step. The error is
// [store.ErrNotFound] if there is no old row, and [store.ErrExists] if the new key is taken;
// nothing is changed then.
func (t *Sessions) Replace(ctx context.Context, old string, row store.Session) error {
	return t.change(ctx, replaceSession, []string{t.name(row.Key), t.name(old)},
		t.sets(), row.Key, row.UserID, until(row.Expires), encodeSession(row), old)
}

// Delete removes a row. It is not an error if there is none.
func (t *Sessions) Delete(ctx context.Context, key string) error {
	return t.change(ctx, deleteSession, []string{t.name(key)}, t.sets(), key)
}

// change runs a script, and waits until the rows that it has changed are no longer in the memory of
// this process.
func (t *Sessions) change(ctx context.Context, script *rueidis.Lua, keys []string, args ...string) error {
	result, err := t.db().run(ctx, "session", script, keys, args...)
	if err := changed(result, err, "session"); err != nil {
		return err
	}
	return t.forgotten(ctx)
}

// forgotten waits until this process has forgotten the sessions that it has just changed. Redis
// says so on the same connection before it answers the next command.
func (t *Sessions) forgotten(ctx context.Context) error {
	if t.cfg.CacheSessions == 0 {
		return nil
	}
	_, err := t.line.read(ctx, "session", func(ctx context.Context) rueidis.RedisResult {
		return t.client.Do(ctx, t.client.B().Ping().Build())
	})
	return err
}

// Touch replaces everything but Data in the row with the same key. It does so later, see [DB.Run]:
// after ten seconds, or a twentieth of the time from Seen to Expires if that is less. It does
// nothing if the session has ended, or if a later Seen is stored.
func (t *Sessions) Touch(ctx context.Context, row store.Session) error {
	row.Data = ""
	if err := t.touched.Put(ctx, row.Key, row, max(0, min(batch.Longest, row.Expires.Sub(row.Seen)/20))); err != nil {
		t.db().notWritten(err)
	}
	return nil
}

// touchedAtOnce is how many rows one script touches. Redis does nothing else meanwhile.
const touchedAtOnce = 100

func (t *Sessions) writeTouched(ctx context.Context, rows map[string]store.Session) error {
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(rows)), touchedAtOnce) {
		names, args := make([]string, 0, len(keys)), make([]string, 0, 1+5*len(keys))
		args = append(args, t.sets())
		for _, key := range keys {
			row := rows[key]
			names = append(names, t.name(key))
			args = append(args, key, row.UserID, until(row.Expires), micro(row.Seen), encodeSession(row))
		}
		if _, err := t.db().run(ctx, "sessions", touchSessions, names, args...); err != nil {
			return err
		}
	}
	return nil
}

// ByUser returns a user's rows, the latest first.
func (t *Sessions) ByUser(ctx context.Context, userID string) ([]store.Session, error) {
	if userID == "" {
		return nil, nil // anonymous sessions have no user
	}
	if err := t.Flush(ctx); err != nil {
		return nil, err
	}
	found, err := t.db().list(ctx, "sessions", sessionsOfUser, t.sets()+userID, t.name(""))
	if err != nil {
		return nil, err
	}
	var rows []store.Session
	for pair := range slices.Chunk(found, 2) {
		row, err := decodeSession(pair[0], pair[1])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b store.Session) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Key, b.Key))
	})
	return rows, nil
}

// DeleteByUser removes the rows of a user except the one with this key, and returns the keys of
// those that it removed. An empty key excepts none.
func (t *Sessions) DeleteByUser(ctx context.Context, userID, exceptKey string) ([]string, error) {
	if userID == "" {
		return nil, nil
	}
	ended, err := t.db().list(ctx, "sessions", endOfUser, t.sets()+userID, t.name(""), exceptKey)
	if err != nil {
		return nil, err
	}
	return ended, t.forgotten(ctx)
}

// Flush writes the uses that Touch has collected.
func (t *Sessions) Flush(ctx context.Context) error { return t.touched.Flush(ctx) }
