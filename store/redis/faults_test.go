package redis_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/throttle"
)

const secretKey = "a-secret-key-of-a-session"

func row(key, userID string) store.Session {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Session{Key: key, UserID: userID, Data: "data", Created: now, Seen: now, Expires: now.Add(time.Hour)}
}

func family(id string) store.Family {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return store.Family{ID: id, UserID: "7", Current: "0", Created: now, Rotated: now, Expires: now.Add(time.Hour)}
}

var tenAMinute = throttle.Rate{Requests: 10, Window: time.Minute}

// operation is a call of a table. Those that change something are writes.
type operation struct {
	name  string
	write bool
	run   func(context.Context, *redis.DB) error
}

// operations returns one of each kind.
func operations() []operation {
	return []operation{
		{"Session", false, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Sessions().Session(ctx, secretKey)
			return err
		}},
		{"Create", true, func(ctx context.Context, db *redis.DB) error {
			return db.Sessions().Create(ctx, row(secretKey+"-new", "7"))
		}},
		{"Update", true, func(ctx context.Context, db *redis.DB) error { return db.Sessions().Update(ctx, row(secretKey, "7")) }},
		{"Replace", true, func(ctx context.Context, db *redis.DB) error {
			return db.Sessions().Replace(ctx, secretKey, row(secretKey+"-newer", "7"))
		}},
		{"Delete", true, func(ctx context.Context, db *redis.DB) error { return db.Sessions().Delete(ctx, secretKey) }},
		{"ByUser", false, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Sessions().ByUser(ctx, "7")
			return err
		}},
		{"DeleteByUser", true, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Sessions().DeleteByUser(ctx, "7", "")
			return err
		}},
		{"Family", false, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Families().Family(ctx, secretKey)
			return err
		}},
		{"CreateFamily", true, func(ctx context.Context, db *redis.DB) error {
			return db.Families().CreateFamily(ctx, family(secretKey+"-new"))
		}},
		{"RotateFamily", true, func(ctx context.Context, db *redis.DB) error {
			next := family(secretKey)
			next.Previous, next.Current = "0", "1"
			_, err := db.Families().RotateFamily(ctx, next)
			return err
		}},
		{"RebindFamilies", true, func(ctx context.Context, db *redis.DB) error {
			return db.Families().RebindFamilies(ctx, "7", "", "p")
		}},
		{"FamiliesOf", false, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Families().FamiliesOf(ctx, "7")
			return err
		}},
		{"EndFamily", true, func(ctx context.Context, db *redis.DB) error { return db.Families().EndFamily(ctx, "7", secretKey) }},
		{"EndFamiliesOf", true, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Families().EndFamiliesOf(ctx, "7", "")
			return err
		}},
		{"Blocked", false, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Blocklist().Blocked(ctx, secretKey)
			return err
		}},
		{"Block", true, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Blocklist().Block(ctx, store.BlockedToken{ID: secretKey, Expires: time.Now().Add(time.Hour)})
			return err
		}},
		{"Take", true, func(ctx context.Context, db *redis.DB) error {
			_, err := db.Throttle().Take(ctx, secretKey, tenAMinute, time.Now())
			return err
		}},
		{"Refund", true, func(ctx context.Context, db *redis.DB) error {
			return db.Throttle().Refund(ctx, secretKey, tenAMinute, time.Now())
		}},
		{"Ping", false, func(ctx context.Context, db *redis.DB) error { return db.Ping(ctx) }},
	}
}

