package storetest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// Tables are those of one database.
type Tables struct {
	Users     UserStore
	Sessions  sessionauth.Store
	Blocklist jwtauth.Blocklist
	Families  jwtauth.Families
	Tokens    tokenauth.Store
	// Sweep removes what expired by now from all tables, and returns how many rows they
	// were.
	Sweep func(ctx context.Context, now time.Time) (int, error)
}

// Sweep tests the sweep of a whole database: it removes the expired rows of all tables, and no others.
func Sweep(t *testing.T, open func(t *testing.T) Tables) {
	db, ctx := open(t), t.Context()
	user, err := db.Users.Create(ctx, store.User{Username: "alice", Active: true})
	must(t, err)
	id := user.ID
	for i, expires := range []time.Time{begun, begun.Add(time.Second)} {
		name := strconv.Itoa(i)
		_, err := db.Blocklist.Block(ctx, store.BlockedToken{ID: name, Expires: expires})
		must(t, err)
		_, err = db.Tokens.CreateToken(ctx, store.Token{UserID: id, Hash: name, Expires: expires, Created: begun, Updated: begun})
		must(t, err)
		must(t, db.Sessions.Create(ctx, store.Session{Key: "key-of-session-" + name, Expires: expires}))
		must(t, db.Families.CreateFamily(ctx, store.Family{ID: name, UserID: id, Created: begun, Rotated: begun, Expires: expires}))
	}
	for _, want := range []int{4, 0} {
		if n, err := db.Sweep(ctx, begun); err != nil || n != want {
			t.Errorf("got %d, %v, want %d", n, err, want)
		}
	}
	if n, err := db.Sweep(ctx, begun.Add(time.Second)); err != nil || n != 4 {
		t.Errorf("a second later: got %d, %v, want 4", n, err)
	}
}
