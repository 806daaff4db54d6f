package schema_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/schema"
)

// coded has a member for each code.
type coded struct {
	Type     bool           `json:"type,omitzero"`
	Whole    int8           `json:"whole,omitzero"`
	Number   float64        `json:"number,omitzero"`
	Quoted   int            `json:"quoted,omitzero,string"`
	Enum     string         `json:"enum,omitzero" enum:"a,b"`
	Level    int            `json:"level,omitzero" enum:"1,2"`
	Length   string         `json:"length,omitzero" minLength:"2" maxLength:"3"`
	Pattern  string         `json:"pattern,omitzero" pattern:"(?i)^x$"`
	Format   string         `json:"format,omitzero" format:"email"`
	Day      time.Time      `json:"day,omitzero" format:"date"`
	Bytes    []byte         `json:"bytes,omitzero"`
	Limits   float64        `json:"limits,omitzero" minimum:"-1" maximum:"9.50"`
	Strict   int            `json:"strict,omitzero" exclusiveMinimum:"0" exclusiveMaximum:"9" multipleOf:"2"`
	Items    []int          `json:"items,omitzero" minItems:"1" maxItems:"2" uniqueItems:"true"`
	Pair     [2]int         `json:"pair,omitzero"`
	Members  map[string]int `json:"members,omitzero" minProperties:"1" maxProperties:"2"`
	Required *struct {
		A int `json:"a"`
	} `json:"required"`
	Custom custom   `json:"custom,omitzero"`
	_      struct{} `additionalProperties:"false"`
}

type custom struct{}

func (*custom) UnmarshalJSON([]byte) error { return strconv.ErrSyntax }

func TestCodes(t *testing.T) {
	seen := map[string]bool{schema.CodeMore: true} // for a list of issues that was cut
	for _, test := range []struct{ name, text, want string }{
		{"type", `{"type":1}`, `type {"type":"boolean"} [type]`},
		{"a type among numbers", `{"whole":"1"}`, `type {"type":"integer"} [whole]`},
		{"a fraction", `{"whole":1.5}`, `type {"type":"integer"} [whole]`},
		{"a number", `{"number":"1"}`, `type {"type":"number"} [number]`},
		{"a quoted number", `{"quoted":"x"}`, `type {"type":"integer"} [quoted]`},
		{"an object", `[]`, `type {"type":"object"} []`},
		{"a text that is a date", `{"day":1}`, `type {"type":"string"} [day]`},
		{"enum", `{"enum":"c"}`, `enum {"enum":["a","b"]} [enum]`},
		{"enum of integers", `{"level":3}`, `enum {"enum":[1,2]} [level]`},
		{"minLength", `{"length":"a"}`, `minLength {"minLength":2} [length]`},
		{"maxLength", `{"length":"abcd"}`, `maxLength {"maxLength":3} [length]`},
		{"pattern, as documented", `{"pattern":"1"}`, `pattern {"pattern":"^[Xx]$"} [pattern]`},
		{"format", `{"format":"x"}`, `format {"format":"email"} [format]`},
		{"format of a type", `{"day":"x"}`, `format {"format":"date"} [day]`},
		{"contentEncoding", `{"bytes":"!"}`, `contentEncoding {"contentEncoding":"base64"} [bytes]`},
		{"minimum", `{"limits":-2}`, `minimum {"minimum":-1} [limits]`},
		{"maximum", `{"limits":10}`, `maximum {"maximum":9.50} [limits]`},
		{"the least of a Go type", `{"whole":-129}`, `minimum {"minimum":-128} [whole]`},
		{"the greatest of a Go type", `{"whole":128}`, `maximum {"maximum":127} [whole]`},
		{"exclusiveMinimum", `{"strict":0}`, `exclusiveMinimum {"exclusiveMinimum":0} [strict]`},
		{"exclusiveMaximum", `{"strict":10}`, `exclusiveMaximum {"exclusiveMaximum":9} [strict]`},
		{"multipleOf", `{"strict":3}`, `multipleOf {"multipleOf":2} [strict]`},
		{"minItems", `{"items":[]}`, `minItems {"minItems":1} [items]`},
		{"maxItems", `{"items":[1,2,3]}`, `maxItems {"maxItems":2} [items]`},
		{"uniqueItems", `{"items":[1,1]}`, `uniqueItems null [items]`},
		{"too few for an array", `{"pair":[1]}`, `minItems {"minItems":2} [pair]`},
		{"too many for an array", `{"pair":[1,2,3]}`, `maxItems {"maxItems":2} [pair]`},
		{"minProperties", `{"members":{}}`, `minProperties {"minProperties":1} [members]`},
		{"maxProperties", `{"members":{"a":1,"b":2,"c":3}}`, `maxProperties {"maxProperties":2} [members]`},
		{"required", `{"required":{}}`, `required null [required a]`},
		{"unknown", `{"other":1}`, `unknown null [other]`},
		{"invalid", `{"custom":1}`, `invalid null [custom]`},
		{"json", `{"type":tru1}`, `json {"byte":8} []`},
		{"json that ends too early", `{"type":`, `json null []`},
		{"json twice", `{"type":true,"type":true}`, `json {"byte":19} []`},
		{"json too deep", `{"other":` + strings.Repeat("[", 65), `json {"maxDepth":64} []`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var v coded
			var issues schema.Issues
			compiled[coded](t).Decode([]byte(test.text), unsafe.Pointer(&v), nil, &issues, 0)
			var got []string
			for _, issue := range issues.All() {
				seen[issue.Code] = true
				got = append(got, describe(t, issue))
			}
			if diff := cmp.Diff([]string{test.want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	value, err := schema.NewCompiler(isOptional).CompileField(reflect.TypeFor[string](), "")
	if err != nil {
		t.Fatal(err)
	}
	var text string
	var issues schema.Issues
	value.SetText("\xff", unsafe.Pointer(&text), []any{"parsed_query", "q"}, &issues)
	if got, want := describe(t, issues.All()[0]), "utf8 null [parsed_query q]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	seen[schema.CodeUTF8] = true
	for name, code := range codes(t) {
		if !seen[code] {
			t.Errorf("no test has %s, %q", name, code)
		}
	}
}

func describe(t *testing.T, issue schema.Issue) string {
	t.Helper()
	params, err := json.Marshal(issue.Params)
	if err != nil {
		t.Fatal(err)
	}
	steps := make([]string, len(issue.Loc))
	for i, step := range issue.Loc {
		steps[i] = step.(string)
	}
	return issue.Code + " " + string(params) + " [" + strings.Join(steps, " ") + "]"
}

// codes returns the constants of the package whose names begin with Code.
func codes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "issues.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[spec.Names[0].Name] = code
		}
		return true
	})
	if len(found) < 20 {
		t.Fatalf("got %d codes, the test does not see them", len(found))
	}
	return found
}

