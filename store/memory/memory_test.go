package memory_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/storetest"
)

func Example() {
	db := memory.New()
	created, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	user, account, err := db.Users().ByUsername(context.Background(), "alice")
	fmt.Println(created.ID, user.Username, account.Active, err)
	// Output: 1 alice true <nil>
}

func TestUsers(t *testing.T) {
	for _, kind := range []store.IDType{store.Integer, store.UUID, store.Text} {
		t.Run(kind.String(), func(t *testing.T) {
			storetest.Users(t, func(*testing.T) storetest.UserStore { return memory.New(memory.Config{UserID: kind}).Users() })
		})
	}
}

func TestJoined(t *testing.T) {
	for _, kind := range []store.IDType{store.Integer, store.UUID, store.Text} {
		t.Run(kind.String(), func(t *testing.T) {
			storetest.Joined(t, memory.New().Users(), func(*testing.T) storetest.Tables { return tables(memory.New(memory.Config{UserID: kind})) })
		})
	}
}

func TestUsersIgnoringCase(t *testing.T) {
	storetest.UsersIgnoringCase(t, func(*testing.T) storetest.UserStore {
		return memory.New(memory.Config{IgnoreCase: true}).Users()
	})
}

func TestSessions(t *testing.T) {
	storetest.Sessions(t, func(*testing.T) sessionauth.Store { return memory.New().Sessions() })
}

func TestBlocklist(t *testing.T) {
	storetest.Blocklist(t, func(*testing.T) (jwtauth.Blocklist, storetest.UserStore) {
		db := memory.New()
		return db.Blocklist(), db.Users()
	})
}

func TestTokens(t *testing.T) {
	storetest.Tokens(t, func(*testing.T) (tokenauth.Store, storetest.UserStore) {
		db := memory.New()
		return db.Tokens(), db.Users()
	})
}

func TestFamilies(t *testing.T) {
	storetest.Families(t, func(*testing.T) (jwtauth.Families, storetest.UserStore) {
		db := memory.New()
		return db.Families(), db.Users()
	})
}

func TestForeignUsers(t *testing.T) {
	storetest.ForeignUsers(t, func(*testing.T) storetest.Tables { return tables(memory.New()) })
}

func TestSweep(t *testing.T) {
	storetest.Sweep(t, func(*testing.T) storetest.Tables {
		return tables(memory.New())
	})
}

func tables(db *memory.DB) storetest.Tables {
	return storetest.Tables{Users: db.Users(), Sessions: db.Sessions(), Blocklist: db.Blocklist(), Families: db.Families(), Tokens: db.Tokens(), Sweep: db.Sweep}
}

// TestSweepBesideWriters sweeps a large table that others change meanwhile.
func TestSweepBesideWriters(t *testing.T) {
	db, now := memory.New(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const rows = 10_000
	for i := range rows {
		row := store.Session{Key: fmt.Sprint("key", i), UserID: "7", Expires: now.Add(time.Duration(i%2) * time.Second)}
		if err := db.Sessions().Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range rows {
			row := store.Session{Key: fmt.Sprint("new", i), UserID: "8", Expires: now.Add(time.Hour)}
			if err := db.Sessions().Create(t.Context(), row); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() {
		for i := 1; i < rows; i += 4 { // half of those that live
			if err := db.Sessions().Delete(t.Context(), fmt.Sprint("key", i)); err != nil {
				t.Error(err)
			}
		}
	})
	if n, err := db.Sessions().Sweep(t.Context(), now); n != rows/2 || err != nil {
		t.Errorf("got %d, %v, want %d", n, err, rows/2)
	}
	wg.Wait()
	for user, want := range map[string]int{"7": rows / 4, "8": rows} {
		if list, err := db.Sessions().ByUser(t.Context(), user); len(list) != want || err != nil {
			t.Errorf("user %s: got %d sessions, %v, want %d", user, len(list), err, want)
		}
	}
}

// A table in which the case of user names does not matter.
func ExampleNew() {
	db := memory.New(memory.Config{IgnoreCase: true})
	if _, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true}); err != nil {
		fmt.Println(err)
		return
	}
	user, _, err := db.Users().ByUsername(context.Background(), "Alice")
	fmt.Println(user.Username, err)
	// Output: alice <nil>
}
