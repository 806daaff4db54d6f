package schema_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

type (
	folder map[string]folder
	menu   []struct {
		Title string `json:"title"`
		Sub   menu   `json:"sub" maxItems:"2" default:"[]" example:"[{\"title\":\"a\",\"sub\":[]}]"`
	}
	links []*links
	pages struct {
		First folder           `json:"first" minProperties:"1"`
		Menu  map[string]*menu `json:"menu"`
	}
	loop  *loop
	maybe *optional[maybe]
)

// TestRecursiveTypes checks that a type which contains itself is a component.
func TestRecursiveTypes(t *testing.T) {
	c := schema.NewComponents()
	n := node(t, pages{})
	n.InputSchema(c)
	n.OutputSchema(c)
	node(t, links{}).OutputSchema(c)
	all, err := c.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Folder": `{"type":"object","additionalProperties":{"$ref":"#/components/schemas/Folder"}}`,
		"Links":  `{"type":"array","items":{"anyOf":[{"$ref":"#/components/schemas/Links"},{"type":"null"}]}}`,
		"Pages":  `{"type":"object","properties":{"first":{"$ref":"#/components/schemas/Folder","minProperties":1},"menu":{"type":"object","additionalProperties":{"anyOf":[{"$ref":"#/components/schemas/Menu"},{"type":"null"}]}}},"required":["first","menu"]}`,
	} {
		if got, err := json.Marshal(all[name]); err != nil || string(got) != want {
			t.Errorf("%s:\n got %s %v\nwant %s", name, got, err, want)
		}
	}
	if _, issues := decode[menu](t, `[{"title":"a","sub":[{"title":"b"}]}]`); issues != nil {
		t.Errorf("got %v", issues)
	}
	if _, issues := decode[menu](t, `[{"title":"a","sub":[{},{},{}]}]`); len(issues) != 4 {
		t.Errorf("got %v", issues)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[loop](), reflect.TypeFor[maybe](), reflect.TypeFor[optional[maybe]]()} {
		if _, err := schema.NewCompiler(isOptional).Compile(typ); err == nil {
			t.Errorf("%v: got no error", typ)
		}
	}
}

