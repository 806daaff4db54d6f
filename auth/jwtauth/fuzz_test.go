package jwtauth_test

import (
	"iter"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// FuzzClaims holds the index of an object against jsontext: the same texts are valid, and
// their members are the same.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		claims(), typical, `{}`, ` { } `, `{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"\u0061":1,"a":2}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":01}`,
		`{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":[1,]}`, `{,}`, `{"a":tru}`, `{"a":nul`, `[1]`, `"a"`, `{"a":1}x`, `{"a":"` + "\x01" + `"}`, `{"a" :[ ] , "b":{ }}`,
		`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, "{" + strings.TrimSuffix(numbered(30), ",") + "}",
		"{" + strings.TrimSuffix(numbered(40), ",") + "}", `{"a":{"a":{"a":1},"b":[{"a":1},{"a":2}]},"b":1}`, `{"iss":"https:\/\/id.example.com","a":"\ud83d\ude00"}`,
		`{"extras":{"type":"access","family":"f"},"type":1}`, `{"\u0065xtras":{"\u0061":[1]},"b":"}"}`, `{"extras":[{"a":1}]}`, `{"a":{"extras":{"b":1}}}`,
		`{"extras":{"extras":{"b":1},"a":` + strings.Repeat("[", 12) + strings.Repeat("]", 12) + `}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 16<<10 {
			return // no token is longer
		}
		value := jsontext.Value(text)
		want := value.IsValid() && value.Kind() == '{'
		all, extras, ok := jwtauth.Members(text)
		if ok != want {
			t.Fatalf("%q: got valid %t, want %t", text, ok, want)
		}
		if !want {
			return
		}
		members := wantMembers(t, value, all)
		inside := jsontext.Value("{}")
		if e := members["extras"]; e.Kind() == '{' {
			inside = e
		}
		wantMembers(t, inside, extras)
	})
}

// wantMembers compares the members of an object with those that jsontext finds.
func wantMembers(t *testing.T, object jsontext.Value, got iter.Seq2[string, string]) map[string]jsontext.Value {
	var want map[string]jsontext.Value
	if err := json.Unmarshal(object, &want); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for name, raw := range got {
		if string(want[name]) != raw || found[name] {
			t.Errorf("%q: got %q = %s, want %s, once", object, name, raw, want[name])
		}
		found[name] = true
	}
	if len(found) != len(want) {
		t.Errorf("%q: got the members %v, want %v", object, found, want)
	}
	return want
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
