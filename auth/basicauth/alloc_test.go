//go:build !race

package basicauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest/auth/basicauth"
)

// TestAllocationsOfStatic: an accepted credential costs its text and the name as a principal.
func TestAllocationsOfStatic(t *testing.T) {
	a := basicauth.New(basicauth.Static(map[string]string{"alice": "a password of some length"}), basicauth.Config{})
	r := httptest.NewRequest("GET", "/", http.NoBody)
	r.SetBasicAuth("alice", "a password of some length")
	if _, err := a.Authenticate(r); err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = a.Authenticate(r) }); got > 2 {
		t.Errorf("got %v allocations, want 2 at most", got)
	}
}
