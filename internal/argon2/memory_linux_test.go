package argon2_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/argon2"
)

// TestFree: the memory of a hash is with the process until Free, and then no more.
func TestFree(t *testing.T) {
	const size = 64 << 10 // KiB
	var m argon2.Memory
	before := resident(t)
	first := m.Key(argon2.ID, []byte("password"), []byte("a salt of 16 ..."), 1, size, 1, 32)
	if used := resident(t) - before; used < size<<10*9/10 {
		t.Errorf("got %d bytes while the memory is kept, want %d", used, size<<10)
	}
	m.Free()
	m.Free() // may be called again
	if left := resident(t) - before; left > size<<10/4 {
		t.Errorf("got %d bytes after Free, want about none", left)
	}
	if again := m.Key(argon2.ID, []byte("password"), []byte("a salt of 16 ..."), 1, size, 1, 32); string(again) != string(first) {
		t.Errorf("got %x after Free, want %x", again, first)
	}
	m.Free()
}

// resident returns how many bytes of the process are in memory, see proc_pid_statm(5).
func resident(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
