package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// filled returns a file with a user, a session, a token and a refresh family.
func filled(t testing.TB) (*sqlite.DB, *store.User) {
	t.Helper()
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite3"), sqlite.Config{})
	user, err := db.Users().Create(t.Context(), store.User{
		Username: "alice", Email: "alice@example.com", FirstName: "Alice", LastName: "Liddell",
		Password: "pbkdf2_sha256$1$salt$hash", Active: true, LastLogin: begun,
	})
	if err != nil {
		t.Fatal(err)
	}
	in := begun.Add(time.Hour)
	if err := db.Sessions().Create(t.Context(), store.Session{Key: "s", Data: strings.Repeat("d", 300), UserID: user.ID, Created: begun, Seen: begun, Expires: in}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: user.ID, Name: "laptop", Hash: "h", Created: begun, Updated: begun, Expires: in, LastUsed: begun}); err != nil {
		t.Fatal(err)
	}
	if err := db.Families().CreateFamily(t.Context(), store.Family{ID: "f", UserID: user.ID, Current: "a", Previous: "b", Created: begun, Rotated: begun, Expires: in}); err != nil {
		t.Fatal(err)
	}
	return db, user
}

// TestAnyText reads texts that JSON, as which a row is read, escapes or does not allow.
func TestAnyText(t *testing.T) {
	control := ""
	for c := range rune(' ') {
		control += string(c)
	}
	both(t, func(t *testing.T, open func(*testing.T) *sqlite.DB) {
		db := open(t)
		for i, text := range []string{
			`"`, `\`, `\"`, `\\"\\`, `","`, `]`, `null`, `1`, `\u0041`, "'", control, "\x7f", "a\x00b", "\xff\xfe", "\xc3", "\xed\xa0\x80", "日本語 😀", "\u2028",
			strings.Repeat(`"\`, 5000),
		} {
			name := string(rune('a' + i))
			user, err := db.Users().Create(t.Context(), store.User{Username: name, FirstName: text, LastName: text + `"`, Password: `\` + text})
			if err != nil {
				t.Fatal(err)
			}
			got, _, err := db.Users().ByID(t.Context(), user.ID)
			if err != nil || got.Username != name || got.FirstName != text || got.LastName != text+`"` || got.Password != `\`+text {
				t.Errorf("%q: got %+v, %v", text, got, err)
			}
			row := store.Session{Key: name + text, Data: text, UserID: text, Created: begun, Seen: begun, Expires: begun}
			if err := db.Sessions().Create(t.Context(), row); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Sessions().Session(t.Context(), row.Key); err != nil || got != row {
				t.Errorf("%q: got %+v, %v, want %+v", text, got, err, row)
			}
		}
	})
}

// TestForeignValues reads values that neither this package nor Django writes.
func TestForeignValues(t *testing.T) {
	for _, c := range []struct{ name, set, want string }{
		{"a flag", `is_active = 'yes'`, "not an integer"},
		{"a time as text", `last_login = 'now'`, "as Django writes it"},
		{"a time as a number", `last_login = 12.5`, "as Django writes it"},
		{"a blob", `first_name = x'ff'`, "BLOB"},
		{"a blob that is an array", `first_name = jsonb('[1, 2]')`, "a value of a row"},
		{"a blob with a backslash", `first_name = x'175c'`, "a value of a row"},
		{"a blob with a quote", `date_joined = x'1722'`, "a value of a row"},
		{"a blob with a backslash at the end", `date_joined = x'175c'`, "a value of a row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, user := filled(t)
			if err := db.Exec(`UPDATE auth_user SET ` + c.set); err != nil {
				t.Fatal(err)
			}
			for name, read := range map[string]func() error{
				"user":    func() error { _, _, err := db.Users().ByID(t.Context(), user.ID); return err },
				"session": func() error { _, _, _, err := db.Sessions().WithUser(t.Context(), "s"); return err },
				"users":   func() error { _, err := db.Users().List(t.Context(), "", 10); return err },
			} {
				if err := read(); err == nil || !strings.Contains(err.Error(), c.want) || errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
				}
			}
		})
	}
}
