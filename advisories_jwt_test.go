package rest_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// craft signs whatever it is given with HS256.
func craft(secret []byte, header, payload string) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	mac := hmac.New(crypto.SHA256.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func claimsOf(more string) string {
	now := time.Now().Unix()
	return fmt.Sprintf(`{"sub":"1","iat":%d,"exp":%d,"extras":{"type":"access"}%s}`, now, now+60, more)
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

// refusedFor reports whether an error is a refusal with this reason.
func refusedFor(err error, reason string) bool {
	e, ok := errors.AsType[*auth.Error](err)
	return ok && e.Err != nil && strings.Contains(e.Err.Error(), reason)
}

// golang-jwt told of an expired token although its signature was bad.
func TestAdvisoryCVE2024_51744_golangjwt(t *testing.T) {
	tokens, _ := jwtIssuer(t)
	expired := `{"sub":"1","iat":1,"exp":2,"extras":{"type":"access"}}`
	_, claims, err := tokens.Verify(t.Context(), craft([]byte("another secret of more than 32 bytes"), hs256, expired))
	if !refusedFor(err, "bad signature") || claims != nil {
		t.Errorf("got %v with %v", err, claims)
	}
	if _, _, err := tokens.Verify(t.Context(), craft(jwtSecret, hs256, expired)); !refusedFor(err, "expired") {
		t.Errorf("got %v", err)
	}
}

// jwt-go took an aud of another shape for none.
func TestAdvisoryCVE2020_26160_jwtgo(t *testing.T) {
	tokens := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Secret: jwtSecret, Audiences: []string{"notes"}})
	for aud, want := range map[string]bool{
		`"notes"`: true, `["notes"]`: true, `["other","notes"]`: true,
		`"other"`: false, `["other"]`: false, `[]`: false, `""`: false, `[""]`: false, `null`: false, `{"0":"notes"}`: false, `true`: false, `["notes",1]`: false, `[["notes"]]`: false,
	} {
		if _, _, err := tokens.Verify(t.Context(), craft(jwtSecret, hs256, claimsOf(`,"aud":`+aud))); (err == nil) != want {
			t.Errorf("aud %s: got %v, want accepted: %t", aud, err, want)
		}
	}
	if _, _, err := tokens.Verify(t.Context(), craft(jwtSecret, hs256, claimsOf(""))); err == nil {
		t.Error("no aud: accepted")
	}
}

// Several libraries let the token say how it is to be checked.
func TestAdvisoryAlgorithmConfusion(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Keys: []jwtauth.Key{
		{ID: "rsa", Private: private}, {ID: "mac", Secret: jwtSecret},
	}})
	for name, token := range map[string]string{
		"none":                  craft(nil, `{"alg":"none"}`, claimsOf("")),
		"None":                  craft(nil, `{"alg":"None"}`, claimsOf("")),
		"none, no signature":    strings.TrimRight(craft(nil, `{"alg":"none"}`, claimsOf("")), "-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
		"hs256 in lower case":   craft(jwtSecret, `{"alg":"hs256","kid":"mac"}`, claimsOf("")),
		"no alg":                craft(jwtSecret, `{"kid":"mac"}`, claimsOf("")),
		"the public key (PEM)":  craft(public, `{"alg":"HS256","kid":"rsa"}`, claimsOf("")),
		"the public key (DER)":  craft(der, `{"alg":"HS256","kid":"rsa"}`, claimsOf("")),
		"the secret under rsa":  craft(jwtSecret, `{"alg":"HS256","kid":"rsa"}`, claimsOf("")),
		"a key in the header":   craft([]byte("k"), `{"alg":"HS256","jwk":{"kty":"oct","k":"aw"}}`, claimsOf("")),
		"a URL in the header":   craft([]byte("k"), `{"alg":"HS256","jku":"https://evil.example/keys"}`, claimsOf("")),
		"a kid that is a path":  craft(nil, `{"alg":"HS256","kid":"../../dev/null"}`, claimsOf("")),
		"a kid that is no text": craft(jwtSecret, `{"alg":"HS256","kid":["mac"]}`, claimsOf("")),
	} {
		if _, _, err := rs.Verify(t.Context(), token); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if _, _, err := rs.Verify(t.Context(), craft(jwtSecret, `{"alg":"HS256","kid":"mac"}`, claimsOf(""))); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err := jwtauth.New(oneUser{}, jwtauth.Config{Secret: public}).Header().Declare("GET"); err == nil {
		t.Error("a public key was taken for a secret")
	}
}

// Authlib and jwx passed over crit, which says what must not be passed over.
func TestAdvisoryCVE2025_59420_crit(t *testing.T) {
	tokens := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Secret: jwtSecret})
	for _, crit := range []string{`["exp"]`, `["b64"]`, `["unknown"]`, `[]`, `null`, `"exp"`, `{}`} {
		if _, _, err := tokens.Verify(t.Context(), craft(jwtSecret, `{"alg":"HS256","crit":`+crit+`}`, claimsOf(""))); !errors.As(err, new(*auth.Error)) {
			t.Errorf("crit %s: got %v, want a refusal", crit, err)
		}
	}
	if _, _, err := tokens.Verify(t.Context(), craft(jwtSecret, `{"alg":"HS256","other":["exp"]}`, claimsOf(""))); err != nil {
		t.Errorf("without crit: %v", err)
	}
}

