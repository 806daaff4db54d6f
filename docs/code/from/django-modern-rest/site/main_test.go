package main

import (
	"bytes"
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-modern-rest/rest/resttest"
)

// TestLogin logs in as a user whom Django made.
func TestLogin(t *testing.T) {
	dump, err := os.ReadFile(filepath.FromSlash("../../../../../store/sqlite/testdata/site-dmr.sql"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	site, err := sql.Open("sqlite", "db.sqlite3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := site.Exec(string(dump)); err != nil {
		t.Fatal(err)
	}
	if err := site.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := openSite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	api, err := newAPI(db, bytes.Repeat([]byte("s"), 64))
	if err != nil {
		t.Fatal(err)
	}
	client := resttest.NewClient(t, api)
	login := client.Post("/api/session/login/", map[string]string{"username": "alice", "password": "django-pass"})
	if login.Status != http.StatusOK {
		t.Fatalf("got %d %s", login.Status, login.Body)
	}
	if me := client.Get("/api/me/"); me.Status != http.StatusOK || string(bytes.TrimSpace(me.Body)) != `"alice"` {
		t.Errorf("got %d %s, want alice", me.Status, me.Body)
	}
}
