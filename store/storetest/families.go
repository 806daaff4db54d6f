package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
)

// Families tests a table of refresh families against what package jwtauth expects. The users
// may be in another database. If the table joins them, see [auth.UserJoiner], the families of a
// user end with the user.
func Families(t *testing.T, open func(t *testing.T) (jwtauth.Families, UserStore)) {
	for _, part := range []struct {
		name string
		run  func(t *testing.T, table jwtauth.Families, users UserStore)
	}{
		{"rotation", rotatedFamilies},
		{"lists and ends", listedFamilies},
		{"fingerprints", boundFamilies},
		{"one of many wins", contestedFamilies},
	} {
		t.Run(part.name, func(t *testing.T) {
			table, users := open(t)
			part.run(t, table, users)
		})
	}
}

// joins reports whether a table of families and the users are in one database.
func joins(table jwtauth.Families, users UserStore) bool {
	return auth.JoinerOf[store.Family](table, auth.Users[*store.User](users)) != nil
}

// createFamily adds a login of a user.
func createFamily(t *testing.T, table jwtauth.Families, id, userID string, created time.Time) store.Family {
	t.Helper()
	row := store.Family{ID: id, UserID: userID, Current: id + "-1", Created: created, Rotated: created, Expires: created.Add(time.Hour)}
	must(t, table.CreateFamily(t.Context(), row))
	return row
}

// rotatedFamilies: a refresh token works once.
func rotatedFamilies(t *testing.T, table jwtauth.Families, _ UserStore) {
	ctx := t.Context()
	first := createFamily(t, table, "a", "1", begun)
	second := createFamily(t, table, "b", "1", begun.Add(time.Minute))
	want(t, "an id that is taken", table.CreateFamily(ctx, first), store.ErrExists)
	is := func(want store.Family) {
		t.Helper()
		got, err := table.Family(ctx, want.ID)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Family(%q) (-want +got):\n%s", want.ID, diff)
		}
	}
	is(first)
	_, err := table.Family(ctx, "A")
	want(t, "an id in another case", err, store.ErrNotFound)

	next := store.Family{ID: "a", UserID: "ignored", Bound: "p", Current: "a-2", Previous: "a-1", Rotated: begun.Add(time.Second), Expires: begun.Add(2 * time.Hour)}
	for i, want := range []bool{true, false} { // the second time a-1 is spent
		if rotated, err := table.RotateFamily(ctx, next); err != nil || rotated != want {
			t.Errorf("RotateFamily, time %d: got %t, %v, want %t", i+1, rotated, err, want)
		}
	}
	first.Current, first.Previous, first.Bound, first.Rotated, first.Expires = next.Current, next.Previous, next.Bound, next.Rotated, next.Expires
	is(first)
	is(second)
	if rotated, err := table.RotateFamily(ctx, store.Family{ID: "nobody", Previous: "x"}); err != nil || rotated {
		t.Errorf("RotateFamily of none: got %t, %v", rotated, err)
	}
	must(t, table.EndFamily(ctx, "1", "a"))
	if rotated, err := table.RotateFamily(ctx, store.Family{ID: "a", Current: "a-3", Previous: "a-2"}); err != nil || rotated {
		t.Errorf("RotateFamily of one that ended: got %t, %v", rotated, err)
	}
}

