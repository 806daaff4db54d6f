package schema_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/internal/schema"
)

// differences are where this package and encoding/json v2 (go-json-experiment) decide
// differently on purpose. Whatever is not here is a finding of the fuzz tests below.
var differences = map[string]struct {
	stricter bool
	why      string
}{
	"null":       {true, "null is not a value of a type that cannot be null; v2 reads it as the zero value"},
	"required":   {true, "a member without omitempty, omitzero or a default must be there; v2 leaves the field alone"},
	"depth":      {true, "arrays and objects are nested 64 levels at most; v2 allows 10,000"},
	"pad bits":   {true, "the bits of base64 that pad the last byte must be zero (RFC 4648 §3.5), or two texts are one value; v2 ignores them"},
	"integer":    {false, "1.0 and 1e2 are integers in JSON Schema (validation §6.1.1, draft 2020-12); v2 wants digits alone"},
	"lower case": {false, "RFC 3339 §5.6 allows t and z in lower case; v2 wants capitals"},
	"no body":    {false, "a request need not have a body whose type can be null; v2 has no such case"},
	"exact":      {false, "an integer in an any that a float64 would round is a json.Number; v2 rounds it"},
	"offset":     {false, "a time whose offset from UTC has seconds is written in UTC; v2 cuts the seconds off, which is another time"},
	"own JSON":   {false, "a json.RawMessage and the text of MarshalJSON are written as they are if they are JSON; v2 refuses names that occur twice and bytes that are not UTF-8 in them"},
	"not UTF-8":  {false, "a byte that is not UTF-8 is written as U+FFFD, because one wrong byte in a database must not be a 500; v2 refuses the value"},
}

type node4 struct {
	Name string  `json:"name,omitzero"`
	Next *node4  `json:"next,omitzero"`
	Kids []node4 `json:"kids,omitzero"`
}

type numbers struct {
	I8  int8     `json:"i8,omitzero"`
	I16 int16    `json:"i16,omitzero"`
	I32 int32    `json:"i32,omitzero"`
	I64 int64    `json:"i64,omitzero"`
	U8  uint8    `json:"u8,omitzero"`
	U16 uint16   `json:"u16,omitzero"`
	U32 uint32   `json:"u32,omitzero"`
	U64 uint64   `json:"u64,omitzero"`
	F32 float32  `json:"f32,omitzero"`
	F64 float64  `json:"f64,omitzero"`
	Str int64    `json:"str,omitzero,string"`
	Ptr *float64 `json:"ptr,omitzero"`
}

type mixed struct {
	ID      int              `json:"id"`
	On      bool             `json:"on,omitzero"`
	Text    string           `json:"té,omitzero"`
	At      time.Time        `json:"at,omitzero"`
	Bytes   []byte           `json:"bytes,omitzero"`
	Any     any              `json:"any,omitzero"`
	Raw     json.RawMessage  `json:"raw,omitzero"`
	Pair    [2]string        `json:"pair,omitzero"`
	Tags    []string         `json:"tags,omitzero"`
	Map     map[string]int   `json:"map,omitzero"`
	Keys    map[int8]string  `json:"keys,omitzero"`
	Numbers numbers          `json:"numbers,omitzero"`
	Tree    *node4           `json:"tree,omitzero"`
	Lists   [][]*bool        `json:"lists,omitzero"`
	Maps    map[string]node4 `json:"maps,omitzero"`
}

// decoders are the types that FuzzDecodeLikeV2 decodes each text into.
func decoders(f *testing.F) []func(t *testing.T, text []byte) {
	return []func(t *testing.T, text []byte){
		decoderOf[mixed](f), decoderOf[numbers](f), decoderOf[node4](f), decoderOf[*mixed](f), decoderOf[any](f), decoderOf[string](f), decoderOf[float64](f),
		decoderOf[[]mixed](f), decoderOf[map[string]any](f), decoderOf[map[uint16][]float32](f), decoderOf[time.Time](f), decoderOf[json.RawMessage](f), decoderOf[[3]bool](f),
	}
}

