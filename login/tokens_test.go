package login_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/login"
)

func TestTokens(t *testing.T) {
	s := newSite(t)
	tokens := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	api := newAPI(t, s.Tokens(tokens.Header(), tokens, "/tokens"))
	send := func(method, path, body, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/tokens"+path, strings.NewReader(body))
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
	var list []login.APITokenInfo
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
	api := newAPI(t, s.Session(session, "/session"), s.Tokens(auth.AnyOf(session, tokens.Header()), tokens, "/tokens"))
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
	var list []login.APITokenInfo
	if w := b.send("GET", "/tokens/list/", ""); json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list) != 2 || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("list: got %d %s", w.Code, w.Body)
	}
	named := slices.IndexFunc(list, func(row login.APITokenInfo) bool { return row.Name == "laptop" })
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
