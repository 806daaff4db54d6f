package main

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestRotation: a session and a token go on after the secret was replaced, and end when the
// former one is gone. The copy of the database is one that can be opened.
func TestRotation(t *testing.T) {
	data := t.TempDir()
	open := func() (*sqlite.DB, *resttest.Client) {
		key, former, err := secrets(data)
		if err != nil {
			t.Fatal(err)
		}
		db, err := sqlite.Open(t.Context(), filepath.Join(data, "notes.sqlite3"), sqlite.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		api, err := newAPI(db, key, former, netip.MustParsePrefix("127.0.0.1/32"))
		if err != nil {
			t.Fatal(err)
		}
		return db, resttest.NewClient(t, api)
	}
	type pair struct {
		Access string `json:"access_token"`
	}
	type token = map[string]string
	db, client := open()
	alice := map[string]string{"username": "alice", "password": "milk and honey"}
	client.Post("/sign-up/", alice).Want(201)
	access := resttest.Decode[pair](client.Post("/jwt/obtain/", alice).Want(200)).Access
	first, err := os.ReadFile(filepath.Join(data, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(data, "secret"), filepath.Join(data, "secret.1")); err != nil {
		t.Fatal(err)
	}
	_, client = open()
	client.Get("/health/ready").Want(200)
	client.Post("/jwt/verify/", token{"access_token": access}).Want(204)
	if second, err := os.ReadFile(filepath.Join(data, "secret")); err != nil || bytes.Equal(first, second) {
		t.Errorf("the secret was not replaced: %v", err)
	}
	if err := os.Remove(filepath.Join(data, "secret.1")); err != nil {
		t.Fatal(err)
	}
	_, client = open()
	client.Post("/jwt/verify/", token{"access_token": access}).Want(401)

	closed, client := open()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	client.Get("/health/ready").Want(503)

	file := filepath.Join(t.TempDir(), "copy.sqlite3")
	if err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	copied, err := sqlite.Open(t.Context(), file, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if n, err := copied.Users().Count(t.Context()); n != 1 || err != nil {
		t.Errorf("got %d users, %v", n, err)
	}
}
