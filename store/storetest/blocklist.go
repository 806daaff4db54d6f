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

// BlocklistStore is a list of revoked tokens.
type BlocklistStore interface {
	jwtauth.Blocklist

	// List returns all rows, the oldest first.
	List(ctx context.Context) ([]store.BlockedToken, error)
	// Sweep removes the rows whose tokens expired by now and returns how many it removed
	//.
	Sweep(ctx context.Context, now time.Time) (int, error)
}

// Blocklist tests a list of revoked tokens and its users against what package jwtauth expects.
func Blocklist(t *testing.T, open func(t *testing.T) (BlocklistStore, UserStore)) {
	t.Run("rows", func(t *testing.T) {
		list, users := open(t)
		ctx := t.Context()
		user, err := users.Create(ctx, store.User{Username: "alice", Active: true})
		must(t, err)
		id := store.FormatID(user.ID)
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
		check := func(want []store.BlockedToken) {
			t.Helper()
			got, err := list.List(ctx)
			must(t, err)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.BlockedToken{}, "Created"), cmpopts.SortSlices(func(a, b store.BlockedToken) bool { return a.ID < b.ID })); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
		}
		check(rows)
		must(t, users.Delete(ctx, id))
		rows[0].UserID, rows[2].UserID = "", ""
		check(rows) // a token stays blocked when its user is gone
		if n, err := list.Sweep(ctx, begun); err != nil || n != 1 {
			t.Errorf("Sweep: got %d, %v, want 1", n, err)
		}
		check(rows[1:])
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
