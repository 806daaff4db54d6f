//go:build !race

package jwtauth_test

import (
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// TestAllocations: an accepted token costs its claims, the text they are cut from
// and the user; a refused one costs nothing.
func TestAllocations(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Issuer: "https://id.example.com"}).Header()
	bad := mint(header, typical)
	for name, c := range map[string]struct {
		token string
		most  float64
	}{
		"accepted":      {mint(header, typical), 3}, // one is the user that the store copies
		"bad signature": {bad[:len(bad)-5] + "AAAAA", 0},
		"junk":          {"junk", 0},
		"dots":          {strings.Repeat(".", 1<<20), 0},
		"spread dots":   {strings.Repeat("a.", 5000), 0},
	} {
		r := request("Authorization", "Bearer "+c.token)
		if got := testing.AllocsPerRun(100, func() { _, _ = tokens.Authenticate(r) }); got > c.most {
			t.Errorf("%s: got %v allocations, want at most %v", name, got, c.most)
		}
	}
}

// TestAllocationsOfRemote: keys of another issuer cost no more than one's own, once they
// are there.
func TestAllocationsOfRemote(t *testing.T) {
	key := newKey(t, "one")
	id := newIdentity(t, key)
	token := id.token(t)
	_, remote := id.service(t, clock)
	own := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{key}, Issuer: "https://id", Audiences: []string{"notes"}})
	count := func(tokens *jwtauth.Issuer[*store.User]) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, _, err := tokens.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	if got, want := count(remote), count(own); got > want {
		t.Errorf("got %v allocations, want those of a key of one's own, %v", got, want)
	}
}
