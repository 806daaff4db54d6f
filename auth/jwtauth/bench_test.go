package jwtauth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

var typical = claims("iss", `"https://id.example.com"`, "aud", `["notes","admin"]`, "roles", `["reader","writer"]`)

func typicalIssuer(t testing.TB) *jwtauth.Issuer[string] {
	return jwtauth.New(anybody{}, jwtauth.Config{Secret: secret, Issuer: "https://id.example.com", Audiences: []string{"notes"}, Now: clock})
}

// TestAllocations: an accepted token costs its claims, the text they are cut from
// and the user; a refused one costs nothing.
func TestAllocations(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{Issuer: "https://id.example.com"}).Header()
	bad := mint(header, typical)
	for name, c := range map[string]struct {
		token string
		most  float64
	}{
		"accepted":      {mint(header, typical), 5}, // the store's user is three of them
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

func BenchmarkVerify(b *testing.B) {
	token := mint(header, typical)
	b.Run("ours", func(b *testing.B) {
		tokens := typicalIssuer(b).Header()
		r := request("Authorization", "Bearer "+token)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tokens.Authenticate(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-jose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := joseVerify(token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("refused", func(b *testing.B) {
		tokens := typicalIssuer(b).Header()
		r := request("Authorization", "Bearer "+token[:len(token)-5]+"AAAAA")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tokens.Authenticate(r); err == nil {
				b.Fatal("accepted")
			}
		}
	})
}

func joseVerify(token string) error {
	parsed, err := josejwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return err
	}
	var c struct {
		josejwt.Claims
		Extras struct {
			Type string `json:"type"`
		} `json:"extras"`
	}
	if err := parsed.Claims(secret, &c); err != nil {
		return err
	}
	if c.Subject == "" || c.Expiry == nil || c.IssuedAt == nil || c.Extras.Type != "access" {
		return errors.New("claims")
	}
	return c.ValidateWithLeeway(josejwt.Expected{Time: now, Issuer: "https://id.example.com", AnyAudience: josejwt.Audience{"notes"}}, 0*time.Second)
}

// anybody finds everybody without allocating.
type anybody struct{}

func (anybody) ByID(_ context.Context, id string) (string, auth.Account, error) {
	return "somebody", auth.Account{ID: id, Active: true}, nil
}

func (anybody) ByUsername(_ context.Context, name string) (string, auth.Account, error) {
	return "somebody", auth.Account{ID: name, Active: true}, nil
}
