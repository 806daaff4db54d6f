package memory_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

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
	storetest.Users(t, func(*testing.T) storetest.UserStore { return memory.New().Users() })
}

func TestSessions(t *testing.T) {
	storetest.Sessions(t, func(*testing.T) storetest.SessionStore { return memory.New().Sessions() })
}

func TestBlocklist(t *testing.T) {
	storetest.Blocklist(t, func(*testing.T) (storetest.BlocklistStore, storetest.UserStore) {
		db := memory.New()
		return db.Blocklist(), db.Users()
	})
}

func TestTokens(t *testing.T) {
	storetest.Tokens(t, func(*testing.T) (storetest.TokenStore, storetest.UserStore) {
		db := memory.New()
		return db.Tokens(), db.Users()
	})
}

func TestFamilies(t *testing.T) {
	storetest.Families(t, func(*testing.T) (storetest.FamilyStore, storetest.UserStore) {
		db := memory.New()
		return db.Families(), db.Users()
	})
}

func TestSweepOfAll(t *testing.T) {
	db, ctx := memory.New(), t.Context()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	user, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	id := store.FormatID(user.ID)
	for i, expires := range []time.Time{at, at.Add(time.Second)} {
		name := strconv.Itoa(i)
		_, errBlock := db.Blocklist().Block(ctx, store.BlockedToken{ID: name, Expires: expires})
		_, errToken := db.Tokens().CreateToken(ctx, store.Token{UserID: id, Hash: name, Expires: expires, Created: at, Updated: at})
		err := errors.Join(errBlock, errToken,
			db.Sessions().Create(ctx, store.Session{Key: "key-of-session-" + name, Expires: expires}),
			db.Families().CreateFamily(ctx, store.Family{ID: name, UserID: id, Created: at, Rotated: at, Expires: expires}))
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{4, 0} {
		if n, err := db.Sweep(ctx, at); err != nil || n != want {
			t.Errorf("got %d, %v, want %d", n, err, want)
		}
	}
}
