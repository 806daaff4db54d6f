package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/throttle"
)

// TestTextThatPostgreSQLRefuses: no row has such a text, and no row gets it.
func TestTextThatPostgreSQLRefuses(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	db, ctx := open(t, app, postgres.Config{}), t.Context()
	nameless := open(t, app, postgres.Config{IgnoreCase: true})
	for _, text := range []string{"a\x00", "a\xff", "\xed\xa0\x80"} {
		for what, read := range map[string]func() error{
			"ByID":             func() error { _, _, err := db.Users().ByID(ctx, text); return err },
			"ByUsername":       func() error { _, _, err := db.Users().ByUsername(ctx, text); return err },
			"IgnoreCase":       func() error { _, _, err := nameless.Users().ByUsername(ctx, text); return err },
			"SetPassword":      func() error { return db.Users().SetPassword(ctx, text, "x") },
			"Session":          func() error { _, err := db.Sessions().Session(ctx, text); return err },
			"session WithUser": func() error { _, _, _, err := db.Sessions().WithUser(ctx, text); return err },
			"Token":            func() error { _, err := db.Tokens().Token(ctx, text); return err },
			"token WithUser":   func() error { _, _, _, err := db.Tokens().WithUser(ctx, text); return err },
			"RevokeToken":      func() error { return db.Tokens().RevokeToken(ctx, text, 1, time.Now()) },
			"Family":           func() error { _, err := db.Families().Family(ctx, text); return err },
			"family WithUser":  func() error { _, _, _, err := db.Families().WithUser(ctx, text); return err },
			"EndFamily":        func() error { return db.Families().EndFamily(ctx, "1", text) },
		} {
			if err := read(); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of %q: got %v, want %v", what, text, err, store.ErrNotFound)
			}
		}
		if blocked, err := db.Blocklist().Blocked(ctx, text); blocked || err != nil {
			t.Errorf("Blocked: got %t, %v", blocked, err)
		}
		if rotated, err := db.Families().RotateFamily(ctx, store.Family{ID: text}); rotated || err != nil {
			t.Errorf("RotateFamily: got %t, %v", rotated, err)
		}
		if err := db.Sessions().Delete(ctx, text); err != nil {
			t.Errorf("Delete: %v", err)
		}
		for what, list := range map[string]func() (int, error){
			"ByUser":        func() (int, error) { l, err := db.Sessions().ByUser(ctx, text); return len(l), err },
			"DeleteByUser":  func() (int, error) { l, err := db.Sessions().DeleteByUser(ctx, text, ""); return len(l), err },
			"TokensOf":      func() (int, error) { l, err := db.Tokens().TokensOf(ctx, text); return len(l), err },
			"FamiliesOf":    func() (int, error) { l, err := db.Families().FamiliesOf(ctx, text); return len(l), err },
			"EndFamiliesOf": func() (int, error) { l, err := db.Families().EndFamiliesOf(ctx, text, ""); return len(l), err },
		} {
			if n, err := list(); n != 0 || err != nil {
				t.Errorf("%s of %q: got %d rows, %v, want none", what, text, n, err)
			}
		}
		now := time.Now()
		for what, write := range map[string]func() error{
			"Create user":  func() error { _, err := db.Users().Create(ctx, store.User{Username: text}); return err },
			"session":      func() error { return db.Sessions().Create(ctx, store.Session{Key: text, Expires: now}) },
			"session data": func() error { return db.Sessions().Create(ctx, store.Session{Key: "k", Data: text, Expires: now}) },
			"token": func() error {
				_, err := db.Tokens().CreateToken(ctx, store.Token{Name: text, Created: now, Updated: now})
				return err
			},
			"family": func() error {
				return db.Families().CreateFamily(ctx, store.Family{ID: text, Created: now, Rotated: now, Expires: now})
			},
			"Block": func() error {
				_, err := db.Blocklist().Block(ctx, store.BlockedToken{ID: text, Expires: now})
				return err
			},
			"Touch": func() error { return db.Sessions().Touch(ctx, store.Session{Key: text, Created: now, Expires: now}) },
		} {
			if err := write(); err == nil || !strings.Contains(err.Error(), "NUL") {
				t.Errorf("%s with %q: got %v, want an error that says why", what, text, err)
			}
		}
	}
}

