package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// ForeignUsers tests that the tables of one database keep the rows of users who are not in its own
// table of users, and whose ids are any text. open returns an empty database each time.
func ForeignUsers(t *testing.T, open func(t *testing.T) Tables) {
	for _, id := range []string{
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "01", "+1", " 1", "1.0", "1e0", "0x1", "999", "a@example.com", "' OR 1=1 --",
	} {
		t.Run(id, func(t *testing.T) {
			db := open(t)
			alice := create(t, db.Users, store.User{Username: "alice", Active: true})
			foreignSessions(t, db.Sessions, id, alice.ID)
			foreignFamilies(t, db.Families, id, alice.ID)
			foreignTokens(t, db.Tokens, id, alice.ID)
			_, err := db.Blocklist.Block(t.Context(), store.BlockedToken{ID: "jti", UserID: id, Expires: begun})
			must(t, err)
			if n, err := db.Sweep(t.Context(), begun.Add(time.Hour)); n != 4 || err != nil {
				t.Errorf("Sweep: got %d, %v, want one row of each table", n, err)
			}
		})
	}
}

func foreignSessions(t *testing.T, table sessionauth.Store, id, local string) {
	row := session("key-of-a-session", id)
	must(t, table.Create(t.Context(), row))
	hasSession(t, table, row)
	rows, err := table.ByUser(t.Context(), id)
	if diff := cmp.Diff([]store.Session{row}, rows); err != nil || diff != "" {
		t.Errorf("ByUser: %v (-want +got)\n%s", err, diff)
	}
	if rows, err := table.ByUser(t.Context(), local); len(rows) > 0 || err != nil {
		t.Errorf("ByUser of alice: got %v, %v, want none", rows, err)
	}
}

func foreignFamilies(t *testing.T, table jwtauth.Families, id, local string) {
	row := store.Family{ID: "family", UserID: id, Current: "a", Created: begun, Rotated: begun, Expires: begun.Add(time.Hour)}
	must(t, table.CreateFamily(t.Context(), row))
	rows, err := table.FamiliesOf(t.Context(), id)
	if diff := cmp.Diff([]store.Family{row}, rows); err != nil || diff != "" {
		t.Errorf("FamiliesOf: %v (-want +got)\n%s", err, diff)
	}
	if rows, err := table.FamiliesOf(t.Context(), local); len(rows) > 0 || err != nil {
		t.Errorf("FamiliesOf alice: got %v, %v, want none", rows, err)
	}
}

func foreignTokens(t *testing.T, table tokenauth.Store, id, localUser string) {
	ctx := t.Context()
	local, err := table.CreateToken(ctx, store.Token{UserID: localUser, Hash: "local", Created: begun, Updated: begun})
	must(t, err)
	row := store.Token{UserID: id, Name: "laptop", Hash: "h1", Expires: begun.Add(time.Hour), Created: begun, Updated: begun}
	first, err := table.CreateToken(ctx, row)
	must(t, err)
	row.Hash, row.Expires, row.Created = "h2", time.Time{}, begun.Add(time.Second)
	second, err := table.CreateToken(ctx, row)
	must(t, err)
	for _, hash := range []string{"h1", "local"} {
		row.Hash = hash
		_, err = table.CreateToken(ctx, row)
		want(t, "a hash that is taken", err, store.ErrExists)
	}
	has := func(userID string, want ...store.Token) {
		t.Helper()
		rows, err := table.TokensOf(ctx, userID)
		if diff := cmp.Diff(want, rows); err != nil || diff != "" {
			t.Errorf("TokensOf %s: %v (-want +got)\n%s", userID, err, diff)
		}
	}
	has(id, second, first)
	has(localUser, local)
	later := begun.Add(time.Minute)
	must(t, table.TouchToken(ctx, first.ID, later))
	flush(t, table)
	must(t, table.RevokeToken(ctx, id, second.ID, later))
	want(t, "another user's token", table.RevokeToken(ctx, localUser, second.ID, later), store.ErrNotFound)
	want(t, "the token of alice", table.RevokeToken(ctx, id, local.ID, later), store.ErrNotFound)
	want(t, "no token", table.RevokeToken(ctx, id, second.ID+1, later), store.ErrNotFound)
	first.LastUsed, first.Updated, second.Revoked, second.Updated = later, later, later, later
	has(id, second, first)
	if got, err := table.Token(ctx, "h1"); err != nil || cmp.Diff(first, got) != "" {
		t.Errorf("Token: got %v, %v, want %v", got, err, first)
	}
}
