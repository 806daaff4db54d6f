package jwtauth_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// FuzzClaims holds the scanner against jsontext: the same texts are valid, and
// their members are the same.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		claims(), typical, `{}`, ` { } `, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"\u0061":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":01}`,
		`{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":[1,]}`, `{,}`, `{"a":tru}`, `{"a":nul`, `[1]`, `"a"`, `{"a":1}x`, `{"a":"` + "\x01" + `"}`, `{"a" :[ ] , "b":{ }}`,
		`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, "{" + strings.TrimSuffix(numbered(30), ",") + "}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := jsontext.Value(text)
		want := value.IsValid() && value.Kind() == '{'
		if got := jwtauth.ValidObject(text); got != want {
			t.Fatalf("%q: got valid %t, want %t", text, got, want)
		}
		if !want {
			return
		}
		var members map[string]jsontext.Value
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Fatal(err)
		}
		for name, raw := range jwtauth.Members(text) {
			if string(members[name]) != raw {
				t.Errorf("%q: got %q = %s, want %s", text, name, raw, members[name])
			}
			delete(members, name)
		}
		if len(members) > 0 {
			t.Errorf("%q: members %v were not found", text, members)
		}
	})
}

// FuzzVerify signs any header and payload: what we accept, go-jose accepts, too.
func FuzzVerify(f *testing.F) {
	f.Add(header, claims("iss", `"https://id.example.com"`, "aud", `"notes"`))
	f.Add(`{"typ":"JWT","alg":"HS256"}`, typical)
	f.Add(`{"alg":"HS256","crit":["exp"]}`, typical)
	f.Add(`{"alg":"HS256","alg":"none"}`, claims("exp", "1e400"))
	f.Add(`{"ALG":"HS256"}`, claims("exp", `"1"`, "EXP", "99999999999"))
	f.Fuzz(func(t *testing.T, head, payload string) {
		token := mint(head, payload)
		_, _, err := typicalIssuer(t).Verify(t.Context(), token)
		if err != nil {
			return
		}
		if err := joseVerify(token); err != nil && !lenient(head, payload) {
			t.Errorf("%s.%s: we accept it, go-jose says %v", head, payload, err)
		}
	})
}

// lenient says where we follow django-modern-rest and go-jose does not: it
// understands more of the header, wants numbers where we ignore the claim, and reads
// the type from extras alone.
func lenient(head, payload string) bool {
	var h map[string]any
	var c map[string]any
	if json.Unmarshal([]byte(head), &h) != nil || json.Unmarshal([]byte(payload), &c) != nil {
		return false
	}
	_, top := c["type"]
	return len(h) > 2 || h["typ"] != "JWT" || top
}

// FuzzToken feeds tokens that nobody signed.
func FuzzToken(f *testing.F) {
	f.Add("")
	f.Add("a.b.c")
	f.Add(mint(header, typical)[:50])
	f.Add(strings.Repeat(".", 100))
	f.Fuzz(func(t *testing.T, token string) {
		if token == mint(header, typical) {
			return
		}
		if _, _, err := typicalIssuer(t).Verify(t.Context(), token); err == nil {
			t.Errorf("%q was accepted", token)
		}
	})
}
