package schema_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

func node(t testing.TB, v any) *schema.Node {
	t.Helper()
	n, err := schema.NewCompiler(isOptional).Compile(reflect.TypeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func decode[T any](t testing.TB, text string) (T, []string) {
	t.Helper()
	var v T
	n, err := schema.NewCompiler(isOptional).Compile(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	var issues schema.Issues
	n.Decode([]byte(text), unsafe.Pointer(&v), []any{}, &issues, 0)
	var got []string
	for _, issue := range issues.All() {
		got = append(got, fmt.Sprint(issue.Loc, " ", issue.Msg))
	}
	return v, got
}

type inner struct {
	Name string `json:"name" minLength:"2" maxLength:"3"`
}

type everything struct {
	Bool   bool             `json:"bool,omitzero"`
	Int8   int8             `json:"int8,omitzero"`
	Uint   uint16           `json:"uint,omitzero"`
	Float  float64          `json:"float,omitzero" exclusiveMinimum:"-10" multipleOf:"0.5"`
	Text   string           `json:"text,omitzero" pattern:"^[a-z]*$"`
	Bytes  []byte           `json:"bytes,omitzero"`
	Time   time.Time        `json:"time,omitzero"`
	Any    any              `json:"any,omitzero"`
	List   []inner          `json:"list,omitzero" maxItems:"2"`
	Pair   [2]int           `json:"pair,omitzero"`
	Map    map[string]int   `json:"map,omitzero" values.minimum:"1"`
	Keys   map[int]string   `json:"keys,omitzero"`
	Ptr    *int             `json:"ptr,omitzero"`
	Opt    optional[string] `json:"opt"`
	Enum   string           `json:"enum,omitzero" enum:"a,b,c"`
	Tags   []string         `json:"tags,omitzero" uniqueItems:"true" items.minLength:"1"`
	Level  int              `json:"level" default:"3" minimum:"1"`
	Secret string           `json:"secret,omitzero" writeOnly:"true"`
	ID     int              `json:"id" readOnly:"true"`
	Code   string           `json:"code,omitzero" pattern:"^[a-z]+$" maxLength:"4"`
	Mail   string           `json:"mail,omitzero" format:"email" maxLength:"4"`
}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, text string
		issues     []string
	}{
		{"empty", `{}`, nil},
		{"everything", `{"bool":true,"int8":-128,"uint":65535,"float":1.5,"text":"abc","bytes":"aGk=","time":"2026-11-24T10:00:00Z","any":{"a":[1,null]},"list":[{"name":"ab"}],"pair":[1,2],"map":{"a":1},"keys":{"-1":"x"},"ptr":null,"opt":null,"enum":"b","tags":["x"],"level":1,"secret":"s"}`, nil},
		{"integers of JSON Schema", `{"int8":1.0,"uint":1e2}`, nil},
		{"names are case-sensitive", `{"INT8":"x"}`, nil},
		{"read-only members are ignored", `{"id":"x"}`, nil},
		{"wrong types", `{"bool":1,"int8":"x","float":null,"text":[1,{"a":2}],"list":{},"pair":"x","map":[]}`, []string{
			"[bool] Expected true or false", "[int8] Expected an integer", "[float] Expected a number",
			"[text] Expected a string", "[list] Expected an array", "[pair] Expected an array", "[map] Expected an object"}},
		{"ranges of types", `{"int8":128,"uint":-1}`, []string{"[int8] Expected a number that is 127 or less", "[uint] Expected a number that is 0 or greater"}},
		{"huge number", `{"int8":1e999}`, []string{"[int8] Expected a number that is 127 or less"}},
		{"fraction", `{"int8":1.5}`, []string{"[int8] Expected an integer"}},
		{"constraints", `{"float":-10,"text":"A","list":[{"name":"a"},{"name":"abcd"},{"name":"äöü"}],"map":{"a":0},"enum":"d","tags":["","x","x"]}`, []string{
			"[float] Expected a number greater than -10", "[text] Expected a text that matches the pattern '^[a-z]*$'",
			"[list 0 name] Expected at least 2 characters", "[list 1 name] Expected at most 3 characters",
			"[list] Expected at most 2 items, got 3",
			"[map a] Expected a number that is 1 or greater", "[enum] Expected one of 'a', 'b', 'c'",
			"[tags 0] Expected at least 1 character", "[tags] Expected items that are all different"}},
		{"too long a text is not matched", `{"list":[{"name":"abcd"}],"code":"ABCDE","mail":"ABCDE"}`, []string{
			"[list 0 name] Expected at most 3 characters", "[code] Expected at most 4 characters", "[mail] Expected at most 4 characters"}},
		{"multipleOf", `{"float":0.7}`, []string{"[float] Expected a multiple of 0.5"}},
		{"array length", `{"pair":[1,2,3]}`, []string{"[pair] Expected at most 2 items, got 3"}},
		{"missing in the order of fields", `{"list":[{}],"bool":0}`, []string{"[bool] Expected true or false", "[list 0 name] A value is required"}},
		{"bad base64 and time", `{"bytes":"!","time":"yesterday"}`, []string{"[bytes] Expected base64 with padding, such as aGk=", "[time] Expected a date and time such as 2026-01-02T15:04:05Z"}},
		{"syntax hides the rest", `{"bool":1,`, []string{"[] JSON is malformed: it ends too early"}},
		{"duplicate member", `{"bool":true,"bool":true}`, []string{"[] JSON is malformed: duplicate key (byte 19)"}},
		{"duplicate escaped member", `{"bool":true,"\u0062ool":true}`, []string{"[] JSON is malformed: duplicate key (byte 24)"}},
		{"duplicate unknown member", `{"x":1,"x":2}`, []string{"[] JSON is malformed: duplicate key (byte 10)"}},
		{"trailing data", `{} x`, []string{"[] JSON is malformed: trailing characters (byte 3)"}},
		{"invalid UTF-8", "{\"text\":\"\xff\"}", []string{"[] JSON is malformed: invalid UTF-8 (byte 9)"}},
		{"lone surrogate", `{"text":"\ud800"}`, []string{"[] JSON is malformed: invalid escape sequence in string (byte 9)"}},
		{"leading zero", `{"int8":01}`, []string{"[] JSON is malformed: invalid number (byte 9)"}},
		{"too deep", `{"any":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, []string{"[] JSON is nested deeper than 64 levels"}},
		{"null is no object", `null`, []string{"[] Expected an object"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got := decode[everything](t, test.text)
			if diff := cmp.Diff(test.issues, got); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingNullAndZeroAreApart(t *testing.T) {
	type edit struct {
		A optional[int] `json:"a"`
		B *int          `json:"b"`
		C int           `json:"c" default:"7"`
	}
	zero := 0
	for text, want := range map[string]edit{
		`{}`:                       {C: 7},
		`{"a":null,"b":null}`:      {A: null[int](), C: 7},
		`{"a":0,"b":0,"c":0}`:      {A: some(0), B: &zero},
		`{"c":1, "a" : 1, "x":{}}`: {A: some(1), C: 1},
	} {
		got, issues := decode[edit](t, text)
		if diff := cmp.Diff(want, got); diff != "" || issues != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, issues, diff)
		}
	}
}

func TestDecodedStringsAreCopies(t *testing.T) {
	data := []byte(`{"name":"abc"}`)
	var v inner
	var issues schema.Issues
	node(t, v).Decode(data, unsafe.Pointer(&v), nil, &issues, 0)
	clear(data)
	if v.Name != "abc" {
		t.Errorf("got %q: the value still reads the pooled body", v.Name)
	}
}

func TestAppend(t *testing.T) {
	type reply struct {
		Nil   []int          `json:"nil"`
		Map   map[string]int `json:"map"`
		Ptr   *int           `json:"ptr"`
		Opt   optional[int]  `json:"opt"`
		Null  optional[int]  `json:"null"`
		Empty string         `json:"empty,omitempty"`
		Text  string         `json:"text"`
		Pass  string         `json:"pass" writeOnly:"true"`
		Float float64        `json:"float"`
		Inner []inner        `json:"inner"`
		Keys  map[int]bool   `json:"keys"`
	}
	v := reply{Null: null[int](), Text: "<\"\\\n\x01\u2028é\xff>", Pass: "secret", Float: 1e21, Inner: []inner{{"x"}}, Keys: map[int]bool{2: true, 1: false}}
	got, err := node(t, v).Append(nil, unsafe.Pointer(&v))
	want := `{"nil":[],"map":{},"ptr":null,"null":null,"text":"<\"\\\n\u0001\u2028é` + "\uFFFD" + `>","float":1e+21,"inner":[{"name":"x"}],"keys":{"1":false,"2":true}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s %v\nwant %s", got, err, want)
	}
	nan := math.NaN()
	if _, err := node(t, nan).Append(nil, unsafe.Pointer(&nan)); err == nil {
		t.Error("got no error for NaN")
	}
}

func TestSchema(t *testing.T) {
	type noteBody struct {
		_     struct{}  `doc:"A note." additionalProperties:"false"`
		Title string    `json:"title" minLength:"1" doc:"Shown in lists." example:"Milk"`
		Stars *int      `json:"stars" maximum:"5"`
		Next  *noteLink `json:"next"`
		ID    int32     `json:"id" readOnly:"true"`
	}
	c := schema.NewComponents()
	n := node(t, noteBody{})
	if in, out := n.InputSchema(c).Ref, n.OutputSchema(c).Ref; in != "#/components/schemas/NoteBodyInput" || out != "#/components/schemas/NoteBody" {
		t.Errorf("got %s and %s", in, out)
	}
	all, err := c.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"NoteBodyInput": `{"type":"object","description":"A note.","properties":{"title":{"type":"string","description":"Shown in lists.","minLength":1,"examples":["Milk"]},"stars":{"anyOf":[{"type":"integer","format":"int64","maximum":5},{"type":"null"}]},"next":{"anyOf":[{"$ref":"#/components/schemas/NoteLinkInput"},{"type":"null"}]}},"required":["title"],"additionalProperties":false}`,
		"NoteLink":      `{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/components/schemas/NoteLink"},{"type":"null"}]}},"required":["next"]}`,
	} {
		got, err := json.Marshal(all[name])
		if err != nil || string(got) != want {
			t.Errorf("%s:\n got %s %v\nwant %s", name, got, err, want)
		}
	}
}

type noteLink struct {
	Next *noteLink `json:"next"`
}

func TestMistakesOfTypes(t *testing.T) {
	type wrong struct {
		A int      `json:"a" minLength:"1"`
		B string   `json:"b" pattern:"("`
		C int      `json:"c" default:"x"`
		D int      `json:"d" minimum:"5" default:"1"`
		E chan int `json:"e"`
		G int      `json:"g" maximum:"many"`
	}
	_, err := schema.NewCompiler(isOptional).Compile(reflect.TypeFor[wrong]())
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"wrong.A: minLength", "wrong.B: pattern", "wrong.C: default", "wrong.D: the default 1 does not satisfy", "chan int: a chan has no JSON", "wrong.G: maximum"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

func TestIssuesAreBounded(t *testing.T) {
	_, got := decode[[]inner](t, "["+strings.Repeat("{},", 500)+"{}]")
	if len(got) != schema.DefaultMaxIssues {
		t.Errorf("got %d issues, want %d", len(got), schema.DefaultMaxIssues)
	}
}

// FuzzDecode checks that Decode accepts the texts that go-json-experiment accepts, and
// that both read the same values.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[1,2.5,-0,1e3]`, `"\ud83d\ude00"`, `{"a":{"a":1},"b":[null,true,false]}`, `{"a":1,"a":2}`, `01`, `-`, `1.`, `"\x"`, "\"\xff\"", `[1,]`, `{"a"}`, ` null `, `nul`, `"\u00e`,
	} {
		f.Add(seed)
	}
	anything := node(f, json.RawMessage{})
	list, err := schema.NewCompiler(isOptional).Compile(reflect.TypeFor[[]inner]())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{") > schema.DefaultMaxDepth {
			return
		}
		var raw json.RawMessage
		var issues schema.Issues
		anything.Decode([]byte(text), unsafe.Pointer(&raw), nil, &issues, 0)
		var want any
		wantErr := jsonv2.Unmarshal([]byte(text), &want)
		if strings.Contains(fmt.Sprint(wantErr), "out of range") {
			return // a number that is JSON and no float64
		}
		if (issues.Len() == 0) != (wantErr == nil) {
			t.Fatalf("%q: got issues %v, go-json-experiment says %v", text, issues.All(), wantErr)
		}
		var typed []inner
		issues.Reset()
		list.Decode([]byte(text), unsafe.Pointer(&typed), []any{}, &issues, 0)
		if issues.Len() > 0 {
			return
		}
		encoded, err := list.Append(nil, unsafe.Pointer(&typed))
		if err != nil {
			t.Fatal(err)
		}
		var again []inner
		list.Decode(encoded, unsafe.Pointer(&again), []any{}, &issues, 0)
		if diff := cmp.Diff(typed, again); diff != "" || issues.Len() > 0 {
			t.Fatalf("%q does not survive a round trip: %v\n%s", text, issues.All(), diff)
		}
	})
}

