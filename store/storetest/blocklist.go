package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// Blocklist tests a list of revoked tokens against what package jwtauth expects. If it has the
// method List, the users are those of the same database. List returns all rows, the oldest
// first.
func Blocklist(t *testing.T, open func(t *testing.T) (jwtauth.Blocklist, UserStore)) {
	t.Run("rows", func(t *testing.T) {
		list, users := open(t)
		ctx := t.Context()
		user, err := users.Create(ctx, store.User{Username: "alice", Active: true})
		must(t, err)
		id := user.ID
		rows := []store.BlockedToken{{ID: "one", UserID: id, Expires: begun}, {ID: "", Expires: begun.Add(time.Hour)}, {ID: "ONE", UserID: id, Expires: begun.Add(time.Hour)}}
		for _, row := range rows {
			if blocked, err := list.Blocked(ctx, row.ID); err != nil || blocked {
				t.Errorf("%q before Block: got %t, %v", row.ID, blocked, err)
			}
			if added, err := list.Block(ctx, row); err != nil || !added {
				t.Errorf("Block %q: got %t, %v, want true", row.ID, added, err)
			}
			if added, err := list.Block(ctx, row); err != nil || added {
				t.Errorf("Block %q again: got %t, %v, want false", row.ID, added, err)
			}
			if blocked, err := list.Blocked(ctx, row.ID); err != nil || !blocked {
				t.Errorf("%q after Block: got %t, %v", row.ID, blocked, err)
			}
		}
		listed(t, list, users, id, rows)
	})
	t.Run("one of many wins", func(t *testing.T) {
		list, _ := open(t)
		for round := range 20 {
			var won atomic.Int64
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					added, err := list.Block(t.Context(), store.BlockedToken{ID: fmt.Sprint(round), Expires: begun})
					if err != nil {
						t.Error(err)
					}
					if added {
						won.Add(1)
					}
				})
			}
			if wg.Wait(); won.Load() != 1 {
				t.Fatalf("round %d: got %d winners, want 1", round, won.Load())
			}
		}
	})
}

// listed tests List and Sweep of a table with three rows, two of which belong to the user with
// this id.
func listed(t *testing.T, list jwtauth.Blocklist, users UserStore, id string, rows []store.BlockedToken) {
	ctx := t.Context()
	table, ok := list.(interface {
		List(ctx context.Context) ([]store.BlockedToken, error)
	})
	if !ok {
		return
	}
	check := func(want []store.BlockedToken) {
		t.Helper()
		got, err := table.List(ctx)
		must(t, err)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.BlockedToken{}, "Created"), cmpopts.SortSlices(func(a, b store.BlockedToken) bool { return a.ID < b.ID })); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
	}
	check(rows)
	must(t, users.Delete(ctx, id))
	rows[0].UserID, rows[2].UserID = "", ""
	check(rows) // a token stays blocked when its user is gone
	if sweep(t, list, begun, 1) {
		check(rows[1:])
	}
}
