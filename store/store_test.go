package store_test

import (
	"testing"

	"github.com/go-modern-rest/rest/store"
)

func TestNormalizeEmail(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"Alice@Example.COM", "Alice@example.com"},
		{" alice@EXAMPLE.com\n", "alice@example.com"},
		{`"A@B"@EXAMPLE.com`, `"A@B"@example.com`},
		{"alice@BÜCHER.example", "alice@bücher.example"},
		{"@EXAMPLE.com", "@example.com"},
		{"alice@", "alice@"},
		{" No Address ", " No Address "},
		{"", ""},
	} {
		if got := store.NormalizeEmail(c.address); got != c.want {
			t.Errorf("%q: got %q, want %q", c.address, got, c.want)
		}
	}
}
