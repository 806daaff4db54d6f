package resttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// validator checks values against the JSON Schemas of a document, as far as package openapi
// writes them (draft 2020-12). It knows no formats.
type validator struct {
	root     any
	problems []string
}

// resolve follows references within the document.
func (v *validator) resolve(value any) any {
	for range 32 {
		ref, ok := member(value, "$ref").(string)
		if !ok {
			break
		}
		value = v.root
		for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			value = member(value, unescapePointer.Replace(step))
		}
	}
	return value
}

func (v *validator) fail(at, format string, args ...any) {
	if at == "" {
		at = "the body"
	}
	v.problems = append(v.problems, at+" "+fmt.Sprintf(format, args...))
}

// check adds a problem for each way in which a value does not match a schema.
func (v *validator) check(schema, value any, at string) {
	s, ok := v.resolve(schema).(map[string]any)
	if !ok {
		if schema == false {
			v.fail(at, "is not allowed")
		}
		return
	}
	v.combined(s, value, at)
	if want := s["type"]; want != nil && !hasType(want, value) {
		v.fail(at, "is %s, want the type %v", short(value), want)
		return
	}
	if enum, ok := s["enum"].([]any); ok && !slices.ContainsFunc(enum, func(one any) bool { return equal(one, value) }) {
		v.fail(at, "is %s, want one of %v", short(value), enum)
	}
	if want, ok := s["const"]; ok && !equal(want, value) {
		v.fail(at, "is %s, want %v", short(value), want)
	}
	switch value := value.(type) {
	case map[string]any:
		v.object(s, value, at)
	case []any:
		v.list(s, value, at)
	case string:
		v.text(s, value, at)
	case json.Number:
		v.number(s, value, at)
	}
}

// combined checks allOf, anyOf and oneOf.
func (v *validator) combined(s map[string]any, value any, at string) {
	all, _ := s["allOf"].([]any)
	for _, schema := range all {
		v.check(schema, value, at)
	}
	for _, keyword := range []string{"anyOf", "oneOf"} {
		list, ok := s[keyword].([]any)
		if !ok {
			continue
		}
		matches := 0
		for _, schema := range list {
			one := &validator{root: v.root}
			if one.check(schema, value, at); len(one.problems) == 0 {
				matches++
			}
		}
		if matches == 0 || keyword == "oneOf" && matches > 1 {
			v.fail(at, "is %s, which matches %d schemas of %s", short(value), matches, keyword)
		}
	}
}

func (v *validator) object(s, value map[string]any, at string) {
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := value[name.(string)]; !ok {
			v.fail(at, "lacks the member %q", name)
		}
	}
	v.bounds(s, "Properties", len(value), at)
	properties, _ := s["properties"].(map[string]any)
	additional, limited := s["additionalProperties"]
	for _, name := range slices.Sorted(maps.Keys(value)) {
		schema, known := properties[name]
		switch {
		case known:
			v.check(schema, value[name], at+"/"+name)
		case limited && additional == false:
			v.fail(at, "has the member %q, which the schema does not allow", name)
		case limited:
			v.check(additional, value[name], at+"/"+name)
		}
	}
}

func (v *validator) list(s map[string]any, value []any, at string) {
	v.bounds(s, "Items", len(value), at)
	for i, item := range value {
		if items, ok := s["items"]; ok {
			v.check(items, item, fmt.Sprintf("%s/%d", at, i))
		}
		if s["uniqueItems"] == true && slices.ContainsFunc(value[:i], func(other any) bool { return equal(other, item) }) {
			v.fail(at, "has %s twice", short(item))
		}
	}
}

func (v *validator) text(s map[string]any, value, at string) {
	v.bounds(s, "Length", utf8.RuneCountInString(value), at)
	pattern, ok := s["pattern"].(string)
	if !ok {
		return
	}
	if re, err := regexp.Compile(pattern); err == nil && !re.MatchString(value) { // a pattern of ECMA-262 may be none of RE2
		v.fail(at, "is %s, which does not match %q", short(value), pattern)
	}
}

func (v *validator) number(s map[string]any, value json.Number, at string) {
	have := rational(value)
	for _, bound := range []struct {
		keyword string
		wrong   func(order int) bool
	}{
		{"minimum", func(order int) bool { return order < 0 }},
		{"maximum", func(order int) bool { return order > 0 }},
		{"exclusiveMinimum", func(order int) bool { return order <= 0 }},
		{"exclusiveMaximum", func(order int) bool { return order >= 0 }},
	} {
		if want, ok := s[bound.keyword].(json.Number); ok && bound.wrong(have.Cmp(rational(want))) {
			v.fail(at, "is %s, the schema has %s %s", value, bound.keyword, want)
		}
	}
	if step, ok := s["multipleOf"].(json.Number); ok && !new(big.Rat).Quo(have, rational(step)).IsInt() {
		v.fail(at, "is %s, want a multiple of %s", value, step)
	}
}

// bounds checks a minimum and a maximum of a count.
func (v *validator) bounds(s map[string]any, of string, n int, at string) {
	have := big.NewRat(int64(n), 1)
	if least, ok := s["min"+of].(json.Number); ok && have.Cmp(rational(least)) < 0 {
		v.fail(at, "has %d, the schema has min%s %s", n, of, least)
	}
	if most, ok := s["max"+of].(json.Number); ok && have.Cmp(rational(most)) > 0 {
		v.fail(at, "has %d, the schema has max%s %s", n, of, most)
	}
}

// rational returns a number of a JSON text.
func rational(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

// hasType reports whether a value has a type, or one of a list of types.
func hasType(want, value any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return hasType(one, value) })
	}
	have := map[reflect.Kind]string{reflect.Map: "object", reflect.Slice: "array", reflect.Bool: "boolean", reflect.Invalid: "null"}[reflect.ValueOf(value).Kind()]
	switch value := value.(type) {
	case string:
		have = "string"
	case json.Number:
		if have = "number"; want == "integer" && rational(value).IsInt() {
			have = "integer"
		}
	}
	return have == want
}

// equal compares JSON values; 1.0 equals 1.
func equal(a, b any) bool {
	x, number := a.(json.Number)
	y, ok := b.(json.Number)
	if number && ok {
		return rational(x).Cmp(rational(y)) == 0
	}
	return reflect.DeepEqual(a, b)
}

// short is a value for a message.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil || len(text) > 80 {
		return fmt.Sprintf("%.80s…", text)
	}
	return string(text)
}
