package schema_test

import (
	"encoding/json"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

func compiled[T any](t testing.TB) *schema.Node {
	n, err := schema.NewCompiler(isOptional).Compile(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// member returns an object with one member, a string.
func member(t testing.TB, name, text string) []byte {
	data, err := json.Marshal(map[string]string{name: text})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzMoments checks that a time.Time reads the texts that the format of a string accepts,
// except for leap seconds, and that what it writes is read as the same time.
func FuzzMoments(f *testing.F) {
	for _, seed := range []string{
		"2026-02-03T04:05:06Z", "2026-02-03t04:05:06.5+23:59", "1998-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "2026-02-29", "04:05:06.123456789123z", "PT1H0M2.5S", "P1W", "P1DT1S", "PT9223372036S",
	} {
		f.Add(seed)
	}
	type typed struct {
		At     time.Time     `json:"date-time,omitzero"`
		Day    time.Time     `json:"date,omitzero" format:"date"`
		Clock  time.Time     `json:"time,omitzero" format:"time"`
		Length time.Duration `json:"duration,omitzero" format:"duration"`
	}
	type texts struct {
		At     string `json:"date-time,omitzero" format:"date-time"`
		Day    string `json:"date,omitzero" format:"date"`
		Clock  string `json:"time,omitzero" format:"time"`
		Length string `json:"duration,omitzero" format:"duration"`
	}
	asTime, asText := compiled[typed](f), compiled[texts](f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"date-time", "date", "time", "duration"} {
			data := member(t, name, text)
			var v, again typed
			var s texts
			var typedIssues, textIssues schema.Issues
			asTime.Decode(data, unsafe.Pointer(&v), nil, &typedIssues, 0)
			asText.Decode(data, unsafe.Pointer(&s), nil, &textIssues, 0)
			read, valid := typedIssues.Len() == 0, textIssues.Len() == 0
			if read != valid && name != "duration" && !strings.Contains(text, ":60") {
				t.Fatalf("%s %q: read %v, valid %v", name, text, read, valid)
			}
			if read && !valid && !strings.Contains(text, ".") {
				t.Fatalf("%s %q was read, although it is not a duration", name, text)
			}
			if !read {
				continue
			}
			written, err := asTime.Append(nil, unsafe.Pointer(&v))
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			asTime.Decode(written, unsafe.Pointer(&again), nil, &typedIssues, 0)
			if typedIssues.Len() > 0 || !v.At.Equal(again.At) || !v.Day.Equal(again.Day) || !v.Clock.Equal(again.Clock) || v.Length != again.Length {
				t.Fatalf("%q: wrote %s, read %+v and %+v, %v", text, written, v, again, typedIssues.All())
			}
		}
	})
}

// FuzzLimits compares the limits of numbers with exact arithmetic.
func FuzzLimits(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "0.1", "0.09999999999999999999", "1e400", "1e-400", "2.50", "-7", "100000000000000000000.25", "25e-2", "9223372036854775807.0", "0.3"} {
		f.Add(seed)
	}
	type limited struct {
		N json.Number `json:"n,omitzero" minimum:"-0.1" exclusiveMaximum:"100000000000000000000.5" multipleOf:"0.025"`
	}
	type whole struct {
		N int64 `json:"n,omitzero"`
	}
	n, integer := compiled[limited](f), compiled[whole](f)
	rat := func(text string) *big.Rat { r, _ := new(big.Rat).SetString(text); return r }
	low, high, unit := rat("-0.1"), rat("100000000000000000000.5"), rat("0.025")
	f.Fuzz(func(t *testing.T, text string) {
		if at := strings.IndexAny(text, "eE"); !json.Valid([]byte(text)) || strings.Trim(text, "0123456789+-.eE") != "" || at >= 0 && len(text)-at > 5 {
			return
		}
		exact := rat(text)
		want := exact.Cmp(low) >= 0 && exact.Cmp(high) < 0 && new(big.Rat).Quo(exact, unit).IsInt()
		var v limited
		var issues schema.Issues
		if n.Decode([]byte(`{"n":`+text+`}`), unsafe.Pointer(&v), nil, &issues, 0); (issues.Len() == 0) != want {
			t.Fatalf("%s: got %v, want %v", text, issues.All(), want)
		}
		var i whole
		issues.Reset()
		integer.Decode([]byte(`{"n":`+text+`}`), unsafe.Pointer(&i), nil, &issues, 0)
		if got, want := issues.Len() == 0, exact.IsInt() && exact.Num().IsInt64(); got != want || got && exact.Num().Int64() != i.N {
			t.Fatalf("%s: got %d %v, want %v", text, i.N, issues.All(), exact)
		}
	})
}

// FuzzPatterns checks that a pattern translated for the document matches the same texts,
// if package regexp can read the translation.
func FuzzPatterns(f *testing.F) {
	for _, seed := range []string{`(?i)ab+?`, `^\Qa.b\E[[:alpha:]]{2,}$`, `(?m)^a$|\z`, `(?P<n>x|y)*`, `[^\s-]`, `\pL\x{41}`, `a{,2}`, `(?U)a*b`, `(?:|a)+`, `[\]\-^]`} {
		f.Add(seed, "abAB 1x")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		typ := reflect.StructOf([]reflect.StructField{{Name: "V", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"v" pattern:` + quoteTag(pattern))}})
		n, err := schema.NewCompiler(isOptional).Compile(typ)
		if err != nil || typ.Field(0).Tag.Get("pattern") != pattern {
			return
		}
		documented := n.InputSchema(schema.NewComponents()).Properties[0].Schema.Pattern
		other, err := regexp.Compile(documented)
		if err != nil || strings.Contains(documented, "(?<![") {
			return // lookarounds, and \u{…}
		}
		if re.MatchString(text) != other.MatchString(text) {
			t.Fatalf("%q is documented as %q, and they differ about %q", pattern, documented, text)
		}
	})
}
