package requestid_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/requestid"
)

// TestOf: what a client sends stands in logs only if it can.
func TestOf(t *testing.T) {
	for id, want := range map[string]bool{
		"7f3a-B_c.9": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a\"b": false, "a\nb": false, "é": false, "a=b": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["X-Request-Id"] = []string{id}
		got := requestid.Of(r)
		if (got == id) != want || got == "" || len(got) > 64 {
			t.Errorf("%q: got %q, want it kept: %t", id, got, want)
		}
		if again := requestid.Of(r); again != got {
			t.Errorf("%q: got %q and then %q", id, got, again)
		}
	}
}
