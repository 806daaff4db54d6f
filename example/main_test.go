package main

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/redis"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestNotes walks through the example as its users would, on each kind of store.
func TestNotes(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { useNotes(t, newServer(t, "sqlite", "")) })
	t.Run("sqlite and redis", func(t *testing.T) { useNotes(t, newServer(t, "sqlite", servers.Redis(t).URL)) })
	t.Run("postgres", func(t *testing.T) { useNotes(t, newServer(t, servers.Postgres(t).URL, "")) })
	t.Run("postgres and redis", func(t *testing.T) {
		database, sessions := servers.Postgres(t).URL, servers.Redis(t).URL
		useNotes(t, newServer(t, database, sessions))
		session, err := redis.Open(t.Context(), sessions, redis.Config{Prefix: "notes:", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		users, err := openStores(t.Context(), database, "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = users.close() }()
		bob, _, err := users.users.ByUsername(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := session.Sessions().ByUser(t.Context(), bob.ID); len(rows) != 1 || err != nil {
			t.Errorf("got %v, %v, want the session of bob in Redis", rows, err)
		}
		if rows, err := users.sessions.ByUser(t.Context(), bob.ID); len(rows) != 0 || err != nil {
			t.Errorf("got %v, %v, want no session in PostgreSQL", rows, err)
		}
	})
}

// TestTwoProcesses: a login in one process is one in the other, and so is a logout.
func TestTwoProcesses(t *testing.T) {
	database, sessions := servers.Postgres(t).URL, servers.Redis(t).URL
	one, two := newServer(t, database, sessions), newServer(t, database, sessions)
	alice := newClient(t, one.URL)
	there := &client{t, alice.http, two.URL} // cookies do not depend on the port
	for _, step := range []struct {
		who          *client
		method, path string
		body         string
		want         int
	}{
		{there, "GET", "/api/notes/", "", 401},
		{alice, "POST", "/api/session/login/", `{"username":"alice","password":"alice-pass"}`, 200},
		{there, "GET", "/api/notes/", "", 200},
		{there, "POST", "/api/notes/", `{"title":"Milk"}`, 201},
		{alice, "GET", "/api/notes/1/", "", 200},
		{there, "POST", "/api/session/logout/", "", 204},
		{alice, "GET", "/api/notes/", "", 401},
	} {
		if got := step.who.send(step.method, step.path, step.body); got != step.want {
			t.Errorf("%s %s%s %s: got %d, want %d", step.method, step.who.base, step.path, step.body, got, step.want)
		}
	}
}

// TestWrongStore: a mistake in a flag is an error.
func TestWrongStore(t *testing.T) {
	for _, c := range []struct{ where, sessions, want string }{
		{"mysql://127.0.0.1", "", "-store"},
		{"", "", "-store"},
		{"sqlite", "postgres://127.0.0.1", "redis"},
	} {
		if _, err := openStores(t.Context(), c.where, c.sessions, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("-store %q -sessions %q: got %v, want an error about %s", c.where, c.sessions, err, c.want)
		}
	}
}

func useNotes(t *testing.T, server *httptest.Server) {
	t.Helper()
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
	server := newServer(t, "sqlite", "")
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

// TestSeedingIsDoneOnce: the password of alice remains as she has changed it.
func TestSeedingIsDoneOnce(t *testing.T) {
	db, err := sqlite.Open(t.Context(), ":memory:", sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := seed(t.Context(), db.Users()); err != nil {
		t.Fatal(err)
	}
	hasher := &password.Hasher{}
	_, alice, err := password.NewChecker(db.Users(), hasher).Check(t.Context(), "alice", "alice-pass")
	if err != nil || hasher.NeedsUpgrade(alice.Password) {
		t.Errorf("got %v, %q, want the encoding of the default hasher", err, alice.Password)
	}
	if err := db.Users().SetPassword(t.Context(), alice.ID, "changed"); err != nil {
		t.Fatal(err)
	}
	if err := seed(t.Context(), db.Users()); err != nil {
		t.Errorf("the second start: %v", err)
	}
	if _, again, err := db.Users().ByID(t.Context(), alice.ID); err != nil || again.Password != "changed" {
		t.Errorf("the second start: got %q, %v", again.Password, err)
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

func newServer(t *testing.T, where, sessions string) *httptest.Server {
	t.Helper()
	stores, err := openStores(t.Context(), where, sessions, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stores.close() })
	hasher := &password.Hasher{}
	if err := seed(t.Context(), stores.users); err != nil {
		t.Fatal(err)
	}
	handler, err := newHandler(t.Context(), stores, hasher, []byte(strings.Repeat("s", 50)), true)
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