// seed adds the rows that the operations find.
func seed(t *testing.T, db *redis.DB) {
	t.Helper()
	if err := errors.Join(db.Sessions().Create(t.Context(), row(secretKey, "7")), db.Families().CreateFamily(t.Context(), family(secretKey))); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Throttle().Take(t.Context(), secretKey, tenAMinute, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// down checks that an error says that the store is down, and names no key.
func down(t *testing.T, name string, err error) {
	t.Helper()
	switch {
	case err == nil, errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrExists):
		t.Errorf("%s: got %v, want an error that is not about a row", name, err)
	case strings.Contains(err.Error(), "secret"):
		t.Errorf("%s: the error has a key or a password: %v", name, err)
	}
}

// works checks that all operations work, after a fault.
func works(t *testing.T, db *redis.DB) {
	t.Helper()
	eventually(t, func() bool { return db.Ping(t.Context()) == nil })
	_ = db.Sessions().Delete(t.Context(), secretKey)
	_ = db.Sessions().Delete(t.Context(), secretKey+"-new")
	_ = db.Sessions().Delete(t.Context(), secretKey+"-newer")
	if _, err := db.Families().EndFamiliesOf(t.Context(), "7", ""); err != nil {
		t.Error(err)
	}
	seed(t, db)
	for _, op := range operations() {
		if op.name == "Delete" || op.name == "EndFamily" { // after Replace there is none
			continue
		}
		if err := op.run(t.Context(), db); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", op.name, err)
		}
	}
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	for range 400 {
		if condition() {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

// raw returns a client of the tests.
func raw(t *testing.T, url string) rueidis.Client {
	t.Helper()
	option, err := rueidis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	option.DisableCache, option.ForceSingleClient = true, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// command runs a command of Redis.
func command(t *testing.T, client rueidis.Client, words ...string) rueidis.RedisMessage {
	t.Helper()
	reply, err := client.Do(t.Context(), client.B().Arbitrary(words...).Build()).ToMessage()
	if err != nil && !rueidis.IsRedisNil(err) {
		t.Fatalf("%v: %v", words, err)
	}
	return reply
}

// TestKilled: while the server is gone each operation fails, and afterwards all work again. The
// server has forgotten the scripts, but no row.
func TestKilled(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Logger: quiet})
	seed(t, db)
	server.Kill()
	for _, op := range operations() {
		down(t, op.name, op.run(t.Context(), db))
	}
	server.Start()
	eventually(t, func() bool { return db.Ping(t.Context()) == nil })
	if got, err := db.Sessions().Session(t.Context(), secretKey); err != nil || got.UserID != "7" {
		t.Errorf("the session after a restart: got %v, %v", got, err)
	}
	works(t, db)
}

// TestPaused: while the server hangs, each operation ends after Timeout, or with its context if that
// is earlier, however many there are.
func TestPaused(t *testing.T) {
	for name, cfg := range map[string]redis.Config{"plain": {}, "cached": {CacheSessions: time.Minute}} {
		t.Run(name, func(t *testing.T) {
			server := servers.Redis(t)
			cfg.Logger, cfg.Timeout = quiet, 500*time.Millisecond
			db := open(t, server.URL, cfg)
			cfg.Timeout = time.Hour
			patient := open(t, server.URL, cfg)
			seed(t, db)
			if err := patient.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			server.Pause()
			var wg sync.WaitGroup
			for range 100 { // more than the client can queue
				for _, op := range operations() {
					wg.Go(func() {
						err := op.run(t.Context(), db)
						down(t, op.name, err)
						if !strings.Contains(err.Error(), "no answer in time") || errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%s: got %v, want the error of Timeout", op.name, err)
						}
					})
				}
			}
			for range 100 {
				for _, op := range operations() {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
						defer cancel()
						err := op.run(ctx, patient)
						down(t, op.name, err)
						if !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%s: got %v, want the error of the context", op.name, err)
						}
					})
				}
			}
			wg.Wait()
			server.Resume()
			works(t, db)
		})
	}
}

// TestOpenHangs: Open ends with its context, and after Timeout.
func TestOpenHangs(t *testing.T) {
	server := servers.Redis(t)
	server.Pause()
	if _, err := redis.Open(t.Context(), server.URL, redis.Config{Timeout: 200 * time.Millisecond}); err == nil {
		t.Error("Timeout: got no error")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := redis.Open(ctx, server.URL, redis.Config{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a context: got %v, want its error", err)
	}
}

// TestLostReply: the server has done what was asked, but the reply is lost. No operation is tried
// again, because the second time it would find its own change: a rotation would report that another
// one has won.
func TestLostReply(t *testing.T) {
	server := servers.Redis(t)
	p := newProxy(t, server.URL)
	db, direct := open(t, p.URL, redis.Config{Logger: quiet}), open(t, server.URL, redis.Config{Logger: quiet})
	works(t, db) // the server knows the scripts now
	for _, op := range operations() {
		if _, err := direct.Sessions().DeleteByUser(t.Context(), "7", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := direct.Families().EndFamiliesOf(t.Context(), "7", ""); err != nil {
			t.Fatal(err)
		}
		seed(t, direct)
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.set(swallowing)
		err := op.run(t.Context(), db)
		if op.write || op.name == "ByUser" || op.name == "FamiliesOf" {
			down(t, op.name, err)
		} else if err != nil {
			t.Errorf("%s, which reads: got %v, want that it is tried again", op.name, err)
		}
		switch op.name {
		case "RotateFamily":
			if got, err := direct.Families().Family(t.Context(), secretKey); err != nil || got.Current != "1" {
				t.Errorf("after RotateFamily: got %q, %v, want the change, so that the test is one", got.Current, err)
			}
		case "Replace":
			if _, err := direct.Sessions().Session(t.Context(), secretKey+"-newer"); err != nil {
				t.Errorf("after Replace: %v", err)
			}
		}
	}
	counted := throttle.Rate{Requests: 2, Window: time.Minute}
	p.set(swallowing)
	if _, err := db.Throttle().Take(t.Context(), "one", counted, time.Now()); err == nil {
		t.Error("Take: got no error")
	}
	if got, err := db.Throttle().Take(t.Context(), "one", counted, time.Now()); err != nil || !got.Allowed || got.Remaining != 0 {
		t.Errorf("Take after one whose reply was lost: got %+v, %v, want the second of two", got, err)
	}
}

// TestImpatience: a request that gives up does not fail the others, not even while the connection is
// made.
func TestImpatience(t *testing.T) {
	server := servers.Redis(t)
	p := newProxy(t, server.URL)
	db := open(t, p.URL, redis.Config{Logger: quiet})
	for range 20 {
		p.set(refusing)
		eventually(t, func() bool { return db.Ping(t.Context()) != nil })
		p.set(passing)
		gone, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _ = db.Ping(gone) })
			wg.Go(func() {
				if err := db.Ping(t.Context()); err != nil {
					t.Errorf("another request: %v", err)
				}
			})
		}
		cancel()
		wg.Wait()
	}
}

