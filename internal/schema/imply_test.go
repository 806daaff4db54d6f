package schema_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// TestImplied checks what a schema says about a Go type without tags, and what a tag
// replaces.
func TestImplied(t *testing.T) {
	type value struct {
		Int      int                        `json:"int"`
		Int8     int8                       `json:"int8"`
		Int16    int16                      `json:"int16"`
		Int32    rune                       `json:"int32"`
		Int64    int64                      `json:"int64"`
		Uint     uint                       `json:"uint"`
		Uint8    uint8                      `json:"uint8"`
		Uint16   uint16                     `json:"uint16"`
		Uint32   uint32                     `json:"uint32"`
		Float32  float32                    `json:"float32"`
		Float64  float64                    `json:"float64"`
		Bytes    []byte                     `json:"bytes"`
		Nanos    time.Duration              `json:"nanos"`
		Lower    int8                       `json:"lower" minimum:"-5"`
		Above    uint8                      `json:"above" exclusiveMinimum:"0"`
		Below    int16                      `json:"below" exclusiveMaximum:"7"`
		Format   uint8                      `json:"format" format:"uint8"`
		Array    [2]int32                   `json:"array"`
		Map      map[string]uint16          `json:"map" values.maximum:"9"`
		Keys     map[int8]bool              `json:"keys"`
		Twice    optional[*int32]           `json:"twice"`
		Thrice   *optional[map[uint8]int64] `json:"thrice"`
		Duration time.Duration              `json:"duration" format:"duration"`
	}
	want := map[string]string{
		"int":      `{"type":"integer","format":"int64"}`,
		"int8":     `{"type":"integer","format":"int32","minimum":-128,"maximum":127}`,
		"int16":    `{"type":"integer","format":"int32","minimum":-32768,"maximum":32767}`,
		"int32":    `{"type":"integer","format":"int32"}`,
		"int64":    `{"type":"integer","format":"int64"}`,
		"uint":     `{"type":"integer","format":"uint64","minimum":0}`,
		"uint8":    `{"type":"integer","format":"int32","minimum":0,"maximum":255}`,
		"uint16":   `{"type":"integer","format":"int32","minimum":0,"maximum":65535}`,
		"uint32":   `{"type":"integer","format":"int64","minimum":0,"maximum":4294967295}`,
		"float32":  `{"type":"number","format":"float"}`,
		"float64":  `{"type":"number","format":"double"}`,
		"bytes":    `{"type":"string","format":"byte","contentEncoding":"base64"}`,
		"nanos":    `{"type":"integer","format":"int64"}`,
		"lower":    `{"type":"integer","format":"int32","minimum":-5,"maximum":127}`,
		"above":    `{"type":"integer","format":"int32","maximum":255,"exclusiveMinimum":0}`,
		"below":    `{"type":"integer","format":"int32","minimum":-32768,"exclusiveMaximum":7}`,
		"format":   `{"type":"integer","format":"uint8","minimum":0,"maximum":255}`,
		"array":    `{"type":"array","items":{"type":"integer","format":"int32"},"minItems":2,"maxItems":2}`,
		"map":      `{"type":"object","additionalProperties":{"type":"integer","format":"int32","minimum":0,"maximum":9}}`,
		"keys":     `{"type":"object","additionalProperties":{"type":"boolean"},"propertyNames":{"pattern":"^(0|-?([1-9][0-9]{0,1}|1[0-1][0-9]|12[0-6]|127)|-128)$"}}`,
		"twice":    `{"anyOf":[{"type":"integer","format":"int32"},{"type":"null"}]}`,
		"thrice":   `{"anyOf":[{"type":"object","additionalProperties":{"type":"integer","format":"int64"},"propertyNames":{"pattern":"^(0|[1-9][0-9]{0,1}|[1-1][0-9]{2}|2[0-4][0-9]|25[0-4]|255)$"}},{"type":"null"}]}`,
		"duration": `{"type":"string","format":"duration"}`,
	}
	if diff := cmp.Diff(want, properties(t, value{}, schema.NewComponents())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	plain := schema.NewComponents()
	plain.Plain = true
	got := properties(t, value{}, plain)
	for name, want := range map[string]string{
		"int64": `{"type":"integer"}`, "uint8": `{"type":"integer"}`, "float32": `{"type":"number"}`, "bytes": `{"type":"string","contentEncoding":"base64"}`,
		"lower": `{"type":"integer","minimum":-5}`, "format": `{"type":"integer","format":"uint8"}`,
		"keys": `{"type":"object","additionalProperties":{"type":"boolean"}}`,
	} {
		if got[name] != want {
			t.Errorf("plain: %s: got %s, want %s", name, got[name], want)
		}
	}
}

// TestKeyPatterns checks that the documented pattern of the names of a map, and of numbers
// in strings, matches the integers that the decoder reads and no others.
func TestKeyPatterns(t *testing.T) {
	type quoted struct {
		I int32  `json:"i,string"`
		U uint64 `json:"u,string"`
	}
	check := func(name, pattern, text string, issues []string) {
		t.Helper()
		if documented := regexp.MustCompile(pattern).MatchString(text); documented != (issues == nil) {
			t.Errorf("%s: %q: the pattern matches: %t, the decoder says %v", name, text, documented, issues)
		}
	}
	numbers := properties(t, quoted{}, schema.NewComponents())
	patternOf := func(text string) string {
		var s openapi.Schema
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		return s.Pattern
	}
	for _, text := range []string{
		"", "0", "-0", "1", "-1", "01", "+1", "1.0", "1e2", "9", "10", "99", "100", "126", "127", "128", "129", "130", "199", "200", "249", "255", "256", "-127", "-128", "-129", "-130", "x",
		"2147483647", "2147483648", "-2147483648", "-2147483649", "3000000000", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9999999999999999999",
		"18446744073709551615", "18446744073709551616", "18446744073709551620", "20000000000000000000", "100000000000000000000",
	} {
		body := fmt.Sprintf(`{%q:true}`, text)
		_, issues := decode[map[int8]bool](t, body)
		check("int8", node(t, map[int8]bool{}).InputSchema(schema.NewComponents()).PropertyNames.Pattern, text, issues)
		_, issues = decode[map[uint8]bool](t, body)
		check("uint8", node(t, map[uint8]bool{}).InputSchema(schema.NewComponents()).PropertyNames.Pattern, text, issues)
		_, issues = decode[map[int64]bool](t, body)
		check("int64", node(t, map[int64]bool{}).InputSchema(schema.NewComponents()).PropertyNames.Pattern, text, issues)
		_, issues = decode[map[uint64]bool](t, body)
		check("uint64", node(t, map[uint64]bool{}).InputSchema(schema.NewComponents()).PropertyNames.Pattern, text, issues)
		_, issues = decode[quoted](t, fmt.Sprintf(`{"i":%q,"u":"1"}`, text))
		check("quoted int32", patternOf(numbers["i"]), text, issues)
		_, issues = decode[quoted](t, fmt.Sprintf(`{"i":"1","u":%q}`, text))
		check("quoted uint64", patternOf(numbers["u"]), text, issues)
	}
}

// properties returns the schemas of the members of a struct.
func properties(t *testing.T, v any, c *schema.Components) map[string]string {
	t.Helper()
	node(t, v).InputSchema(c)
	all, err := c.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range all {
		for _, property := range s.Properties {
			text, err := json.Marshal(property.Schema)
			if err != nil {
				t.Fatal(err)
			}
			got[property.Name] = string(text)
		}
	}
	return got
}
