package bind_test

import (
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/schema"
)

// optional and file are like the types of package rest, which this package cannot import.
type optional[T any] struct {
	Value         T
	Present, Null bool
}

func some[T any](v T) optional[T] { return optional[T]{Value: v, Present: true} }

type file struct{ *multipart.FileHeader }

func types() bind.Types {
	isOptional := func(t reflect.Type) bool { return strings.HasPrefix(t.Name(), "optional[") }
	return bind.Types{Schemas: schema.NewCompiler(isOptional), File: reflect.TypeFor[file](), SetFile: func(at unsafe.Pointer, h *multipart.FileHeader) {
		*(*file)(at) = file{h}
	}}
}

type paging struct {
	Page int `query:"page" minimum:"1" default:"1"`
}

type input struct {
	paging
	ID     int64            `path:"id" minimum:"1"`
	Tags   []string         `query:"tag" maxItems:"2" items.minLength:"2"`
	Since  optional[string] `query:"since"`
	Flag   *bool            `query:"flag"`
	Trace  string           `header:"x-trace" default:"none"`
	Theme  string           `cookie:"theme" default:"light" enum:"light,dark"`
	Ignore http.Header      `auth:""`
}

func run[T any](t testing.TB, r *http.Request, path []string) (T, []string) {
	t.Helper()
	var names []string
	for i := range path {
		names = append(names, []string{"id", "name"}[i])
	}
	plan, err := bind.Compile(types(), reflect.TypeFor[T](), "POST", names)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	var issues schema.Issues
	if err := plan.Bind(unsafe.Pointer(&v), r, path, nil, &issues); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, issue := range issues.All() {
		got = append(got, fmt.Sprint(issue.Loc, " ", issue.Msg))
	}
	return v, got
}

