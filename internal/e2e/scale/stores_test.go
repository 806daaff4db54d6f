package scale_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/sqlite"
)

var data = strings.Repeat("d", 200) // of a session: about what a login writes

// filler is a session that nobody uses.
func filler(n int) store.Session {
	now := time.Now()
	return store.Session{
		Key: fmt.Sprintf("%043d", n), UserID: strconv.Itoa(n + 1), Data: data,
		Created: now, Seen: now, Expires: now.Add(time.Hour),
	}
}

// people returns users in memory.
func people(t *testing.T, n int) (*memory.Users, []string) {
	t.Helper()
	users := memory.New().Users()
	var ids []string
	for i := range n {
		user, err := users.Create(t.Context(), store.User{Username: fmt.Sprint("user", i), Active: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	return users, ids
}

// TestRedis: sessions in Redis, users in memory.
func TestRedis(t *testing.T) {
	t.Log(machine())
	server := servers.Redis(t, "--appendonly", "no")
	users, ids := people(t, few)
	config := func(prefix string) redis.Config { return redis.Config{Prefix: prefix, Logger: quiet} }
	open := func(cfg redis.Config) *redis.DB {
		db, err := redis.Open(t.Context(), server.URL, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	client := raw(t, server.URL)
	small, large := open(config("small:")), open(config("large:"))
	smallSite, largeSite := newSite(t, users, small.Sessions(), ids), newSite(t, users, large.Sessions(), ids)
	before := number(t, client, "memory", "used_memory")
	var wg sync.WaitGroup
	for worker := range 64 {
		wg.Go(func() {
			for n := worker; n < *rows; n += 64 {
				if err := large.Sessions().Create(t.Context(), filler(n)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("a session of %d bytes of data takes %d bytes", len(data), (number(t, client, "memory", "used_memory")-before) / *rows)
	a, b := compare(t, smallSite, largeSite)
	report(t, "Redis", a, b)

	expires := expire(t, client)
	<-time.After(time.Until(expires) - time.Duration(*rows)*6*time.Microsecond)
	sweeping(t, "Redis", largeSite, func() int {
		gone := number(t, client, "stats", "expired_keys")
		for want := gone + *rows; ; <-time.After(10 * time.Millisecond) {
			if n := number(t, client, "stats", "expired_keys"); n >= want {
				return n - gone
			}
		}
	})
}

// expire lets all fillers expire at once, and returns when.
func expire(t *testing.T, client rueidis.Client) time.Time {
	t.Helper()
	expires := time.Now().Add(2*time.Second + time.Duration(*rows)*25*time.Microsecond)
	at := strconv.FormatInt(expires.UnixMilli(), 10)
	var commands rueidis.Commands
	flush := func() {
		for _, reply := range client.DoMulti(t.Context(), commands...) {
			if err := reply.Error(); err != nil {
				t.Fatal(err)
			}
		}
		commands = nil
	}
	for n := range *rows {
		commands = append(commands, client.B().Arbitrary("PEXPIREAT").Keys("large:session:"+filler(n).Key).Args(at).Build())
		if len(commands) == 1000 {
			flush()
		}
	}
	flush()
	return expires
}

func raw(t *testing.T, url string) rueidis.Client {
	t.Helper()
	option, err := rueidis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	option.DisableCache = true
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// number returns a number of INFO.
func number(t *testing.T, client rueidis.Client, section, name string) int {
	t.Helper()
	text, err := client.Do(t.Context(), client.B().Info().Section(section).Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(text, "\n"+name+":")
	line, _, _ := strings.Cut(after, "\r")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(name, err)
	}
	return n
}

// TestPostgres: users and sessions in PostgreSQL.
func TestPostgres(t *testing.T) {
	t.Log(machine())
	_, smallSite := openPostgres(t)
	large, largeSite := openPostgres(t)
	fillPostgres(t, large)
	for name, table := range map[string]string{"user": "rest.users", "session": "rest.sessions"} {
		var size int
		if err := large.Pool().QueryRow(t.Context(), `SELECT pg_total_relation_size($1::regclass)`, table).Scan(&size); err != nil {
			t.Fatal(err)
		}
		t.Logf("a row of a %s takes %d bytes, with its indexes", name, size / *rows)
	}
	a, b := compare(t, smallSite, largeSite)
	report(t, "PostgreSQL", a, b)
	sweeping(t, "PostgreSQL", largeSite, func() int {
		n, err := large.Sessions().Sweep(t.Context(), time.Now().Add(2*time.Hour))
		if err != nil {
			t.Error(err)
		}
		return n
	})
}

func openPostgres(t *testing.T) (*postgres.DB, *site) {
	t.Helper()
	db, err := postgres.Open(t.Context(), servers.Postgres(t).URL, postgres.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var ids []string
	for i := range few {
		user, err := db.Users().Create(t.Context(), store.User{Username: fmt.Sprint("user", i), Active: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, user.ID)
	}
	return db, newSite(t, db.Users(), db.Sessions(), ids)
}

// fillPostgres adds users and their sessions.
func fillPostgres(t *testing.T, db *postgres.DB) {
	t.Helper()
	const first = few + 1000 // behind the ids of the others
	now := time.Now()
	columns := map[string][]string{
		"users":    {"id", "username", "folded", "email", "first_name", "last_name", "password", "is_active", "is_staff", "is_superuser", "date_joined"},
		"sessions": {"key", "data", "user_id", "created", "seen", "expires"},
	}
	password := "argon2$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("x", 65)
	for table, row := range map[string]func(int) ([]any, error){
		"users": func(n int) ([]any, error) {
			name := fmt.Sprint("filler", n)
			return []any{first + n, name, name, name + "@example.com", "", "", password, true, false, false, now}, nil
		},
		"sessions": func(n int) ([]any, error) {
			row := filler(n)
			return []any{row.Key, row.Data, strconv.Itoa(first + n), row.Created, row.Seen, row.Expires}, nil
		},
	} {
		if _, err := db.Pool().CopyFrom(t.Context(), pgx.Identifier{"rest", table}, columns[table], pgx.CopyFromSlice(*rows, row)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Pool().Exec(t.Context(), `VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
}

// TestStores compares the stores with few rows.
func TestStores(t *testing.T) {
	t.Log(machine())
	users, ids := people(t, few)
	server := servers.Redis(t)
	file, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var fileIDs []string
	for i := range few {
		user, err := file.Users().Create(t.Context(), store.User{Username: fmt.Sprint("user", i), Active: true})
		if err != nil {
			t.Fatal(err)
		}
		fileIDs = append(fileIDs, user.ID)
	}
	inRedis := func(cfg redis.Config) sessionauth.Store {
		cfg.Logger = quiet
		db, err := redis.Open(t.Context(), server.URL, cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db.Sessions()
	}
	base := newSite(t, users, memory.New().Sessions(), ids)
	_, inPostgres := openPostgres(t)
	for _, c := range []struct {
		name string
		site *site
	}{
		{"SQLite", newSite(t, file.Users(), file.Sessions(), fileIDs)},
		{"PostgreSQL", inPostgres},
		{"Redis, with users in memory", newSite(t, users, inRedis(redis.Config{}), ids)},
		{"Redis with CacheSessions, with users in memory", newSite(t, users, inRedis(redis.Config{Prefix: "cached:", CacheSessions: time.Hour}), ids)},
	} {
		memory, took := compare(t, base, c.site)
		t.Logf("%s: a request takes %v, %.1f times as long as in memory (%v); 16 clients get %.0f requests a second (%.0f)",
			c.name, took.Round(time.Microsecond), float64(took)/float64(memory), memory.Round(time.Microsecond), c.site.throughput(t), base.throughput(t))
	}
}
