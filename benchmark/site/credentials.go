package site

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Tokens must have this issuer and this audience.
const (
	Issuer   = "https://issuer.example"
	Audience = "benchmark"
)

// Credentials are what clients send, and the configuration that checks it. The peers in other
// languages read them from credentials.json.
type Credentials struct {
	Secret    string `json:"secret"`
	Issuer    string `json:"issuer"`
	Audience  string `json:"audience"`
	TokenSalt string `json:"token_salt"`

	BasicUser     string `json:"basic_user"`
	BasicPassword string `json:"basic_password"`

	Token         string `json:"token"`          // an API token of Alice, in both databases
	Session       string `json:"session"`        // the key of a session of Alice in our own database
	DjangoSession string `json:"django_session"` // the key of one in Django's, with compressed data

	JWT     string `json:"jwt"`         // of Alice, with the claims that the checks need
	Foreign string `json:"jwt_foreign"` // the same with the claims of an identity provider
	// These are refused.
	BadSignature  string `json:"jwt_bad_signature"`
	Expired       string `json:"jwt_expired"`
	WrongAudience string `json:"jwt_wrong_audience"`
	WithoutID     string `json:"jwt_without_id"`
	WrongType     string `json:"jwt_wrong_type"`
}

// Refused are the tokens that no peer may accept.
func (c *Credentials) Refused() map[string]string {
	return map[string]string{
		"bad signature": c.BadSignature, "expired": c.Expired, "wrong audience": c.WrongAudience, "without jti": c.WithoutID, "wrong type": c.WrongType,
		"none": "", "not a token": "x.y.z", "longer": c.JWT + "A", "another header": strings.Replace(c.JWT, "eyJ", "eyK", 1),
	}
}

// newCredentials makes all but the credentials that are rows of a database.
func newCredentials(now time.Time) Credentials {
	c := Credentials{
		Secret: strings.Repeat("0123456789abcdef", 4), Issuer: Issuer, Audience: Audience, TokenSalt: "dmr.security.token",
		BasicUser: Alice.Username, BasicPassword: "correct horse battery staple",
	}
	claims := func(change jwt.MapClaims) string { return signed(c.Secret, now, change) }
	c.JWT = claims(nil)
	c.Foreign = claims(foreign)
	c.Expired = claims(jwt.MapClaims{"exp": now.Add(-10 * time.Second).Unix()})
	c.WrongAudience = claims(jwt.MapClaims{"aud": "other"})
	c.WithoutID = claims(jwt.MapClaims{"jti": nil})
	c.WrongType = claims(jwt.MapClaims{"type": "refresh"})
	payload, signature := c.JWT[:strings.LastIndexByte(c.JWT, '.')+1], c.JWT[strings.LastIndexByte(c.JWT, '.')+1:]
	first := "A"
	if signature[0] == 'A' {
		first = "B"
	}
	c.BadSignature = payload + first + signature[1:]
	return c
}

// signed returns a token of Alice with changed claims; nil removes one.
func signed(secret string, now time.Time, change jwt.MapClaims) string {
	claims := jwt.MapClaims{
		"sub": "1", "exp": now.Add(24 * time.Hour).Unix(), "iat": now.Add(-time.Minute).Unix(), "nbf": now.Add(-time.Minute).Unix(),
		"iss": Issuer, "aud": Audience, "jti": "cfe3e3c173124a2cad3b95849ff006fa", "type": "access", "username": Alice.Username,
	}
	for name, value := range change {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		panic(err) // HMAC cannot fail
	}
	return text
}

// foreign are claims that no peer reads, in the shape of Keycloak's.
var foreign = jwt.MapClaims{
	"azp": "web", "sid": "5c0ff6a1-2b1c-4c57-9b0e-9e6a1f1c2f6e", "acr": "1", "scope": "openid email profile", "email_verified": true,
	"allowed-origins": []string{"https://app.example", "https://admin.example"},
	"realm_access":    map[string]any{"roles": []string{"offline_access", "default-roles-example", "uma_authorization"}},
	"resource_access": map[string]any{"account": map[string]any{"roles": []string{"manage-account", "manage-account-links", "view-profile"}}},
	"name":            "Alice Liddell", "preferred_username": "alice", "given_name": "Alice", "family_name": "Liddell", "email": "alice@example.com",
}

func (c *Credentials) write(path string) error {
	text, err := json.MarshalIndent(c, "", "  ") //nolint:gosec // the secret of a folder that is removed
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func (c *Credentials) read(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the folder of the benchmark
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, c); err != nil {
		return fmt.Errorf("site: %s: %w", path, err)
	}
	return nil
}