func TestBind(t *testing.T) {
	yes := true
	for _, test := range []struct {
		name, url, id, cookie, trace string
		want                         input
		issues                       []string
	}{
		{"defaults", "/", "7", "", "", input{ID: 7, paging: paging{1}, Trace: "none", Theme: "light"}, nil},
		{"everything", "/?page=2&tag=ab&tag=c%20d&since=&flag=true", "7", "theme=dark", "t", input{
			ID: 7, paging: paging{2}, Tags: []string{"ab", "c d"}, Since: some(""), Flag: &yes, Trace: "t", Theme: "dark"}, nil},
		{"the last of two wins", "/?page=1&page=3", "7", "theme=light; theme=dark", "", input{ID: 7, paging: paging{3}, Trace: "none", Theme: "dark"}, nil},
		{"mistakes in order", "/?page=0&tag=a&tag=bc&tag=de&flag=maybe", "x", "theme=red", "", input{}, []string{
			"[parsed_query page] Expected a number that is 1 or greater",
			"[parsed_query tag 0] Expected at least 2 characters",
			"[parsed_query tag] Expected at most 2 items, got 3",
			"[parsed_query flag] Expected true or false",
			"[parsed_path id] Expected an integer",
			"[parsed_cookies theme] Expected one of 'light', 'dark'",
		}},
		{"integers as JSON writes them", "/?page=+1", "1", "", "", input{}, []string{"[parsed_query page] Expected an integer"}},
		{"other digits", "/?page=%D9%A1", "1", "", "", input{}, []string{"[parsed_query page] Expected an integer"}},
		{"too large", "/", "9223372036854775808", "", "", input{}, []string{"[parsed_path id] Expected a number that is 9223372036854775807 or less"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", test.url, nil)
			if test.cookie != "" {
				r.Header.Set("Cookie", test.cookie)
			}
			if test.trace != "" {
				r.Header.Set("X-Trace", test.trace)
			}
			got, issues := run[input](t, r, []string{test.id})
			if diff := cmp.Diff(test.issues, issues); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(input{})); test.issues == nil && diff != "" {
				t.Errorf("input (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForm(t *testing.T) {
	type form struct {
		Title string   `form:"title" minLength:"1"`
		Tags  []string `form:"tag"`
		Count int      `form:"count" default:"1"`
	}
	multipart := "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nMilk\r\n--b--\r\n"
	for _, test := range []struct {
		name, contentType, body string
		want                    form
		issues                  []string
	}{
		{"urlencoded", "application/x-www-form-urlencoded", "title=Milk&tag=a&tag=b", form{"Milk", []string{"a", "b"}, 1}, nil},
		{"multipart", "multipart/form-data; boundary=b", multipart, form{"Milk", nil, 1}, nil},
		{"mistakes", "application/x-www-form-urlencoded", "title=&count=x", form{}, []string{
			"[parsed_body title] Expected at least 1 character",
			"[parsed_body count] Expected an integer"}},
		{"the query is no form", "application/x-www-form-urlencoded", "", form{}, []string{"[parsed_body title] A value is required"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/?title=query", strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.contentType)
			got, issues := run[form](t, r, nil)
			if diff := cmp.Diff(test.issues, issues); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); test.issues == nil && diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMoments reads dates, times, durations and numbers from texts.
func TestMoments(t *testing.T) {
	type moments struct {
		Day    time.Time     `path:"id" format:"date"`
		Clock  time.Time     `query:"clock" format:"time"`
		Length time.Duration `header:"X-Length" format:"duration" default:"PT1H"`
		Cookie time.Time     `cookie:"day" format:"date" default:"2026-01-01"`
		Days   []time.Time   `query:"days" items.format:"date"`
		Exact  json.Number   `query:"exact" default:"0" maximum:"9007199254740992"`
	}
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		name, query, day, cookie, length string
		want                             moments
		issues                           []string
	}{
		{"all", "clock=10:11:12Z&days=2026-02-03&days=2026-02-04&exact=1.50", "2026-03-04", "day=2026-05-06", "PT90S", moments{
			day(3, 4), time.Date(0, 1, 1, 10, 11, 12, 0, time.UTC), 90 * time.Second, day(5, 6), []time.Time{day(2, 3), day(2, 4)}, "1.50"}, nil},
		{"defaults", "clock=10:11:12Z", "2026-03-04", "", "", moments{day(3, 4), time.Date(0, 1, 1, 10, 11, 12, 0, time.UTC), time.Hour, day(1, 1), nil, "0"}, nil},
		{"mistakes", "clock=10:11&days=1&exact=9007199254740993", "2026-02-30", "day=2026-1-1", "P1Y", moments{}, []string{
			"[parsed_query clock] Expected a time such as 15:04:05Z", "[parsed_query days 0] Expected a date such as 2026-01-31",
			"[parsed_query exact] Expected a number that is 9007199254740992 or less", "[parsed_path id] Expected a date such as 2026-01-31",
			"[parsed_headers X-Length] Expected a duration such as PT1H30M", "[parsed_cookies day] Expected a date such as 2026-01-31"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/?"+test.query, nil)
			if test.cookie != "" {
				r.Header.Set("Cookie", test.cookie)
			}
			if test.length != "" {
				r.Header.Set("X-Length", test.length)
			}
			got, issues := run[moments](t, r, []string{test.day})
			if diff := cmp.Diff(test.issues, issues); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, got); test.issues == nil && diff != "" {
				t.Errorf("input (-want +got):\n%s", diff)
			}
		})
	}
	plan, err := bind.Compile(types(), reflect.TypeFor[moments](), "POST", []string{"id"})
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, parameter := range plan.Parameters(schema.NewComponents()) {
		if documented[parameter.Name] = parameter.Schema.Format; parameter.Schema.Items != nil {
			documented[parameter.Name] = parameter.Schema.Items.Format
		}
	}
	want := map[string]string{"id": "date", "clock": "time", "X-Length": "duration", "day": "date", "days": "date", "exact": ""}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("documented formats (-want +got):\n%s", diff)
	}
}

// TestInvalidUTF8 checks that texts of all sources must be UTF-8.
func TestInvalidUTF8(t *testing.T) {
	type parameters struct {
		Path   string           `path:"id"`
		Query  *string          `query:"q"`
		Many   []string         `query:"many"`
		Maybe  optional[string] `query:"maybe"`
		Header string           `header:"X-Text"`
		Cookie string           `cookie:"text"`
	}
	r := httptest.NewRequest("GET", "/?q=%ff&many=a&many=%c3&maybe=%ed%a0%80", nil)
	r.Header = http.Header{"X-Text": {"\xe4"}, "Cookie": {"text=\xe4"}}
	_, issues := run[parameters](t, r, []string{"\xff"})
	const wrong = "] Expected valid UTF-8"
	want := []string{"[parsed_query q" + wrong, "[parsed_query many 1" + wrong, "[parsed_query maybe" + wrong, "[parsed_path id" + wrong, "[parsed_headers X-Text" + wrong, "[parsed_cookies text" + wrong}
	if diff := cmp.Diff(want, issues); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	type form struct {
		Text string   `form:"text"`
		Many []string `form:"many"`
	}
	for contentType, body := range map[string]string{
		"application/x-www-form-urlencoded": "text=%ff&many=%ff",
		"multipart/form-data; boundary=b":   "--b\r\nContent-Disposition: form-data; name=text\r\n\r\n\xff\r\n--b\r\nContent-Disposition: form-data; name=many\r\n\r\n\xff\r\n--b--\r\n",
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		_, issues := run[form](t, r, nil)
		if diff := cmp.Diff([]string{"[parsed_body text" + wrong, "[parsed_body many 0" + wrong}, issues); diff != "" {
			t.Errorf("%s: issues (-want +got):\n%s", contentType, diff)
		}
	}
	type upload struct {
		File file `form:"file"`
	}
	r = httptest.NewRequest("POST", "/", strings.NewReader(part("file", "\xff.txt", "text")+"--b--\r\n"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	_, issues = run[upload](t, r, nil)
	if diff := cmp.Diff([]string{"[parsed_body file" + wrong}, issues); diff != "" {
		t.Errorf("the name of a file: issues (-want +got):\n%s", diff)
	}
}

// part returns a part of a multipart form. The filename "none" makes it a text.
func part(name, filename, content string) string {
	disposition := `form-data; name="` + name + `"`
	if filename != "none" {
		disposition += `; filename="` + filename + `"` + "\r\nContent-Type: application/octet-stream"
	}
	return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n"
}

func TestTextsAndFilesAreNotMixedUp(t *testing.T) {
	type form struct {
		File  file    `form:"file"`
		Maybe *file   `form:"maybe"`
		Many  []file  `form:"many"`
		Text  *string `form:"text"`
	}
	file := part("file", "a", "A")
	for name, test := range map[string]struct{ body, want string }{
		"files":                    {file + part("maybe", "b", "B") + part("many", "c", "C") + part("text", "none", "T"), ""},
		"a text for a file":        {part("file", "none", "A"), "[parsed_body file] Expected a file"},
		"a text for none or one":   {file + part("maybe", "none", "B"), "[parsed_body maybe] Expected a file"},
		"a text for many":          {file + part("many", "none", "B"), "[parsed_body many] Expected a file"},
		"a text beside a file":     {file + part("file", "none", "B"), "[parsed_body file] Expected a file"},
		"a file for a text":        {file + part("text", "t", "T"), "[parsed_body text] Expected a text, not a file"},
		"no file chosen, optional": {file + part("maybe", "", "") + part("many", "", ""), ""},
		"no file chosen, required": {part("file", "", ""), "[parsed_body file] A value is required"},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(test.body+"--b--\r\n"))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		got, issues := run[form](t, r, nil)
		if strings.Join(issues, "; ") != test.want {
			t.Errorf("%s: got %q, want %q", name, issues, test.want)
		}
		if name == "no file chosen, optional" && (got.Maybe != nil || len(got.Many) != 0) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestTemporaryFilesAreRemoved sends a file to a form without fields for files.
func TestTemporaryFilesAreRemoved(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	type form struct {
		Text string `form:"text"`
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(part("text", "none", "T")+part("other", "o", strings.Repeat("x", 2<<20))+"--b--\r\n"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	got, issues := run[form](t, r, nil)
	if got.Text != "T" || issues != nil {
		t.Errorf("got %+v %v", got, issues)
	}
	if headers := r.MultipartForm.File["other"]; len(headers) != 1 || headers[0].Size != 2<<20 {
		t.Fatalf("got %+v, the form has no large file", headers)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v", left, err)
	}
}

func TestMistakesOfInputs(t *testing.T) {
	type wrong struct {
		None   string
		Two    string         `query:"a" header:"B"`
		Chan   chan int       `query:"c"`
		Path   string         `path:"other"`
		Auth   string         `header:"Authorization"`
		Accept string         `header:"accept"`
		Type   string         `header:"content-type"`
		Spaced string         `header:"X Y"`
		Crumb  string         `cookie:"a;b"`
		Colour string         `query:"colour" format:"colour"`
		Empty  string         `query:""`
		Map    map[string]int `query:"m"`
		Body   string         `body:""`
		Form   string         `form:"f"`
		Option string         `query:"o,omitempty"`
		Always string         `path:"id" default:"a"`
		Secret string         `query:"s" writeOnly:"true"`
		Must   string         `query:"must" required:"true"`
		Limit  int            `query:"limit" min:"1"`
		Upload file           `form:"upload" maxLength:"1"`
		Who    http.Header    `auth:"" minLength:"1"`
		Raw    *http.Request  `query:"r"`
		hidden string         `query:"h"` //nolint:unused // the mistake
	}
	_, err := bind.Compile(types(), reflect.TypeFor[wrong](), "POST", []string{"id", "more"})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"wrong.None: the field names no source", "wrong.Two: the field names several sources: query, header", "wrong.Chan: chan int",
		"wrong.Path: the route has no parameter {other}", "wrong.Auth: the header Authorization belongs to the framework",
		"wrong.Accept: the header Accept belongs", "wrong.Type: the header Content-Type belongs", "wrong.Colour: format", `wrong.Spaced: "X Y" cannot be the name of a header`,
		`wrong.Crumb: "a;b" cannot be the name of a cookie`, "wrong.Empty: the tag query names nothing", "wrong.Map: the type map[string]int cannot be read from a query",
		`wrong.Option: the tag query has the option "omitempty", but takes a name alone: query:"o"`, "wrong.Always: the tag default does not apply to a path",
		"wrong.Secret: the tag writeOnly does not apply to a query", "wrong.Must: the tag required has no meaning here",
		"wrong.Limit: the tag min has no meaning here: write minimum", "wrong.Upload: the tag maxLength does not apply here",
		"wrong.Who: the tag minLength does not apply here", "wrong.Raw: the field is the request itself",
		"wrong.hidden: the field is not exported", "has no field for {more}", "both a body and form fields",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if plan, err := bind.Compile(types(), reflect.TypeFor[int](), "POST", nil); err == nil || plan == nil {
		t.Errorf("an input that is an int: got the plan %v and the error %v, want both", plan, err)
	}
	type once struct {
		ID int `path:"id" minimum:"2" maximum:"1"`
	}
	if _, err := bind.Compile(types(), reflect.TypeFor[once](), "GET", []string{"id"}); err == nil || strings.Contains(err.Error(), "has no field") {
		t.Errorf("a path parameter with a mistake: got %v, want the mistake alone", err)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("page=1&tag=ab", "7", "theme=dark")
	f.Add("page=%zz&;=&tag", "-", "theme")
	plan, err := bind.Compile(types(), reflect.TypeFor[input](), "POST", []string{"id"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query, id, cookie string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		r.Header["Cookie"] = []string{cookie}
		var v input
		var issues schema.Issues
		if err := plan.Bind(unsafe.Pointer(&v), r, []string{id}, nil, &issues); err != nil {
			t.Fatal(err)
		}
		if issues.Len() == 0 && (v.Page < 1 || v.ID < 1 || len(v.Tags) > 2 || (v.Theme != "light" && v.Theme != "dark")) {
			t.Errorf("%q %q %q: got %+v without an issue", query, id, cookie, v)
		}
		if v.Ignore != nil {
			t.Errorf("the auth field was filled: %v", v.Ignore)
		}
	})
}
