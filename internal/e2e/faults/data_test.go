package faults_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
)

type (
	folder map[string]folder
	menu   []struct {
		Title string `json:"title"`
		Sub   menu   `json:"sub"`
	}
)

// A type that contains itself through a map or a list is served, or refused by New: it does not end the process (a stack overflow cannot be recovered).
func TestRecursiveTypesDoNotEndTheProcess(t *testing.T) {
	survives(t, map[string]func(){
		"map":  func() { echoes[folder]() },
		"list": func() { echoes[menu]() },
	})
}

// A list longer than its array is the client's mistake, with uniqueItems as without.
func TestUniqueItemsOfALongerListThanTheArray(t *testing.T) {
	type body struct {
		A [2]int `json:"a" uniqueItems:"true"`
	}
	accepts[body](t, `{"a":[1,2]}`)
	refuses[body](t, `{"a":[1,2,3]}`, `{"a":[1,1]}`)
}

// Items that are lists and objects are compared as JSON (JSON Schema Core §4.2.2), and never a 500.
func TestUniqueItemsOfFreeForm(t *testing.T) {
	type body struct {
		A []any `json:"a" uniqueItems:"true"`
	}
	accepts[body](t, `{"a":[[1],[2]]}`, `{"a":[{"k":1},{"k":2}]}`, `{"a":[1,"1",true]}`)
	refuses[body](t, `{"a":[{"k":1},{"k":1}]}`, `{"a":[[1],[1]]}`, `{"a":["x","x"]}`)
}

// Items behind pointers are compared by value.
func TestUniqueItemsOfPointers(t *testing.T) {
	type body struct {
		A []*string `json:"a" uniqueItems:"true"`
	}
	accepts[body](t, `{"a":["x","y",null]}`)
	refuses[body](t, `{"a":["x","x"]}`)
}

// Two equal texts are one instant, whatever their zone.
func TestUniqueItemsOfTimes(t *testing.T) {
	type body struct {
		A []time.Time `json:"a" uniqueItems:"true"`
	}
	accepts[body](t, `{"a":["2020-01-01T00:00:00Z","2020-01-01T00:00:01Z"]}`)
	refuses[body](t, `{"a":["2020-01-01T00:00:00+05:30","2020-01-01T00:00:00+05:30"]}`)
}

// multipleOf is exact for whole numbers, however large (JSON Schema Validation §6.2.1).
func TestMultipleOfLargeIntegers(t *testing.T) {
	type body struct {
		V int64 `json:"v" multipleOf:"100"`
	}
	accepts[body](t, `{"v":1000000000}`, `{"v":0}`, `{"v":-300}`)
	refuses[body](t, `{"v":1000000001}`, `{"v":99999999999}`, `{"v":9007199254740993}`)
}

// multipleOf of decimals goes by what was written: 19.99 is a multiple of 0.01, and 10000000.001 is none.
func TestMultipleOfDecimals(t *testing.T) {
	type body struct {
		V float64 `json:"v" multipleOf:"0.01"`
	}
	accepts[body](t, `{"v":19.99}`, `{"v":10000000.01}`, `{"v":0.07}`)
	refuses[body](t, `{"v":10000000.001}`, `{"v":0.005}`)
}

// A float32 is compared as it was written: 0.1 is not more than 0.1.
func TestFloat32Bounds(t *testing.T) {
	type most struct {
		V float32 `json:"v" maximum:"0.1"`
	}
	accepts[most](t, `{"v":0.1}`, `{"v":0}`)
	refuses[most](t, `{"v":0.11}`)
	type cents struct {
		V float32 `json:"v" multipleOf:"0.01"`
	}
	accepts[cents](t, `{"v":19.99}`)
}

// Bounds of whole numbers are exact beyond 2^53.
func TestBoundsOfLargeIntegers(t *testing.T) {
	type body struct {
		V int64 `json:"v" maximum:"9007199254740992"`
	}
	accepts[body](t, `{"v":9007199254740992}`)
	refuses[body](t, `{"v":9007199254740993}`)
}

// A whole number with a point is taken exactly or refused, and what is no whole number is never rounded to one.
func TestWholeNumbersAreNotRounded(t *testing.T) {
	type body struct {
		V int64 `json:"v"`
	}
	api, err := echoes[body]()
	if err != nil {
		t.Fatal(err)
	}
	if w := send(api, "POST", "/x", `{"v":9007199254740993.0}`); strings.Contains(w.Body.String(), "9007199254740992") {
		t.Errorf("9007199254740993.0 becomes %s", w.Body)
	}
	refuses[body](t, `{"v":0.9999999999999999999}`, `{"v":1e-400}`, `{"v":1.5}`, `{"v":9223372036854775808}`)
}

// json.Number is a number, as in encoding/json.
func TestJSONNumberIsANumber(t *testing.T) {
	type body struct {
		N json.Number `json:"n"`
	}
	accepts[body](t, `{"n":1.5}`, `{"n":-7}`)
	refuses[body](t, `{"n":"abc"}`, `{"n":true}`)
}

// An enum that no value of the type can have is a mistake that New finds.
func TestEnumThatTheTypeCannotHold(t *testing.T) {
	type body struct {
		V int `json:"v" enum:"a,b"`
	}
	if _, err := echoes[body](); err == nil || !strings.Contains(err.Error(), "enum") {
		t.Errorf("got %v", err)
	}
}

