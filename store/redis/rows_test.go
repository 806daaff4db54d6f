package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/redis"
)

// keys returns the names of all keys.
func keys(t *testing.T, url string) []string {
	t.Helper()
	reply := command(t, raw(t, url), "KEYS", "*")
	names, err := reply.AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestAllExpire: no key stays for ever.
func TestAllExpire(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	works(t, db)
	seed(t, db)
	names := keys(t, server.URL)
	if len(names) != 6 {
		t.Errorf("got %q, want a key of each kind", names)
	}
	for _, name := range names {
		left := command(t, raw(t, server.URL), "PTTL", name)
		if ms, err := left.ToInt64(); err != nil || ms <= 0 || ms > (66*time.Minute).Milliseconds() {
			t.Errorf("%s expires in %d ms, %v, want at most an hour and the slack", name, ms, err)
		}
		if !strings.HasPrefix(name, "rest:") {
			t.Errorf("%q: no prefix", name)
		}
	}
}

// TestExpired: rows live some minutes longer than they say, because clocks differ, and leave nothing
// behind.
func TestExpired(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	for name, c := range map[string]struct {
		ago   time.Duration
		found bool
	}{"a minute ago": {time.Minute, true}, "an hour ago": {time.Hour, false}} {
		expired := row(name, "9")
		expired.Expires = time.Now().Add(-c.ago)
		login := family(name)
		login.UserID, login.Expires = "9", expired.Expires
		if err := errors.Join(db.Sessions().Create(t.Context(), expired), db.Families().CreateFamily(t.Context(), login)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Blocklist().Block(t.Context(), store.BlockedToken{ID: name, Expires: expired.Expires}); err != nil {
			t.Fatal(err)
		}
		_, err := db.Sessions().Session(t.Context(), name)
		if found := err == nil; found != c.found || !found && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session that expired %s: got %v, want found %t", name, err, c.found)
		}
		_, err = db.Families().Family(t.Context(), name)
		if found := err == nil; found != c.found || !found && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a family that expired %s: got %v, want found %t", name, err, c.found)
		}
		if blocked, err := db.Blocklist().Blocked(t.Context(), name); err != nil || blocked != c.found {
			t.Errorf("a token that expired %s: got blocked %t, %v, want %t", name, blocked, err, c.found)
		}
	}
	if rows, err := db.Sessions().ByUser(t.Context(), "9"); err != nil || len(rows) != 1 {
		t.Errorf("ByUser: got %v, %v, want the row that is still there", rows, err)
	}
	command(t, raw(t, server.URL), "DEL", "rest:session:a minute ago", "rest:family:a minute ago") // as if it had expired now
	if rows, err := db.Sessions().ByUser(t.Context(), "9"); err != nil || len(rows) != 0 {
		t.Errorf("ByUser of rows that are gone: got %v, %v", rows, err)
	}
	if rows, err := db.Families().FamiliesOf(t.Context(), "9"); err != nil || len(rows) != 0 {
		t.Errorf("FamiliesOf of rows that are gone: got %v, %v", rows, err)
	}
	for _, name := range keys(t, server.URL) {
		if strings.HasSuffix(name, ":9") {
			t.Errorf("the set %s remains", name)
		}
	}
}

// TestMemberships: the set of a user does not grow with logins that have expired.
func TestMemberships(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	client := raw(t, server.URL)
	long := row("long", "7")
	long.Expires = long.Expires.Add(24 * time.Hour)
	if err := db.Sessions().Create(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		command(t, client, "ZADD", "rest:sessions:7", "1000", fmt.Sprint("expired", i))
	}
	if err := db.Sessions().Create(t.Context(), row("short", "7")); err != nil {
		t.Fatal(err)
	}
	members := command(t, client, "ZRANGE", "rest:sessions:7", "0", "-1")
	if got, err := members.AsStrSlice(); err != nil || strings.Join(got, " ") != "short long" {
		t.Errorf("got %q, %v, want the two that live", got, err)
	}
	left := command(t, client, "PTTL", "rest:sessions:7")
	if ms, err := left.ToInt64(); err != nil || ms < (24*time.Hour).Milliseconds() {
		t.Errorf("the set expires in %d ms, %v, before its last session", ms, err)
	}
}

// TestBytes: keys, ids and data are any bytes.
func TestBytes(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	ctx := t.Context()
	for i, text := range []string{"", " ", "a b 3 c", "\x00", "a\r\nb", "юзер 🔑", "\xff\xfe", "%s %d (", strings.Repeat("x", 1<<20)} {
		session := row("key"+text, "user"+text)
		session.Data = text
		for name, write := range map[string]func() error{
			"Create": func() error { return db.Sessions().Create(ctx, session) },
			"Update": func() error { return db.Sessions().Update(ctx, session) },
			"Replace": func() error {
				old := session.Key
				session.Key += "."
				return db.Sessions().Replace(ctx, old, session)
			},
			"Touch": func() error {
				session.Seen = session.Seen.Add(time.Second)
				return errors.Join(db.Sessions().Touch(ctx, session), db.Flush(ctx))
			},
		} {
			if name != "Create" {
				_ = db.Sessions().Create(ctx, session)
			}
			if err := write(); err != nil {
				t.Errorf("%s %d: %v", name, i, err)
			}
			got, err := db.Sessions().Session(ctx, session.Key)
			rows, errRows := db.Sessions().ByUser(ctx, session.UserID)
			if err := errors.Join(err, errRows); err != nil || got != session || len(rows) != 1 || rows[0] != session {
				t.Errorf("%s %d: got %d bytes of data, %d rows, %v", name, i, len(got.Data), len(rows), err)
			}
			if _, err := db.Sessions().DeleteByUser(ctx, session.UserID, ""); err != nil {
				t.Error(err)
			}
		}
		login := family("id" + text)
		login.UserID, login.Bound = "user"+text, text
		if err := db.Families().CreateFamily(ctx, login); err != nil {
			t.Error(err)
		}
		if got, err := db.Families().FamiliesOf(ctx, login.UserID); err != nil || len(got) != 1 || got[0] != login {
			t.Errorf("family %d: got %d, %v", i, len(got), err)
		}
	}
}

