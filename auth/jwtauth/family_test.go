package jwtauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// login issues a pair whose account is alice.
func login(t *testing.T, tokens *jwtauth.Issuer[*store.User]) jwtauth.Pair {
	t.Helper()
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func TestReuseEndsTheFamily(t *testing.T) {
	var log bytes.Buffer
	families := memory.New().Families()
	tokens := newIssuer(t, jwtauth.Config{Families: families, Grace: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ctx := t.Context()
	first, other := login(t, tokens), login(t, tokens)
	second, err := tokens.Refresh(ctx, first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"the old access token": first.Access, "the new one": second.Access} {
		if _, _, err := tokens.Verify(ctx, token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged %q", log.String())
	}
	if _, err := tokens.Refresh(ctx, first.Refresh); !refusedBecause(err, "used before") {
		t.Errorf("a spent token: got %v", err)
	}
	if text := log.String(); strings.Count(text, "used again") != 1 || !strings.Contains(text, "user=1") || strings.Contains(text, first.Refresh) {
		t.Errorf("logged %q", text)
	}
	if _, err := tokens.Refresh(ctx, second.Refresh); !refusedBecause(err, "login was ended") {
		t.Errorf("the good token of the family: got %v", err)
	}
	for _, token := range []string{first.Access, second.Access} {
		if _, _, err := tokens.Verify(ctx, token); !refusedBecause(err, "login was ended") {
			t.Errorf("an access token of the family: got %v", err)
		}
	}
	if _, err := tokens.Refresh(ctx, other.Refresh); err != nil {
		t.Errorf("another login of the user: %v", err)
	}
}

func TestGrace(t *testing.T) {
	for _, test := range []struct {
		name  string
		grace time.Duration
		want  time.Duration
	}{
		{"by default", 0, 5 * time.Second},
		{"ten seconds", 10 * time.Second, 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) { testGrace(t, test.grace, test.want) })
	}
}

func testGrace(t *testing.T, grace, want time.Duration) {
	at := now
	tokens := jwtauth.New(people(t), jwtauth.Config{Secret: secret, Families: memory.New().Families(), Grace: grace, Logger: silent, Now: func() time.Time { return at }})
	first := login(t, tokens)
	second, err := tokens.Refresh(t.Context(), first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	at = now.Add(want - time.Second)
	pair, err := tokens.Refresh(t.Context(), first.Refresh)
	refusal, ok := errors.AsType[*auth.Error](err)
	if !ok || refusal.HTTPStatus() != 409 || refusal.Code != "refresh_repeated" || pair != (jwtauth.Pair{}) {
		t.Errorf("within the grace: got %v, %v", pair, err)
	}
	if list := tokens.RefreshErrors(); len(list) != 1 || list[0] != err {
		t.Errorf("RefreshErrors: got %v, want the error %v", list, err)
	}
	third, err := tokens.Refresh(t.Context(), second.Refresh)
	if err != nil {
		t.Fatalf("the family was ended within the grace: %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), first.Refresh); !refusedBecause(err, "used before") {
		t.Errorf("the one before the last is no retry: got %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), third.Refresh); !refusedBecause(err, "login was ended") {
		t.Errorf("after that: got %v", err)
	}
	first = login(t, tokens)
	if _, err = tokens.Refresh(t.Context(), first.Refresh); err != nil {
		t.Fatal(err)
	}
	at = at.Add(want)
	if _, err := tokens.Refresh(t.Context(), first.Refresh); !refusedBecause(err, "used before") {
		t.Errorf("after the grace: got %v", err)
	}
}

// TestFamilyIsRotatedOnce: of 20 requests with one refresh token exactly one wins; one
// that comes later ends the login.
func TestFamilyIsRotatedOnce(t *testing.T) {
	at := now
	tokens := jwtauth.New(people(t), jwtauth.Config{Secret: secret, Families: memory.New().Families(), Grace: time.Minute, Now: func() time.Time { return at }, Logger: slog.New(slog.DiscardHandler)})
	repeated := tokens.RefreshErrors()[0]
	for range 100 {
		pair := login(t, tokens)
		var won atomic.Int64
		var next atomic.Value
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				got, err := tokens.Refresh(t.Context(), pair.Refresh)
				switch {
				case err == nil:
					won.Add(1)
					next.Store(got)
				case !errors.Is(err, repeated):
					t.Errorf("got %v, want %v", err, repeated)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			t.Fatalf("got %d winners, want 1", won.Load())
		}
		winner := next.Load().(jwtauth.Pair)
		if _, _, err := tokens.Verify(t.Context(), winner.Access); err != nil {
			t.Fatalf("the winner's token: %v", err)
		}
		at = at.Add(time.Minute)
		if _, err := tokens.Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "used before") {
			t.Fatalf("reuse: got %v", err)
		}
		if _, err := tokens.Refresh(t.Context(), winner.Refresh); !refusedBecause(err, "login was ended") {
			t.Fatalf("the winner's token after the reuse: got %v", err)
		}
	}
}

func TestLogoutEverywhere(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Families: memory.New().Families()})
	ctx := t.Context()
	here, there := login(t, tokens), login(t, tokens)
	_, claims, err := tokens.Verify(ctx, here.Access)
	if err != nil {
		t.Fatal(err)
	}
	list, err := tokens.List(ctx, "1")
	if err != nil || len(list) != 2 || !list[0].Expires.Equal(here.RefreshExpires) {
		t.Errorf("got %+v, %v", list, err)
	}
	if n, err := tokens.EndAll(ctx, "1", claims.Family); err != nil || n != 1 {
		t.Errorf("EndAll: got %d, %v", n, err)
	}
	if _, _, err := tokens.Verify(ctx, there.Access); !refusedBecause(err, "login was ended") {
		t.Errorf("there: got %v", err)
	}
	if _, _, err := tokens.Verify(ctx, here.Access); err != nil {
		t.Errorf("here: %v", err)
	}
	if err := tokens.EndOne(ctx, "2", claims.Family); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("EndOne of another user: got %v", err)
	}
	for range 2 { // revoking again is no error
		if err := tokens.Revoke(ctx, claims); err != nil {
			t.Errorf("Revoke: %v", err)
		}
	}
	if _, err := tokens.Refresh(ctx, here.Refresh); !refusedBecause(err, "login was ended") {
		t.Errorf("after Revoke: got %v", err)
	}
	if list, err := tokens.List(ctx, "1"); err != nil || len(list) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestStatelessAccess(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Families: memory.New().Families(), StatelessAccess: true})
	pair := login(t, tokens)
	if _, err := tokens.EndAll(t.Context(), "1", ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(t.Context(), pair.Access); err != nil {
		t.Errorf("got %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "login was ended") {
		t.Errorf("got %v", err)
	}
}

// TestTokensOfNoFamily: what was issued without the table is not let past it.
func TestTokensOfNoFamily(t *testing.T) {
	pair := login(t, newIssuer(t, jwtauth.Config{}))
	tokens := newIssuer(t, jwtauth.Config{Families: memory.New().Families()})
	if _, _, err := tokens.Verify(t.Context(), pair.Access); !refusedBecause(err, "no family") {
		t.Errorf("Verify: got %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "no family") {
		t.Errorf("Refresh: got %v", err)
	}
	if _, err := newIssuer(t, jwtauth.Config{}).EndAll(t.Context(), "1", ""); !errors.Is(err, jwtauth.ErrStateless) {
		t.Errorf("EndAll without a table: got %v", err)
	}
}

type brokenFamilies struct{ jwtauth.Families }

func (brokenFamilies) Family(context.Context, string) (store.Family, error) {
	return store.Family{}, errors.New("10.0.0.1 is down")
}

func (brokenFamilies) RotateFamily(context.Context, store.Family) (bool, error) {
	return false, errors.New("10.0.0.1 is down")
}

func TestFamiliesAreDown(t *testing.T) {
	families := memory.New().Families()
	pair := login(t, newIssuer(t, jwtauth.Config{Families: families}))
	tokens := newIssuer(t, jwtauth.Config{Families: brokenFamilies{families}})
	if _, _, err := tokens.Verify(t.Context(), pair.Access); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Verify: got %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Refresh: got %v", err)
	}
}

func TestBindPassword(t *testing.T) {
	db := memory.New()
	ctx := t.Context()
	user, err := db.Users().Create(ctx, store.User{Username: "alice", Password: "argon2$old", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	id := user.ID
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, BindPassword: true, Now: clock})
	_, account, err := db.Users().ByID(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tokens.Issue(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(ctx, pair.Access); err != nil {
		t.Errorf("got %v", err)
	}
	if _, body := decoded(t, pair.Access); strings.Contains(strings.ToLower(strings.Join(keys(body["extras"].(map[string]any)), " ")), "argon2") {
		t.Errorf("the token tells of the password: %v", body)
	}
	unbound := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Now: clock})
	plain, err := unbound.Issue(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(ctx, plain.Access); !refusedBecause(err, "present password") {
		t.Errorf("a token that is not bound: got %v", err)
	}
	if err := db.Users().SetPassword(ctx, id, "argon2$new"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(ctx, pair.Access); !refusedBecause(err, "present password") {
		t.Errorf("after a change: got %v", err)
	}
	if _, err := tokens.Refresh(ctx, pair.Refresh); !refusedBecause(err, "present password") {
		t.Errorf("Refresh after a change: got %v", err)
	}
}

func keys(m map[string]any) (list []string) {
	for name, value := range m {
		text, _ := value.(string)
		list = append(list, name, text)
	}
	return list
}

// TestLoginDuringAPasswordChange: the old password was right when it was checked, and
// is no more when the login is recorded. The change has ended the logins before.
func TestLoginDuringAPasswordChange(t *testing.T) {
	ctx := t.Context()
	for name, change := range map[string]func(*memory.Users) error{
		"password":    func(users *memory.Users) error { return users.SetPassword(ctx, "1", "new") },
		"deactivated": func(users *memory.Users) error { return users.SetActive(ctx, "1", false) },
		"deleted":     func(users *memory.Users) error { return users.Delete(ctx, "1") },
		"nothing":     func(*memory.Users) error { return nil },
	} {
		db := memory.New()
		if _, err := db.Users().Create(ctx, store.User{Username: "alice", Password: "old", Active: true}); err != nil {
			t.Fatal(err)
		}
		_, checked, err := db.Users().ByID(ctx, "1")
		if err != nil {
			t.Fatal(err)
		}
		tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
		if err := change(db.Users()); err != nil {
			t.Fatal(err)
		}
		pair, err := tokens.Issue(ctx, checked)
		rows, _ := db.Families().FamiliesOf(ctx, "1")
		if name == "nothing" {
			if err != nil || len(rows) != 1 {
				t.Errorf("%s: got %v with %d logins", name, err, len(rows))
			}
			continue
		}
		if !refusedBecause(err, "changed during the login") || len(rows) != 0 || pair != (jwtauth.Pair{}) {
			t.Errorf("%s: got %v with %d logins and %v", name, err, len(rows), pair)
		}
	}
}

func TestFamilySettings(t *testing.T) {
	families := memory.New().Families()
	for name, test := range map[string]struct {
		cfg  jwtauth.Config
		want string
	}{
		"grace alone":     {jwtauth.Config{Grace: time.Second}, "settings of Families"},
		"stateless alone": {jwtauth.Config{StatelessAccess: true}, "settings of Families"},
		"a moment":        {jwtauth.Config{Families: families, LoginLifetime: time.Millisecond}, "a second or more"},
		"reuse":           {jwtauth.Config{Families: families, Compat: jwtauth.Compat{ReuseRefresh: true}}, "contradict"},
		"lifetimes":       {jwtauth.Config{Families: families, Lifetime: time.Hour, RefreshLifetime: time.Minute}, "must not be longer"},
	} {
		test.cfg.Secret = secret
		if _, err := jwtauth.New(people(t), test.cfg).Header().Declare("GET"); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestTypelessTokens: what does not say what it is for is an access token at most, and
// of a living login.
func TestTypelessTokens(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{ForeignTokens: true})
	typeless := mint(header, claims("extras", ""))
	if _, _, err := tokens.Verify(t.Context(), typeless); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if _, err := tokens.Refresh(t.Context(), typeless); !refusedBecause(err, "another type") {
		t.Errorf("Refresh: got %v", err)
	}
	tokens = newIssuer(t, jwtauth.Config{ForeignTokens: true, Families: memory.New().Families()})
	if _, _, err := tokens.Verify(t.Context(), mint(header, claims("extras", `{"family":"ended"}`))); !refusedBecause(err, "login was ended") {
		t.Errorf("of an ended login: got %v", err)
	}
}

// TestNoGraceForClocksThatDiffer: an instance whose clock is behind sees a reuse before
// the use.
func TestNoGraceForClocksThatDiffer(t *testing.T) {
	users, families := people(t), memory.New().Families()
	at := func(d time.Duration) *jwtauth.Issuer[*store.User] {
		return jwtauth.New(users, jwtauth.Config{
			Secret: secret, Families: families, Grace: -1, Leeway: time.Minute, Logger: silent, Now: func() time.Time { return now.Add(d) },
		})
	}
	pair := login(t, at(0))
	if _, err := at(30*time.Second).Refresh(t.Context(), pair.Refresh); err != nil {
		t.Fatal(err)
	}
	if _, err := at(0).Refresh(t.Context(), pair.Refresh); !refusedBecause(err, "used before") {
		t.Errorf("got %v", err)
	}
}

// byName finds accounts by the subject that tokens carry, their names.
type byName struct{ *memory.Users }

func (b byName) ByID(ctx context.Context, subject string) (*store.User, auth.Account, error) {
	return b.ByUsername(ctx, subject)
}

// TestLoginsOfOtherSubjects: an account is read again as for a token, by its subject.
// A row of another user is not one's login.
func TestLoginsOfOtherSubjects(t *testing.T) {
	ctx, db := t.Context(), memory.New()
	for _, name := range []string{"alice", "carol"} {
		if _, err := db.Users().Create(ctx, store.User{Username: name, Password: "argon2$x", Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	tokens := jwtauth.New[*store.User](byName{db.Users()}, jwtauth.Config{
		Secret: secret, Families: db.Families(), Subject: func(who auth.Account) string { return who.Username }, Now: clock,
	})
	_, account, err := db.Users().ByUsername(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tokens.Issue(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	_, claims, err := tokens.Verify(ctx, pair.Access)
	if err != nil {
		t.Fatal(err)
	}
	carols := store.Family{ID: claims.Family, UserID: "2", Created: now, Rotated: now, Expires: now.Add(time.Hour)}
	if err := errors.Join(db.Families().EndFamily(ctx, "1", claims.Family), db.Families().CreateFamily(ctx, carols)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Verify(ctx, pair.Access); !refusedBecause(err, "login was ended") {
		t.Errorf("got %v", err)
	}
}

// TestExpiredLoginsAreNotListed: a row stays until it is swept.
func TestExpiredLoginsAreNotListed(t *testing.T) {
	at := now
	tokens := jwtauth.New(people(t), jwtauth.Config{
		Secret: secret, Families: memory.New().Families(), Lifetime: time.Minute, RefreshLifetime: time.Hour, Now: func() time.Time { return at },
	})
	login(t, tokens)
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{time.Hour - time.Second, 1}, {time.Hour, 0}} {
		at = now.Add(test.after)
		if list, err := tokens.List(t.Context(), "1"); err != nil || len(list) != test.want {
			t.Errorf("%v later: got %v, %v, want %d", test.after, list, err, test.want)
		}
	}
}
