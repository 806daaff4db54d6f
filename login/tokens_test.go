package login_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/login"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func TestTokens(t *testing.T) {
	db := memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	for _, name := range []string{"alice", "carol"} {
		encoded, err := hasher.Hash(t.Context(), name+"-pass")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: true}); err != nil {
			t.Fatal(err)
		}
	}
	tokens := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: []byte(strings.Repeat("s", 40))})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, login.Tokens(tokens, password.NewChecker(db.Users(), hasher), "/tokens"))
	if err != nil {
		t.Fatal(err)
	}
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
