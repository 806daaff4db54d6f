package password_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

type user struct{ name, encoded string }

// users is a table of one account that may change, or fail.
type users struct {
	account auth.Account
	fail    error
	upgrade func(old, encoded string) error
}

func (u *users) ByUsername(_ context.Context, name string) (user, auth.Account, error) {
	switch {
	case u.fail != nil:
		return user{}, auth.Account{}, u.fail
	case name != u.account.Username:
		return user{}, auth.Account{}, fmt.Errorf("users: %w", store.ErrNotFound)
	}
	return user{name, u.account.Password}, u.account, nil
}

func (u *users) ByID(ctx context.Context, _ string) (user, auth.Account, error) {
	return u.ByUsername(ctx, u.account.Username)
}

func (u *users) UpgradePassword(_ context.Context, id, old, encoded string) error {
	if u.upgrade != nil {
		return u.upgrade(old, encoded)
	}
	if id != u.account.ID || old != u.account.Password {
		return store.ErrNotFound
	}
	u.account.Password = encoded
	return nil
}

func newUsers(t testing.TB, h *password.Hasher) *users {
	t.Helper()
	encoded, err := h.Hash(context.Background(), "right")
	if err != nil {
		t.Fatal(err)
	}
	return &users{account: auth.Account{ID: "1", Username: "alice", Password: encoded, Active: true}}
}

func ExampleNewChecker() {
	ctx, db := context.Background(), memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}} // nil: the usual cost
	encoded, err := hasher.Hash(ctx, "right")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		fmt.Println(err)
		return
	}
	checker := password.NewChecker(db.Users(), hasher)
	user, account, err := checker.Check(ctx, "alice", "right")
	fmt.Println(user.Username, account.ID, err)
	_, _, err = checker.Check(ctx, "alice", "wrong")
	fmt.Println(err)
	// Output:
	// alice 1 <nil>
	// auth: 401 Not authenticated: wrong password
}

// countHashes returns how many hashes a Hasher computes during f.
func countHashes(h *password.Hasher, f func()) (n int) {
	h.Spends(func(string) { n++ })
	defer h.Spends(nil)
	f()
	return n
}

func TestCheckerRefusesAtTheSameCost(t *testing.T) {
	for _, c := range []struct {
		name, username, password string
		change                   func(*auth.Account)
	}{
		{"wrong password", "alice", "wrong", nil},
		{"unknown user", "nobody", "right", nil},
		{"inactive user", "alice", "right", func(a *auth.Account) { a.Active = false }},
		{"inactive user, wrong password", "alice", "wrong", func(a *auth.Account) { a.Active = false }},
		{"unusable password", "alice", "right", func(a *auth.Account) { a.Password = "!" + a.Password }},
		{"no password", "alice", "", func(a *auth.Account) { a.Password = "" }},
		{"unknown encoding", "alice", "right", func(a *auth.Account) { a.Password = "what$is$this" }},
		{"beyond the limits", "alice", "right", func(a *auth.Account) { a.Password = "pbkdf2_sha256$2000000000$salt$AA" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1}}
			table := newUsers(t, h)
			if c.change != nil {
				c.change(&table.account)
			}
			var u user
			var account auth.Account
			var err error
			hashes := countHashes(h, func() {
				u, account, err = password.NewChecker(table, h).Check(t.Context(), c.username, c.password)
			})
			refusal, ok := errors.AsType[*auth.Error](err)
			if !ok || refusal.HTTPStatus() != http.StatusUnauthorized {
				t.Fatalf("got %v, want a 401", err)
			}
			if msg, kind := refusal.Text(); msg != "Not authenticated" || kind != "security" {
				t.Errorf("got %q of type %q, which tells refusals apart", msg, kind)
			}
			if (u != user{}) || (account != auth.Account{}) {
				t.Errorf("got %v, %v with a refusal", u, account)
			}
			if hashes != 1 {
				t.Errorf("got %d hashes, want 1", hashes)
			}
		})
	}
}

