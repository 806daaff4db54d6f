package yaml_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/codec/yaml"
)

type note struct {
	Title string   `json:"title" minLength:"1"`
	Tags  []string `json:"tags" default:"[]"`
}

type newNote struct {
	Body note `body:""`
}

func api(t testing.TB) http.Handler {
	t.Helper()
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Codecs: []rest.Codec{{MediaType: "application/json"}, yaml.Codec()}}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/notes", Post: rest.Handle(func(_ context.Context, in newNote) (note, error) { return in.Body, nil })}},
		Mounts:      []rest.Mount{{Path: "/openapi.yaml", Handler: rest.OpenAPI(yaml.Codec())}, {Path: "/openapi.json", Handler: rest.OpenAPI()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestBodies(t *testing.T) {
	for name, c := range map[string]struct {
		contentType, accept, body string
		status                    int
		want                      string
	}{
		"both":            {"application/yaml", "application/yaml", "title: Milk\ntags: [a, 'true']\n", 201, "title: Milk\ntags:\n    - a\n    - \"true\"\n"},
		"YAML in":         {"application/yaml", "application/json", "title: Milk", 201, `{"title":"Milk","tags":[]}`},
		"YAML out":        {"application/json", "application/yaml", `{"title":"yes: no"}`, 201, "title: 'yes: no'\ntags: []\n"},
		"a mistake":       {"application/yaml", "application/json", "title: 5", 400, `"loc":["parsed_body","title"]`},
		"a mistake, YAML": {"application/yaml", "application/yaml", "title: 5", 400, "detail:\n"},
		"broken":          {"application/yaml", "application/json", "title: [", 400, `"detail":[`},
		"an alias":        {"application/yaml", "application/json", "title: &a x\ntags: [*a]", 400, `"detail":[`},
		"a name twice":    {"application/yaml", "application/json", "title: a\ntitle: b", 400, "duplicate key"},
		"empty":           {"application/yaml", "application/json", "", 400, `"detail":[`},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/notes", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.contentType)
			r.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			api(t).ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Content-Type") != c.accept {
				t.Errorf("got %d %s %q, want %d %q", w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.want)
			}
		})
	}
}

// An error reply has the same limit in YAML as in JSON.
func TestErrorsAreBounded(t *testing.T) {
	r := httptest.NewRequest("POST", "/notes", strings.NewReader("title: a\ntags:\n"+strings.Repeat("  - {a: 1}\n", 5000)))
	r.Header.Set("Content-Type", "application/yaml")
	r.Header.Set("Accept", "application/yaml")
	w := httptest.NewRecorder()
	api(t).ServeHTTP(w, r)
	if w.Code != 400 || w.Body.Len() > 16<<10 || !strings.Contains(w.Body.String(), "more mistakes") {
		t.Errorf("got %d with %d bytes:\n%.500s", w.Code, w.Body.Len(), w.Body)
	}
}

