package jwtauth_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// TestMaxStale: keys of an issuer that is down serve for a while.
func TestMaxStale(t *testing.T) {
	const hour = time.Hour
	for _, test := range []struct {
		name             string
		maxAge, maxStale time.Duration
		want             time.Duration
	}{
		{"by default", 0, 0, 24 * hour},
		{"two hours", 0, 2 * hour, 2 * hour},
		{"negative", 0, -1, hour},
		{"a long MaxAge", 48 * hour, 0, 48 * hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := now
			id := newIdentity(t, newKey(t, "one"))
			remote := jwtauth.NewRemote(jwtauth.RemoteConfig{
				URL: id.URL, InsecureHTTP: true, MaxAge: test.maxAge, MaxStale: test.maxStale, Now: func() time.Time { return at }, Logger: silent,
			})
			// The clock of the tokens does not move: they do not expire.
			tokens := jwtauth.New(people(t), jwtauth.Config{Remote: remote, Issuer: "https://id", Audiences: []string{"notes"}, Now: clock})
			token := id.token(t)
			after := func(d time.Duration, want error) {
				t.Helper()
				at = now.Add(d)
				if _, _, err := tokens.Verify(t.Context(), token); !errors.Is(err, want) {
					t.Errorf("after %v: got %v, want %v", d, err, want)
				}
			}
			after(0, nil)
			id.set(true)
			after(test.want-time.Second, nil)
			after(test.want, auth.ErrUnavailable)
			after(test.want+time.Second, auth.ErrUnavailable)
			id.set(false)
			after(test.want+time.Minute, nil)
		})
	}
}

// published serves a set of one key, and returns what checks tokens with it.
func published(t *testing.T, key any, cfg jwtauth.RemoteConfig) *jwtauth.Issuer[*store.User] {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": []any{key}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	cfg.URL, cfg.InsecureHTTP, cfg.Now, cfg.Logger = server.URL, true, clock, silent
	return jwtauth.New(people(t), jwtauth.Config{
		Remote: jwtauth.NewRemote(cfg), Issuer: "https://id", Audiences: []string{"notes"}, Now: clock,
	})
}

// TestAlgorithmsOfAKey: what a published key is used for.
func TestAlgorithmsOfAKey(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	publicEd, privateEd, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var rsaKey, edKey map[string]string
	for key, into := range map[any]*map[string]string{&private.PublicKey: &rsaKey, string(publicEd): &edKey} {
		if text, ok := key.(string); ok {
			key = ed25519.PublicKey(text)
		}
		text, err := json.Marshal(jose.JSONWebKey{Key: key})
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	named := func(key map[string]string, alg string) map[string]string {
		out := map[string]string{}
		for name, value := range key {
			out[name] = value
		}
		if alg != "" {
			out["alg"] = alg
		}
		return out
	}
	// jose does not know Ed25519 as a name: the header is ours.
	signEd := func(name string) string {
		return mintBy(t, `{"alg":"`+name+`"}`, claims("iss", `"https://id"`, "aud", `"notes"`), privateEd)
	}
	signRSA := func(a jose.SignatureAlgorithm) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: a, Key: private}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign([]byte(claims("iss", `"https://id"`, "aud", `"notes"`)))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	type algorithms = []jwtauth.Algorithm
	for _, test := range []struct {
		name     string
		key      map[string]string
		accepted algorithms
		token    string
		want     bool
	}{
		{"RSA without alg: RS256", named(rsaKey, ""), nil, signRSA(jose.RS256), true},
		{"RSA without alg: PS256", named(rsaKey, ""), nil, signRSA(jose.PS256), false},
		{"RSA without alg, PS256 is accepted: PS256", named(rsaKey, ""), algorithms{"PS256"}, signRSA(jose.PS256), true},
		{"RSA without alg, PS256 is accepted: RS256", named(rsaKey, ""), algorithms{"PS256"}, signRSA(jose.RS256), false},
		{"RSA without alg, several are accepted: RS512", named(rsaKey, ""), algorithms{"ES256", "RS256", "RS512"}, signRSA(jose.RS512), true},
		{"RSA for RS256, several are accepted: RS512", named(rsaKey, "RS256"), algorithms{"RS256", "RS512"}, signRSA(jose.RS512), false},
		{"RSA for RS256, which is not accepted", named(rsaKey, "RS256"), algorithms{"PS256"}, signRSA(jose.RS256), false},
		{"Ed25519 without alg: EdDSA", named(edKey, ""), nil, signEd("EdDSA"), true},
		{"Ed25519 without alg: Ed25519", named(edKey, ""), nil, signEd("Ed25519"), true},
		{"Ed25519 for EdDSA: Ed25519", named(edKey, "EdDSA"), nil, signEd("Ed25519"), true},
		{"Ed25519 for Ed25519: EdDSA", named(edKey, "Ed25519"), nil, signEd("EdDSA"), true},
		{"Ed25519 for EdDSA, Ed25519 is accepted: EdDSA", named(edKey, "EdDSA"), algorithms{jwtauth.Ed25519}, signEd("EdDSA"), true},
		{"Ed25519 without alg, RS256 is accepted", named(edKey, ""), algorithms{"RS256"}, signEd("EdDSA"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := published(t, test.key, jwtauth.RemoteConfig{Algorithms: test.accepted}).Verify(t.Context(), test.token)
			if (err == nil) != test.want {
				t.Errorf("got %v, want it accepted: %t", err, test.want)
			}
		})
	}
}

// mintBy signs as EdDSA does, under whatever header.
func mintBy(t *testing.T, header, payload string, private ed25519.PrivateKey) string {
	t.Helper()
	unsigned := mint(header, payload)
	unsigned = unsigned[:len(unsigned)-44] // without ".", and the MAC
	signature, err := private.Sign(nil, []byte(unsigned), crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	return unsigned + "." + encode(signature)
}

// TestEd25519IsSigned: a key of the new name writes it.
func TestEd25519IsSigned(t *testing.T) {
	key := newKey(t, "one")
	key.Algorithm = jwtauth.Ed25519
	tokens := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{key}})
	pair := login(t, tokens)
	if head, _ := decoded(t, pair.Access); head["alg"] != "Ed25519" {
		t.Errorf("got the header %v", head)
	}
	key.Algorithm = ""
	for name, verifying := range map[string]*jwtauth.Issuer[*store.User]{"itself": tokens, "the old name": newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{key}})} {
		if _, _, err := verifying.Verify(t.Context(), pair.Access); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
