package bind_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/schema"
)

type paging struct {
	Page int `query:"page" minimum:"1" default:"1"`
}

type input struct {
	paging
	ID     int64                   `path:"id" minimum:"1"`
	Tags   []string                `query:"tag" maxItems:"2" items.minLength:"2"`
	Since  schema.Optional[string] `query:"since"`
	Flag   *bool                   `query:"flag"`
	Trace  string                  `header:"x-trace" default:"none"`
	Theme  string                  `cookie:"theme" default:"light" enum:"light,dark"`
	Ignore http.Header             `auth:""`
}

func run[T any](t testing.TB, r *http.Request, path []string) (T, []string) {
	t.Helper()
	var names []string
	for i := range path {
		names = append(names, []string{"id", "name"}[i])
	}
	plan, err := bind.Compile(schema.NewCompiler(), reflect.TypeFor[T](), names)
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
			ID: 7, paging: paging{2}, Tags: []string{"ab", "c d"}, Since: schema.Some(""), Flag: &yes, Trace: "t", Theme: "dark"}, nil},
		{"the last of two wins", "/?page=1&page=3", "7", "theme=light; theme=dark", "", input{ID: 7, paging: paging{3}, Trace: "none", Theme: "dark"}, nil},
		{"mistakes in order", "/?page=0&tag=a&tag=bc&tag=de&flag=maybe", "x", "theme=red", "", input{}, []string{
			"[parsed_query page] Input should be greater than or equal to 1",
			"[parsed_query tag 0] String should have at least 2 characters",
			"[parsed_query tag] List should have at most 2 items after validation, not 3",
			"[parsed_query flag] Input should be a valid boolean, unable to interpret input",
			"[parsed_path id] Input should be a valid integer, unable to parse string as an integer",
			"[parsed_cookies theme] Input should be 'light' or 'dark'",
		}},
		{"integers as JSON writes them", "/?page=+1", "1", "", "", input{}, []string{"[parsed_query page] Input should be a valid integer, unable to parse string as an integer"}},
		{"other digits", "/?page=%D9%A1", "1", "", "", input{}, []string{"[parsed_query page] Input should be a valid integer, unable to parse string as an integer"}},
		{"too large", "/", "9223372036854775808", "", "", input{}, []string{"[parsed_path id] Input should be less than or equal to 9223372036854775807"}},
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
			"[parsed_body title] String should have at least 1 character",
			"[parsed_body count] Input should be a valid integer, unable to parse string as an integer"}},
		{"the query is no form", "application/x-www-form-urlencoded", "", form{}, []string{"[parsed_body title] Field required"}},
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

func TestMistakesOfInputs(t *testing.T) {
	type wrong struct {
		None   string
		Two    string         `query:"a" header:"B"`
		Chan   chan int       `query:"c"`
		Path   string         `path:"other"`
		Auth   string         `header:"Authorization"`
		Empty  string         `query:""`
		Map    map[string]int `query:"m"`
		Body   string         `body:""`
		Form   string         `form:"f"`
		hidden string         `query:"h"` //nolint:unused // the mistake
	}
	_, err := bind.Compile(schema.NewCompiler(), reflect.TypeFor[wrong](), []string{"id"})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		"wrong.None: the field names no source", "wrong.Two: the field names several sources: query, header", "wrong.Chan: chan int",
		"wrong.Path: the route has no parameter {other}", "wrong.Auth: the header Authorization belongs to the framework",
		"wrong.Empty: the tag query names nothing", "wrong.Map: a map[string]int cannot be read from a query",
		"wrong.hidden: the field is not exported", "has no field for {id}", "both a body and form fields",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if _, err := bind.Compile(schema.NewCompiler(), reflect.TypeFor[int](), nil); err == nil {
		t.Error("an int was taken as input")
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("page=1&tag=ab", "7", "theme=dark")
	f.Add("page=%zz&;=&tag", "-", "theme")
	plan, err := bind.Compile(schema.NewCompiler(), reflect.TypeFor[input](), []string{"id"})
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