func TestCheckerUpgrades(t *testing.T) {
	old := &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 2}
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2}
	table := newUsers(t, old)
	before := table.account.Password
	checker := password.NewChecker(table, h)

	if _, _, err := checker.Check(t.Context(), "alice", "wrong"); err == nil || table.account.Password != before {
		t.Fatalf("a wrong password: got %v, encoding %q", err, table.account.Password)
	}
	u, account, err := checker.Check(t.Context(), "alice", "right")
	if err != nil || table.account.Password == before {
		t.Fatalf("got %v, encoding still %q", err, before)
	}
	if account.Password != table.account.Password || u.encoded != table.account.Password {
		t.Errorf("got account %q, user %q, want the new %q", account.Password, u.encoded, table.account.Password)
	}
	after := table.account.Password
	if _, _, err := checker.Check(t.Context(), "alice", "right"); err != nil || table.account.Password != after {
		t.Errorf("second login: %v, encoding changed: %v", err, table.account.Password != after)
	}
}

func TestUpgradeOfAnInactiveAccountIsNotTried(t *testing.T) {
	table := newUsers(t, &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 2})
	table.account.Active = false
	table.upgrade = func(string, string) error { t.Error("upgraded"); return nil }
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2}
	if _, _, err := password.NewChecker(table, h).Check(t.Context(), "alice", "right"); err == nil {
		t.Error("got nil")
	}
}

func TestFailingUpgradeIsNoFailingLogin(t *testing.T) {
	table := newUsers(t, &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 2})
	before := table.account.Password
	table.upgrade = func(string, string) error { return errors.New("read-only") }
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2}
	_, account, err := password.NewChecker(table, h).Check(t.Context(), "alice", "right")
	if err != nil || account.Password != before {
		t.Errorf("got %v, %q, want the login with %q", err, account.Password, before)
	}
}

func TestCheckerFaults(t *testing.T) {
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2}
	table := newUsers(t, h)
	down := errors.New("disk on fire")
	table.fail = down
	_, _, err := password.NewChecker(table, h).Check(t.Context(), "alice", "right")
	if !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, down) {
		t.Errorf("failing store: got %v, want ErrUnavailable", err)
	}
	table.fail = nil
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = password.NewChecker(table, h).Check(gone, "alice", "right")
	if !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("client gone: got %v, want ErrUnavailable", err)
	}
}

func TestChange(t *testing.T) {
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1}
	users := newUsers(t, h)
	passwords := password.NewChecker(users, h)
	ctx := t.Context()
	if err := passwords.CanChange(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := passwords.CheckID(ctx, "1", "wrong"); !errors.As(err, new(*auth.Error)) {
		t.Errorf("a wrong password: got %v", err)
	}
	_, account, err := passwords.CheckID(ctx, "1", "right")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := passwords.Change(ctx, account, "new")
	if err != nil || changed.Password != users.account.Password || changed.Password == account.Password || changed.ID != "1" {
		t.Fatalf("got %+v, %v", changed, err)
	}
	for password, want := range map[string]bool{"right": false, "new": true} {
		if _, _, err := passwords.Check(ctx, "alice", password); (err == nil) != want {
			t.Errorf("%q afterwards: got %v", password, err)
		}
	}
	if _, err := passwords.Change(ctx, account, "again"); !errors.As(err, new(*auth.Error)) {
		t.Errorf("an account whose password was changed meanwhile: got %v", err)
	}
	long := password.NewChecker(users, &password.Hasher{MaxLength: 3})
	if _, err := long.Change(ctx, changed, "long"); !errors.Is(err, password.ErrTooLong) {
		t.Errorf("got %v, want ErrTooLong", err)
	}
	users.upgrade = func(string, string) error { return errors.New("down") }
	if _, err := passwords.Change(ctx, changed, "x"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a store that is down: got %v", err)
	}
	readOnly := password.NewChecker[user](struct{ auth.Users[user] }{users}, h)
	if _, err := readOnly.Change(ctx, changed, "x"); !errors.Is(err, password.ErrCannotChange) || !errors.Is(readOnly.CanChange(), password.ErrCannotChange) {
		t.Errorf("got %v, want ErrCannotChange", err)
	}
}

// overtaken are users among whom another program writes first.
type overtaken struct {
	*memory.Users
	write    string
	inactive bool
}