// TestTouchesOfTwoProcesses: a use that is written late does not undo a newer one.
func TestTouchesOfTwoProcesses(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	one, two, ctx := open(t, app, postgres.Config{}), open(t, app, postgres.Config{}), t.Context()
	first := row("key")
	if err := one.Sessions().Create(ctx, first); err != nil {
		t.Fatal(err)
	}
	token, err := one.Tokens().CreateToken(ctx, store.Token{UserID: "7", Hash: "h", Created: first.Created, Updated: first.Created})
	if err != nil {
		t.Fatal(err)
	}
	use := func(db *postgres.DB, later time.Duration) store.Session {
		t.Helper()
		used := first
		used.Seen, used.Expires = first.Seen.Add(later), first.Expires.Add(later)
		if err := db.Sessions().Touch(ctx, used); err != nil {
			t.Error(err)
		}
		if err := db.Tokens().TouchToken(ctx, token.ID, used.Seen); err != nil {
			t.Error(err)
		}
		return used
	}
	has := func(what string, want store.Session) {
		t.Helper()
		got, err := two.Sessions().Session(ctx, "key")
		if err != nil || !got.Seen.Equal(want.Seen.Truncate(time.Microsecond)) || !got.Expires.Equal(want.Expires.Truncate(time.Microsecond)) || got.Data != "data" {
			t.Errorf("%s: got %+v, %v, want the times %v and %v", what, got, err, want.Seen, want.Expires)
		}
	}
	use(one, time.Minute)
	has("before it is written", first)
	newer := use(two, 2*time.Minute)
	for _, db := range []*postgres.DB{two, one} {
		if err := db.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		has("after Flush", newer)
	}
	tokens, err := two.Tokens().TokensOf(ctx, "7")
	if err != nil || len(tokens) != 1 || !tokens[0].LastUsed.Equal(newer.Seen.Truncate(time.Microsecond)) {
		t.Errorf("got %+v, %v, want the token used at %v", tokens, err, newer.Seen)
	}

	newest := use(one, 3*time.Minute)
	rows, err := one.Sessions().ByUser(ctx, "7")
	if err != nil || len(rows) != 1 || !rows[0].Seen.Equal(newest.Seen.Truncate(time.Microsecond)) {
		t.Errorf("ByUser: got %+v, %v, want the use of this process", rows, err)
	}
	use(one, 4*time.Minute)
	if keys, err := two.Sessions().DeleteByUser(ctx, "7", ""); err != nil || len(keys) != 1 || keys[0] != "key" {
		t.Errorf("DeleteByUser: got %q, %v, want the key", keys, err)
	}
	if err := one.Flush(ctx); err != nil {
		t.Error(err)
	}
	if _, err := two.Sessions().Session(ctx, "key"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that ended: got %v, want %v", err, store.ErrNotFound)
	}
}

