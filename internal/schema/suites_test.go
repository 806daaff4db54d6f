package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// suite returns the folder of a public test suite, which is beside the checkout.
func suite(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "suites", filepath.FromSlash(name))
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the public suites are not beside the checkout: %v", err)
		}
		t.Skipf("the public suites are not beside the checkout: no folder ../shared/suites/%s", name)
	}
	return dir
}

// TestJSONTestSuite reads the texts of nst/JSONTestSuite. Those named y_ are JSON, those
// named n_ are not, and those named i_ may be either.
func TestJSONTestSuite(t *testing.T) {
	differences := map[string]string{
		"y_object_duplicated_key.json":           "a name that occurs twice is refused (RFC 7493 §2.3)",
		"y_object_duplicated_key_and_value.json": "a name that occurs twice is refused (RFC 7493 §2.3)",
	}
	files, err := filepath.Glob(filepath.Join(suite(t, "jsontestsuite"), "*.json"))
	if err != nil || len(files) < 300 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	raw, free := node(t, json.RawMessage{}), reflect.TypeFor[any]()
	anything, err := schema.NewCompiler(isOptional).Compile(free)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		var kept json.RawMessage
		var value any
		var issues, ofValue schema.Issues
		raw.Decode(text, unsafe.Pointer(&kept), nil, &issues, 0)
		anything.Decode(text, unsafe.Pointer(&value), nil, &ofValue, 0)
		want := name[0] == 'y' && differences[name] == ""
		if got := issues.Len() == 0; got != want && name[0] != 'i' {
			t.Errorf("%s: got %v %v, want %v", name, got, issues.All(), want)
		}
		if got := ofValue.Len() == 0; got != want && name[0] != 'i' {
			t.Errorf("%s as any: got %v %v, want %v", name, got, ofValue.All(), want)
		}
	}
}

type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

func suiteGroups(t *testing.T, file string) []suiteGroup {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return groups
}

// accepts reports whether a type reads a JSON text.
func accepts(t *testing.T, typ reflect.Type, data []byte) bool {
	t.Helper()
	n, err := schema.NewCompiler(isOptional).Compile(typ)
	if err != nil {
		t.Fatalf("%v: %v", typ, err)
	}
	var issues schema.Issues
	n.Decode(data, reflect.New(typ).UnsafePointer(), nil, &issues, 0)
	return issues.Len() == 0
}