func decoderOf[T any](f *testing.F) func(t *testing.T, text []byte) {
	n := compiled[T](f)
	return func(t *testing.T, text []byte) {
		t.Helper()
		var got, want T
		var issues schema.Issues
		issues.Max = 1000
		n.Decode(text, reflect.ValueOf(&got).UnsafePointer(), []any{}, &issues, 0)
		err := jsonv2.Unmarshal(text, &want)
		switch {
		case issues.Len() > 0 && err == nil:
			for _, issue := range issues.All() {
				if why := whyStricter(issue, text); why == "" || !differences[why].stricter {
					t.Fatalf("%T: %q: got %v at %v, v2 accepts it", got, text, issue.Msg, issue.Loc)
				}
			}
		case issues.Len() == 0 && err != nil:
			other, why := inFormOfV2(text)
			if why == "" || differences[why].stricter {
				t.Fatalf("%T: %q: accepted, v2: %v", got, text, err)
			}
			if why == "no body" {
				return
			}
			want = *new(T)
			if err := jsonv2.Unmarshal(other, &want); err != nil {
				t.Fatalf("%T: %q: accepted, v2 as %q: %v", got, text, other, err)
			}
			fallthrough
		case err == nil && issues.Len() == 0:
			if !same(reflect.ValueOf(got), reflect.ValueOf(want)) {
				t.Fatalf("%T: %q: got %+v, v2 %+v", got, text, got, want)
			}
		}
	}
}

// whyStricter returns the difference that explains an issue of a text that v2 accepts.
func whyStricter(issue schema.Issue, text []byte) string {
	switch issue.Code {
	case schema.CodeRequired:
		return "required"
	case schema.CodeJSON:
		if issue.Params["maxDepth"] != nil {
			return "depth"
		}
	case schema.CodeContentEncoding:
		encoded, _ := valueAt(text, issue.Loc).(string)
		if _, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return "pad bits"
		}
	case schema.CodeType:
		if valueAt(text, issue.Loc) == nil {
			return "null"
		}
	}
	return ""
}

// valueAt returns the part of a JSON text at a location.
func valueAt(text []byte, loc []any) any {
	var v any
	if err := jsonv2.Unmarshal(text, &v); err != nil {
		return err
	}
	for _, step := range loc {
		switch part := v.(type) {
		case map[string]any:
			v = part[step.(string)]
		case []any:
			v = part[step.(int)]
		}
	}
	return v
}

var lowerCase = regexp.MustCompile(`(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))`)

// inFormOfV2 returns a text that v2 must accept if this package accepts the one given, and the
// difference that there is.
func inFormOfV2(text []byte) (other []byte, why string) {
	if len(strings.Trim(string(text), " \t\r\n")) == 0 {
		return nil, "no body"
	}
	decoder := jsontext.NewDecoder(strings.NewReader(string(text)))
	var out strings.Builder
	encoder := jsontext.NewEncoder(&out)
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			break
		}
		if token.Kind() == '0' {
			if digits, ok := asInteger(token.String()); ok && digits != token.String() {
				if why = "integer"; encoder.WriteValue(jsontext.Value(digits)) != nil {
					return nil, ""
				}
				continue
			}
		}
		if token.Kind() == '"' && lowerCase.MatchString(token.String()) && token.String() != strings.ToUpper(token.String()) {
			why, token = "lower case", jsontext.String(strings.ToUpper(token.String()))
		}
		if encoder.WriteToken(token) != nil {
			return nil, ""
		}
	}
	return []byte(out.String()), why
}