// base64 has no line breaks (RFC 4648 §3.1).
func TestBase64WithLineBreaks(t *testing.T) {
	type body struct {
		B []byte `json:"b"`
	}
	accepts[body](t, `{"b":"YQ=="}`)
	refuses[body](t, `{"b":"YQ==\n"}`, `{"b":"YW\nJj"}`)
}

// RFC 3339 ends with the year 9999: a reply with a later time is a fault of ours, and no text that nobody can read.
func TestYear10000IsNotReplied(t *testing.T) {
	type reply struct {
		V time.Time `json:"v"`
	}
	if w := send(replies(t, reply{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}), "GET", "/x", ""); w.Code < 400 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// duration: an empty part is none, and units are not skipped (RFC 3339 appendix A).
func TestFormatDuration(t *testing.T) {
	type body struct {
		V string `json:"v" format:"duration"`
	}
	accepts[body](t, `{"v":"P1Y2M3DT4H5M6S"}`, `{"v":"P2W"}`, `{"v":"PT0S"}`)
	refuses[body](t, `{"v":"P"}`, `{"v":"PT"}`, `{"v":"P1YT"}`, `{"v":"P1Y2D"}`, `{"v":"PT1H2S"}`)
}

// date-time: two digits, a point, an offset below 24:00 (RFC 3339 §5.6).
func TestFormatDateTime(t *testing.T) {
	type body struct {
		V string `json:"v" format:"date-time"`
	}
	accepts[body](t, `{"v":"2020-01-01T01:00:00.5Z"}`, `{"v":"2020-01-01T01:00:00-23:59"}`)
	refuses[body](t, `{"v":"2020-01-01T1:00:00Z"}`, `{"v":"2020-01-01T01:00:00,5Z"}`, `{"v":"1990-12-31T15:59:59-24:00"}`, `{"v":"1990-12-31T10:00:00+10:60"}`)
}

// time: the same without the date.
func TestFormatTime(t *testing.T) {
	type body struct {
		V string `json:"v" format:"time"`
	}
	accepts[body](t, `{"v":"01:00:00.5Z"}`, `{"v":"01:02:03+05:30"}`)
	refuses[body](t, `{"v":"1:00:00Z"}`, `{"v":"01:00:00,5Z"}`, `{"v":"01:02:03+24:00"}`, `{"v":"01:02:03+00:60"}`)
}

// uri: spaces, angle brackets and letters outside of ASCII must be escaped (RFC 3986 §2).
func TestFormatURI(t *testing.T) {
	type body struct {
		V string `json:"v" format:"uri"`
	}
	accepts[body](t, `{"v":"https://example.org/foo%20bar?q=1#f"}`, `{"v":"urn:isbn:1"}`)
	refuses[body](t, `{"v":"https://example.org/foo bar"}`, `{"v":"https://example.org/foo<>"}`, `{"v":"https://example.org/®"}`)
}

// email: what follows the @ is a host name, and ASCII (RFC 5321 §4.1.2).
func TestFormatEmail(t *testing.T) {
	type body struct {
		V string `json:"v" format:"email"`
	}
	accepts[body](t, `{"v":"joe.bloggs+tag@example.com"}`)
	refuses[body](t, `{"v":"a@b/c"}`, `{"v":"a@b?c"}`, `{"v":"a@b#c"}`, `{"v":"joe@invalid=domain.com"}`, `{"v":"ü@b.c"}`, `{"v":"a@-b.c"}`)
}

// A parameter that is not UTF-8 is the client's mistake, as in a JSON body (RFC 3629; the reply could not be JSON).
func TestParametersThatAreNotUTF8(t *testing.T) {
	type in struct {
		Q *string `query:"q"`
	}
	clientError(t, "query %ff", send(reads[in](t), "GET", "/x?q=%ff", ""))
	type path struct {
		Name string `path:"name"`
	}
	api := public(t, rest.Controller{Path: "/p/{name}", Get: rest.Handle(func(_ context.Context, in path) (string, error) { return in.Name, nil })})
	clientError(t, "path %ff", send(api, "GET", "/p/%ff", ""))
}

// A list in a header is written with commas (RFC 9110 §5.6.1; OpenAPI's style simple).
func TestListInAHeader(t *testing.T) {
	type in struct {
		L []int `header:"X-L" maxItems:"2"`
	}
	api := reads[in](t)
	if w := send(api, "GET", "/x", "", "X-L", "1, 2"); w.Code != 200 {
		t.Errorf("two items: got %d %s", w.Code, w.Body)
	}
	clientError(t, "three items", send(api, "GET", "/x", "", "X-L", "1,2,3"))
}

// The values of a map in a reply are checked, as those of a request.
func TestMapValuesOfRepliesAreChecked(t *testing.T) {
	type reply struct {
		M map[string]string `json:"m" values.maxLength:"2"`
	}
	if w := send(replies(t, reply{map[string]string{"a": "long"}}), "GET", "/x", ""); w.Code != 422 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// What is writeOnly is neither written into a reply nor checked there.
func TestWriteOnlyIsNotReplied(t *testing.T) {
	type reply struct {
		Name     string `json:"name"`
		Password string `json:"password" writeOnly:"true" minLength:"8"`
	}
	if w := send(replies(t, reply{Name: "a"}), "GET", "/x", ""); w.Code != 200 || strings.Contains(w.Body.String(), "password") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