// jwx and others crashed, or worked for minutes, on forms that nobody had asked for.
func TestAdvisoryCVE2024_21664_28122_CVE2023_49290_jwx(t *testing.T) {
	tokens := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Secret: jwtSecret})
	compact := strings.Split(craft(jwtSecret, hs256, claimsOf("")), ".")
	for name, token := range map[string]string{
		"JSON serialization":     fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, compact[1], compact[0], compact[2]),
		"general serialization":  `{"payload":"e30","signatures":[{}]}`,
		"no signatures":          `{}`,
		"JWE":                    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c",
		"compressed":             craft(jwtSecret, `{"alg":"HS256","zip":"DEF"}`, claimsOf("")),
		"a huge iteration count": craft(jwtSecret, `{"alg":"PBES2-HS256+A128KW","p2c":2147483647}`, claimsOf("")),
		"nested":                 craft(jwtSecret, `{"alg":"HS256","cty":"JWT"}`, `"`+strings.Join(compact, ".")+`"`),
	} {
		if _, _, err := tokens.Verify(t.Context(), token); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if _, _, err := tokens.Verify(t.Context(), strings.Join(compact, ".")); err != nil {
		t.Errorf("the compact serialization: %v", err)
	}
}

// simplejwt gave tokens to users who were inactive, and let them use what they had; its
// rotation without a store rotated nothing.
func TestAdvisoryCVE2024_22513_simplejwt(t *testing.T) {
	db := memory.New()
	ctx := t.Context()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		t.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: jwtSecret, Families: db.Families()})
	account := auth.Account{ID: "1", Active: true}
	pair, err := tokens.Issue(ctx, account)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Users().SetActive(ctx, "1", false); err != nil {
		t.Fatal(err)
	}
	account.Active = false
	use := httptest.NewRequest("GET", "/", nil)
	use.Header.Set("Authorization", "Bearer "+pair.Access)
	_, issued := tokens.Issue(ctx, account)
	_, used := tokens.Header().Authenticate(use)
	_, refreshed := tokens.Refresh(ctx, pair.Refresh)
	_, _, verified := tokens.Verify(ctx, pair.Access)
	for what, err := range map[string]error{"issue": issued, "use": used, "refresh": refreshed, "verify": verified} {
		if !refusedFor(err, "inactive") {
			t.Errorf("%s: got %v, want a refusal", what, err)
		}
	}
	if _, err := jwtauth.New(db.Users(), jwtauth.Config{Secret: jwtSecret, Grace: time.Second}).Header().Declare("GET"); err == nil {
		t.Error("rotation without a store: no start-up error")
	}
}

// oneUser is a table of users in memory.
type oneUser struct{ user *user }

func (u oneUser) ByID(_ context.Context, id string) (*user, auth.Account, error) {
	return u.user, auth.Account{ID: id, Active: true}, nil
}

func (u oneUser) ByUsername(_ context.Context, name string) (*user, auth.Account, error) {
	return u.user, auth.Account{ID: "1", Username: name, Active: true}, nil
}

var jwtSecret = []byte("a secret of more than thirty-two bytes")

func jwtIssuer(t testing.TB) (*jwtauth.Issuer[*user], string) {
	tokens := jwtauth.New(oneUser{&user{"alice"}}, jwtauth.Config{Secret: jwtSecret, Issuer: "https://id.example.com", Audiences: []string{"notes"}})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return tokens, pair.Access
}
