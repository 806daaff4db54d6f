package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/schema"
)

// Tags that no value can keep are mistakes of the program.
func TestTagsThatCannotBeRight(t *testing.T) {
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"unknown format": {reflect.TypeFor[struct {
			F string `format:"colour"`
		}](), "F: format:\"colour\": unknown format; those of texts are byte, date"},
		"unknown format of items": {reflect.TypeFor[struct {
			F []string `items.format:"colour"`
		}](), "F: items.format"},
		"format of a number": {reflect.TypeFor[struct {
			F int `format:"email"`
		}](), "F: format"},
		"duration of an int": {reflect.TypeFor[struct {
			F int `format:"duration"`
		}](), "F: format"},
		"date of a duration": {reflect.TypeFor[struct {
			F time.Duration `format:"date"`
		}](), "F: format"},
		"unknown format of a custom type": {reflect.TypeFor[struct {
			F ratio `format:"colour"`
		}](), "F: format:\"colour\": unknown format; the method JSONSchema of schema_test.ratio"},
		"format of a quoted number": {reflect.TypeFor[struct {
			F int `json:"f,string" format:"email"`
		}](), "F: format"},
		"enum of an int": {reflect.TypeFor[struct {
			F int `enum:"a,b"`
		}](), "F: enum"},
		"enum out of range": {reflect.TypeFor[struct {
			F int8 `enum:"1,300"`
		}](), "F: enum:\"1,300\": the type int8 cannot hold \"300\""},
		"enum that is not canonical": {reflect.TypeFor[struct {
			F int `enum:"01"`
		}](), "F: enum"},
		"enum of a uint": {reflect.TypeFor[struct {
			F uint `enum:"-1"`
		}](), "F: enum"},
		"minimum above maximum": {reflect.TypeFor[struct {
			F int `minimum:"5" maximum:"4"`
		}](), "F: minimum 5 and maximum 4 allow no number"},
		"nothing between": {reflect.TypeFor[struct {
			F float64 `exclusiveMinimum:"5" maximum:"5"`
		}](), "F: minimum 5 and maximum 5 allow no number"},
		"no integer between": {reflect.TypeFor[struct {
			F int `exclusiveMinimum:"5" exclusiveMaximum:"6"`
		}](), "F: the limits allow no int"},
		"minimum beyond the type": {reflect.TypeFor[struct {
			F int8 `minimum:"128"`
		}](), "F: the limits allow no int8"},
		"maximum before the type": {reflect.TypeFor[struct {
			F int8 `json:"f,string" maximum:"-129"`
		}](), "F: the limits allow no int8"},
		"above the last of the type": {reflect.TypeFor[struct {
			F uint64 `exclusiveMinimum:"18446744073709551615"`
		}](), "F: the limits allow no uint64"},
		"below the first of the type": {reflect.TypeFor[struct {
			F uint `exclusiveMaximum:"0"`
		}](), "F: the limits allow no uint"},
		"lengths": {reflect.TypeFor[struct {
			F string `minLength:"5" maxLength:"4"`
		}](), "F: minLength 5 is above maxLength 4"},
		"items": {reflect.TypeFor[struct {
			F []int `minItems:"5" maxItems:"4"`
		}](), "F: minItems 5 is above maxItems 4"},
		"properties": {reflect.TypeFor[struct {
			F map[string]int `minProperties:"5" maxProperties:"4"`
		}](), "F: minProperties 5 is above maxProperties 4"},
		"items of an array": {reflect.TypeFor[struct {
			F [2]int `minItems:"3"`
		}](), "F: a [2]int has 2 items"},
		"fraction for an int": {reflect.TypeFor[struct {
			F int `minimum:"0.5"`
		}](), "F: minimum"},
		"limit beyond 64 bits": {reflect.TypeFor[struct {
			F int64 `maximum:"9223372036854775808"`
		}](), "F: maximum"},
		"limit beyond a float32": {reflect.TypeFor[struct {
			F float32 `maximum:"1e39"`
		}](), "F: maximum"},
		"limit that is no number": {reflect.TypeFor[struct {
			F float64 `maximum:"0x10"`
		}](), "F: maximum"},
		"multiple of zero": {reflect.TypeFor[struct {
			F int `multipleOf:"0"`
		}](), "F: multipleOf"},
		"string of a bool": {reflect.TypeFor[struct {
			F bool `json:"f,string"`
		}](), `F: the json option "string" is for numbers`},
		"default of a date": {reflect.TypeFor[struct {
			F time.Time `format:"date" default:"2026-02-30"`
		}](), "F: the default"},
		"bytes in a pattern": {reflect.TypeFor[struct {
			F string `pattern:"\\Ca"`
		}](), "F: pattern"},
	} {
		if _, err := schema.NewCompiler().Compile(test.typ); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// Patterns of Go are documented as ECMA-262 reads them.
func TestPatternsAreDocumentedAsECMA(t *testing.T) {
	for pattern, want := range map[string]string{
		`^[a-z]+\d{2,3}\.(?:x|y)?$`: `^[a-z]+\d{2,3}\.(?:x|y)?$`, `(?<name>x)`: `(?<name>x)`, `[\w.\-+]`: `[\w.\-+]`, `^\x41\/$`: `^\x41\/$`,
		`\Aabc\z`: `^abc$`, `(?i)ab1`: `[Aa][Bb]1`, `(?P<n>x)`: `(?<n>x)`, `\Qa.b\E`: `a\.b`, `[[:alpha:]]+`: `[A-Za-z]+`, `(?s).`: `[\s\S]`, `(?m)^a$`: `(?<![^\n])a(?![^\n])`,
		`\s`: `[\x09\x0a\x0c\x0d ]`, `\a`: `\x07`, `[]a]`: `[\]a]`, `a{,2}`: `a\{,2\}`, `x}`: `x\}`, `(?U)a+`: `a+?`, `\x{1F600}`: `😀`, `(?:ab)+|c`: `(?:ab)+|c`, `[^\s]`: `[^\x09\x0a\x0c\x0d ]`,
		`(?i:a)|b*?`: `[Aa]|b*?`, `\@`: `@`, `(?i)k`: "[Kk\u212a]", `a\-b`: `a\x2db`, `(?:(?i)a){2,}`: `[Aa]{2,}`, `[\pL]`: "", `\BA\b(?i:x)`: `\BA\b[Xx]`,
	} {
		typ := reflect.StructOf([]reflect.StructField{{Name: "V", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"v" pattern:` + quoteTag(pattern))}})
		n, err := schema.NewCompiler().Compile(typ)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		got := n.InputSchema(schema.NewComponents()).Properties[0].Schema.Pattern
		if want == "" && strings.Contains(got, "p{") || want != "" && got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
}

func quoteTag(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

// Limits that allow one number of the type are kept.
func TestTightLimits(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[struct {
			F int8 `minimum:"127" exclusiveMaximum:"128"`
		}](),
		reflect.TypeFor[struct {
			F int64 `exclusiveMinimum:"9223372036854775806"`
		}](),
		reflect.TypeFor[struct {
			F uint `exclusiveMaximum:"1" minimum:"0"`
		}](),
		reflect.TypeFor[struct {
			F int `exclusiveMinimum:"4" exclusiveMaximum:"6"`
		}](),
	} {
		if _, err := schema.NewCompiler().Compile(typ); err != nil {
			t.Error(err)
		}
	}
}
