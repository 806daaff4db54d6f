package field_test

import (
	"testing"

	"github.com/go-modern-rest/rest/internal/field"
)

func TestIsToken(t *testing.T) {
	for text, want := range map[string]bool{"X-A": true, "a!#$%&'*+-.^_`|~9": true, "": false, "a b": false, "a:": false, "é": false, "a\x00": false} {
		if got := field.IsToken(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct{ text, before, after string }{
		{"", "", ""}, {"a", "a", ""}, {"a,b,c", "a", "b,c"}, {`"a,b",c`, `"a,b"`, "c"}, {`"a\",b",c`, `"a\",b"`, "c"}, {`"a,b`, `"a,b`, ""}, {`a\,b`, `a\`, "b"},
	} {
		if before, after := field.Cut(test.text, ','); before != test.before || after != test.after {
			t.Errorf("%q: got %q and %q, want %q and %q", test.text, before, after, test.before, test.after)
		}
	}
}