// TestForeign: a value that another program has written is a fault, not a missing row.
func TestForeign(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	client := raw(t, server.URL)
	for _, value := range []string{"", "secret", "1 2 3 99 secret", "1 2 3 -1 secret", "1 2 x 1 secret"} {
		command(t, client, "SET", "rest:session:"+secretKey, value)
		_, err := db.Sessions().Session(t.Context(), secretKey)
		down(t, "Session "+value, err)
	}
	command(t, client, "SET", "rest:throttle:"+secretKey, "secret")
	if got, err := db.Throttle().Take(t.Context(), secretKey, tenAMinute, time.Now()); err == nil {
		t.Errorf("Take: got %v and no error", got)
	}
	command(t, client, "SET", "rest:family:"+secretKey, "secret")
	_, err := db.Families().Family(t.Context(), secretKey)
	down(t, "Family", err)
}

// TestProcesses: of rotations in several processes at once, one wins; so of blocks and requests of a
// limit.
func TestProcesses(t *testing.T) {
	server := servers.Redis(t)
	var dbs []*redis.DB
	for range 3 {
		dbs = append(dbs, open(t, server.URL, redis.Config{Logger: quiet}))
	}
	if err := dbs[0].Families().CreateFamily(t.Context(), family("f")); err != nil {
		t.Fatal(err)
	}
	for round := range 50 {
		var rotated, blocked, counted atomic.Int64
		now := time.Now()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				db := dbs[i%3]
				next := family("f")
				next.Previous, next.Current = fmt.Sprint(round), fmt.Sprint(round+1)
				won, err := db.Families().RotateFamily(t.Context(), next)
				added, errBlock := db.Blocklist().Block(t.Context(), store.BlockedToken{ID: fmt.Sprint(round), Expires: now.Add(time.Hour)})
				taken, errTake := db.Throttle().Take(t.Context(), fmt.Sprint(round), tenAMinute, now)
				if err := errors.Join(err, errBlock, errTake); err != nil {
					t.Error(err)
				}
				for ok, n := range map[*bool]*atomic.Int64{&won: &rotated, &added: &blocked, &taken.Allowed: &counted} {
					if *ok {
						n.Add(1)
					}
				}
			})
		}
		if wg.Wait(); rotated.Load() != 1 || blocked.Load() != 1 || counted.Load() != 10 {
			t.Fatalf("round %d: got %d rotations, %d blocks, %d requests, want 1, 1, 10", round, rotated.Load(), blocked.Load(), counted.Load())
		}
	}
}

// TestTouched: Run writes uses in time, Close writes the others, and none of them revives a session.
func TestTouched(t *testing.T) {
	server := servers.Redis(t)
	seen := func(db *redis.DB, key string, want time.Time) bool {
		got, err := db.Sessions().Session(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return got.Seen.Equal(want)
	}
	first, other := open(t, server.URL, redis.Config{Logger: quiet}), open(t, server.URL, redis.Config{Logger: quiet})
	soon, late, ended := row("soon", "7"), row("late", "7"), row("ended", "7")
	for _, session := range []store.Session{soon, late, ended} {
		if err := first.Sessions().Create(t.Context(), session); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error)
	go func() { ran <- first.Run(ctx) }()
	soon.Seen = soon.Seen.Add(time.Second)
	soon.Expires = soon.Seen.Add(2 * time.Second) // due in 0.1 s
	if err := first.Sessions().Touch(t.Context(), soon); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return seen(other, "soon", soon.Seen) })
	cancel()
	if err := <-ran; err != nil {
		t.Errorf("Run: %v", err)
	}

	late.Seen, ended.Seen = late.Seen.Add(time.Second), ended.Seen.Add(time.Second)
	if err := errors.Join(first.Sessions().Touch(t.Context(), late), first.Sessions().Touch(t.Context(), ended), other.Sessions().Delete(t.Context(), "ended")); err != nil {
		t.Fatal(err)
	}
	if seen(other, "late", late.Seen) {
		t.Error("a use was written at once")
	}
	if err := first.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if !seen(other, "late", late.Seen) {
		t.Error("Close did not write the use")
	}
	if _, err := other.Sessions().Session(t.Context(), "ended"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that ended: got %v, want that it is gone", err)
	}
}

// TestTouchedWhileDown: a server that is down is one line in the log, however often the write is
// tried.
func TestTouchedWhileDown(t *testing.T) {
	server := servers.Redis(t)
	var log bytes.Buffer
	db := open(t, server.URL, redis.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	session := row("a", "7")
	if err := db.Sessions().Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // enough to try twice
	defer cancel()
	ran := make(chan error)
	go func() { ran <- db.Run(ctx) }()
	server.Kill()
	session.Seen = session.Seen.Add(time.Second)
	session.Expires = session.Seen.Add(time.Second)
	if err := db.Sessions().Touch(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Errorf("Run: got %v, want nil at the end of its context", err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("got %d lines, want 1:\n%s", lines, &log)
	}
	if strings.Contains(log.String(), "rest:") {
		t.Errorf("the log has a key: %s", &log)
	}
}
