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
