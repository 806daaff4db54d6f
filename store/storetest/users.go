package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// Users tests a table of users. open returns an empty table each time.
func Users(t *testing.T, open func(t *testing.T) UserStore) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, UserStore)
	}{
		{"create and find", createAndFind},
		{"long names and time zones", realisticUsers},
		{"names and ids are matched as written", matchedAsWritten},
		{"taken names and ids", taken},
		{"changes", changes},
		{"changes of unknown users", unknownUsers},
		{"upgrade of a password that was changed", staleUpgrade},
		{"results are copies", copies},
		{"list and count", listAndCount},
		{"concurrent use", concurrentUsers},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func alice() store.User {
	return store.User{
		Username: "alice", Email: "alice@example.com", FirstName: "Alice", LastName: "Liddell", Password: "pbkdf2_sha256$1$a$b",
		Active: true, Staff: true, Superuser: true, LastLogin: begun, DateJoined: begun.Add(-time.Hour),
	}
}

func create(t *testing.T, users UserStore, u store.User) *store.User {
	t.Helper()
	created, err := users.Create(t.Context(), u)
	must(t, err)
	return created
}

// realisticUsers have names as long as Django allows, in letters of many alphabets, and times in the
// zones of their writers.
func realisticUsers(t *testing.T, users UserStore) {
	zone := time.FixedZone("Kathmandu", 20700)
	user := store.User{
		Username: strings.Repeat("ю", 148) + "🔑!", FirstName: strings.Repeat("名", 150), LastName: "O'Neill\\\n\t\"%",
		Email: strings.Repeat("é", 200) + "@example.com", Password: strings.Repeat("x", 128), Active: true,
		LastLogin: begun.In(zone), DateJoined: begun.In(zone).Add(-time.Hour),
	}
	created := create(t, users, user)
	user.ID = created.ID
	got, _, err := users.ByUsername(t.Context(), user.Username)
	must(t, err)
	if diff := cmp.Diff(&user, got) + cmp.Diff(&user, created); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	must(t, users.SetLastLogin(t.Context(), user.ID, begun.In(zone).Add(time.Hour)))
	got, _, err = users.ByID(t.Context(), user.ID)
	must(t, err)
	if want := begun.Add(time.Hour); !got.LastLogin.Equal(want) {
		t.Errorf("LastLogin: got %v, want %v", got.LastLogin, want)
	}
}

func createAndFind(t *testing.T, users UserStore) {
	created := create(t, users, alice())
	if created.ID == "" {
		t.Fatal("no id")
	}
	want := alice()
	want.ID = created.ID
	id := created.ID
	account := auth.Account{ID: id, Username: "alice", Email: want.Email, Password: want.Password, Active: true}
	for name, find := range map[string]func() (*store.User, auth.Account, error){
		"Create":     func() (*store.User, auth.Account, error) { return created, account, nil },
		"ByID":       func() (*store.User, auth.Account, error) { return users.ByID(t.Context(), id) },
		"ByUsername": func() (*store.User, auth.Account, error) { return users.ByUsername(t.Context(), "alice") },
	} {
		got, gotAccount, err := find()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s: user (-want +got)\n%s", name, diff)
		}
		if diff := cmp.Diff(account, gotAccount); diff != "" {
			t.Errorf("%s: account (-want +got)\n%s", name, diff)
		}
	}

	plain := create(t, users, store.User{Username: "bob", Email: " Bob.B@Example.COM"})
	if plain.Email != "Bob.B@example.com" {
		t.Errorf("Email: got %q, want the domain in lower case", plain.Email)
	}
	got, gotAccount, err := users.ByUsername(t.Context(), "bob")
	must(t, err)
	if !got.LastLogin.IsZero() || got.DateJoined.IsZero() || got.Active || gotAccount.Active || got.Staff || got.Superuser {
		t.Errorf("a plain user: got %+v", got)
	}
	if got.Email != plain.Email {
		t.Errorf("Email: Create returned %q, ByUsername %q", plain.Email, got.Email)
	}
	if !got.DateJoined.Equal(plain.DateJoined) {
		t.Errorf("DateJoined: Create returned %v, ByUsername %v", plain.DateJoined, got.DateJoined)
	}
}

