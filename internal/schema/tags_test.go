package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/schema"
)

// TestTagsThatCannotBeRight has tags that no value satisfies.
func TestTagsThatCannotBeRight(t *testing.T) {
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"unknown format": {reflect.TypeFor[struct {
			F string `format:"colour"`
		}](), "F: format:\"colour\": unknown format; the formats of strings are byte, date"},
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
		}](), "F: format:\"colour\": unknown format; to document a format of your own, return it from the method JSONSchema of schema_test.ratio"},
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
		}](), "F: minimum:\"128\": the type int8 cannot hold 128"},
		"maximum before the type": {reflect.TypeFor[struct {
			F int8 `json:"f,string" maximum:"-129"`
		}](), "F: maximum:\"-129\": the type int8 cannot hold -129"},
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
		}](), `F: the json option "string" applies to numbers only`},
		"default of a date": {reflect.TypeFor[struct {
			F time.Time `format:"date" default:"2026-02-30"`
		}](), "F: the default"},
		"bytes in a pattern": {reflect.TypeFor[struct {
			F string `pattern:"\\Ca"`
		}](), "F: pattern"},
	} {
		if _, err := schema.NewCompiler(isOptional).Compile(test.typ); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// tagged returns a struct whose field F, a string, has a tag that go vet would refuse.
func tagged(tag reflect.StructTag) reflect.Type {
	return reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[string](), Tag: tag}})
}

