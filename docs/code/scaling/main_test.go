package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// TestScaling signs up with one process and logs in with another. A backup has the user.
func TestScaling(t *testing.T) {
	database := servers.Postgres(t).URL
	sessions := servers.Redis(t).URL
	t.Setenv("DATABASE_URL", database)
	t.Setenv("REDIS_URL", sessions)
	var processes []http.Handler
	for range 2 {
		db, fast, err := stores(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		wait := background(ctx, db, fast)
		t.Cleanup(func() {
			stop()
			wait()
			if err := fast.Close(); err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		api, err := newAPI(db, fast, []byte(strings.Repeat("s", 50)))
		if err != nil {
			t.Fatal(err)
		}
		processes = append(processes, api)
	}
	send := func(process int, method, path, body string, cookies ...*http.Cookie) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for _, cookie := range cookies {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		processes[process].ServeHTTP(w, r)
		return w.Result()
	}
	const alice = `{"username":"alice","password":"a long password"}`
	if reply := send(0, "POST", "/sign-up/", alice); reply.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up: got %d", reply.StatusCode)
	}
	login := send(1, "POST", "/session/login/", alice)
	if reply := send(0, "GET", "/me/", "", login.Cookies()...); reply.StatusCode != http.StatusOK {
		t.Errorf("the session of the other process: got %d", reply.StatusCode)
	}
	if reply := send(0, "GET", "/health/ready", ""); reply.StatusCode != http.StatusOK {
		t.Errorf("ready: got %d", reply.StatusCode)
	}
	restored(t)
}

// restored makes a backup, puts it into another database, and looks for the user there.
func restored(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	run(t, "backup.sh", folder)
	if info, err := os.Stat(folder + "/redis.rdb"); err != nil || info.Size() == 0 {
		t.Errorf("got %v, %v, want the rows of Redis", info, err)
	}
	empty := servers.Postgres(t).URL
	t.Setenv("DATABASE_URL", empty)
	run(t, "restore.sh", folder)
	db, err := postgres.Open(t.Context(), empty, postgres.Config{ManualMigrations: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var user *store.User
	if user, _, err = db.Users().ByUsername(t.Context(), "alice"); err != nil || user.Username != "alice" {
		t.Errorf("got %v, %v, want the user of the backup", user, err)
	}
}

func run(t *testing.T, script, folder string) {
	t.Helper()
	for _, program := range []string{"pg_dump", "pg_restore", "redis-cli"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", program)
			}
			t.Skipf("%s is not installed", program)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-e", script, folder).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}
