package jwtauth_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

var (
	secret = []byte("a-secret-of-forty-bytes-for-the-tests-00")
	now    = time.Unix(1_790_000_000, 0)
)

func clock() time.Time { return now }

// people are alice, 1, and bob, 2, who is inactive.
func people(t testing.TB) auth.Users[*store.User] {
	t.Helper()
	db := memory.New()
	for _, user := range []store.User{{Username: "alice", Email: "a@example.com", Active: true}, {Username: "bob"}} {
		if _, err := db.Users().Create(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	return db.Users()
}

func newIssuer(t testing.TB, cfg jwtauth.Config) *jwtauth.Issuer[*store.User] {
	t.Helper()
	if cfg.Secret == nil && cfg.Keys == nil {
		cfg.Secret = secret
	}
	cfg.Now = clock
	tokens := jwtauth.New(people(t), cfg)
	if _, err := tokens.Header().Declare("GET"); err != nil {
		t.Fatal(err)
	}
	return tokens
}

const header = `{"alg":"HS256","typ":"JWT"}`

// claims of an access token of alice, changed by what is given: a name and its JSON
// text in turn, "" removes.
func claims(changes ...string) string {
	names := []string{"sub", "exp", "iat", "jti", "extras"}
	values := map[string]string{
		"sub": `"1"`, "exp": fmt.Sprint(now.Unix() + 60), "iat": fmt.Sprint(now.Unix()), "jti": `"j"`, "extras": `{"type":"access"}`,
	}
	for i := 0; i < len(changes); i += 2 {
		if _, ok := values[changes[i]]; !ok {
			names = append(names, changes[i])
		}
		values[changes[i]] = changes[i+1]
	}
	var members []string
	for _, name := range names {
		if values[name] != "" {
			members = append(members, fmt.Sprintf("%q:%s", name, values[name]))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// mint signs whatever it is given.
func mint(header, payload string) string { return mintWith(crypto.SHA256, secret, header, payload) }

func mintWith(hash crypto.Hash, secret []byte, header, payload string) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	mac := hmac.New(hash.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func encode(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

func request(header ...string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// decoded returns header and claims of a token, unverified.
func decoded(t testing.TB, token string) (head, body map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	for i, into := range []*map[string]any{&head, &body} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return head, body
}

type brokenUsers struct{ auth.Users[*store.User] }

func (brokenUsers) ByID(context.Context, string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, fmt.Errorf("connection to 10.0.0.1 lost")
}
