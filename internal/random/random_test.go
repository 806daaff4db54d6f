package random_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/random"
)

// TestText: bytes that would make some characters likelier than others are dropped.
func TestText(t *testing.T) {
	source := bytes.NewReader(append(bytes.Repeat([]byte{255, 254, 248}, 20), []byte{0, 61, 62, 247}...))
	for _, test := range []struct {
		name, alphabet, want string
	}{
		{"62 characters", random.Alphanumeric, "a9a9"},
		{"two characters", "xy", "yxxy"},
	} {
		if _, err := source.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := random.Text(source, test.alphabet, 4); err != nil || got != test.want {
			t.Errorf("%s: got %q, %v, want %q", test.name, got, err, test.want)
		}
	}
	if text, err := random.Text(strings.NewReader("short"), "ab", 9); text != "" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that ends: got %q, %v", text, err)
	}
	seen := map[string]bool{}
	for range 100 {
		text, err := random.Text(rand.Reader, random.Alphanumeric, 32)
		if err != nil || len(text) != 32 || strings.Trim(text, random.Alphanumeric) != "" || seen[text] {
			t.Fatalf("got %q, %v", text, err)
		}
		seen[text] = true
	}
}