type described struct {
	A string `json:"a"`
}

func (described) JSONSchema() openapi.Schema { return openapi.Schema{Type: "object", Title: "Own"} }

// TestOwnSchemaOfAStruct checks that a method JSONSchema counts for a struct that the
// decoder reads member by member.
func TestOwnSchemaOfAStruct(t *testing.T) {
	c := schema.NewComponents()
	node(t, described{}).InputSchema(c)
	all, err := c.Schemas()
	if err != nil || len(all) != 1 || all["Described"] == nil || all["Described"].Title != "Own" {
		t.Errorf("got %v, %v", all, err)
	}
}

// TestLongFirstElement: the space that a list is expected to need is more than an int of 32 bits
// holds (GOARCH=386).
func TestLongFirstElement(t *testing.T) {
	list := make([]string, 4000)
	list[0] = strings.Repeat("x", 1<<20)
	want, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	got, err := compiled[[]string](t).Append(nil, unsafe.Pointer(&list))
	if err != nil || string(got) != string(want) {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
}

// TestTextsOfAnObjectShareNothing: a handler that keeps a name must not keep the password that was
// sent with it. Texts in a list share memory.
func TestTextsOfAnObjectShareNothing(t *testing.T) {
	type login struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	at := func(s string) uintptr { return uintptr(unsafe.Pointer(unsafe.StringData(s))) }
	adjacent := func(v login) bool { return at(v.Password) == at(v.Name)+uintptr(len(v.Name)) }
	const text = `{"name":"alice","password":"correct horse battery"}`
	one, _ := decode[login](t, text)
	list, _ := decode[[]login](t, "["+text+"]")
	if one.Name != "alice" || adjacent(one) || !adjacent(list[0]) {
		t.Errorf("got %+v, in one block: %v; in a list: %v", one, adjacent(one), adjacent(list[0]))
	}
}
