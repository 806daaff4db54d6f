package memory_test

import (
	"context"
	"fmt"
	"testing"

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

func TestSweep(t *testing.T) {
	storetest.Sweep(t, func(*testing.T) storetest.Tables {
		db := memory.New()
		return storetest.Tables{Users: db.Users(), Sessions: db.Sessions(), Blocklist: db.Blocklist(), Families: db.Families(), Tokens: db.Tokens(), Sweep: db.Sweep}
	})
}
