package account_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
)

func TestTokens(t *testing.T) {
	s := newSite(t)
	tokens := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	api := newAPI(t, s.Tokens("/tokens", tokens.Header(), tokens))
	send := func(method, path, body, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/tokens"+path, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if token != "" {
			r.Header.Set("X-API-Token", token)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w
	}
	obtain := func(name string) string {
		t.Helper()
		w := send("POST", "/obtain/", fmt.Sprintf(`{"username":%q,"password":"%s-pass"}`, name, name), "")
		var reply struct{ Token string }
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("obtain: got %d %s", w.Code, w.Body)
		}
		return reply.Token
	}
	if w := send("POST", "/obtain/", `{"username":"alice","password":"no"}`, ""); w.Code != 401 {
		t.Errorf("a wrong password: got %d %s", w.Code, w.Body)
	}
	first, second, foreign := obtain("alice"), obtain("alice"), obtain("carol")
	var list []account.APITokenInfo
	w := send("GET", "/list/", "", first)
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) != 2 || list[0].Expires == nil || strings.Contains(w.Body.String(), first) {
		t.Fatalf("list: got %d %s", w.Code, w.Body)
	}
	for _, step := range []struct {
		method, path, token string
		want                int
	}{
		{"GET", "/list/", "", 401},
		{"DELETE", fmt.Sprintf("/list/%d/", list[0].ID), foreign, 404},
		{"DELETE", fmt.Sprintf("/list/%d/", list[0].ID), first, 204}, // the second
		{"GET", "/list/", second, 401},
		{"GET", "/list/", first, 200},
		{"POST", "/revoke/", first, 204},
		{"POST", "/revoke/", first, 401},
		{"GET", "/list/", foreign, 200},
	} {
		if w := send(step.method, step.path, "", step.token); w.Code != step.want {
			t.Errorf("%s %s: got %d %s, want %d", step.method, step.path, w.Code, w.Body, step.want)
		}
	}
}

// TestTokensOfALoggedInUser: a browser lists and ends tokens that it does not know, by
// their names.
func TestTokensOfALoggedInUser(t *testing.T) {
	s := newSite(t)
	session := s.session()
	tokens := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	api := newAPI(t, s.Session("/session", session), s.Tokens("/tokens", auth.AnyOf(session, tokens.Header()), tokens))
	b := newBrowser(api)
	for body, want := range map[string]int{
		`{"username":"alice","password":"alice-pass","name":"laptop"}`:                             200,
		`{"username":"alice","password":"alice-pass","name":null}`:                                 200,
		`{"username":"alice","password":"alice-pass","name":"` + strings.Repeat("x", 257) + `"}`:   400,
		`{"username":"alice","password":"alice-pass","name":7}`:                                    400,
		`{"username":"carol","password":"carol-pass","name":"hers"}`:                               200,
		`{"username":"carol","password":"alice-pass","name":"` + strings.Repeat("x", 1<<10) + `"}`: 400,
	} {
		if w := b.send("POST", "/tokens/obtain/", body); w.Code != want {
			t.Errorf("%.60s: got %d %s, want %d", body, w.Code, w.Body, want)
		}
	}
	if w := b.send("GET", "/tokens/list/", ""); w.Code != 401 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("nobody: got %d %v", w.Code, w.Header())
	}
	b.send("POST", "/session/login/", byAlice)
	var list []account.APITokenInfo
	if w := b.send("GET", "/tokens/list/", ""); json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list) != 2 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("list: got %d %s", w.Code, w.Body)
	}
	named := slices.IndexFunc(list, func(row account.APITokenInfo) bool { return row.Name == "laptop" })
	if named < 0 {
		t.Fatalf("got %+v", list)
	}
	path := fmt.Sprintf("/tokens/list/%d/", list[named].ID)
	if w := b.send("DELETE", path, ""); w.Code != 403 {
		t.Errorf("without CSRF token: got %d %s", w.Code, w.Body)
	}
	for i, want := range []int{204, 204} { // revoking again is no error
		if w := b.send("DELETE", path, "", "X-CSRFToken", b.jar["csrftoken"]); w.Code != want {
			t.Errorf("time %d: got %d %s, want %d", i+1, w.Code, w.Body, want)
		}
	}
	if w := b.send("GET", "/tokens/list/", ""); json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list) != 1 {
		t.Errorf("list: got %d %s", w.Code, w.Body)
	}
	if w := b.post("/tokens/revoke/", ""); w.Code != 401 {
		t.Errorf("revoke without a token: got %d", w.Code)
	}
}

// TestTokensEndWithOtherLogins: a change of the password and a logout everywhere revoke
// API tokens where these are named; the token that the request came with survives the
// change.
func TestTokensEndWithOtherLogins(t *testing.T) {
	for _, test := range []struct {
		name, path, body string
		by               string // whose credential the request has
		here, there      int
	}{
		{"password, by a session", "/password/", toNew, "session", 401, 401},
		{"password, by a token", "/password/", toNew, "token", 200, 401},
		{"logout everywhere, by a session", "/logout-all/", "", "session", 401, 401},
		{"logout everywhere, by a token", "/logout-all/", "", "token", 401, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			session := s.session()
			keys := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
			caller := auth.AnyOf(session, keys.Header())
			api := newAPI(t, rest.Router{
				Auth:        caller,
				Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(who)}},
				Routers: []rest.Router{
					s.Session("/session", session),
					s.Password("/password", caller, session, keys),
					s.LogoutAll("/logout-all", caller, session, keys),
				},
			})
			issue := func(name, password string) string {
				_, account, err := s.passwords.Check(t.Context(), name, password)
				if err != nil {
					t.Fatal(err)
				}
				raw, _, err := keys.Issue(t.Context(), account, tokenauth.Grant{})
				if err != nil {
					t.Fatal(err)
				}
				return raw
			}
			here, there, carols := issue("alice", "alice-pass"), issue("alice", "alice-pass"), issue("carol", "carol-pass")
			b, headers := newBrowser(api), []string{"X-API-Token", here}
			if test.by == "session" {
				b.send("POST", "/session/login/", byAlice)
				headers = nil
			}
			if w := b.post(test.path, test.body, headers...); w.Code != 204 {
				t.Fatalf("got %d %s", w.Code, w.Body)
			}
			for name, use := range map[string]struct {
				token string
				want  int
			}{"here": {here, test.here}, "there": {there, test.there}, "of carol": {carols, 200}} {
				if w := newBrowser(api).send("GET", "/me", "", "X-API-Token", use.token); w.Code != use.want {
					t.Errorf("the token %s: got %d, want %d", name, w.Code, use.want)
				}
			}
		})
	}
}