// TestRun: Run writes the uses when it ends, and removes expired rows when it begins.
func TestRun(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	db, other := open(t, app, postgres.Config{}), open(t, app, postgres.Config{})
	for _, key := range []string{"alive", "over"} {
		session := row(key)
		if key == "over" {
			session.Expires = time.Now().Add(-time.Second)
		}
		if err := db.Sessions().Create(t.Context(), session); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- db.Run(ctx) }()
	used := row("alive")
	used.Seen, used.Expires = used.Seen.Add(time.Minute), used.Seen.Add(time.Minute+2*time.Second) // due in a tenth of a second
	if err := db.Sessions().Touch(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the use is written", func() bool {
		got, err := other.Sessions().Session(t.Context(), "alive")
		return err == nil && got.Seen.Equal(used.Seen.Truncate(time.Microsecond))
	})
	eventually(t, "the expired row is gone", func() bool {
		_, err := other.Sessions().Session(t.Context(), "over")
		return errors.Is(err, store.ErrNotFound)
	})
	used.Seen, used.Expires = used.Seen.Add(time.Minute), used.Seen.Add(time.Hour)
	if err := db.Sessions().Touch(t.Context(), used); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got, err := other.Sessions().Session(t.Context(), "alive"); err != nil || !got.Seen.Equal(used.Seen.Truncate(time.Microsecond)) {
		t.Errorf("after Run: got %+v, %v, want the last use", got, err)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !f() {
		select {
		case <-deadline:
			t.Fatalf("%s: not yet", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestLimitOfSeveralProcesses: all processes together let as many requests pass as are allowed.
func TestLimitOfSeveralProcesses(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	dbs := []*postgres.DB{open(t, app, postgres.Config{}), open(t, app, postgres.Config{}), open(t, app, postgres.Config{})}
	for _, smooth := range []bool{false, true} {
		rate := throttle.Rate{Requests: 25, Window: time.Hour, Smooth: smooth}
		now := time.Now()
		var mu sync.Mutex
		passed := 0
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				result, err := dbs[i%3].Throttle().Take(t.Context(), fmt.Sprint("smooth ", smooth), rate, now)
				if err != nil {
					t.Error(err)
				}
				if result.Allowed {
					mu.Lock()
					passed++
					mu.Unlock()
				}
			})
		}
		if wg.Wait(); passed != 25 {
			t.Errorf("smooth %t: %d requests passed, want 25", smooth, passed)
		}
	}
}

// TestNamesOfSeveralProcesses: of several processes that create one name in different spellings, one
// succeeds.
func TestNamesOfSeveralProcesses(t *testing.T) {
	cfg := postgres.Config{IgnoreCase: true}
	_, app := migrated(t, cfg)
	dbs := []*postgres.DB{open(t, app, cfg), open(t, app, cfg)}
	for round := range 10 {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			name := []byte(fmt.Sprintf("alice%d", round))
			name[i%5] -= 'a' - 'A'
			wg.Go(func() { _, errs[i] = dbs[i%2].Users().Create(t.Context(), store.User{Username: string(name)}) })
		}
		wg.Wait()
		created := 0
		for _, err := range errs {
			if err == nil {
				created++
			} else if !errors.Is(err, store.ErrExists) {
				t.Error(err)
			}
		}
		if created != 1 {
			t.Errorf("round %d: %d users were created, want 1", round, created)
		}
	}
}