// TestFormatsOfTheSuite runs the optional format tests of JSON Schema.
func TestFormatsOfTheSuite(t *testing.T) {
	unknown := map[string]string{
		"idn-hostname":     "needs the tables of IDNA2008",
		"regex":            "we have no ECMA-262 parser",
		"ecmascript-regex": "a suite about the format regex",
		"unknown":          "an unknown format is a start-up error, not a comment",
	}
	differences := map[string]string{ // by the start of the text
		"xn--": "A-labels are taken as they are: checking them needs the tables of IDNA2008",
		"XN--": "A-labels are taken as they are: checking them needs the tables of IDNA2008",
	}
	files, err := filepath.Glob(filepath.Join(suite(t, "json-schema/draft2020-12"), "optional", "format", "*.json"))
	if err != nil || len(files) < 19 {
		t.Fatalf("got %d files, %v", len(files), err)
	}
	ran := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		typ := reflect.StructOf([]reflect.StructField{{Name: "V", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"v" format:"` + name + `"`)}})
		if _, err := schema.NewCompiler(isOptional).Compile(typ); (err != nil) != (unknown[name] != "") {
			t.Errorf("format %s: got %v", name, err)
		}
		if unknown[name] != "" {
			continue
		}
		for _, group := range suiteGroups(t, file) {
			for _, test := range group.Tests {
				var text string
				if err := json.Unmarshal(test.Data, &text); err != nil || test.Data[0] != '"' || len(text) > 3 && differences[text[:4]] != "" {
					continue
				}
				ran++
				if got := accepts(t, typ, slices.Concat([]byte(`{"v":`), test.Data, []byte("}"))); got != test.Valid {
					t.Errorf("%s: %s: %s: got %v", name, test.Description, test.Data, got)
				}
			}
		}
	}
	if ran < 400 {
		t.Errorf("ran %d tests, the suite has more", ran)
	}
}

// keywordsOf are the keywords that tags have, by the type of the value.
var keywordsOf = map[string][]string{
	"number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
	"string": {"minLength", "maxLength", "pattern"},
	"array":  {"minItems", "maxItems", "uniqueItems"},
	"object": {"minProperties", "maxProperties"},
}

func typeOf(data []byte) string {
	switch c := bytes.TrimSpace(data)[0]; {
	case c == '"':
		return "string"
	case c == '[':
		return "array"
	case c == '{':
		return "object"
	case c == '-' || c >= '0' && c <= '9':
		return "number"
	}
	return "other"
}

// tagOf returns the keywords of a schema as a tag for a type. ok is false where tags have
// no equivalent of the schema, or no effect on the type.
func tagOf(keywords map[string]json.RawMessage, kind string) (string, bool) {
	tag, says := "", false
	for name, value := range keywords {
		switch {
		case name == "$schema" || name == "type":
		case name == "enum" && kind == "string":
			var texts []string
			if json.Unmarshal(value, &texts) != nil || len(texts) == 0 || strings.Contains(strings.Join(texts, ""), ",") {
				return "", false
			}
			tag, says = tag+" enum:"+strconv.Quote(strings.Join(texts, ",")), true
		case slices.Contains(keywordsOf[kind], name):
			text := string(value)
			if text[0] == '"' && json.Unmarshal(value, &text) != nil {
				return "", false
			}
			if strings.HasPrefix(name, "min") && name != "minimum" || strings.HasPrefix(name, "max") && name != "maximum" {
				text = strings.TrimSuffix(text, ".0")
			}
			tag, says = tag+" "+name+":"+strconv.Quote(text), true
		default:
			if !slices.ContainsFunc(slices.Collect(maps.Values(keywordsOf)), func(all []string) bool { return slices.Contains(all, name) }) {
				return "", false
			}
		}
	}
	return tag, says
}

// TestKeywordsOfTheSuite runs the tests of the JSON Schema suite whose schemas can be
// written as tags.
func TestKeywordsOfTheSuite(t *testing.T) {
	differences := map[string]string{
		`^\p{Letter}+$`: "RE2 knows the short names of categories alone, as in \\p{L}: a start-up error",
	}
	types := map[string][]reflect.Type{
		"number": {reflect.TypeFor[float64](), reflect.TypeFor[json.Number]()}, "string": {reflect.TypeFor[string]()},
		"array": {reflect.TypeFor[[]any]()}, "object": {reflect.TypeFor[map[string]any]()},
	}
	ran := map[string]int{}
	dir := suite(t, "json-schema/draft2020-12")
	for _, file := range []string{
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems",
		"uniqueItems", "minProperties", "maxProperties", "enum", "optional/bignum", "optional/float-overflow",
	} {
		for _, group := range suiteGroups(t, filepath.Join(dir, filepath.FromSlash(file)+".json")) {
			var keywords map[string]json.RawMessage
			var pattern string
			if json.Unmarshal(group.Schema, &keywords) != nil {
				continue // true or false
			}
			if keywords["pattern"] != nil && json.Unmarshal(keywords["pattern"], &pattern) == nil && differences[pattern] != "" {
				continue
			}
			for _, test := range group.Tests {
				kind := typeOf(test.Data)
				tag, ok := tagOf(keywords, kind)
				if !ok {
					continue
				}
				for _, typ := range types[kind] {
					ran[file]++
					one := reflect.StructOf([]reflect.StructField{{Name: "V", Type: typ, Tag: reflect.StructTag(`json:"v"` + tag)}})
					if got := accepts(t, one, fmt.Appendf(nil, `{"v":%s}`, test.Data)); got != test.Valid {
						t.Errorf("%s: %s: %s: %s as %v: got %v", file, group.Description, test.Description, test.Data, typ, got)
					}
				}
			}
		}
	}
	for _, file := range []string{"minimum", "exclusiveMaximum", "multipleOf", "maxLength", "pattern", "minItems", "uniqueItems", "maxProperties", "enum", "optional/bignum"} {
		if ran[file] == 0 {
			t.Errorf("%s: no test ran, of %v", file, ran)
		}
	}
}

// goType returns a Go type with the same schema. ok is false where there is none.
func goType(text json.RawMessage) (reflect.Type, bool) {
	var s struct {
		Schema               string `json:"$schema"`
		Type                 string
		Properties           map[string]json.RawMessage
		Required             []string
		AdditionalProperties json.RawMessage
		Items                json.RawMessage
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if string(text) == "true" {
		return reflect.TypeFor[any](), true
	}
	if d.Decode(&s) != nil {
		return nil, false
	}
	plain := map[string]reflect.Type{
		"integer": reflect.TypeFor[int64](), "number": reflect.TypeFor[float64](), "string": reflect.TypeFor[string](), "boolean": reflect.TypeFor[bool](),
	}
	switch {
	case plain[s.Type] != nil:
		return plain[s.Type], true
	case s.Items != nil || s.Type == "array":
		elem, ok := reflect.TypeFor[any](), true
		if s.Items != nil {
			elem, ok = goType(s.Items)
		}
		if !ok {
			return nil, false
		}
		return reflect.SliceOf(elem), true
	case s.Properties == nil && s.Required == nil && s.AdditionalProperties != nil:
		elem, ok := goType(s.AdditionalProperties)
		if !ok {
			return nil, false
		}
		return reflect.MapOf(reflect.TypeFor[string](), elem), true
	case s.Properties != nil || s.Required != nil || s.Type == "object":
		return structType(s.Properties, s.Required, string(s.AdditionalProperties))
	}
	return reflect.TypeFor[any](), s.Type == ""
}

func structType(properties map[string]json.RawMessage, required []string, additional string) (reflect.Type, bool) {
	var fields []reflect.StructField
	if additional != "" {
		fields = append(fields, reflect.StructField{Name: "_", PkgPath: "suite", Type: reflect.TypeFor[struct{}](), Tag: reflect.StructTag(`additionalProperties:"` + additional + `"`)})
	}
	names := slices.Compact(slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(properties)), required...))))
	for i, name := range names {
		typ, ok := reflect.TypeFor[any](), true
		if s, named := properties[name]; named {
			typ, ok = goType(s)
		}
		if !ok || additional != "" && additional != "false" || strings.ContainsAny(name, `,`) {
			return nil, false
		}
		tag := name
		if !slices.Contains(required, name) {
			tag += ",omitzero"
		}
		fields = append(fields, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: typ, Tag: reflect.StructTag("json:" + strconv.Quote(tag))})
	}
	return reflect.StructOf(fields), true
}

// TestObjectsOfTheSuite runs the tests of the JSON Schema suite whose schemas can be
// written as Go types.
func TestObjectsOfTheSuite(t *testing.T) {
	dir := suite(t, "json-schema/draft2020-12")
	ran := map[string]int{}
	for _, file := range []string{"type", "properties", "required", "additionalProperties", "items"} {
		for _, group := range suiteGroups(t, filepath.Join(dir, file+".json")) {
			typ, ok := goType(group.Schema)
			if !ok || typ.Kind() == reflect.Interface {
				continue
			}
			kind := map[reflect.Kind]string{reflect.Struct: "object", reflect.Map: "object", reflect.Slice: "array"}[typ.Kind()]
			for _, test := range group.Tests {
				if file != "type" && typeOf(test.Data) != kind {
					continue // a schema without a type says nothing about other values
				}
				ran[file]++
				if got := accepts(t, typ, test.Data); got != test.Valid {
					t.Errorf("%s: %s: %s: %s as %v: got %v", file, group.Description, test.Description, test.Data, typ, got)
				}
			}
		}
	}
	for _, file := range []string{"type", "properties", "required", "additionalProperties", "items"} {
		if ran[file] == 0 {
			t.Errorf("%s: no test ran, of %v", file, ran)
		}
	}
}
