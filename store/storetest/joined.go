package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Joined tests the reads of a row with its user, see [auth.UserJoiner], of the tables of one
// database. Tables that are nil are left out. open returns an empty database each time, and
// other is a table of users that is not in it.
func Joined(t *testing.T, other UserStore, open func(t *testing.T) Tables) {
	t.Run("sessions", func(t *testing.T) {
		db := open(t)
		joined(t, db, other, db.Sessions, func(key, userID string) store.Session {
			row := session(key, userID)
			must(t, db.Sessions.Create(t.Context(), row))
			return row
		})
	})
	t.Run("tokens", func(t *testing.T) {
		db := open(t)
		joined(t, db, other, db.Tokens, func(key, userID string) store.Token {
			row, err := db.Tokens.CreateToken(t.Context(), store.Token{UserID: userID, Hash: key, Created: begun, Updated: begun})
			must(t, err)
			return row
		})
	})
	t.Run("families", func(t *testing.T) {
		db := open(t)
		joined(t, db, other, db.Families, func(key, userID string) store.Family {
			row := store.Family{ID: key, UserID: userID, Current: "1", Created: begun, Rotated: begun, Expires: begun.Add(time.Hour)}
			must(t, db.Families.CreateFamily(t.Context(), row))
			return row
		})
	})
}

func joined[Row any](t *testing.T, db Tables, other UserStore, table any, add func(key, userID string) Row) {
	if auth.IsNil(table) {
		t.Skip("the database has no such table")
	}
	if auth.JoinerOf[Row](table, auth.Users[*store.User](other)) != nil {
		t.Error("JoinsUsers reports true for the users of another database")
	}
	joiner := auth.JoinerOf[Row](table, auth.Users[*store.User](db.Users))
	if joiner == nil {
		t.Fatalf("%T does not join the users of its own database", table)
	}
	want := create(t, db.Users, alice())
	_, account, err := db.Users.ByID(t.Context(), want.ID)
	must(t, err)
	owned := add("owned", want.ID)
	row, user, gotAccount, err := joiner.WithUser(t.Context(), "owned")
	must(t, err)
	if diff := cmp.Diff(owned, row) + cmp.Diff(want, user) + cmp.Diff(account, gotAccount); diff != "" {
		t.Errorf("the row of alice (-want +got)\n%s", diff)
	}
	for _, id := range []string{"", "999", "0" + want.ID, "a@example.com", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"} {
		foreign := add("of "+id, id)
		row, user, account, err := joiner.WithUser(t.Context(), "of "+id)
		if diff := cmp.Diff(foreign, row); err != nil || diff != "" || user != nil || account != (auth.Account{}) {
			t.Errorf("the row of user %q: got %v, %+v, %v, want no user (-want +got)\n%s", id, user, account, err, diff)
		}
	}
	for _, key := range []string{"", "OWNED", "owned ", "' OR 1=1 --"} {
		if _, _, _, err := joiner.WithUser(t.Context(), key); err == nil {
			t.Errorf("the key %q: got no error", key)
		}
	}
	must(t, db.Users.Delete(t.Context(), want.ID))
	if _, user, account, err := joiner.WithUser(t.Context(), "owned"); user != nil || account.ID != "" {
		t.Errorf("after the user was removed: got %v, %+v, %v, want no user", user, account, err)
	}
}
