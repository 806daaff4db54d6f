package sqlite_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	moderncsqlite "modernc.org/sqlite"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
)

// TestSessionOfLogin writes the session and the time of the login, or neither.
func TestSessionOfLogin(t *testing.T) {
	const taken = "s" // by filled
	for _, c := range []struct {
		name, old, key string
		want           error
	}{
		{"first", "", "new", nil},
		{"again", taken, "new", nil},
		{"the old session has ended", "gone", "new", store.ErrNotFound},
		{"the key is taken", "", taken, store.ErrExists},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, user := filled(t)
			at := begun.Add(time.Minute)
			row := store.Session{Key: c.key, UserID: user.ID, Created: at, Seen: at, Expires: at.Add(time.Hour)}
			if err := db.Sessions().Login(t.Context(), c.old, row); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			user, _, err := db.Users().ByID(t.Context(), user.ID)
			if err != nil || user.LastLogin.Equal(at) != (c.want == nil) {
				t.Errorf("last login: got %v, %v", user.LastLogin, err)
			}
			got, err := db.Sessions().Session(t.Context(), "new")
			if (got == row) != (c.want == nil) {
				t.Errorf("session: got %+v, %v", got, err)
			}
			if _, err := db.Sessions().Session(t.Context(), taken); (err == nil) != (c.old != taken) {
				t.Errorf("the old session: got %v", err)
			}
		})
	}
}

// TestLoginIsOneCommit counts the commits of a login.
func TestLoginIsOneCommit(t *testing.T) {
	db, user := filled(t)
	commits := 0
	writer, err := db.Writer().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = writer.Raw(func(c any) error {
		c.(moderncsqlite.HookRegisterer).RegisterCommitHook(func() int32 { commits++; return 0 })
		return nil
	})
	if err := errors.Join(err, writer.Close()); err != nil {
		t.Fatal(err)
	}
	at := begun.Add(time.Minute)
	sessions := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return at }})
	if _, err := sessions.Begin(httptest.NewRequest("POST", "/", nil), auth.Account{ID: user.ID, Active: true}); err != nil || commits != 1 {
		t.Errorf("got %d commits, %v, want 1", commits, err)
	}
	if user, _, err := db.Users().ByID(t.Context(), user.ID); err != nil || !user.LastLogin.Equal(at) {
		t.Errorf("last login: got %+v, %v, want %v", user, err, at)
	}
}
