package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
)

// Tokens tests a table of API tokens and its users against what package tokenauth expects.
func Tokens(t *testing.T, open func(t *testing.T) (tokenauth.Store, UserStore)) {
	table, users := open(t)
	ctx := t.Context()
	var ids []string
	for _, name := range []string{"alice", "bob"} {
		user, err := users.Create(ctx, store.User{Username: name, Active: true})
		must(t, err)
		ids = append(ids, user.ID)
	}
	create := func(row store.Token) store.Token {
		t.Helper()
		got, err := table.CreateToken(ctx, row)
		must(t, err)
		row.ID = got.ID
		if diff := cmp.Diff(row, got); diff != "" || got.ID == 0 {
			t.Errorf("CreateToken (-want +got):\n%s", diff)
		}
		return got
	}
	first := create(store.Token{UserID: ids[0], Name: "laptop", Hash: "h1", Expires: begun.Add(time.Hour), Created: begun, Updated: begun})
	second := create(store.Token{UserID: ids[0], Name: strings.Repeat("ключ🔑", 50), Hash: "h2", Created: begun, Updated: begun})
	other := create(store.Token{UserID: ids[1], Name: "cli", Hash: "h3", Created: begun, Updated: begun})

	find := func(want store.Token) {
		t.Helper()
		got, err := table.Token(ctx, want.Hash)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Token(%q) (-want +got):\n%s", want.Hash, diff)
		}
	}
	find(first)
	find(other)
	_, err := table.Token(ctx, "H1")
	want(t, "a hash in another case", err, store.ErrNotFound)
	_, err = table.CreateToken(ctx, store.Token{UserID: ids[1], Hash: "h1", Created: begun, Updated: begun})
	want(t, "a hash that is taken", err, store.ErrExists)

	rows, err := table.TokensOf(ctx, ids[0])
	must(t, err)
	if diff := cmp.Diff([]store.Token{second, first}, rows); diff != "" {
		t.Errorf("TokensOf (-want +got):\n%s", diff)
	}
	first = revokedToken(t, table, first, ids[1])
	find(first)

	if sweep(t, table, begun.Add(time.Hour), 1) {
		sweep(t, table, begun.Add(time.Hour), 0)
		_, err = table.Token(ctx, "h1")
		want(t, "a token that was swept", err, store.ErrNotFound)
	}
	find(second)

	must(t, users.Delete(ctx, ids[0]))
	_, err = table.Token(ctx, "h2")
	want(t, "a token whose user is gone", err, store.ErrNotFound)
	find(other)
}

// revokedToken uses and revokes a token, and returns the row that it has then. foreign is
// another user's id.
func revokedToken(t *testing.T, table tokenauth.Store, row store.Token, foreign string) store.Token {
	t.Helper()
	ctx, later := t.Context(), begun.Add(time.Minute)
	must(t, table.TouchToken(ctx, row.ID, later))
	flush(t, table)
	row.LastUsed, row.Updated = later, later
	got, err := table.Token(ctx, row.Hash)
	must(t, err)
	if diff := cmp.Diff(row, got); diff != "" {
		t.Errorf("after a use (-want +got):\n%s", diff)
	}
	want(t, "another user's token", table.RevokeToken(ctx, foreign, row.ID, later), store.ErrNotFound)
	want(t, "no token", table.RevokeToken(ctx, row.UserID, 999, later), store.ErrNotFound)
	if err := table.TouchToken(ctx, 999, later); err != nil {
		want(t, "a use of no token", err, store.ErrNotFound)
	}
	flush(t, table)
	must(t, table.RevokeToken(ctx, row.UserID, row.ID, later))
	must(t, table.RevokeToken(ctx, row.UserID, row.ID, later.Add(time.Hour))) // again: the time stays
	row.Revoked = later
	return row
}
