package store_test

import (
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/store"
)

func TestIDTypes(t *testing.T) {
	const uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	for _, test := range []struct {
		name  string
		id    string
		valid []store.IDType
	}{
		{"a number", "7", []store.IDType{store.Integer, store.Text}},
		{"a negative number", "-7", []store.IDType{store.Integer, store.Text}},
		{"the largest number", "9223372036854775807", []store.IDType{store.Integer, store.Text}},
		{"a number beyond it", "9223372036854775808", []store.IDType{store.Text}},
		{"a leading zero", "07", []store.IDType{store.Text}},
		{"a sign", "+7", []store.IDType{store.Text}},
		{"a space", " 7", []store.IDType{store.Text}},
		{"nothing", "", nil},
		{"a UUID", uuid, []store.IDType{store.UUID, store.Text}},
		{"a UUID in upper case", strings.ToUpper(uuid), []store.IDType{store.Text}},
		{"a UUID without dashes", strings.ReplaceAll(uuid, "-", ""), []store.IDType{store.Text}},
		{"a UUID with a dash elsewhere", "6ba7b8109-dad-11d1-80b4-00c04fd430c8", []store.IDType{store.Text}},
		{"a UUID with a letter beyond f", strings.Replace(uuid, "6", "g", 1), []store.IDType{store.Text}},
		{"NUL", "a\x00", nil},
		{"invalid UTF-8", "a\xff", nil},
		{"150 bytes", strings.Repeat("x", 150), []store.IDType{store.Text}},
		{"151 bytes", strings.Repeat("x", 151), nil},
	} {
		for _, kind := range []store.IDType{store.Integer, store.UUID, store.Text} {
			want := false
			for _, valid := range test.valid {
				want = want || valid == kind
			}
			if got := kind.Valid(test.id); got != want {
				t.Errorf("%s: %v.Valid(%q): got %t, want %t", test.name, kind, test.id, got, want)
			}
		}
	}
	if store.IDType(9).Valid("7") {
		t.Error("an unknown type has valid ids")
	}
}

func TestNewIDs(t *testing.T) {
	if id := store.Integer.New(); id != "" {
		t.Errorf("Integer: got %q, want none, because the database assigns it", id)
	}
	for _, kind := range []store.IDType{store.UUID, store.Text} {
		a, b := kind.New(), kind.New()
		if a == b || !store.UUID.Valid(a) || a[14] != '4' || !strings.ContainsRune("89ab", rune(a[19])) {
			t.Errorf("%v: got %q and %q, want two UUIDs of version 4", kind, a, b)
		}
	}
}
