package store_test

import (
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/store"
)

// TestFingerprint: it is the same for the same encoding, whatever its length, and reveals
// nothing of it. The value is fixed: rows and tokens keep it.
func TestFingerprint(t *testing.T) {
	if got, want := store.Fingerprint("argon2$x"), "fVFLeIIsAsaSwkxGMldEPA"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	seen := map[string]string{}
	for _, encoded := range []string{"", "a", "b", "argon2$x", strings.Repeat("x", 300), strings.Repeat("x", 301)} {
		got := store.Fingerprint(encoded)
		if len(got) != 22 || got != store.Fingerprint(encoded) {
			t.Errorf("%q: got %q", encoded, got)
		}
		if other, double := seen[got]; double {
			t.Errorf("%q and %q have one fingerprint", encoded, other)
		}
		seen[got] = encoded
	}
}

// TestFingerprintAllocates: it is computed for each request with a token.
func TestFingerprintAllocates(t *testing.T) {
	encoded := "argon2$" + strings.Repeat("x", 100)
	if got := testing.AllocsPerRun(100, func() { _ = store.Fingerprint(encoded) }); got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}