// TestReconnecting: a request obeys its context, not that of another one that makes the connection.
func TestReconnecting(t *testing.T) {
	server := servers.Redis(t)
	p := newProxy(t, server.URL)
	db := open(t, p.URL, redis.Config{Timeout: time.Hour, Logger: quiet})
	p.set(refusing)
	<-time.After(100 * time.Millisecond) // the client notices, and connects with its next command
	p.set(silent)
	slow, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { down(t, "the slow request", db.Ping(slow)) })
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := db.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the error of the context", err)
		}
		cancel()
	}
	cancel()
	wg.Wait()
	p.set(refusing)
	p.set(passing)
	works(t, db)
}

// TestCancelled: the only request of a connection ends with its context, and the connection stays.
func TestCancelled(t *testing.T) {
	server := servers.Redis(t)
	db := open(t, server.URL, redis.Config{Timeout: time.Hour, Logger: quiet})
	client := raw(t, server.URL)
	connections := func() string {
		info := command(t, client, "INFO", "stats")
		text, err := info.ToString()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(text, "total_connections_received:")
		n, _, _ := strings.Cut(after, "\r")
		return n
	}
	before := connections()
	server.Pause()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- db.Ping(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the error of the context", err)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := db.Ping(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the error of the context", err)
	}
	server.Resume()
	works(t, db)
	if after := connections(); after != before {
		t.Errorf("got %s connections, and %s afterwards, want no new one", before, after)
	}
}

// TestRefused: a server that refuses writes is down for them, and rows can still be read and ended if
// the server allows that.
func TestRefused(t *testing.T) {
	full := func(t *testing.T, client rueidis.Client, _ *servers.Server) {
		command(t, client, "CONFIG", "SET", "maxmemory", "1")
	}
	for _, c := range []struct {
		name  string
		args  []string
		fault func(*testing.T, rueidis.Client, *servers.Server)
		works []string // operations that do work
	}{
		{"out of memory", nil, full, []string{"Session", "Delete", "ByUser", "DeleteByUser", "Family", "FamiliesOf", "EndFamily", "EndFamiliesOf", "Blocked", "Ping"}},
		{"a replica", nil, func(t *testing.T, client rueidis.Client, _ *servers.Server) {
			command(t, client, "REPLICAOF", "127.0.0.1", "1")
		}, []string{"Session", "ByUser", "Family", "FamiliesOf", "Blocked", "Ping"}},
		{"a disk that cannot be written", []string{"--save", "3600 1", "--appendonly", "no"}, func(t *testing.T, client rueidis.Client, server *servers.Server) {
			if err := os.RemoveAll(server.Dir); err != nil {
				t.Fatal(err)
			}
			command(t, client, "BGSAVE")
			eventually(t, func() bool {
				info := command(t, client, "INFO", "persistence")
				text, _ := info.ToString()
				return strings.Contains(text, "rdb_last_bgsave_status:err")
			})
		}, []string{"Session", "ByUser", "Family", "FamiliesOf", "Blocked", "Ping"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := servers.Redis(t, c.args...)
			db := open(t, server.URL, redis.Config{Logger: quiet})
			seed(t, db)
			c.fault(t, raw(t, server.URL), server)
			defer server.Kill() // it may be unable to save
			want := map[string]bool{}
			for _, name := range c.works {
				want[name] = true
			}
			for _, op := range operations() {
				if op.name == "Replace" || op.name == "Update" || !want[op.name] {
					down(t, op.name, op.run(t.Context(), db))
				} else if err := op.run(t.Context(), db); err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %v", op.name, err)
				}
			}
		})
	}
}
