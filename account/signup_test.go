package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
)

func TestSignUp(t *testing.T) {
	s := newSite(t)
	leaked := &rest.Error{Status: 400, Msg: "This password is known to everybody", Code: "value_error", Loc: []any{"parsed_body", "password"}}
	refuse := func(_ context.Context, username, password string) error {
		if password == "known-to-all" {
			return leaked
		}
		return nil
	}
	api := newAPI(t, account.New(s.passwords, account.Config{Accept: refuse}).SignUp("/sign-up", s.db.Users().Create),
		s.Session("/session", s.session()))
	b := newBrowser(api)
	for _, test := range []struct {
		body, want string
		status     int
	}{
		{`{"username":"dora","password":"long enough"}`, `{"user_id":"4"}`, 201},
		{`{"username":"dora","password":"long enough"}`, `"loc":["parsed_body","username"]`, 409},
		{`{"username":"ｄｏｒａ","password":"long enough"}`, `"loc":["parsed_body","username"]`, 409}, // full width
		{`{"username":"ümit+1","password":"long enough","email":"u@example.com"}`, `{"user_id":"5"}`, 201},
		{`{"username":"a b","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"a\u200bb","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400}, // nothing to be seen
		{`{"username":"alice\ufe0f","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"al\u034fice","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"alice\u3164","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"` + strings.Repeat("ﬃ", 50) + `","password":"long enough"}`, `{"user_id":`, 201}, // three letters each
		{`{"username":"` + strings.Repeat("ﬃ", 51) + `","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"","password":"long enough"}`, `"loc":["parsed_body","username"]`, 400},
		{`{"username":"eve","password":"short"}`, `"loc":["parsed_body","password"]`, 400},
		{`{"username":"eve","password":"known-to-all"}`, `known to everybody`, 400},
		{`{"username":"eve","password":"long enough","email":"nowhere"}`, `"loc":["parsed_body","email"]`, 400},
		{fmt.Sprintf(`{"username":"eve","password":%q}`, strings.Repeat("é", 1001)), `"loc":["parsed_body","password"]`, 400},
		{fmt.Sprintf(`{"username":"eve","password":%q}`, strings.Repeat("😀", 1000)), `{"user_id":"7"}`, 201},
	} {
		if w := b.send("POST", "/sign-up/", test.body); w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%.60s: got %d %s, want %d %s", test.body, w.Code, w.Body, test.status, test.want)
		}
	}
	if w := b.send("POST", "/sign-up/", `{"username":"fay","password":"long enough"}`, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("cross-site: got %d", w.Code)
	}
	for _, name := range []string{"dora", "ｄｏｒａ"} {
		if w := b.send("POST", "/session/login/", `{"username":"`+name+`","password":"long enough"}`); w.Code != 200 {
			t.Errorf("account: %s: got %d %s", name, w.Code, w.Body)
		}
	}
	short := &password.Hasher{Argon2: s.hasher.Argon2, MaxLength: 20}
	down := func(context.Context, store.User) (*store.User, error) {
		return nil, errors.New("sqlite: 10.0.0.1 is locked")
	}
	for name, test := range map[string]struct {
		api  *rest.API
		body string
		want int
	}{
		"longer than the hasher takes": {newAPI(t, account.New(password.NewChecker(s.db.Users(), short), account.Config{}).SignUp("/sign-up", s.db.Users().Create)), `{"username":"x","password":"longer than twenty bytes"}`, 400},
		"neither a user nor an error":  {newAPI(t, s.SignUp("/sign-up", func(context.Context, store.User) (*store.User, error) { return nil, nil })), `{"username":"x","password":"long enough"}`, 500},
		"the store is down":            {newAPI(t, s.SignUp("/sign-up", down)), `{"username":"x","password":"long enough"}`, 503},
	} {
		if w := newBrowser(test.api).send("POST", "/sign-up/", test.body); w.Code != test.want || strings.Contains(w.Body.String(), "10.0.0.1") {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
}
