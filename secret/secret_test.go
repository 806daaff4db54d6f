package secret_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest/secret"
)

func ExampleFile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	first, err := secret.File(filepath.Join(dir, "secret"))
	fmt.Println(len(first), err)
	again, err := secret.File(filepath.Join(dir, "secret"))
	fmt.Println(string(again) == string(first), err)
	// Output:
	// 52 <nil>
	// true <nil>
}

func TestFirstStart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	key, err := secret.File(path)
	if err != nil || len(key) != 52 {
		t.Fatalf("got %d bytes, %v, want 52", len(key), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v, want no file beside the secret", files, err)
	}
	other, err := secret.File(filepath.Join(dir, "other"))
	if err != nil || string(other) == string(key) {
		t.Errorf("got the same secret twice, or %v", err)
	}
}

// TestStartTogether is several processes that start on a new folder.
func TestStartTogether(t *testing.T) {
	for range 20 {
		path := filepath.Join(t.TempDir(), "key")
		keys := make([]string, 8)
		var wg sync.WaitGroup
		for i := range keys {
			wg.Go(func() {
				key, err := secret.File(path)
				if err != nil {
					t.Error(err)
				}
				keys[i] = string(key)
			})
		}
		wg.Wait()
		for _, key := range keys {
			if key != keys[0] || key == "" {
				t.Fatalf("got the secrets %q", keys)
			}
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	const good = "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       string // part of the error; empty: none
	}{
		{"32 bytes", good, 0o600, ""},
		{"a line", good + "\n", 0o600, ""},
		{"a line of Windows", good + "\r\n", 0o600, ""},
		{"read-only", good, 0o400, ""},
		{"readable by others", good, 0o604, "0604"},
		{"readable by the group", good, 0o640, "0640"},
		{"writable by others", good, 0o602, "0602"},
		{"empty", "", 0o600, "0 bytes"},
		{"short", good[1:], 0o600, "31 bytes"},
		{"short but for the line break", good[1:] + "\n", 0o600, "31 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			key, err := secret.File(path)
			if c.want == "" {
				if err != nil || string(key) != good {
					t.Errorf("got %q, %v, want %q", key, err, good)
				}
				return
			}
			wantError(t, err, path, c.want)
			if len(key) > 0 || c.text != "" && strings.Contains(err.Error(), c.text) {
				t.Errorf("the secret got out: %q, %v", key, err)
			}
			if left, err := os.ReadFile(path); err != nil || string(left) != c.text {
				t.Errorf("the file was changed to %q, %v", left, err)
			}
		})
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	for _, part := range parts {
		if strings.Count(err.Error(), part) != 1 && part != "" {
			t.Errorf("got %q, want %q in it, once", err, part)
		}
	}
}
