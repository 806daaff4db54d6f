package sessionauth_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth/sessionauth"
)

func TestDjangoSessionData(t *testing.T) {
	text, err := os.ReadFile("testdata/sessions.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Vectors []struct {
			ID, Note, Key, Salt string
			Fallbacks           []string `json:"fallback_keys"`
			Data                string   `json:"session_data"`
			Decoded             string   `json:"decoded_json"`
			Empty               bool
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Vectors) < 200 {
		t.Fatalf("%d vectors, %v", len(doc.Vectors), err)
	}
	for _, v := range doc.Vectors {
		keys := [][]byte{[]byte(v.Key)}
		for _, key := range v.Fallbacks {
			keys = append(keys, []byte(key))
		}
		got := sessionauth.Decode(v.Data, v.Salt, keys...)
		if got != v.Decoded && !sameValue(got, v.Decoded) {
			t.Errorf("%s %s:\ngot  %.200s\nwant %.200s", v.ID, v.Note, got, v.Decoded)
		}
		if v.Empty != (got == "{}") {
			t.Errorf("%s %s: got empty %v, want %v", v.ID, v.Note, got == "{}", v.Empty)
		}
	}
}

// sameValue compares JSON texts that differ in spaces and escapes.
func sameValue(a, b string) bool {
	var x, y any
	for text, value := range map[string]*any{a: &x, b: &y} {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(value) != nil {
			return false
		}
	}
	return reflect.DeepEqual(x, y)
}

func TestDataKeepsWhatItDoesNotChange(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"numbers", `{"a":1.0,"b":123456789012345678901234567890,"c":-0.0e+5}`, ""},
		{"python's constants", `{"a":NaN,"b":Infinity,"c":-Infinity}`, ""},
		{"lone surrogate", `{"a":"\ud800","\ud800":1}`, ""},
		{"nested", `{"a":[1,{"b":[]},{}],"c":{"d":null}}`, ""},
		{"spaces", "{ \"a\" : 1 ,\n\"b\" : [ 1 , 2 ]\t}", `{"a":1,"b":[ 1 , 2 ]}`},
		{"duplicate: the place of the first, the value of the last", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"duplicate by escape", `{"a":1,"\u0061":3}`, `{"\u0061":3}`},
		{"bytes beyond ASCII are Latin-1", "{\"a\":\"\xe9\"}", `{"a":"\u00e9"}`},
		{"empty", `{}`, ""},
		{"no object", `[]`, "error"},
		{"null", `null`, "error"},
		{"nothing", ``, "error"},
		{"rest", `{} x`, "error"},
		{"comma at the end", `{"a":1,}`, "error"},
		{"no comma", `{"a":1"b":2}`, "error"},
		{"no value", `{"a":}`, "error"},
		{"bare name", `{a:1}`, "error"},
		{"control character", "{\"a\":\"\n\"}", "error"},
		{"bad escape", `{"a":"\x"}`, "error"},
		{"short escape", `{"a":"\u12"}`, "error"},
		{"leading zero", `{"a":01}`, "error"},
		{"point without digits", `{"a":1.}`, "error"},
		{"plus", `{"a":+1}`, "error"},
		{"too deep", `{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.in
			}
			got, err := sessionauth.Reencode([]byte(c.in))
			if err != nil {
				got = []byte("error")
			}
			if string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func FuzzData(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"b":[true,null,"\ud83d\ude00"]}`, `{"a":NaN}`, "{\"\xff\":\"\xe9\"}", `{"a":`, `[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		once, err := sessionauth.Reencode(payload)
		if err != nil {
			// Whatever Go reads as an object in ASCII, we read, too.
			var object map[string]json.RawMessage
			if json.Unmarshal(payload, &object) == nil && object != nil && len(payload) < 200 { // not too deep
				t.Errorf("%q: %v", payload, err)
			}
			return
		}
		if bytes.ContainsFunc(once, func(r rune) bool { return r > 127 }) {
			t.Errorf("%q is not ASCII", once)
		}
		twice, err := sessionauth.Reencode(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q: got %q, %v the second time", once, twice, err)
		}
	})
}