// asInteger returns the digits of a number that is an integer of at most 64 bits.
func asInteger(number string) (string, bool) {
	if at := strings.IndexAny(number, "eE"); at >= 0 && len(number)-at > 6 {
		return "", false
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok || !exact.IsInt() || exact.Num().BitLen() > 64 {
		return "", false
	}
	if digits := exact.Num().String(); digits != "0" || number[0] != '-' {
		return digits, true
	}
	return "-0", true
}

// same compares what this package read with what v2 read.
func same(got, want reflect.Value) bool {
	if got.IsValid() != want.IsValid() {
		return false
	}
	if !got.IsValid() {
		return true
	}
	if got.Kind() == reflect.Interface {
		return same(got.Elem(), want.Elem())
	}
	if exact, ok := got.Interface().(json.Number); ok && want.Kind() == reflect.Float64 { // difference "exact"
		f, err := exact.Float64()
		return err == nil && f == want.Float()
	}
	if got.Type() != want.Type() {
		return false
	}
	switch at := got.Interface().(type) {
	case time.Time:
		return at.Equal(want.Interface().(time.Time))
	case json.RawMessage:
		a, b := jsontext.Value(at).Clone(), jsontext.Value(want.Bytes()).Clone()
		return a.Canonicalize() == nil && b.Canonicalize() == nil && string(a) == string(b) || len(a)+len(b) == 0
	}
	switch got.Kind() {
	case reflect.Pointer:
		return got.IsNil() == want.IsNil() && (got.IsNil() || same(got.Elem(), want.Elem()))
	case reflect.Slice, reflect.Array:
		if got.Len() != want.Len() {
			return false
		}
		for i := range got.Len() {
			if !same(got.Index(i), want.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if got.Len() != want.Len() {
			return false
		}
		for _, key := range got.MapKeys() {
			if !same(got.MapIndex(key), want.MapIndex(key)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range got.NumField() {
			if !same(got.Field(i), want.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(got.Float()) == math.Float64bits(want.Float())
	}
	return got.Equal(want)
}

// FuzzDecodeLikeV2 reads each text into several types with this package and with encoding/json
// v2. Both must accept it and read equal values, or both must refuse it, but for differences.
func FuzzDecodeLikeV2(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"on":true,"té":"aé\u00e9\ud83d\ude00","at":"2026-11-27T08:00:00.5+01:00","bytes":"aGk=","any":{"a":[1,null,12345678901234567890]},"raw":{"a": 1},"pair":["a","b"],"tags":["x"],"map":{"a":1},"keys":{"-1":"x"},"numbers":{"i8":-128,"u64":18446744073709551615,"f32":1e38,"str":"7","ptr":1.5},"tree":{"name":"a","kids":[{}],"next":null},"lists":[[true,null],[]],"maps":{"":{}}}`,
		`{"id":1.0,"numbers":{"i16":1e2,"u32":4294967295.0}}`, `{"id":null,"tags":null,"map":null}`, `{"id":1,"id":2}`, `{"ID":1}`, `{"id":1,"x":{"a":1,"a":2}}`, `[1,2.5,-0,1e400]`, `"2026-11-27t08:00:00z"`,
		` "a\/b" `, "\"\xff\"", `"\ud800"`, `{"keys":{"1":"a","01":"b"},"id":0}`, `[true,false,true]`, `[true]`, `{"bytes":"aGl=","id":1}`, `{"bytes":"aGk","id":1}`, `{"pair":["a"],"id":1}`, `01`, `1.`, `nul`, `{"a":1,}`, `{"numbers":{"str":"1e2"},"id":1}`, `{"1":[1e39]}`, ``,
		strings.Repeat("[", 70) + strings.Repeat("]", 70),
	} {
		f.Add([]byte(seed))
	}
	all := decoders(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, decode := range all {
			decode(t, text)
		}
	})
}

// FuzzEncodeLikeV2 writes values with this package and with encoding/json v2. Both must refuse
// a value, or the text must be JSON that v2 reads as an equal value, but for differences.
func FuzzEncodeLikeV2(f *testing.F) {
	f.Add("text", "other", int64(-5), uint64(7), 1.5, []byte("bytes"), int64(1_795_000_000), int32(3600), uint8(3))
	f.Add("<>&\u2028\"\\\x00", "\n", int64(math.MaxInt64), uint64(math.MaxUint64), 1e-7, []byte{0, 255}, int64(0), int32(-43_200), uint8(2))
	f.Add("\xff", "\ufffd", int64(math.MinInt64), uint64(math.MaxUint64), math.Inf(1), []byte(nil), int64(-62_200_000_000), int32(-90_000), uint8(0))
	f.Add("\xff", "\xfe", int64(0), uint64(0), math.Copysign(0, -1), []byte("null"), int64(253_402_300_800), int32(1), uint8(255))
	n := compiled[mixed](f)
	f.Fuzz(func(t *testing.T, text, other string, i int64, u uint64, x float64, data []byte, seconds int64, offset int32, size uint8) {
		v := made(text, other, i, u, x, data, time.Unix(seconds%1e12, i%1e9).In(time.FixedZone("", int(offset))), int(size%5))
		got, err := n.Append(nil, reflect.ValueOf(&v).UnsafePointer())
		twin := v
		if offset%60 != 0 {
			twin.At = v.At.UTC() // difference "offset"
		}
		want, wantErr := jsonv2.Marshal(twin)
		valid := utf8.ValidString(text) && utf8.ValidString(other)
		if err == nil && !jsontext.Value(got).IsValid() {
			t.Fatalf("%+v: got %s, which is not JSON", v, got)
		}
		if !valid && wantErr != nil {
			return // difference "not UTF-8"
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%+v: got %s, %v; v2 %s, %v", v, got, err, want, wantErr)
		}
		if err != nil {
			return
		}
		var again, expected mixed
		if err := jsonv2.Unmarshal(got, &again); err != nil {
			t.Fatalf("%s: v2 does not read it: %v", got, err)
		}
		if err := jsonv2.Unmarshal(want, &expected); err != nil {
			t.Fatalf("%s: v2 does not read its own text: %v", want, err)
		}
		if !again.At.Equal(v.At) {
			t.Fatalf("%v: got %s", v.At, got)
		}
		if !same(reflect.ValueOf(again), reflect.ValueOf(expected)) {
			t.Fatalf("got %s, v2 %s", got, want)
		}
	})
}

// made returns a value with lists and maps of a size.
func made(text, other string, i int64, u uint64, x float64, data []byte, at time.Time, size int) mixed {
	on := i > 0
	leaf := node4{Name: other}
	v := mixed{
		ID: int(i), On: on, Text: text, At: at, Bytes: data, Pair: [2]string{text, other},
		Numbers: numbers{int8(i), int16(i), int32(i), i, uint8(u), uint16(u), uint32(u), u, float32(x), x, i, &x},
		Any:     []any{nil, on, text, x, map[string]any{text: other, other: []any{}}},
		Tree:    &node4{Name: text, Next: &leaf, Kids: slices.Repeat([]node4{leaf}, size)},
		Lists:   slices.Repeat([][]*bool{{&on, nil}}, size),
	}
	if size > 0 {
		v.Map, v.Keys, v.Maps = map[string]int{}, map[int8]string{}, map[string]node4{text: leaf, other: {}}
		v.Raw = json.RawMessage(fmt.Sprint(i))
	}
	for n := range size {
		v.Tags = append(v.Tags, strings.Repeat(text, n))
		v.Map[fmt.Sprint(text, n)], v.Keys[int8(u)+int8(n)] = n, other
	}
	return v
}

// TestNamesThatBecomeOne: two keys of a map that differ only in bytes that are not UTF-8 would
// be one name.
func TestNamesThatBecomeOne(t *testing.T) {
	for name, v := range map[string]any{
		"a map": map[string]int{"a\xff": 1, "a\xfe": 2}, "any": struct{ V any }{map[string]any{"\xff": 1, "\ufffd": 2}},
	} {
		p := reflect.New(reflect.TypeOf(v))
		p.Elem().Set(reflect.ValueOf(v))
		if got, err := node(t, v).Append(nil, p.UnsafePointer()); err == nil {
			t.Errorf("%s: got %s", name, got)
		}
	}
	v := map[string]any{"\xff": "\xff", "b": "\ufffd"}
	if got, err := node(t, v).Append(nil, reflect.ValueOf(&v).UnsafePointer()); err != nil || string(got) != `{"b":"�","�":"\ufffd"}` {
		t.Errorf("got %s, %v", got, err)
	}
}
