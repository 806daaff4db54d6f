package store_test

import (
	"fmt"
	"slices"
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

func TestFoldCase(t *testing.T) {
	for _, c := range []struct {
		a, b string
		one  bool
	}{
		{"Alice", "aLICE", true},
		{"Иван", "иВАН", true},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", true}, // two small sigmas
		{"ÄÖ", "äö", true},
		{"alice", "alic", false},
		{"a_b", "a%b", false},
		{"kim", "\u212aim", false},   // Kelvin sign
		{"sam", "\u017fam", false},   // long s
		{"İ", "i", false},            // of Turkish
		{"straße", "STRASSE", false}, // not one letter each
	} {
		if got := store.FoldCase(c.a) == store.FoldCase(c.b); got != c.one {
			t.Errorf("%s and %s: got one name %v, want %v", c.a, c.b, got, c.one)
		}
	}
	for r := range rune(0x20000) { // the spellings of all letters of one name are the same
		spellings := store.SpellingsOf(r)
		for _, other := range spellings {
			if got := store.SpellingsOf(other); !slices.Equal(sorted(got), sorted(spellings)) || got[0] != spellings[0] {
				t.Fatalf("%q has %q, %q has %q", r, spellings, other, got)
			}
		}
	}
}

func sorted(runes []rune) []rune { return slices.Sorted(slices.Values(runes)) }

func ExampleNormalizeEmail() {
	fmt.Println(store.NormalizeEmail(" Alice@Example.COM"))
	// Output: Alice@example.com
}

func ExampleFoldCase() {
	fmt.Println(store.FoldCase("Иван") == store.FoldCase("ИВАН"))
	// Output: true
}
