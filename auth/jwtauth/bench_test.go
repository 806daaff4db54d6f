package jwtauth_test

import (
	"context"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
)

var typical = claims("iss", `"https://id.example.com"`, "aud", `["notes","admin"]`, "roles", `["reader","writer"]`)

func typicalIssuer(t testing.TB) *jwtauth.Issuer[string] {
	return jwtauth.New(anybody{}, jwtauth.Config{Secret: secret, Issuer: "https://id.example.com", Audiences: []string{"notes"}, Now: clock})
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

// anybody finds everybody without allocating.
type anybody struct{}

func (anybody) ByID(_ context.Context, id string) (string, auth.Account, error) {
	return "somebody", auth.Account{ID: id, Active: true}, nil
}

func (anybody) ByUsername(_ context.Context, name string) (string, auth.Account, error) {
	return "somebody", auth.Account{ID: name, Active: true}, nil
}
