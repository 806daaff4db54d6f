package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// TestFullDisk fills a small disk, and makes room again.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=2m"); err != nil {
		if os.Getenv("CI") == "true" && os.Getuid() == 0 {
			t.Fatal(err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	db := open(t, filepath.Join(folder, "db.sqlite3"), sqlite.Config{})
	create := func(key string) error {
		return db.Sessions().Create(t.Context(), store.Session{Key: key, Data: strings.Repeat("d", 20_000), Created: begun, Seen: begun, Expires: begun})
	}
	if err := create("before"); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the filler: got %v, want a full disk", err)
	}
	var failed string
	for i := range 10 {
		if key := strings.Repeat("x", i+1); create(key) != nil {
			failed = key
		}
	}
	if failed == "" {
		t.Fatal("no write failed")
	}
	if _, err := db.Sessions().Session(t.Context(), "before"); err != nil {
		t.Errorf("a read: %v", err)
	}
	if _, err := db.Sessions().Session(t.Context(), failed); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a write that failed: got %v, want ErrNotFound", err)
	}
	if err := db.Backup(t.Context(), filepath.Join(folder, "copy")); err == nil {
		t.Error("Backup: got no error")
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := create("after"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if text, err := db.Text(`PRAGMA integrity_check`); text != "ok" || err != nil {
		t.Errorf("integrity check: got %s, %v", text, err)
	}
}