// UsersIgnoringCase tests a table of users that ignores the case of names, see [store.FoldCase]. It
// has the method NameKey, which password.Checker needs. open returns an empty table each time.
func UsersIgnoringCase(t *testing.T, open func(t *testing.T) UserStore) {
	users := open(t)
	if keyed, ok := users.(interface{ NameKey(name string) string }); !ok {
		t.Errorf("%T has no method NameKey", users)
	} else if a, b, c := keyed.NameKey("Ä.alice"), keyed.NameKey("ä.ALICE"), keyed.NameKey("a.alice"); a != b || a == c {
		t.Errorf("NameKey: got %q, %q and %q, want the same for two spellings of a name and another for another", a, b, c)
	}
	created := create(t, users, store.User{Username: "Alice.Ä@Example.com", Active: true})
	for name, found := range map[string]bool{
		"Alice.Ä@Example.com": true, "alice.Ä@example.com": true, "ALICE.Ä@EXAMPLE.COM": true,
		"alice.ä@example.com": true, "alice.a@example.com": false, "alice.Ä@example.co": false, "alic_.Ä@example.com": false, "%": false, "": false,
	} {
		user, account, err := users.ByUsername(t.Context(), name)
		if !found {
			want(t, "ByUsername "+name, err, store.ErrNotFound)
		} else if err != nil || user.ID != created.ID || account.Username != created.Username {
			t.Errorf("ByUsername %s: got %+v, %+v, %v, want the user as created", name, user, account, err)
		}
	}
	_, err := users.Create(t.Context(), store.User{Username: "alice.ä@example.com"})
	want(t, "another spelling of a name", err, store.ErrExists)
	must(t, users.Delete(t.Context(), created.ID))
	create(t, users, store.User{Username: "alice.ä@example.com"})
	for _, name := range []string{"Ж", "жу", "123456", "6 words and more", "ΣΣΣΣΣΣΣ"} {
		create(t, users, store.User{Username: name})
		_, _, err := users.ByUsername(t.Context(), strings.ToLower(name))
		must(t, err)
	}
}

func matchedAsWritten(t *testing.T, users UserStore) {
	id := create(t, users, alice()).ID
	for _, wrong := range []string{"", "0", "99999", "0" + id, "+" + id, " " + id, id + " ", id + ".0", "x", "-1", "9223372036854775808", strings.ToUpper(id) + "A", id + "\x00"} {
		_, _, err := users.ByID(t.Context(), wrong)
		want(t, fmt.Sprintf("ByID %q", wrong), err, store.ErrNotFound)
	}
	if keyed, ok := users.(interface{ NameKey(name string) string }); ok && keyed.NameKey("alice") == keyed.NameKey("Alice") {
		t.Error("NameKey takes two names for one that ByUsername does not")
	}
	for _, wrong := range []string{"", "Alice", "alice ", "alic", "alice%", "a'lice"} {
		_, _, err := users.ByUsername(t.Context(), wrong)
		want(t, fmt.Sprintf("ByUsername %q", wrong), err, store.ErrNotFound)
	}
	create(t, users, store.User{Username: "юзер 🔑'\"%"})
	if _, _, err := users.ByUsername(t.Context(), "юзер 🔑'\"%"); err != nil {
		t.Error(err)
	}
}

func taken(t *testing.T, users UserStore) {
	first := create(t, users, alice())
	_, err := users.Create(t.Context(), alice())
	want(t, "the same name", err, store.ErrExists)
	_, err = users.Create(t.Context(), store.User{ID: first.ID, Username: "other"})
	want(t, "the same id", err, store.ErrExists)
	if n, err := users.Count(t.Context()); n != 1 || err != nil {
		t.Errorf("Count: got %d, %v, want 1", n, err)
	}
	own := store.UUID.New()
	last, err := strconv.Atoi(first.ID)
	if err == nil {
		own = strconv.Itoa(last + 10)
	}
	if got := create(t, users, store.User{ID: own, Username: "with an id"}); got.ID != own {
		t.Errorf("got id %q, want %q as given", got.ID, own)
	}
	next := create(t, users, store.User{Username: "next"})
	if n, _ := strconv.Atoi(next.ID); err == nil && n <= last+10 {
		t.Errorf("next id: got %d, want more than %d", n, last+10)
	}
}

