package account_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
)

func sessionAPI(t *testing.T) *rest.API {
	t.Helper()
	s := newSite(t)
	session := s.session()
	return newAPI(t, rest.Router{
		Controllers: []rest.Controller{{Path: "/me", Auth: session, Get: rest.Handle(who), Post: rest.Handle(who)}},
		Routers:     []rest.Router{s.Session("/session", session)},
	})
}

func TestSession(t *testing.T) {
	b := &browser{sessionAPI(t), map[string]string{}}
	for _, body := range []string{
		`{"username":"alice","password":"wrong"}`, `{"username":"nobody","password":"x"}`, `{"username":"bob","password":"bob-pass"}`,
	} {
		w := b.send("POST", "/session/login/", body)
		if w.Code != 401 || len(b.jar) != 0 || !strings.Contains(w.Body.String(), "Not authenticated") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %s %v", body, w.Code, w.Body, w.Header())
		}
	}
	if w := b.send("POST", "/session/login/", `{"username":"alice"}`); w.Code != 400 {
		t.Errorf("no password: got %d %s, want 400", w.Code, w.Body)
	}
	if w := b.send("POST", "/session/login/", `{"username":"alice","password":"alice-pass"}`, "Sec-Fetch-Site", "cross-site"); w.Code != 403 || len(b.jar) != 0 {
		t.Errorf("cross-site account: got %d %s, want 403", w.Code, w.Body)
	}
	w := b.send("POST", "/session/login/", `{"username":"alice","password":"alice-pass"}`)
	if w.Code != 200 || w.Body.String() != `{"user_id":"1"}` || len(b.jar) != 2 {
		t.Fatalf("account: got %d %s %v", w.Code, w.Body, b.jar)
	}
	if w := b.send("GET", "/me", ""); w.Body.String() != `"alice"` {
		t.Errorf("GET: got %d %s", w.Code, w.Body)
	}
	if w := b.send("POST", "/me", ""); w.Code != 403 || w.Body.String() != `{"detail":[{"msg":"CSRF Failed."}]}` {
		t.Errorf("POST without token: got %d %s, want 403", w.Code, w.Body)
	}
	if w := b.send("POST", "/me", "", "X-CSRFToken", b.jar["csrftoken"]); w.Code != 201 {
		t.Errorf("POST: got %d %s", w.Code, w.Body)
	}
	stolen := b.jar["sessionid"]
	if w := b.send("POST", "/session/logout/", "", "X-CSRFToken", b.jar["csrftoken"]); w.Code != 204 {
		t.Errorf("logout: got %d %s", w.Code, w.Body)
	}
	b.jar["sessionid"] = stolen
	if w := b.send("GET", "/me", ""); w.Code != 401 {
		t.Errorf("after logout: got %d %s, want 401", w.Code, w.Body)
	}
}

func TestSessionIsDocumented(t *testing.T) {
	doc := sessionAPI(t).Document()
	in := doc.Paths["/session/login/"].Post
	if in.Security == nil || len(in.Security) > 0 {
		t.Errorf("login demands %v", in.Security)
	}
	for _, status := range []string{"200", "400", "401", "403", "413", "415"} {
		if in.Responses[status] == nil {
			t.Errorf("login does not document %s", status)
		}
	}
	success := in.Responses["200"]
	if _, ok := success.Headers["Cache-Control"]; !ok {
		t.Error("login does not document Cache-Control")
	}
	if got := cookiesOf(success); got != "csrftoken sessionid" {
		t.Errorf("login documents the cookies %q", got)
	}
	me := doc.Paths["/me"]
	if len(me.Get.Security[0]) != 1 || me.Get.Responses["403"] != nil || len(me.Post.Security[0]) != 2 || me.Post.Responses["403"] == nil {
		t.Errorf("csrf belongs to unsafe methods alone: got %v and %v", me.Get.Security, me.Post.Security)
	}
}

// TestLoginsAreTold: Settings.OnAuth hears who logged in, by each of the routers.
func TestLoginsAreTold(t *testing.T) {
	s := newSite(t)
	for path, router := range routers(s, account.Config{}) {
		var last auth.Event
		settings := rest.Settings{Title: "T", Version: "1", OnAuth: func(_ *http.Request, e auth.Event) { last = e }}
		api, err := rest.New(settings, router)
		if err != nil {
			t.Fatal(err)
		}
		for password, want := range map[string]auth.Event{
			"alice-pass": {Outcome: auth.LoggedIn, UserID: "1"}, "wrong": {Outcome: auth.Refused, Reason: "wrong password", Status: 401, UserID: "1"},
		} {
			want.Operation, want.Level, want.Client = "POST "+path, "controller", "192.0.2.1"
			if last = (auth.Event{}); path == "/jwt/obtain/" {
				want.Level = "router"
			}
			newBrowser(api).send("POST", path, `{"username":"alice","password":"`+password+`"}`)
			if diff := cmp.Diff(want, last); diff != "" {
				t.Errorf("%s %s: (-want +got)\n%s", path, password, diff)
			}
		}
	}
}

// TestPagesOfAnotherOrigin log in where the guard trusts it.
func TestPagesOfAnotherOrigin(t *testing.T) {
	s := newSite(t)
	trusted := csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: []string{"https://app.example"}})
	for want, cfg := range map[int]account.Config{403: {}, 401: {CrossOrigin: trusted}} {
		for path, router := range routers(s, cfg) {
			if path != "/x/login/" && path != "/jc/obtain/" {
				continue // sets no cookies
			}
			for origin, status := range map[string]int{"https://app.example": want, "https://evil.example": 403} {
				w := newBrowser(newAPI(t, router)).send("POST", path, `{"username":"alice","password":"no"}`, "Origin", origin, "Sec-Fetch-Site", "cross-site")
				if w.Code != status {
					t.Errorf("%s from %s: got %d, want %d", path, origin, w.Code, status)
				}
			}
		}
		sign := newAPI(t, account.New(s.passwords, cfg).SignUp("/sign-up", s.db.Users().Create))
		status := map[int]int{403: 403, 401: 409}[want]
		if w := newBrowser(sign).send("POST", "/sign-up/", `{"username":"alice","password":"long enough"}`, "Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"); w.Code != status {
			t.Errorf("sign-up: got %d, want %d", w.Code, status)
		}
	}
}
