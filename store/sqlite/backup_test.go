package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

func TestBackup(t *testing.T) {
	both(t, func(t *testing.T, openNew func(*testing.T) *sqlite.DB) {
		db := openNew(t)
		folder := t.TempDir()
		path := filepath.Join(folder, "copy 'of' it.sqlite3")
		if err := os.WriteFile(path, []byte("an older copy"), 0o644); err != nil {
			t.Fatal(err)
		}
		create := func(key string) error {
			return db.Sessions().Create(t.Context(), store.Session{Key: key, UserID: "1", Created: begun, Seen: begun, Expires: begun})
		}
		for i := range 100 {
			if err := create(fmt.Sprint("before ", i)); err != nil {
				t.Fatal(err)
			}
		}
		var writers sync.WaitGroup
		for i := range 2 { // who go on
			writers.Go(func() {
				for n := range 50 {
					if err := create(fmt.Sprint("meanwhile ", i, n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		if err := db.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
		}
		restored := open(t, path, sqlite.Config{})
		if n, err := restored.Text(`SELECT COUNT(*) FROM rest_session WHERE session_key LIKE 'before %'`); n != "100" || err != nil {
			t.Errorf("got %s sessions, %v, want the 100 from before", n, err)
		}
		if text, err := restored.Text(`PRAGMA integrity_check`); text != "ok" || err != nil {
			t.Errorf("integrity check: got %s, %v", text, err)
		}
	})
}

func TestFailedBackup(t *testing.T) {
	folder := t.TempDir()
	db := open(t, filepath.Join(folder, "db.sqlite3"), sqlite.Config{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	backups := filepath.Join(folder, "backups")
	if err := os.MkdirAll(filepath.Join(backups, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		path string
	}{
		"the context has ended": {ended, filepath.Join(backups, "copy")},
		"no such folder":        {t.Context(), filepath.Join(backups, "none", "copy")},
		"a folder":              {t.Context(), filepath.Join(backups, "folder")},
	} {
		if err := db.Backup(c.ctx, c.path); err == nil || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
		}
	}
	if files, err := os.ReadDir(backups); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v, want no file left", files, err)
	}
}

func TestBackupBesideASite(t *testing.T) {
	cfg := siteKinds[0].cfg
	if err := open(t, siteFile(t, siteKinds[0]), cfg).Backup(t.Context(), filepath.Join(t.TempDir(), "copy")); err == nil || !strings.Contains(err.Error(), "OwnTables") {
		t.Errorf("without own tables: got %v, want an error", err)
	}
	cfg.OwnTables = filepath.Join(t.TempDir(), "own.sqlite3")
	db := open(t, siteFile(t, siteKinds[0]), cfg)
	if err := db.Families().CreateFamily(t.Context(), familyOf("f", "1", "")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "copy")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	cfg.OwnTables = path
	if _, err := open(t, siteFile(t, siteKinds[0]), cfg).Families().Family(t.Context(), "f"); err != nil {
		t.Errorf("the copy: %v", err)
	}
}

func ExampleDB_Backup() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	db, err := sqlite.Open(ctx, filepath.Join(folder, "site.sqlite3"), sqlite.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	fmt.Println(db.Backup(ctx, filepath.Join(folder, "backup.sqlite3")))
	// Output: <nil>
}