func changes(t *testing.T, users UserStore) {
	created := create(t, users, alice())
	other := create(t, users, store.User{Username: "other", Password: "other"})
	id := created.ID
	must(t, users.SetPassword(t.Context(), id, "new"))
	must(t, users.UpgradePassword(t.Context(), id, "new", "newer"))
	must(t, users.SetActive(t.Context(), id, false))
	must(t, users.SetLastLogin(t.Context(), id, begun.Add(time.Hour)))

	want := *created
	want.Password, want.Active, want.LastLogin = "newer", false, begun.Add(time.Hour)
	got, account, err := users.ByID(t.Context(), id)
	must(t, err)
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("after the changes (-want +got)\n%s", diff)
	}
	if account.Active || account.Password != "newer" {
		t.Errorf("account: got %+v", account)
	}
	must(t, users.Delete(t.Context(), id))
	if _, _, err := users.ByUsername(t.Context(), "alice"); err == nil {
		t.Error("found after Delete")
	}
	if got, _, err := users.ByID(t.Context(), other.ID); err != nil || !cmp.Equal(other, got) {
		t.Errorf("the other user: %v %s", err, cmp.Diff(other, got))
	}
	again := create(t, users, alice())
	if again.ID == created.ID {
		t.Errorf("the id %s was reused, so tokens of the deleted user would work for the new one", again.ID)
	}
}

func unknownUsers(t *testing.T, users UserStore) {
	create(t, users, alice())
	for _, id := range []string{"99999", "x", "01", ""} {
		want(t, "SetPassword", users.SetPassword(t.Context(), id, "x"), store.ErrNotFound)
		want(t, "UpgradePassword", users.UpgradePassword(t.Context(), id, alice().Password, "x"), store.ErrNotFound)
		want(t, "SetActive", users.SetActive(t.Context(), id, true), store.ErrNotFound)
		want(t, "SetLastLogin", users.SetLastLogin(t.Context(), id, begun), store.ErrNotFound)
		want(t, "Delete", users.Delete(t.Context(), id), store.ErrNotFound)
	}
}

func staleUpgrade(t *testing.T, users UserStore) {
	id := create(t, users, alice()).ID
	must(t, users.SetPassword(t.Context(), id, "changed meanwhile"))
	want(t, "UpgradePassword", users.UpgradePassword(t.Context(), id, alice().Password, "upgraded"), store.ErrNotFound)
	if _, account, _ := users.ByID(t.Context(), id); account.Password != "changed meanwhile" {
		t.Errorf("got password %q, the old one is back", account.Password)
	}
}

func copies(t *testing.T, users UserStore) {
	created := create(t, users, alice())
	id := created.ID
	created.Username = "mallory"
	found, _, err := users.ByID(t.Context(), id)
	must(t, err)
	found.Staff, found.Password = false, "mallory's"
	listed, err := users.List(t.Context(), "", 10)
	must(t, err)
	listed[0].Superuser = false
	got, _, err := users.ByID(t.Context(), id)
	must(t, err)
	want := alice()
	want.ID = got.ID
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("a write to a result shows (-want +got)\n%s", diff)
	}
}

func listAndCount(t *testing.T, users UserStore) {
	var ids []string
	for i := range 12 {
		ids = append(ids, create(t, users, store.User{Username: fmt.Sprint("user", i)}).ID)
	}
	if !store.Integer.Valid(ids[0]) { // others are random
		slices.Sort(ids)
	}
	for _, c := range []struct {
		after string
		limit int
		want  []string
	}{{"", 20, ids}, {"", 2, ids[:2]}, {ids[1], 2, ids[2:4]}, {ids[8], 9, ids[9:]}, {ids[11], 2, nil}, {"", 0, nil}} {
		list, err := users.List(t.Context(), c.after, c.limit)
		must(t, err)
		var got []string
		for _, user := range list {
			got = append(got, user.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("List(%q, %d) (-want +got)\n%s", c.after, c.limit, diff)
		}
	}
	if n, err := users.Count(t.Context()); n != 12 || err != nil {
		t.Errorf("Count: got %d, %v, want 12", n, err)
	}
}

// concurrentUsers lets many take the same name; one may have it.
func concurrentUsers(t *testing.T, users UserStore) {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = users.Create(t.Context(), store.User{Username: "one"})
			if _, _, err := users.ByUsername(t.Context(), "one"); err != nil {
				t.Errorf("after Create: %v", err)
			}
		})
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
			continue
		}
		want(t, "Create", err, store.ErrExists)
	}
	if created != 1 {
		t.Errorf("%d users have the name, want 1", created)
	}
}
