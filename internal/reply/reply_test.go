package reply_test

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/schema"
)

// content and flow stand for rest.Content and rest.Stream.
type (
	content struct{ Reader io.ReadSeeker }
	flow    func(yield func(string, error) bool)
)

var types = reply.Types{
	Content: reflect.TypeFor[content](),
	Stream: func(t reflect.Type) (reflect.Type, bool, bool) {
		return reflect.TypeFor[string](), false, t == reflect.TypeFor[flow]()
	},
	Event: func(reflect.Type) bool { return false },
}

func compile(t *testing.T, output any) (*reply.Plan, *schema.Components) {
	t.Helper()
	p, err := reply.Compile(schema.NewCompiler(nil), reflect.TypeOf(output), types)
	if err != nil {
		t.Fatal(err)
	}
	return p, schema.NewComponents()
}

func TestKinds(t *testing.T) {
	for _, test := range []struct {
		name   string
		output any
		kind   reply.Kind
		media  []string
	}{
		{"nothing", struct{}{}, reply.None, nil},
		{"a value", "text", reply.Value, nil},
		{"a value in a field", struct {
			Body []byte `body:""`
		}{}, reply.Value, nil},
		{"bytes", struct {
			Body []byte `body:"image/png"`
		}{}, reply.Bytes, []string{"image/png"}},
		{"text with a parameter", struct {
			Body string `body:"text/html; charset=utf-8"`
		}{}, reply.Bytes, []string{"text/html"}},
		{"several types", struct {
			Type string `header:"Content-Type"`
			Body []byte `body:"image/png, image/jpeg"`
		}{}, reply.Bytes, []string{"image/png", "image/jpeg"}},
		{"a range", struct {
			Body io.Reader `body:"image/*"`
			Type string    `header:"content-type"`
		}{}, reply.Reader, []string{"image/*"}},
		{"a type that reads", struct {
			Body *strings.Reader `body:"text/plain"`
		}{}, reply.Reader, []string{"text/plain"}},
		{"a function", struct {
			Body func(io.Writer) error `body:"text/csv"`
		}{}, reply.Writer, []string{"text/csv"}},
		{"content", struct {
			Body content `body:"application/pdf"`
		}{}, reply.Content, []string{"application/pdf"}},
		{"a stream", flow(nil), reply.Stream, []string{reply.EventStream, reply.JSONLines}},
		{"a stream in a field", struct {
			Body flow `body:""`
		}{}, reply.Stream, []string{reply.EventStream, reply.JSONLines}},
	} {
		p, _ := compile(t, test.output)
		if p.Body.Kind != test.kind {
			t.Errorf("%s: got the kind %d, want %d", test.name, p.Body.Kind, test.kind)
		}
		if diff := cmp.Diff(test.media, p.Body.MediaTypes()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestMistakes: each is found when the output is compiled.
func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		name   string
		output any
		want   string
	}{
		{"no tag", struct {
			ETag  string `header:"ETag"`
			Other string
		}{}, "no tag that says what it is"},
		{"two tags", struct {
			X string `header:"X" body:""`
		}{}, "several tags that say what it is: body, header"},
		{"two bodies", struct {
			A string `body:""`
			B string `body:""`
		}{}, "second body"},
		{"not exported", struct {
			a string `header:"A"`
		}{}, "not exported"},
		{"a status of another type", struct {
			Status string `status:"200"`
		}{}, "a status is an int, not a string"},
		{"an error status", struct {
			Status int `status:"200,404"`
		}{}, `has "404"; want statuses from 200 to 399`},
		{"no status", struct {
			Status int `status:""`
		}{}, `has ""`},
		{"a status twice", struct {
			Status int `status:"200,200"`
		}{}, "has 200 twice"},
		{"two status fields", struct {
			A int `status:"200"`
			B int `status:"200"`
		}{}, "second status field"},
		{"a body that is never sent", struct {
			Status int    `status:"204,304"`
			Body   string `body:""`
		}{}, "has no body"},
		{"bytes without a type", struct {
			Body io.Reader `body:""`
		}{}, "needs a media type"},
		{"a function alone", func(io.Writer) error { return nil }, "needs a media type"},
		{"content alone", content{}, "needs a media type"},
		{"a value with a type", struct {
			Body map[string]int `body:"application/xml"`
		}{}, "leave the body tag empty"},
		{"no media type", struct {
			Body []byte `body:"png"`
		}{}, `has "png"; want a media type`},
		{"a broken range", struct {
			Body []byte `body:"*/png"`
			Type string `header:"Content-Type"`
		}{}, `has "*/png"; want a media type`},
		{"a type twice", struct {
			Body []byte `body:"image/png,IMAGE/PNG"`
			Type string `header:"Content-Type"`
		}{}, "has image/png twice"},
		{"several types without a field", struct {
			Body []byte `body:"image/png,image/jpeg"`
		}{}, "add a string field tagged header:\"Content-Type\""},
		{"a range without a field", struct {
			Body []byte `body:"image/*"`
		}{}, "add a string field tagged header:\"Content-Type\""},
		{"a type for a value", struct {
			Type string `header:"Content-Type"`
			Body string `body:""`
		}{}, "the header Content-Type cannot be set: it is that of the codec"},
		{"a type for a stream", struct {
			Type string `header:"Content-Type"`
			Body flow   `body:""`
		}{}, "the header Content-Type cannot be set"},
		{"a tag on a stream", struct {
			Body flow `body:"text/event-stream"`
		}{}, "leave the body tag empty"},
		{"a constraint on bytes", struct {
			Body string `body:"text/plain" maxLength:"3"`
		}{}, "the tag maxLength does not apply here"},
		{"an iterator", iter.Seq2[string, error](nil), "convert it to a rest.Stream"},
		{"a channel", make(<-chan string), "make one of it with rest.Receive"},
		{"a header twice", struct {
			A string `header:"X-A"`
			B string `header:"x-a"`
		}{}, "has the header X-A twice"},
		{"an owned header", struct {
			N int `header:"Content-Length"`
		}{}, "the header Content-Length cannot be set: it is counted"},
		{"no token", struct {
			N int `header:"X Y"`
		}{}, `"X Y" cannot be the name of a header`},
		{"a header of structs", struct {
			N struct{ A int } `header:"X-N"`
		}{}, "a header is a string, a number"},
		{"an ETag of another type", struct {
			ETag int `header:"ETag"`
		}{}, "the header ETag must be a string; the field has the type int"},
		{"a Last-Modified of another type", struct {
			At string `header:"Last-Modified"`
		}{}, "the header Last-Modified must be a time.Time"},
		{"Set-Cookie as a header", struct {
			C string `header:"Set-Cookie"`
		}{}, "a cookie is a field tagged `cookie`"},
		{"a cookie of another type", struct {
			C string `cookie:"c"`
		}{}, "not a string"},
		{"a default", struct {
			A int `header:"X-A" default:"3"`
		}{}, "the tag default does not apply to a reply"},
		{"two sources of Last-Modified", struct {
			At   time.Time `header:"Last-Modified"`
			Body content   `body:"application/pdf"`
		}{}, "sends its field Modified as Last-Modified"},
		{"several cookies with one name", struct {
			C []*http.Cookie `cookie:"c"`
		}{}, "no name of its own"},
	} {
		_, err := reply.Compile(schema.NewCompiler(nil), reflect.TypeOf(test.output), types)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestCheckStatuses(t *testing.T) {
	for _, test := range []struct {
		name, method string
		output       any
		statuses     []int
		want         string
	}{
		{"usual", "POST", "", []int{201}, ""},
		{"304 of a GET", "GET", struct{}{}, []int{200, 304}, ""},
		{"304 of a POST", "POST", struct{}{}, []int{304}, "only for replies to GET and HEAD, not to POST"},
		{"a body without a place", "GET", "", []int{204}, "a reply with the status 204 has no body"},
		{"no body", "GET", struct{}{}, []int{204}, ""},
		{"a range by hand", "GET", struct {
			Body content `body:"application/pdf"`
		}{}, []int{206}, "answers with the status 206 by itself"},
	} {
		p, _ := compile(t, test.output)
		err := p.CheckStatuses(test.method, test.statuses)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

type level int8

func (l level) MarshalText() ([]byte, error) {
	if l < 0 {
		return nil, errors.New("below zero")
	}
	return []byte(strings.Repeat("#", int(l))), nil
}

func (l *level) UnmarshalText(text []byte) error { *l = level(len(text)); return nil }

type headers struct {
	Text   string        `header:"X-Text"`
	Count  int8          `header:"X-Count"`
	Share  float64       `header:"X-Share"`
	Fine   bool          `header:"X-Fine"`
	Maybe  *uint         `header:"X-Maybe"`
	At     time.Time     `header:"X-At"`
	Day    time.Time     `header:"X-Day" format:"date"`
	Took   time.Duration `header:"X-Took" format:"duration"`
	Level  level         `header:"X-Level"`
	List   []string      `header:"X-List"`
	Counts []int         `header:"X-Counts"`
	Times  []time.Time   `header:"X-Times"`
	Vary   string        `header:"Vary"`
}

// TestHeaders writes a header of each type, and documents it.
func TestHeaders(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 7, time.FixedZone("", 3600))
	five := uint(5)
	value := headers{
		"a", -3, 0.5, true, &five, at, at, 90 * time.Second, 2,
		[]string{"a", "", `b,c`, `"d,e"`, "</?x=1,2>; rel=next"}, []int{1, 2}, []time.Time{at}, "X-Kind",
	}
	p, components := compile(t, value)
	got := http.Header{"Vary": {"Accept"}}
	if err := p.WriteHeader(got, unsafe.Pointer(&value)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{
		"X-Text": {"a"}, "X-Count": {"-3"}, "X-Share": {"0.5"}, "X-Fine": {"true"}, "X-Maybe": {"5"},
		"X-At": {"Tue, 03 Feb 2026 03:05:06 GMT"}, "X-Day": {"2026-02-03"}, "X-Took": {"PT1M30S"}, "X-Level": {"##"},
		"X-List":   {`a, "b,c", "d,e", </?x=1,2>; rel=next`},
		"X-Counts": {"1, 2"}, "X-Times": {`"Tue, 03 Feb 2026 03:05:06 GMT"`}, "Vary": {"Accept", "X-Kind"},
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	kinds := map[string]string{}
	for name, h := range p.Headers(components) {
		kinds[name] = strings.TrimSuffix(h.Schema.Type+" "+h.Schema.Format, " ")
		if h.Schema.Items != nil {
			kinds[name] += " of " + h.Schema.Items.Type + h.Schema.Items.Format
		}
	}
	want := map[string]string{
		"X-Text": "string", "X-Count": "integer", "X-Share": "number", "X-Fine": "boolean", "X-Maybe": "integer", "X-At": "string", "X-Day": "string date",
		"X-Took": "string duration", "X-Level": "string", "X-List": "array of string", "X-Counts": "array of integer", "X-Times": "array of string", "Vary": "string",
	}
	for name := range want {
		if kind, _, _ := strings.Cut(kinds[name], " int"); kind != want[name] && !strings.HasPrefix(kinds[name], want[name]) {
			t.Errorf("%s: documented as %q, want %q", name, kinds[name], want[name])
		}
	}
	empty := headers{}
	got = http.Header{}
	if err := p.WriteHeader(got, unsafe.Pointer(&empty)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-Count": {"0"}, "X-Share": {"0"}, "X-Fine": {"false"}, "X-Took": {"PT0S"}}, got); diff != "" {
		t.Errorf("empty (-want +got):\n%s", diff)
	}
	if err := p.WriteHeader(http.Header{}, unsafe.Pointer(&headers{Level: -1})); err == nil {
		t.Error("a text that cannot be written: got no error")
	}
}

// TestHeadersAreValidated: a header is held to the constraints that are documented.
func TestHeadersAreValidated(t *testing.T) {
	type output struct {
		Count int    `header:"X-Count" maximum:"10"`
		Kind  string `header:"X-Kind" enum:"a,b"`
	}
	p, components := compile(t, output{})
	for _, test := range []struct {
		name  string
		value output
		want  int
	}{{"fine", output{10, "a"}, 0}, {"left out", output{}, 0}, {"wrong", output{11, "c"}, 2}} {
		var issues schema.Issues
		if p.Validate(unsafe.Pointer(&test.value), 200, &issues); issues.Len() != test.want {
			t.Errorf("%s: got %v, want %d mistakes", test.name, issues.All(), test.want)
		}
	}
	if s := p.Headers(components)["X-Count"].Schema; s.Maximum != "10" {
		t.Errorf("documented %+v", s)
	}
}

func TestStatus(t *testing.T) {
	type output struct {
		Status int `status:"200,201,204"`
	}
	p, _ := compile(t, output{})
	for given, want := range map[int]int{0: 200, 201: 201, 204: 204} {
		if got, ok := p.Status(unsafe.Pointer(&output{given})); got != want || !ok {
			t.Errorf("%d: got %d %v, want %d", given, got, ok, want)
		}
	}
	if got, ok := p.Status(unsafe.Pointer(&output{202})); got != 202 || ok {
		t.Errorf("202: got %d %v", got, ok)
	}
}

func TestContentType(t *testing.T) {
	type output struct {
		Type string `header:"Content-Type"`
		Body []byte `body:"image/png,text/*"`
	}
	p, components := compile(t, output{})
	for given, want := range map[string]bool{
		"": true, "image/png": true, "IMAGE/PNG": true, "text/plain; charset=utf-8": true, "text/html": true,
		"image/jpeg": false, "text": false, "text/*": false, "*/*": false, "image/png\r\nX: y": false,
	} {
		if text, ok := p.ContentType(unsafe.Pointer(&output{Type: given})); ok != want || ok && given != "" && text != given || given == "" && text != "image/png" {
			t.Errorf("%q: got %q %v, want %v", given, text, ok, want)
		}
	}
	content := p.Content(components, []string{"application/json"})
	if _, png := content["image/png"]; !png || len(content) != 2 || content["text/*"].Schema.Type != "string" {
		t.Errorf("documented %+v", content)
	}
	if headers := p.Headers(components); len(headers) != 0 {
		t.Errorf("documented the headers %v", headers)
	}
}

// TestEmbedded: the fields of an embedded struct are those of the output.
func TestEmbedded(t *testing.T) {
	type Page struct {
		Total int    `header:"X-Total"`
		Next  string `header:"X-Next"`
	}
	type output struct {
		Before [3]int64 `body:""`
		Page
	}
	value := output{Page: Page{7, "n"}}
	p, _ := compile(t, value)
	h := http.Header{}
	if err := p.WriteHeader(h, unsafe.Pointer(&value)); err != nil || h.Get("X-Total") != "7" || h.Get("X-Next") != "n" {
		t.Errorf("got %v %v", h, err)
	}
}