// TestTexts checks that each text says what to send. The example in a text must be valid.
func TestTexts(t *testing.T) {
	for _, test := range []struct{ name, tag, text, want string }{
		{"email", `format:"email"`, "x", "Expected an email address such as name@example.com"},
		{"uri", `format:"uri"`, "x", "Expected a URI such as https://example.com/path"},
		{"uri-reference", `format:"uri-reference"`, "<", "Expected a URI reference such as /path or https://example.com/path"},
		{"iri-reference", `format:"iri-reference"`, "<", "Expected a URI reference such as /path or https://example.com/path"},
		{"uri-template", `format:"uri-template"`, "{", "Expected a URI template such as /users/{id}"},
		{"uuid", `format:"uuid"`, "x", "Expected a UUID such as 123e4567-e89b-42d3-a456-426614174000"},
		{"date-time", `format:"date-time"`, "x", "Expected a date and time such as 2026-01-02T15:04:05Z"},
		{"date", `format:"date"`, "x", "Expected a date such as 2026-01-31"},
		{"time", `format:"time"`, "x", "Expected a time such as 15:04:05Z"},
		{"duration", `format:"duration"`, "x", "Expected a duration such as PT1H30M"},
		{"ipv4", `format:"ipv4"`, "x", "Expected an IPv4 address such as 192.0.2.1"},
		{"ipv6", `format:"ipv6"`, "x", "Expected an IPv6 address such as 2001:db8::1"},
		{"hostname", `format:"hostname"`, "-", "Expected a host name such as www.example.com"},
		{"json-pointer", `format:"json-pointer"`, "x", "Expected a JSON pointer such as /items/0"},
		{"relative-json-pointer", `format:"relative-json-pointer"`, "x", "Expected a relative JSON pointer such as 1/items"},
		{"byte", `format:"byte"`, "!", "Expected base64 with padding, such as aGk="},
		{"one value", `enum:"a"`, "b", "Expected 'a'"},
		{"several values", `enum:"a,b"`, "c", "Expected one of 'a', 'b'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			value, err := schema.NewCompiler(isOptional).CompileField(reflect.TypeFor[string](), reflect.StructTag(test.tag))
			if err != nil {
				t.Fatal(err)
			}
			_, example, _ := strings.Cut(test.want, " such as ")
			example, _, _ = strings.Cut(example, " or ")
			for text, want := range map[string]string{test.text: "[" + test.want + "]", example: "[]"} {
				var v string
				var issues schema.Issues
				if value.SetText(text, unsafe.Pointer(&v), nil, &issues); text == "" {
					continue // the text gives no example
				}
				var got []string
				for _, issue := range issues.All() {
					got = append(got, issue.Msg.String())
				}
				if got := "[" + strings.Join(got, " ") + "]"; got != want {
					t.Errorf("%q: got %s, want %s", text, got, want)
				}
			}
		})
	}
	for _, test := range []struct{ text, want string }{{"", "The body is empty"}, {" \n", "The body is empty"}, {"null", "Expected an array"}} {
		text, want := test.text, test.want
		var list []int
		var issues schema.Issues
		compiled[[]int](t).Decode([]byte(text), unsafe.Pointer(&list), []any{"parsed_body"}, &issues, 0)
		if issues.Len() != 1 || issues.All()[0].Msg.String() != want {
			t.Errorf("%q: got %v, want %s", text, issues.All(), want)
		}
	}
	for text, want := range map[string]string{"1e999": "Expected a number that is 1.7976931348623157e+308 or less", "-1e999": "Expected a number that is -1.7976931348623157e+308 or greater"} {
		var f float64
		var v any
		var issues schema.Issues
		compiled[float64](t).Decode([]byte(text), unsafe.Pointer(&f), nil, &issues, 0)
		compiled[any](t).Decode([]byte(text), unsafe.Pointer(&v), nil, &issues, 0)
		for _, issue := range issues.All() {
			if got := issue.Msg.String(); got != want || issues.Len() != 2 {
				t.Errorf("%s: got %s, want %s twice", text, got, want)
			}
		}
	}
}