// listedFamilies: the logins of a user are listed and ended, and expire.
func listedFamilies(t *testing.T, table jwtauth.Families, users UserStore) {
	ctx := t.Context()
	user, err := users.Create(ctx, store.User{Username: "alice", Active: true})
	must(t, err)
	id := user.ID
	first, second := createFamily(t, table, "a", id, begun), createFamily(t, table, "b", id, begun.Add(time.Minute))
	other := createFamily(t, table, "c", "77", begun)
	of := func(userID string, want ...store.Family) {
		t.Helper()
		got, err := table.FamiliesOf(ctx, userID)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("FamiliesOf(%q) (-want +got):\n%s", userID, diff)
		}
	}
	of(id, second, first)
	of("77", other)
	want(t, "another user's family", table.EndFamily(ctx, "77", "a"), store.ErrNotFound)
	must(t, table.EndFamily(ctx, id, "a"))
	want(t, "a family that ended", table.EndFamily(ctx, id, "a"), store.ErrNotFound)
	third := createFamily(t, table, "d", id, begun)
	if ids, err := table.EndFamiliesOf(ctx, id, "d"); err != nil || !slices.Equal(ids, []string{"b"}) {
		t.Errorf("EndFamiliesOf: got %v, %v, want b", ids, err)
	}
	of(id, third)
	createFamily(t, table, "e", id, begun.Add(-time.Hour))
	if sweep(t, table, begun, 1) {
		of(id, third)
	}
	if !joins(table, users) {
		return
	}
	must(t, users.Delete(ctx, id))
	of(id)
	of("77", other)
}

// contestedFamilies: of simultaneous uses of a refresh token, one succeeds.
func contestedFamilies(t *testing.T, table jwtauth.Families, _ UserStore) {
	must(t, table.CreateFamily(t.Context(), store.Family{ID: "f", UserID: "1", Current: "0", Created: begun, Rotated: begun, Expires: begun.Add(time.Hour)}))
	for round := range 20 {
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				rotated, err := table.RotateFamily(t.Context(), store.Family{
					ID: "f", Current: fmt.Sprint(round + 1), Previous: fmt.Sprint(round), Rotated: begun, Expires: begun.Add(time.Hour),
				})
				if err != nil {
					t.Error(err)
				}
				if rotated {
					won.Add(1)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			t.Fatalf("round %d: got %d winners, want 1", round, won.Load())
		}
	}
}

// boundFamilies: a row is rotated by the fingerprint that it has, or gets one.
func boundFamilies(t *testing.T, table jwtauth.Families, users UserStore) {
	ctx := t.Context()
	family := func(id, userID, bound string) {
		must(t, table.CreateFamily(ctx, store.Family{ID: id, UserID: userID, Current: "0", Bound: bound, Created: begun, Rotated: begun, Expires: begun.Add(time.Hour)}))
	}
	bound := func(what, id, want string) {
		t.Helper()
		row, err := table.Family(ctx, id)
		must(t, err)
		if row.Bound != want {
			t.Errorf("%s: got Bound %q, want %q", what, row.Bound, want)
		}
	}
	for _, test := range []struct {
		name, have, with string
		want             bool
	}{
		{"the same", "p", "p", true},
		{"another", "p", "q", false},
		{"none yet", "", "p", true},
		{"none at all", "", "", true},
		{"none any more", "p", "", false},
		{"in another case", "p", "P", false},
	} {
		family(test.name, "1", test.have)
		rotated, err := table.RotateFamily(ctx, store.Family{ID: test.name, Previous: "0", Current: "1", Bound: test.with, Rotated: begun, Expires: begun.Add(time.Hour)})
		if err != nil || rotated != test.want {
			t.Errorf("RotateFamily, the fingerprint is %s: got %t, %v, want %t", test.name, rotated, err, test.want)
		}
		want := test.have
		if rotated {
			want = test.with
		}
		bound("the fingerprint is "+test.name, test.name, want)
	}
	family("a", "2", "old")
	family("b", "2", "other")
	family("c", "2", "")
	family("d", "3", "old")
	must(t, table.RebindFamilies(ctx, "2", "old", "new"))
	for id, want := range map[string]string{"a": "new", "b": "other", "c": "", "d": "old"} {
		bound("RebindFamilies of user 2", id, want)
	}
	rebinder, ok := users.(password.Rebinder)
	if !ok || !joins(table, users) {
		return // the logins end when an encoding is upgraded
	}
	family("e", "4", store.Fingerprint("old"))
	family("f", "4", store.Fingerprint("older"))
	must(t, rebinder.RebindLogins(ctx, "4", "old", "new"))
	bound("RebindLogins", "e", store.Fingerprint("new"))
	bound("RebindLogins, another password", "f", store.Fingerprint("older"))
}
