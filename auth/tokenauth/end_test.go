package tokenauth_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// TestIssueDuringAPasswordChange: the old password was right when it was checked, and
// ending the tokens that there were came before the new row.
func TestIssueDuringAPasswordChange(t *testing.T) {
	ctx := t.Context()
	for name, test := range map[string]struct {
		change  func(*memory.Users) error
		refused bool
	}{
		"password":    {func(users *memory.Users) error { return users.SetPassword(ctx, "1", "new") }, true},
		"deactivated": {func(users *memory.Users) error { return users.SetActive(ctx, "1", false) }, true},
		"nothing":     {func(*memory.Users) error { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			db := site(t)
			if err := db.Users().SetPassword(ctx, "1", "old"); err != nil {
				t.Fatal(err)
			}
			_, checked, err := db.Users().ByID(ctx, "1")
			if err != nil {
				t.Fatal(err)
			}
			a := newAuth(t, db, tokenauth.Config{})
			if err := test.change(db.Users()); err != nil {
				t.Fatal(err)
			}
			raw, row, err := a.Issue(ctx, checked, tokenauth.Grant{})
			list, listErr := a.List(ctx, "1")
			if listErr != nil {
				t.Fatal(listErr)
			}
			refusal, ok := errors.AsType[*auth.Error](err)
			if test.refused != (ok && refusal.HTTPStatus() == http.StatusUnauthorized && raw == "" && row == (store.Token{}) && len(list) == 0) {
				t.Errorf("got %q, %+v, %v with %d tokens, want a refusal: %t", raw, row, err, len(list), test.refused)
			}
		})
	}
}

// downTokens is a table whose rows cannot be revoked now.
type downTokens struct{ tokenauth.Store }

func (downTokens) RevokeToken(context.Context, string, int64, time.Time) error {
	return errors.New("10.0.0.1 is down")
}

func TestEndAll(t *testing.T) {
	db := site(t)
	a := newAuth(t, db, tokenauth.Config{})
	_, first := issue(t, a, tokenauth.Grant{})
	issue(t, a, tokenauth.Grant{})
	issue(t, a, tokenauth.Grant{Lifetime: -1})
	if _, err := tokenauth.New(db.Users(), downTokens{db.Tokens()}, tokenauth.Config{Secret: secret}).EndAll(t.Context(), "1", ""); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("the table is down: got %v", err)
	}
	for _, test := range []struct {
		name, user, except string
		want, left         int
	}{
		{"another user", "2", "", 0, 3},
		{"all but one", "1", strconv.FormatInt(first.ID, 10), 2, 1},
		{"all", "1", "", 1, 0},
		{"none", "1", "", 0, 0},
	} {
		n, err := a.EndAll(t.Context(), test.user, test.except)
		list, _ := a.List(t.Context(), "1")
		if err != nil || n != test.want || len(list) != test.left {
			t.Errorf("%s: got %d, %v with %d left, want %d and %d", test.name, n, err, len(list), test.want, test.left)
		}
	}
	if err := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{}).CanEndAll(); err == nil {
		t.Error("a wrong configuration: got nil")
	}
}