func TestToJSON(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{ // an empty want is a refusal
		"scalars":           {"[1, -2.5, 1e3, true, false, null, ~, text, 'q', \"\\u00e9\"]", `[1,-2.5,1e3,true,false,null,null,"text","q","é"]`},
		"big":               {"[12345678901234567890123]", `[12345678901234567890123]`},
		"hex":               {"[0x1F, 0x7FFFFFFFFFFFFFFF, 0xffffffffffffffff]", `[31,9223372036854775807,18446744073709551615]`},
		"octal":             {"[0o17, 0777, 09]", `[15,777,9]`},
		"signs":             {"[+9007199254740993, -0, +.5, -1., 1.e+3]", `[9007199254740993,-0,0.5,-1,1e+3]`},
		"too large a float": {"[1e400]", `[1e400]`}, // for the decoder to refuse, as in JSON
		"not of 1.2":        {"[1_000, 0b11, -0x1, 0o8, 0x, 1e, ., +, 1e5_0, '1']", `["1_000","0b11","-0x1","0o8","0x","1e",".","+","1e5_0","1"]`},
		"nulls, truths":     {"[Null, NULL, True, FALSE, nULL, tRUE]", `[null,null,true,false,"nULL","tRUE"]`},
		"more than 64 bits": {"[0x10000000000000000]", ""},
		"yes is a text":     {"[yes, no, on, off]", `["yes","no","on","off"]`},
		"a date is a text":  {"[2026-11-24]", `["2026-11-24"]`},
		"nested":            {"a:\n  b:\n    - c: 1\n", `{"a":{"b":[{"c":1}]}}`},
		"block text":        {"a: |\n  x\n  y\n", `{"a":"x\ny\n"}`},
		"comment":           {"# c\na: 1 # d\n", `{"a":1}`},
		"JSON":              {`{"a":[1,{"b":"c"}]}`, `{"a":[1,{"b":"c"}]}`},
		"infinite":          {"[.inf]", ""},
		"minus infinite":    {"[-.INF]", ""},
		"not a number":      {"[.nan]", ""},
		"a number as key":   {"1: a", ""},
		"null as key":       {"~: a", ""},
		"quoted keys":       {"'1': a\n\"<<\": b", `{"1":"a","\u003c\u003c":"b"}`},
		"a date as key":     {"2026-11-24: a", `{"2026-11-24":"a"}`},
		"a list as key":     {"? [a]\n: b", ""},
		"two documents":     {"a: 1\n---\nb: 2\n", ""},
		"anchor":            {"a: &x 1", ""},
		"alias":             {"a: &x [1]\nb: *x", ""},
		"merge":             {"<<: {a: 1}", ""},
		"tag":               {"a: !!str 1", ""},
		"own tag":           {"a: !x 1", ""},
		"binary":            {"a: !!binary aGk=", ""},
		"a tab for indent":  {"a:\n\tb: 1", ""},
		"deep":              {strings.Repeat("[", 100) + strings.Repeat("]", 100), ""},
		"control character": {"a: \"\x01\"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := yaml.Codec().ToJSON([]byte(c.in))
			if (err == nil) != (c.want != "") || string(got) != c.want && c.want != "" {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

// TestBomb: ten lines that expand to ten billion elements are refused at once.
func TestBomb(t *testing.T) {
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 10; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	if got, err := yaml.Codec().ToJSON([]byte(bomb)); err == nil {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestDocument(t *testing.T) {
	get := func(path string) string {
		w := httptest.NewRecorder()
		api(t).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 {
			t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	text := get("/openapi.yaml")
	if !strings.HasPrefix(text, "openapi: 3.2.0\ninfo:\n") {
		t.Errorf("got %.80q", text)
	}
	back, err := yaml.Codec().ToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(get("/openapi.json")), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(back, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the YAML differs from the JSON (-json +yaml):\n%s", diff)
	}
}

// TestTextStaysText: another reader of the core schema must see a text, too.
func TestTextStaysText(t *testing.T) {
	for _, text := range []string{"1e400", "0x10000000000000000", "0o17", "1.", ".NaN", "-.Inf", "NULL", "True", "", "0777", "<<", "1_000"} {
		encoded, err := json.Marshal([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		got, err := yaml.Codec().FromJSON(encoded)
		if err != nil || !strings.HasPrefix(string(got), "- \"") && !strings.HasPrefix(string(got), "- '") {
			t.Errorf("%q: got %q, %v, want quotes", text, got, err)
		}
	}
	if got, err := yaml.Codec().FromJSON([]byte("[1e400,12345678901234567890123,true,null]")); err != nil || string(got) != "- 1e400\n- 12345678901234567890123\n- true\n- null\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzToJSON: what is accepted is JSON, and says the same after another round.
func FuzzToJSON(f *testing.F) {
	for _, seed := range []string{"a: [1, +.5, 0x1F, 0o7, ~, yes]", "- |\n  x\n- >-\n  y\n", "? a\n: b", "%YAML 1.2\n---\n\"a\": 'b'", "{a, b: [c: d]}", "[! 1]", "<<: 1", "!!str a", "&a a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := yaml.Codec().ToJSON([]byte(text))
		if err != nil || len(first) == 0 {
			return
		}
		if !json.Valid(first) {
			t.Fatalf("%q became %s", text, first)
		}
		encoded, err := yaml.Codec().FromJSON(first)
		if err != nil {
			t.Fatalf("%q became %s: %v", text, first, err)
		}
		second, err := yaml.Codec().ToJSON(encoded)
		if err != nil || string(second) != string(first) {
			t.Errorf("%q became %s, then %q, then %s, %v", text, first, encoded, second, err)
		}
	})
}

// FuzzRoundTrip: JSON that became YAML becomes the same JSON again.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"1","true",null,"null","~","",2.5,"2026-11-24","0x1F","- a","a: b","#","\u0000","é\n"]}`, `"x"`, `{"":{}}`, `[]`, `1e999`, `"\u2028"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		if json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		encoded, err := yaml.Codec().FromJSON([]byte(text))
		if err != nil {
			return
		}
		back, err := yaml.Codec().ToJSON(encoded)
		if err != nil {
			if strings.Contains(err.Error(), "nested deeper") {
				return
			}
			t.Fatalf("%s became %q: %v", text, encoded, err)
		}
		var got any
		if err := json.Unmarshal(back, &got); err != nil {
			t.Fatalf("%s became %q and %s: %v", text, encoded, back, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s became %q and %s:\n%s", text, encoded, back, diff)
		}
	})
}

func ExampleCodec() {
	text, err := yaml.Codec().FromJSON([]byte(`{"title":"Milk","tags":["a"]}`))
	fmt.Print(string(text), err)
	// Output:
	// title: Milk
	// tags:
	//     - a
	// <nil>
}