func (o overtaken) UpgradePassword(ctx context.Context, id, old, encoded string) error {
	if err := errors.Join(o.SetPassword(ctx, id, o.write), o.SetActive(ctx, id, !o.inactive)); err != nil {
		return err
	}
	return o.Users.UpgradePassword(ctx, id, old, encoded)
}

// TestTwoLoginsUpgradeAtOnce: the one that comes second has what the first one wrote,
// or the session that it begins would be dead. A change that comes first is none.
func TestTwoLoginsUpgradeAtOnce(t *testing.T) {
	ctx := t.Context()
	cost := func(memory uint32) *password.Hasher {
		return &password.Hasher{Argon2: password.Argon2Cost{Memory: memory, Time: 1, Threads: 1}}
	}
	encode := func(h *password.Hasher, text string) string {
		encoded, err := h.Hash(ctx, text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	now := cost(128)
	for name, test := range map[string]struct {
		written  string
		inactive bool
		want     bool
	}{
		"another login":           {encode(now, "alice-pass"), false, true},
		"and it was deactivated":  {encode(now, "alice-pass"), true, false},
		"a change of it":          {encode(now, "another"), false, false},
		"it was made unusable":    {password.Unusable(), false, false},
		"an encoding of long ago": {encode(cost(64), "alice-pass"), false, true},
	} {
		users := memory.New().Users()
		if _, err := users.Create(ctx, store.User{Username: "alice", Password: encode(cost(64), "alice-pass"), Active: true}); err != nil {
			t.Fatal(err)
		}
		checker := password.NewChecker[*store.User](overtaken{users, test.written, test.inactive}, now)
		user, account, err := checker.Check(ctx, "alice", "alice-pass")
		if (err == nil) != test.want {
			t.Errorf("%s: got %v", name, err)
		}
		if refusal, ok := errors.AsType[*auth.Error](err); ok && refusal.UserID != "1" {
			t.Errorf("%s: the refusal names the account %q", name, refusal.UserID)
		}
		if err == nil && (account.Password != test.written || user.Password != test.written) {
			t.Errorf("%s: got the account %+v, want the encoding that was written", name, account)
		}
	}
}

func TestHashOfANewAccount(t *testing.T) {
	checker := password.NewChecker(newUsers(t, &password.Hasher{}), &password.Hasher{MaxLength: 4, Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1})
	if _, err := checker.Hash(t.Context(), "12345"); err != password.ErrTooLong {
		t.Errorf("got %v, want ErrTooLong itself", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := checker.Hash(gone, "1234"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a wait that ended: got %v", err)
	}
	if encoded, err := checker.Hash(t.Context(), "1234"); err != nil || encoded == "" {
		t.Errorf("got %q, %v", encoded, err)
	}
}

// TestOneHashPerLogin counts what logins compute: one hash, and one more when an outdated encoding is
// replaced.
func TestOneHashPerLogin(t *testing.T) {
	present := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 3}
	outdated := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 2}
	table := &users{account: auth.Account{ID: "1", Username: "alice", Active: true}}
	for _, c := range []struct {
		name, encoded, user, password string
		accepted                      bool
		want                          []int // at this login and at the next one
	}{
		{"right", encode(t, present), "alice", "right", true, []int{1, 1}},
		{"wrong", encode(t, present), "alice", "wrong", false, []int{1, 1}},
		{"unknown name", encode(t, present), "bob", "right", false, []int{1, 1}},
		{"unusable password", password.Unusable(), "alice", "right", false, []int{1, 1}},
		{"outdated", encode(t, outdated), "alice", "right", true, []int{2, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table.account.Password = c.encoded
			computed := 0
			present.Spends(func(string) { computed++ })
			defer present.Spends(nil)
			checker := password.NewChecker(table, present)
			if err := checker.Validate(); err != nil || computed != 0 {
				t.Fatalf("at start: got %d hashes, %v, want none", computed, err)
			}
			for i, want := range c.want {
				computed = 0
				if _, _, err := checker.Check(t.Context(), c.user, c.password); (err == nil) != c.accepted {
					t.Errorf("login %d: got %v, want accepted %t", i+1, err, c.accepted)
				}
				if computed != want {
					t.Errorf("login %d: got %d hashes, want %d", i+1, computed, want)
				}
			}
		})
	}
}