// TestWritersOfManyRows: those that change many rows at once do not fail because of each other.
func TestWritersOfManyRows(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	dbs, ctx := []*postgres.DB{open(t, app, postgres.Config{}), open(t, app, postgres.Config{})}, t.Context()
	for round := range 5 {
		now := time.Now()
		for i := range 100 {
			session := row(fmt.Sprint(round, "-", i))
			session.Expires = now
			family := store.Family{ID: session.Key, UserID: "7", Bound: "old", Created: now, Rotated: now, Expires: now}
			if err := errors.Join(dbs[0].Sessions().Create(ctx, session), dbs[0].Families().CreateFamily(ctx, family)); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		for i := range 12 {
			db := dbs[i%2]
			wg.Go(func() {
				var err error
				switch i % 6 {
				case 0, 1:
					for j := range 100 {
						used := row(fmt.Sprint(round, "-", (j*37)%100))
						err = errors.Join(err, db.Sessions().Touch(ctx, used))
					}
					err = errors.Join(err, db.Flush(ctx))
				case 2:
					_, err = db.Sessions().DeleteByUser(ctx, "7", fmt.Sprint(round, "-", 1))
				case 3:
					err = db.Families().RebindFamilies(ctx, "7", "old", "new")
				case 4:
					_, err = db.Families().EndFamiliesOf(ctx, "7", "")
				case 5:
					_, err = db.Sweep(ctx, now)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

// TestSweepOfManyRows: a sweep removes more rows than one portion has.
func TestSweepOfManyRows(t *testing.T) {
	owner, app := migrated(t, postgres.Config{})
	db := open(t, app, postgres.Config{})
	servers.SQL(t, owner, `INSERT INTO rest.sessions (key, data, user_id, expires)
		SELECT n, '', '', now() - n % 7 * interval '1 hour' FROM generate_series(1, 3500) n`)
	servers.SQL(t, owner, `INSERT INTO rest.sessions (key, data, user_id, expires) VALUES ('alive', '', '', now() + interval '1 hour')`)
	if n, err := db.Sweep(t.Context(), time.Now()); n != 3500 || err != nil {
		t.Errorf("got %d, %v, want 3500", n, err)
	}
	if n, err := db.Sessions().Count(t.Context()); n != 1 || err != nil {
		t.Errorf("got %d, %v, want the one that lives", n, err)
	}
}

// TestIndexes: no statement of the hot path reads a whole table.
func TestIndexes(t *testing.T) {
	for _, kind := range []store.IDType{store.Integer, store.UUID, store.Text} {
		cfg := postgres.Config{UserID: kind, ManualMigrations: true}
		_, app := migrated(t, cfg)
		db := open(t, with(t, app, "", "default_query_exec_mode", "simple_protocol"), cfg)
		plans, err := db.Plans(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, plan := range plans {
			if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index") {
				t.Errorf("%v, %s:\n%s", kind, name, plan)
			}
		}
	}
}

// TestIdsAfterAnImport: users that were created with ids do not collide with later ones.
func TestIdsAfterAnImport(t *testing.T) {
	_, app := migrated(t, postgres.Config{})
	db := open(t, app, postgres.Config{})
	for i, id := range []string{"5", "2", "-3", "1000"} {
		if _, err := db.Users().Create(t.Context(), store.User{ID: id, Username: fmt.Sprint("imported", i)}); err != nil {
			t.Fatal(err)
		}
	}
	user, err := db.Users().Create(t.Context(), store.User{Username: "alice"})
	if err != nil || user.ID != "1001" {
		t.Errorf("got %+v, %v, want the id 1001", user, err)
	}
}

// TestIdsThatNoUserHas: rows of users whose ids are no ids of the table, or are too large for it.
func TestIdsThatNoUserHas(t *testing.T) {
	for _, kind := range []store.IDType{store.Integer, store.UUID, store.Text} {
		cfg := postgres.Config{UserID: kind}
		_, app := migrated(t, cfg)
		db := open(t, app, cfg)
		for i, id := range []string{"9223372036854775808", "-9223372036854775809", "99999999999999999999", "9223372036854775807", "1e3", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "\u0661"} {
			session := row(fmt.Sprint("key", i))
			session.UserID = id
			if err := db.Sessions().Create(t.Context(), session); err != nil {
				t.Fatal(err)
			}
			if got, user, _, err := db.Sessions().WithUser(t.Context(), session.Key); err != nil || user != nil || got.UserID != id {
				t.Errorf("%v, the session of %s: got %v, %v, %v, want no user", kind, id, got, user, err)
			}
		}
	}
}

// TestOrderOfText: ids are listed in the order of their bytes in a database that orders words as an
// English dictionary does.
func TestOrderOfText(t *testing.T) {
	owner := servers.Postgres(t).URL
	name := strings.Trim(pathOf(t, owner), "/")
	servers.SQL(t, owner, `CREATE DATABASE `+name+`en TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'`)
	english := strings.Replace(owner, "/"+name+"?", "/"+name+"en?", 1)
	cfg := postgres.Config{UserID: store.Text}
	db := open(t, english, cfg)
	servers.SQL(t, english, `CREATE TABLE people (LIKE rest.users INCLUDING INDEXES); ALTER TABLE people ALTER id TYPE text COLLATE "en-x-icu", ALTER folded DROP NOT NULL`)
	site := open(t, english, postgres.Config{UserID: store.Text, UserTable: "public.people"})
	for _, users := range []*postgres.Users{db.Users(), site.Users()} {
		for _, id := range []string{"b", "a", "B", "é", "A"} {
			if _, err := users.Create(t.Context(), store.User{ID: id, Username: id}); err != nil {
				t.Fatal(err)
			}
		}
		got, after := "", ""
		for range 5 {
			list, err := users.List(t.Context(), after, 1)
			if err != nil || len(list) != 1 {
				t.Fatalf("after %q: got %v, %v", after, list, err)
			}
			after = list[0].ID
			got += after
		}
		if got != "ABabé" {
			t.Errorf("got the order %s, want ABabé", got)
		}
	}
}
