package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestNotes walks through the example as its users would.
func TestNotes(t *testing.T) {
	server := newServer(t)
	alice, bob := newClient(t, server.URL), newClient(t, server.URL)
	for _, step := range []struct {
		who          *client
		method, path string
		body         string
		want         int
	}{
		{alice, "GET", "/api/health/", "", 200},
		{alice, "GET", "/api/notes/", "", 401},
		{alice, "POST", "/api/session/login/", `{"username":"alice","password":"wrong"}`, 401},
		{alice, "POST", "/api/session/login/", `{"username":"alice","password":"alice-pass"}`, 200},
		{alice, "POST", "/api/notes/", `{"title":""}`, 400},
		{alice, "POST", "/api/notes/", `{"title":"Milk"}`, 201},
		{bob, "POST", "/api/sign-up/", `{"username":"bob","password":"short"}`, 400},
		{bob, "POST", "/api/sign-up/", `{"username":"alice","password":"long enough"}`, 409},
		{bob, "POST", "/api/sign-up/", `{"username":"bob","password":"long enough"}`, 201},
		{bob, "POST", "/api/session/login/", `{"username":"bob","password":"long enough"}`, 200},
		{bob, "GET", "/api/notes/1/", "", 404},
		{bob, "DELETE", "/api/notes/1/", "", 404},
		{alice, "POST", "/api/notes/1/share/", `{"with":"bob"}`, 204},
		{bob, "GET", "/api/notes/1/", "", 200},
		{bob, "DELETE", "/api/notes/1/", "", 404},
		{alice, "DELETE", "/api/notes/1/", "", 204},
		{alice, "POST", "/api/password/", `{"old_password":"wrong","new_password":"a better one"}`, 400},
		{alice, "POST", "/api/password/", `{"old_password":"alice-pass","new_password":"a better one"}`, 204},
		{alice, "GET", "/api/notes/", "", 200},
		{alice, "POST", "/api/session/logout/", "", 204},
		{alice, "GET", "/api/notes/", "", 401},
		{alice, "GET", "/api/metrics/", "", 401},
		{alice, "GET", "/openapi.json", "", 200},
		{alice, "GET", "/docs/", "", 200},
		{alice, "GET", "/", "", 200}, // the docs
		{alice, "GET", "/nowhere", "", 404},
		{alice, "POST", "/api/jwt/obtain/", `{"username":"alice","password":"a better one"}`, 200},
	} {
		if got := step.who.send(step.method, step.path, step.body); got != step.want {
			t.Errorf("%s %s %s: got %d, want %d", step.method, step.path, step.body, got, step.want)
		}
	}
}

// TestToken needs no cookie and no CSRF token.
func TestToken(t *testing.T) {
	server := newServer(t)
	reply, err := http.Post(server.URL+"/api/jwt/obtain/", "application/json", strings.NewReader(`{"username":"alice","password":"alice-pass"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var pair struct {
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&pair); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{pair.Access: 201, pair.Access + "x": 401} {
		r, err := http.NewRequest("POST", server.URL+"/api/notes/", strings.NewReader(`{"title":"Milk"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Body.Close(); reply.StatusCode != want {
			t.Errorf("got %d, want %d", reply.StatusCode, want)
		}
	}
}

// TestSeedingIsDoneOnce starts again with a hasher that cannot hash.
func TestSeedingIsDoneOnce(t *testing.T) {
	db, err := sqlite.Open(t.Context(), ":memory:", sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	broken := &password.Hasher{Algorithm: "none"}
	if err := seed(db.Users(), broken); err == nil {
		t.Fatal("the first start hashed nothing")
	}
	if err := seed(db.Users(), &password.Hasher{}); err != nil {
		t.Fatal(err)
	}
	if err := seed(db.Users(), broken); err != nil {
		t.Errorf("the second start: %v", err)
	}
}

// TestOnLoopback: cookies are Secure unless only this machine can connect.
func TestOnLoopback(t *testing.T) {
	for _, test := range []struct {
		addr net.Addr
		want bool
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, true},
		{&net.TCPAddr{IP: net.IPv6loopback}, true},
		{&net.TCPAddr{IP: net.IPv4zero}, false},
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, false},
		{&net.UnixAddr{Name: "x"}, false},
	} {
		if got := onLoopback(test.addr); got != test.want {
			t.Errorf("%v: got %t, want %t", test.addr, got, test.want)
		}
	}
}

func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "notes.sqlite3"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	hasher := &password.Hasher{}
	if err := seed(db.Users(), hasher); err != nil {
		t.Fatal(err)
	}
	handler, err := newHandler(db, hasher, []byte(strings.Repeat("s", 50)), true)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

type client struct {
	t    *testing.T
	http *http.Client
	base string
}

func newClient(t *testing.T, base string) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t, &http.Client{Jar: jar}, base}
}

func (c *client) send(method, path, body string) int {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	base, _ := url.Parse(c.base)
	for _, cookie := range c.http.Jar.Cookies(base) {
		if cookie.Name == "csrftoken" {
			r.Header.Set("X-CSRFToken", cookie.Value)
		}
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