func TestUniqueItems(t *testing.T) {
	type point struct {
		X float64 `json:"x"`
	}
	type lists struct {
		Any    []any             `json:"any,omitzero" uniqueItems:"true"`
		Ptr    []*string         `json:"ptr,omitzero" uniqueItems:"true"`
		Time   []time.Time       `json:"time,omitzero" uniqueItems:"true"`
		Map    []map[string]any  `json:"map,omitzero" uniqueItems:"true"`
		Lists  [][]int           `json:"lists,omitzero" uniqueItems:"true"`
		Raw    []json.RawMessage `json:"raw,omitzero" uniqueItems:"true"`
		Struct []point           `json:"struct,omitzero" uniqueItems:"true"`
		Number []json.Number     `json:"number,omitzero" uniqueItems:"true"`
		Three  [3]int            `json:"three,omitzero" uniqueItems:"true"`
	}
	for text, unique := range map[string]bool{
		`{"any":[1,"1",true,[1],{"a":1},null,1.5]}`: true, `{"any":[1,1.0]}`: false, `{"any":[0,-0]}`: false, `{"any":["a","b","a"]}`: false,
		`{"any":[{"a":1,"b":2},{"b":2,"a":1e0}]}`: false, `{"any":[[1,2],[2,1]]}`: true, `{"any":[9007199254740992,9007199254740993]}`: true,
		`{"ptr":["x","y",null]}`: true, `{"ptr":["x","x"]}`: false, `{"ptr":[null,null]}`: false,
		`{"time":["2020-01-01T00:00:00+05:30","2020-01-01T00:00:00+05:30"]}`: false, `{"time":["2020-01-01T00:00:00Z","2020-01-01T00:00:01Z"]}`: true,
		`{"map":[{"a":1},{"a":2}]}`: true, `{"map":[{"a":[1]},{"a":[1]}]}`: false, `{"lists":[[1],[1]]}`: false, `{"lists":[[1],[1,1],[]]}`: true,
		`{"raw":[{"a":1,"b":2},{"b":2,"a":1}]}`: false, `{"raw":["\u0041","A"]}`: false, `{"struct":[{"x":1},{"x":1.0}]}`: false,
		`{"number":[1,1.0]}`: false, `{"number":[1,1.1]}`: true, `{"three":[1,2,3]}`: true, `{"three":[1,2,1]}`: false,
	} {
		if _, issues := decode[lists](t, text); (issues == nil) != unique {
			t.Errorf("%s: got %v", text, issues)
		}
	}
	for text, want := range map[string]int{`{"three":[1,2,3,4]}`: 1, `{"three":[1,2,3,3]}`: 1, `{"three":[1,1,1,1]}`: 2} {
		if _, issues := decode[lists](t, text); len(issues) != want {
			t.Errorf("%s: got %v, want %d issues", text, issues, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	type numbers struct {
		Hundreds int64       `json:"hundreds,omitzero" multipleOf:"100"`
		Odd      uint64      `json:"odd,omitzero" multipleOf:"3" maximum:"18446744073709551614"`
		Cents    float64     `json:"cents,omitzero" multipleOf:"0.01"`
		Steps    float32     `json:"steps,omitzero" multipleOf:"0.01" maximum:"0.1"`
		Large    int64       `json:"large,omitzero" maximum:"9007199254740992" exclusiveMinimum:"-9223372036854775808"`
		Byte     int8        `json:"byte,omitzero"`
		Free     json.Number `json:"free,omitzero" minimum:"0.1" exclusiveMaximum:"100000000000000000000.5" multipleOf:"0.1"`
		Text     int         `json:"text,string,omitzero" maximum:"5"`
		Ratio    *float64    `json:"ratio,string" minimum:"0.5"`
	}
	for text, ok := range map[string]bool{
		`{"hundreds":1000000000}`: true, `{"hundreds":-300}`: true, `{"hundreds":1000000001}`: false, `{"hundreds":9223372036854775800}`: true, `{"hundreds":9223372036854775801}`: false,
		`{"odd":18446744073709551615}`: false, `{"odd":18446744073709551612}`: true, `{"odd":18446744073709551613}`: false,
		`{"cents":19.99}`: true, `{"cents":10000000.01}`: true, `{"cents":10000000.001}`: false, `{"cents":0.005}`: false, `{"cents":1e300}`: true, `{"cents":-0.07}`: true,
		`{"steps":0.1}`: true, `{"steps":0.11}`: false, `{"steps":0.099}`: false,
		`{"large":9007199254740992}`: true, `{"large":9007199254740993}`: false, `{"large":-9223372036854775807}`: true, `{"large":-9223372036854775808}`: false,
		`{"large":9007199254740991.0}`: true, `{"large":9007199254740993.0}`: false, `{"byte":1e-400}`: false, `{"byte":0.9999999999999999999}`: false,
		`{"byte":12.70e1}`: true, `{"byte":12.80e1}`: false, `{"byte":0e999999999999999999999}`: true, `{"byte":1e999999999999999999999}`: false, `{"byte":10e-1}`: true,
		`{"free":0.1}`: true, `{"free":100000000000000000000.5}`: false, `{"free":100000000000000000000.4}`: true, `{"free":0.09}`: false, `{"free":0.25}`: false, `{"free":"1"}`: false,
		`{"text":"5"}`: true, `{"text":"6"}`: false, `{"text":5}`: false, `{"text":"5.0"}`: false, `{"text":""}`: false, `{"text":"x"}`: false,
		`{"ratio":"0.5"}`: true, `{"ratio":null}`: true, `{"ratio":"0.4"}`: false, `{"ratio":0.5}`: false, `{"ratio":"1e999"}`: false,
	} {
		if _, issues := decode[numbers](t, text); (issues == nil) != ok {
			t.Errorf("%s: got %v", text, issues)
		}
	}
	ratio := 0.75
	v := numbers{Large: 9007199254740991, Free: "100000000000000000000.4", Text: 3, Ratio: &ratio}
	got, err := node(t, v).Append(nil, unsafe.Pointer(&v))
	if want := `{"large":9007199254740991,"free":100000000000000000000.4,"text":"3","ratio":"0.75"}`; err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	if again, issues := decode[numbers](t, string(got)); issues != nil || !cmp.Equal(again, v) {
		t.Errorf("got %+v %v", again, issues)
	}
	v.Free = "abc"
	if got, err := node(t, v).Append(nil, unsafe.Pointer(&v)); err == nil {
		t.Errorf("a json.Number that is none: got %s", got)
	}
	in := node(t, v).InputSchema(schema.NewComponents())
	if text, err := json.Marshal(in); err != nil || in.Ref == "" {
		t.Errorf("got %s %v", text, err)
	}
}

// TestAnyKeepsLargeIntegers checks that an any keeps all digits of an integer.
func TestAnyKeepsLargeIntegers(t *testing.T) {
	for text, want := range map[string]any{
		`9007199254740993`: json.Number("9007199254740993"), `9007199254740992`: float64(1 << 53), `-12345678901234567890123`: json.Number("-12345678901234567890123"),
		`1.5`: 1.5, `0.1234567890123456789`: 0.1234567890123456789, `100000000000000000000`: 1e20, `[1,{"a":9007199254740993}]`: []any{1.0, map[string]any{"a": json.Number("9007199254740993")}},
		`{"a":null,"b":[true,false,"x"]}`: map[string]any{"a": nil, "b": []any{true, false, "x"}},
	} {
		got, issues := decode[any](t, text)
		if diff := cmp.Diff(want, got); diff != "" || issues != nil {
			t.Errorf("%s: %v %s", text, issues, diff)
		}
	}
	if _, issues := decode[any](t, `{"a":1e400}`); len(issues) != 1 {
		t.Errorf("got %v", issues)
	}
}

type moments struct {
	At       time.Time                 `json:"at,omitzero"`
	Day      time.Time                 `json:"day,omitzero" format:"date" example:"2026-02-03"`
	Clock    *time.Time                `json:"clock,omitzero" format:"time"`
	Length   time.Duration             `json:"length,omitzero" format:"duration" default:"PT5M"`
	Days     []time.Time               `json:"days,omitzero" items.format:"date" uniqueItems:"true"`
	Lengths  map[string]*time.Duration `json:"lengths,omitzero" values.format:"duration"`
	Maybe    optional[time.Time]       `json:"maybe" format:"date"`
	Nanos    time.Duration             `json:"nanos,omitzero"`
	Deadline time.Time                 `json:"deadline,omitzero" format:"date-time"`
}

// TestMoments reads and writes dates, times and durations.
func TestMoments(t *testing.T) {
	for text, want := range map[string]string{ // to what is written; empty: refused
		`{"day":"2026-02-03"}`: `{"day":"2026-02-03","length":"PT5M"}`, `{"day":"2026-02-30"}`: "", `{"day":"2026-2-3"}`: "", `{"day":"2026-02-03T00:00:00Z"}`: "", `{"day":5}`: "",
		`{"clock":"10:11:12.50+02:00"}`: `{"clock":"10:11:12.5+02:00","length":"PT5M"}`, `{"clock":"10:11:12"}`: "", `{"clock":"23:59:60Z"}`: "", `{"clock":"1:11:12Z"}`: "",
		`{"length":"PT1H0M2S"}`: `{"length":"PT1H0M2S"}`, `{"length":"P1DT12H"}`: `{"length":"PT36H"}`, `{"length":"P2W"}`: `{"length":"PT336H"}`, `{"length":"PT0.25S"}`: `{"length":"PT0.25S"}`,
		`{"length":"P1Y"}`: "", `{"length":"P1M"}`: "", `{"length":"PT1H2S"}`: "", `{"length":"P1DT"}`: "", `{"length":"-PT1S"}`: "", `{"length":"PT1.S"}`: "", `{"length":"PT9999999999H"}`: "",
		`{"length":"PT2562047H47M16.9S"}`: "", `{"length":"P99999999999999999999W"}`: "", `{"length":300}`: "",
		`{"days":["2026-01-01","2026-01-02"],"length":"PT1S"}`: `{"length":"PT1S","days":["2026-01-01","2026-01-02"]}`, `{"days":["2026-01-01","2026-01-01"]}`: "",
		`{"lengths":{"a":"PT1M","b":null},"length":"PT1S"}`: `{"length":"PT1S","lengths":{"a":"PT1M","b":null}}`, `{"lengths":{"a":60}}`: "",
		`{"maybe":"2026-01-01","length":"PT1S"}`: `{"length":"PT1S","maybe":"2026-01-01"}`, `{"maybe":null,"length":"PT1S"}`: `{"length":"PT1S","maybe":null}`, `{"nanos":5,"length":"PT1S"}`: `{"length":"PT1S","nanos":5}`,
		`{"at":"2026-02-03t04:05:06.5z","length":"PT1S"}`: `{"at":"2026-02-03T04:05:06.5Z","length":"PT1S"}`, `{"at":"2026-02-03T4:05:06Z"}`: "", `{"at":"2026-02-03T04:05:06,5Z"}`: "",
		`{"at":"2026-02-03T04:05:06+25:00"}`: "", `{"at":"2026-02-03T04:05:06+24:00"}`: "", `{"at":"2026-02-03T04:05:06+10:60"}`: "", `{"at":"10000-02-03T04:05:06Z"}`: "", `{"at":"2026-02-03 04:05:06Z"}`: "",
		`{"deadline":"2026-02-03T04:05:06-23:59","length":"PT1S"}`: `{"length":"PT1S","deadline":"2026-02-03T04:05:06-23:59"}`,
	} {
		v, issues := decode[moments](t, text)
		if want == "" {
			if issues == nil {
				t.Errorf("%s: got %+v", text, v)
			}
			continue
		}
		got, err := node(t, v).Append(nil, unsafe.Pointer(&v))
		if err != nil || issues != nil || string(got) != want {
			t.Errorf("%s: got %s %v %v, want %s", text, got, err, issues, want)
		}
	}
	v, _ := decode[moments](t, `{"day":"2026-02-03"}`)
	if v.Day.Location() != time.UTC {
		t.Errorf("a date is read in %v, want UTC", v.Day.Location())
	}
}

func TestMomentsThatCannotBeWritten(t *testing.T) {
	far := func(seconds int) *time.Location { return time.FixedZone("far", seconds) }
	midnight := time.Date(2026, 1, 1, 0, 30, 0, 0, far(3600)) // 2025 in UTC
	for name, test := range map[string]struct {
		value moments
		want  string // empty: an error
	}{
		"year 10000":              {moments{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, ""},
		"year -1":                 {moments{At: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}, ""},
		"date of the year 10000":  {moments{Day: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, ""},
		"offset of 25 hours":      {moments{At: time.Date(2026, 1, 1, 0, 0, 0, 0, far(25*3600))}, ""},
		"offset of -25 hours":     {moments{At: time.Date(2026, 1, 1, 0, 0, 0, 0, far(-25*3600))}, ""},
		"offset with seconds":     {moments{At: time.Date(2026, 1, 1, 1, 0, 0, 0, far(3601))}, `{"at":"2025-12-31T23:59:59Z"}`},
		"year 10000 in UTC":       {moments{At: time.Date(9999, 12, 31, 23, 59, 59, 0, far(-3601))}, ""},
		"a duration below zero":   {moments{Length: -time.Second}, ""},
		"a date in its own zone":  {moments{Day: midnight}, `{"day":"2026-01-01"}`},
		"nanoseconds":             {moments{Length: time.Hour + time.Nanosecond}, `{"length":"PT1H0M0.000000001S"}`},
		"the longest duration":    {moments{Length: 1<<63 - 1}, `{"length":"PT2562047H47M16.854775807S"}`},
		"minutes without seconds": {moments{Length: 90 * time.Minute}, `{"length":"PT1H30M"}`},
	} {
		got, err := node(t, test.value).Append(nil, unsafe.Pointer(&test.value))
		if test.want == "" && err == nil || test.want != "" && (err != nil || string(got) != test.want) {
			t.Errorf("%s: got %s %v, want %s", name, got, err, test.want)
		}
	}
}

func TestMomentsAreDocumented(t *testing.T) {
	c := schema.NewComponents()
	node(t, moments{}).InputSchema(c)
	all, err := c.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(all["MomentsInput"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"at":{"type":"string","format":"date-time"}`, `"day":{"type":"string","format":"date","examples":["2026-02-03"]}`, `"clock":{"anyOf":[{"type":"string","format":"time"},{"type":"null"}]}`,
		`"length":{"type":"string","format":"duration","default":"PT5M"}`, `"days":{"type":"array","items":{"type":"string","format":"date"},"uniqueItems":true}`,
		`"lengths":{"type":"object","additionalProperties":{"anyOf":[{"type":"string","format":"duration"},{"type":"null"}]}}`, `"nanos":{"type":"integer"`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestStrictBase64(t *testing.T) {
	type bytes struct {
		B []byte `json:"b,omitzero"`
		S string `json:"s,omitzero" format:"byte"`
	}
	for text, ok := range map[string]bool{"YQ==": true, "": true, `YQ==\n`: false, `YW\nJj`: false, `YW\r\nJj`: false, "YQ": false, "YR==": false, "YQ===": false, "Y_==": false, "Y Q==": false} {
		for _, body := range []string{`{"b":"` + text + `"}`, `{"s":"` + text + `"}`} {
			if _, issues := decode[bytes](t, body); (issues == nil) != ok {
				t.Errorf("%s: got %v", body, issues)
			}
		}
	}
}

// ratio is documented as a number and can write an integer.
type ratio struct{ text string }

func (r ratio) MarshalJSON() ([]byte, error) { return []byte(r.text), nil }

func (ratio) JSONSchema() openapi.Schema { return openapi.Schema{Type: "number"} }

type count struct{ ratio }

func (count) JSONSchema() openapi.Schema { return openapi.Schema{Type: "integer"} }

// TestRepliesAreChecked checks that constraints apply to the values that are written.
func TestRepliesAreChecked(t *testing.T) {
	type part struct {
		Name string `json:"name" minLength:"1"`
	}
	type reply struct {
		Secret string            `json:"secret" writeOnly:"true" minLength:"8"`
		Map    map[string]string `json:"map,omitzero" values.maxLength:"2"`
		Parts  map[int]part      `json:"parts,omitzero"`
		Part   part              `json:"part,omitempty"`
		Zero   part              `json:"zero,omitzero"`
		Opt    optional[part]    `json:"opt"`
		Text   ratio             `json:"text"`
		Count  *count            `json:"count,omitempty"`
		Deep   [][]*int          `json:"deep,omitzero" items.items.maximum:"3"`
	}
	one, named, four := ratio{"1"}, part{"a"}, 4
	for name, test := range map[string]struct {
		reply reply
		want  string
	}{
		"a whole number is a number": {reply{Text: one, Part: named}, ""},
		"a fraction is a number":     {reply{Text: ratio{"1.5"}, Part: named}, ""},
		"a text is no number":        {reply{Text: ratio{`"x"`}, Part: named}, "[text] Expected a number"},
		"a fraction is no integer":   {reply{Text: one, Part: named, Count: &count{ratio{"1.5"}}}, "[count] Expected an integer"},
		"an integer":                 {reply{Text: one, Part: named, Count: &count{one}}, ""},
		"values of maps":             {reply{Text: one, Part: named, Map: map[string]string{"k": "long"}}, "[map k] Expected at most 2 characters"},
		"values of maps of structs":  {reply{Text: one, Part: named, Parts: map[int]part{7: {}}}, "[parts 7 name] Expected at least 1 character"},
		"omitempty keeps structs":    {reply{Text: one}, "[part name] Expected at least 1 character"},
		"omitzero leaves them out":   {reply{Text: one, Part: named, Zero: part{}}, ""},
		"an Optional":                {reply{Text: one, Part: named, Opt: some(part{})}, "[opt name] Expected at least 1 character"},
		"a null":                     {reply{Text: one, Part: named, Opt: null[part]()}, ""},
		"lists of lists":             {reply{Text: one, Part: named, Deep: [][]*int{{nil, &four}}}, "[deep 0 1] Expected a number that is 3 or less"},
	} {
		var issues schema.Issues
		n := node(t, test.reply)
		n.Validate(unsafe.Pointer(&test.reply), []any{}, &issues)
		var got []string
		for _, issue := range issues.All() {
			got = append(got, fmt.Sprint(issue.Loc, " ", issue.Msg))
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		text, err := n.Append(nil, unsafe.Pointer(&test.reply))
		if err != nil || strings.Contains(string(text), "secret") || !strings.Contains(string(text), `"part":{"name":`) || strings.Contains(string(text), "zero") {
			t.Errorf("%s: got %s %v", name, text, err)
		}
	}
}
