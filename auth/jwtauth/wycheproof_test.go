package jwtauth_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// wycheproof is where the vectors of C2SP/wycheproof lie, beside the project.
const wycheproof = "../../../shared/suites/wycheproof"

// wycheproofDiffers are the vectors that we decide otherwise, by file and tcId.
var wycheproofDiffers = map[string]string{
	"json_web_signature 346": "the key says alg PS256 and the token PS384: a key is for one algorithm (RFC 7517 §4.4)",
	"json_web_signature 350": "as 346",
	"json_web_signature 347": "the key says alg ES521, which is not a name of RFC 7518; ES512 is",
	"json_web_signature 351": "as 347",
	"json_web_signature 367": "the padding that makes it invalid is not in the vector: it is a valid token",
	"json_web_signature 370": "as 367",
	"json_web_signature 372": "a '?' in base64url is not skipped (RFC 7515 §2, RFC 4648 §3.3)",
	"json_web_signature 373": "as 372",
	"json_web_key 4":         "two secrets under one kid, in one's own configuration: each is tried, and one of them has signed",
	"json_web_key 7":         "an RSA key of a broken generator (ROCA): crypto/rsa does not look for those",
	"json_web_crypto 46":     "as json_web_key 7",
}

// TestWycheproof reads the vectors of JWS, JWK and JOSE. Ours is what checks compact
// signatures; encryption (jwe) is not here, and is refused.
func TestWycheproof(t *testing.T) {
	if _, err := os.Stat(wycheproof); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the vectors are missing: %v", err)
		}
		t.Skipf("skipped: no Wycheproof vectors in %s", wycheproof)
	}
	for file, want := range map[string]int{"json_web_signature": 401, "json_web_key": 26, "json_web_crypto": 83} {
		t.Run(file, func(t *testing.T) {
			if got := runWycheproof(t, file); got != want {
				t.Errorf("got %d vectors, want %d", got, want)
			}
		})
	}
}

type wycheproofGroup struct {
	Comment         string
	Private, Public json.RawMessage
	Tests           []struct {
		TCID     int `json:"tcId"`
		Comment  string
		JWS, JWE json.RawMessage // a text, or an object: the JSON serialization
		Result   string
		Flags    []string
	}
}

func runWycheproof(t *testing.T, file string) (n int) {
	content, err := os.ReadFile(filepath.Join(wycheproof, file+"_test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct{ TestGroups []wycheproofGroup }
	if err := json.Unmarshal(content, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, group := range vectors.TestGroups {
		keys, set := wycheproofKeys(t, group)
		for _, test := range group.Tests {
			n++
			name := fmt.Sprintf("%s %d", file, test.TCID)
			token, valid := text(test.JWS), test.Result == "valid"
			if test.JWS == nil {
				token, valid = text(test.JWE), false
			}
			reason, differs := wycheproofDiffers[name]
			err := jwtauth.Signed(keys, set, token)
			if (err == nil) != (valid != differs) {
				t.Errorf("%s, %s: %s %v: got %v, want %s %s", name, group.Comment, test.Comment, test.Flags, err, test.Result, reason)
			}
		}
	}
	return n
}

// text is a token as it is sent.
func text(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}

// wycheproofKeys are the keys of a group: a set of secrets is one's own configuration, a
// set with public keys is published, and secrets in it count for nothing.
func wycheproofKeys(t *testing.T, group wycheproofGroup) (keys []jwtauth.Key, set []byte) {
	t.Helper()
	text := group.Public
	if text == nil {
		text = group.Private
	}
	var list struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if list.Keys == nil {
		list.Keys = []json.RawMessage{text}
	}
	published := false
	for _, raw := range list.Keys {
		var key struct{ Kty, Kid, Alg, K string }
		if err := json.Unmarshal(raw, &key); err != nil {
			t.Fatal(err)
		}
		if key.Kty != "oct" {
			published = true
			continue
		}
		secret, err := base64.RawURLEncoding.DecodeString(key.K)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, jwtauth.Key{ID: key.Kid, Algorithm: jwtauth.Algorithm(key.Alg), Secret: secret})
	}
	if !published {
		return keys, nil
	}
	set, err := json.Marshal(map[string]any{"keys": list.Keys})
	if err != nil {
		t.Fatal(err)
	}
	return nil, set
}