// TestTagsThatMeanNothing has tags without effect. The error says what to write.
func TestTagsThatMeanNothing(t *testing.T) {
	type inner struct {
		F int `json:"f" min:"1"`
	}
	type Promoted struct{ A int }
	for name, test := range map[string]struct {
		typ  reflect.Type
		want string
	}{
		"required": {reflect.TypeFor[struct {
			F string `required:"true"`
		}](), "F: the tag required has no meaning here: a member is required unless it is a pointer or rest.Optional"},
		"validate": {reflect.TypeFor[struct {
			F string `validate:"required,min=1"`
		}](), `F: the tag validate has no meaning here: write each rule as a tag of its own, such as minLength:"1"`},
		"binding": {reflect.TypeFor[struct {
			F string `binding:"required"`
		}](), "F: the tag binding has no meaning here"},
		"min of a string": {reflect.TypeFor[struct {
			F string `min:"1"`
		}](), "F: the tag min has no meaning here: write minLength"},
		"max of a list": {reflect.TypeFor[struct {
			F *[]string `max:"1"`
		}](), "F: the tag max has no meaning here: write maxItems"},
		"max of a map": {reflect.TypeFor[struct {
			F map[string]int `max:"1"`
		}](), "F: the tag max has no meaning here: write maxProperties"},
		"min of a number": {reflect.TypeFor[struct {
			F float64 `min:"1"`
		}](), "F: the tag min has no meaning here: write minimum"},
		"min of items": {reflect.TypeFor[struct {
			F []string `items.min:"1"`
		}](), "F: the tag items.min has no meaning here"},
		"deep inside": {reflect.TypeFor[struct {
			F map[string][]*inner `json:"f"`
		}](), "inner.F: the tag min has no meaning here: write minimum"},
		"description": {reflect.TypeFor[struct {
			F string `description:"a name"`
		}](), "F: the tag description has no meaning here: write doc"},
		"a keyword that is not a tag": {reflect.TypeFor[struct {
			F string `oneOf:"a"`
		}](), "F: the tag oneOf has no meaning here: give the type a method JSONSchema"},
		"another case": {reflect.TypeFor[struct {
			F string `maxlength:"1"`
		}](), "F: the tag maxlength has no effect; the keyword is spelled maxLength"},
		"items of a string": {reflect.TypeFor[struct {
			F string `items.minLength:"1"`
		}](), "F: the tag items.minLength: a string has no items"},
		"values of a list": {reflect.TypeFor[struct {
			F []string `values.minLength:"1"`
		}](), "F: the tag values.minLength: a []string has no values"},
		"items of items of a list": {reflect.TypeFor[struct {
			F []string `items.items.minLength:"1"`
		}](), "F: the tag items.items.minLength: a string has no items"},
		"unknown keyword of items": {reflect.TypeFor[struct {
			F []string `items.colour:"1"`
		}](), "F: the tag items.colour has no meaning here"},
		"default of items": {reflect.TypeFor[struct {
			F []string `items.default:"1"`
		}](), "F: the tag items.default: default describes a member of an object"},
		"a list that means its items": {reflect.TypeFor[struct {
			F []string `minLength:"1"`
		}](), `F: minLength:"1": does not apply to the type []string; with the prefix items. it applies to each element`},
		"neither read nor written": {reflect.TypeFor[struct {
			F string `readOnly:"true" writeOnly:"true"`
		}](), "F: readOnly and writeOnly"},
		"json option": {tagged(`json:"f,omitEmpty"`), `F: the json option "omitEmpty" has no meaning here; the options are omitempty, omitzero, string`},
		"json option inline": {reflect.TypeFor[struct {
			F inner `json:",inline"`
		}](), `F: the json option "inline" has no meaning here`},
		"space after the colon": {tagged(`minLength: "1"`), "F: the tag is malformed"},
		"no end":                {tagged(`minLength:"1`), "F: the tag is malformed: the value of minLength does not end"},
		"twice":                 {tagged(`minLength:"1" minLength:"2"`), "F: the tag has minLength twice"},
		"example of another type": {reflect.TypeFor[struct {
			F int `example:"\"a\""`
		}](), "F: the example \"a\" does not satisfy the constraints of the field: Expected an integer"},
		"default beyond a limit": {reflect.TypeFor[struct {
			F string `default:"abc" maxLength:"2"`
		}](), "F: the default \"abc\" does not satisfy the constraints of the field: Expected at most 2 characters"},
		"default outside of the enum": {reflect.TypeFor[struct {
			F *string `default:"c" enum:"a,b"`
		}](), "F: the default \"c\" does not satisfy the constraints of the field: Expected one of 'a', 'b'"},
		"enum against the pattern": {reflect.TypeFor[struct {
			F string `enum:"a,B" pattern:"^[a-z]$"`
		}](), "F: the enum value \"B\" does not satisfy the constraints of the field"},
		"enum beyond a limit": {reflect.TypeFor[struct {
			F int `enum:"1,9" maximum:"5"`
		}](), "F: the enum value 9 does not satisfy the constraints of the field"},
		"enum with spaces": {reflect.TypeFor[struct {
			F string `enum:"a, b"`
		}](), `F: enum:"a, b": the value " b" begins or ends with a space; write the values as a,b`},
		"enum with one value twice": {reflect.TypeFor[struct {
			F string `enum:"a,a"`
		}](), `F: enum:"a,a": the value "a" occurs twice`},
		"enum without values": {reflect.TypeFor[struct {
			F string `enum:""`
		}](), "the enum has no values"},
		"format of another size": {reflect.TypeFor[struct {
			F int64 `format:"int32"`
		}](), `F: format:"int32": the type int64 cannot have this format; it can have int64`},
		"limit that the type does not reach": {reflect.TypeFor[struct {
			F uint8 `maximum:"300"`
		}](), `F: maximum:"300": the type uint8 cannot hold 300`},
		"additionalProperties of a field": {reflect.TypeFor[struct {
			F inner `additionalProperties:"false"`
		}](), "F: the tag additionalProperties has no meaning here: write it on the field _ struct{}"},
		"additionalProperties of a struct": {reflect.TypeFor[struct {
			_ struct{} `additionalProperties:"no"`
		}](), `additionalProperties:"no": want true or false`},
		"minProperties of a struct": {reflect.TypeFor[struct {
			_ struct{} `minProperties:"1"`
		}](), "the blank field: the tag minProperties does not apply here"},
		"embedded": {reflect.TypeFor[struct {
			Promoted `minLength:"1"`
		}](), "Promoted: the tag minLength does not apply here; tag the fields of the embedded struct"},
		"not exported": {reflect.StructOf([]reflect.StructField{{Name: "f", PkgPath: "p", Type: reflect.TypeFor[string](), Tag: `json:"f"`}}), "f: the field is not exported, so its tags have no meaning"},
	} {
		if _, err := schema.NewCompiler(isOptional).Compile(test.typ); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestTagsThatAreFine has tags of other packages, and formats that a type has anyway.
func TestTagsThatAreFine(t *testing.T) {
	type fine struct {
		A string            `json:"a,omitzero" db:"a" yaml:"min" xml:"max,attr" doc:"say \"min:\" and required"`
		B int64             `json:"b" format:"int64" enum:"1,2" default:"2" example:"1"`
		C *uint8            `json:"c" format:"uint8" maximum:"255"`
		D float32           `json:"d" format:"float"`
		E map[string][]int8 `json:"e" values.items.minimum:"1" values.minItems:"1" values.items.format:"int8"`
		F any               `json:"-" min:"1"`
		g int               //nolint:unused // has no tags
		_ struct{}          `doc:"Fine." additionalProperties:"true"`
	}
	if _, err := schema.NewCompiler(isOptional).Compile(reflect.TypeFor[fine]()); err != nil {
		t.Error(err)
	}
}

// TestPatternsAreDocumentedAsECMA checks the translation of patterns for the document.
func TestPatternsAreDocumentedAsECMA(t *testing.T) {
	for pattern, want := range map[string]string{
		`^[a-z]+\d{2,3}\.(?:x|y)?$`: `^[a-z]+\d{2,3}\.(?:x|y)?$`, `(?<name>x)`: `(?<name>x)`, `[\w.\-+]`: `[\w.\-+]`, `^\x41\/$`: `^\x41\/$`,
		`\Aabc\z`: `^abc$`, `(?i)ab1`: `[Aa][Bb]1`, `(?P<n>x)`: `(?<n>x)`, `\Qa.b\E`: `a\.b`, `[[:alpha:]]+`: `[A-Za-z]+`, `(?s).`: `[\s\S]`, `(?m)^a$`: `(?<![^\n])a(?![^\n])`,
		`\s`: `[\x09\x0a\x0c\x0d ]`, `\a`: `\x07`, `[]a]`: `[\]a]`, `a{,2}`: `a\{,2\}`, `x}`: `x\}`, `(?U)a+`: `a+?`, `\x{1F600}`: `😀`, `(?:ab)+|c`: `(?:ab)+|c`, `[^\s]`: `[^\x09\x0a\x0c\x0d ]`,
		`(?i:a)|b*?`: `[Aa]|b*?`, `\@`: `@`, `(?i)k`: "[Kk\u212a]", `a\-b`: `a\x2db`, `(?:(?i)a){2,}`: `[Aa]{2,}`, `[\pL]`: "", `\BA\b(?i:x)`: `\BA\b[Xx]`,
	} {
		typ := reflect.StructOf([]reflect.StructField{{Name: "V", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"v" pattern:` + quoteTag(pattern))}})
		n, err := schema.NewCompiler(isOptional).Compile(typ)
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

// TestTightLimits has limits that one number satisfies.
func TestTightLimits(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[struct {
			F int8 `minimum:"126" exclusiveMaximum:"127"`
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
		if _, err := schema.NewCompiler(isOptional).Compile(typ); err != nil {
			t.Error(err)
		}
	}
}
