//go:build unix

package secret_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-modern-rest/rest/secret"
)

func TestWhereNoFileCanBe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"no folder": filepath.Join(dir, "none", "key"),
		"a folder":  dir,
		"a pipe":    pipe,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := secret.File(path)
			wantError(t, err, path, "")
		})
	}
}

// TestFullDisk writes under a limit on the size of files, which fails like a full disk.
func TestFullDisk(t *testing.T) {
	if path := os.Getenv("SECRET_TEST_PATH"); path != "" {
		_, err := secret.File(path)
		fmt.Println("error:", err)
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	// The shell ignores SIGXFSZ, so that a write fails instead of ending the process.
	cmd := exec.Command("sh", "-c", `trap '' XFSZ; ulimit -f 0; exec "$0" -test.run '^TestFullDisk$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "SECRET_TEST_PATH="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "error: secret: ") || !strings.Contains(string(out), path) {
		t.Fatalf("got %s, %v, want an error that names the path", out, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("got %v, %v, want no file left", files, err)
	}
	if _, err := secret.File(path); err != nil {
		t.Errorf("with room on the disk: %v", err)
	}
}
