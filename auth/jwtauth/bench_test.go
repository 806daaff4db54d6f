package jwtauth_test

import (
	"context"
	"errors"
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
