package login_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/login"
)

func TestTokens(t *testing.T) {
	s := newSite(t)
	tokens := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	api := newAPI(t, login.Tokens(tokens, s.passwords, "/tokens"))
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
