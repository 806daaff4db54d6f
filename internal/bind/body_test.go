package bind_test

import (
	"io"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/schema"
)

// TestMistakesOfBodies checks the errors about fields of bodies, which say what to write.
func TestMistakesOfBodies(t *testing.T) {
	for name, test := range map[string]struct {
		typ    reflect.Type
		method string
		want   string
	}{
		"GET with a value": {reflect.TypeFor[struct {
			Body int `body:""`
		}](), "GET", "has a body, which has no meaning in a GET (RFC 9110 §9.3); use POST, or QUERY"},
		"HEAD with a form": {reflect.TypeFor[struct {
			A string `form:"a"`
		}](), "HEAD", "no meaning in a HEAD"},
		"DELETE with a stream": {reflect.TypeFor[struct {
			Body io.Reader `body:"text/csv"`
		}](), "DELETE", "no meaning in a DELETE"},
		"a file in a GET": {reflect.TypeFor[struct {
			A file `form:"a"`
		}](), "GET", "no meaning in a GET"},
		"a reader without a type": {reflect.TypeFor[struct {
			Body io.Reader `body:""`
		}](), "PUT", `the body is an io.Reader; write its media type, such as body:"application/octet-stream"`},
		"a struct with a media type": {reflect.TypeFor[struct {
			Body struct{} `body:"application/xml"`
		}](), "PUT", `the type struct {} cannot be a body with a media type; use io.Reader, []byte or string, or body:"" for a value`},
		"a word": {reflect.TypeFor[struct {
			Body []byte `body:"binary"`
		}](), "PUT", `body:"binary": want "" for a value, "raw" for the bytes beside it, or media types`},
		"a media type with parameters": {reflect.TypeFor[struct {
			Body string `body:"text/plain; charset=utf-8"`
		}](), "PUT", `body:"text/plain; charset=utf-8": want`},
		"half a range": {reflect.TypeFor[struct {
			Body string `body:"*/plain"`
		}](), "PUT", `body:"*/plain": want`},
		"capitals": {reflect.TypeFor[struct {
			Body string `body:"text/CSV"`
		}](), "PUT", `body:"text/CSV": write media types in lower case`},
		"one type twice": {reflect.TypeFor[struct {
			Body string `body:"text/csv, text/csv"`
		}](), "PUT", `text/csv occurs twice`},
		"a constraint of bytes": {reflect.TypeFor[struct {
			Body string `body:"text/csv" maxLength:"3"`
		}](), "PUT", "the tag maxLength does not apply here"},
		"a default": {reflect.TypeFor[struct {
			Body int `body:"" default:"3"`
		}](), "PUT", "the tag default does not apply to a body; make the field a pointer"},
		"the bytes alone": {reflect.TypeFor[struct {
			Sent []byte `body:"raw"`
		}](), "PUT", `for the bytes alone write their media type, such as `},
		"the bytes beside bytes": {reflect.TypeFor[struct {
			Sent []byte `body:"raw"`
			Body []byte `body:"text/csv"`
		}](), "PUT", `has a field `},
		"the bytes beside files": {reflect.TypeFor[struct {
			Sent []byte `body:"raw"`
			A    file   `form:"a"`
		}](), "PUT", `a form without files`},
		"the bytes as a string": {reflect.TypeFor[struct {
			Sent string `body:"raw"`
			Body int    `body:""`
		}](), "PUT", `body:"raw", cannot have the type string; use []byte`},
		"two bodies": {reflect.TypeFor[struct {
			A int    `body:""`
			B []byte `body:"text/csv"`
		}](), "PUT", "a second body"},
		"explode of a text": {reflect.TypeFor[struct {
			A string `query:"a" explode:"false"`
		}](), "GET", "the tag explode is for lists in a query"},
		"explode of a header": {reflect.TypeFor[struct {
			A []string `header:"X-A" explode:"false"`
		}](), "GET", "the tag explode is for lists in a query"},
		"explode of another word": {reflect.TypeFor[struct {
			A []string `query:"a" explode:"no"`
		}](), "GET", `explode:"no": want true or false`},
		"an object in an object": {reflect.TypeFor[struct {
			A struct {
				B struct{ C int } `json:"b"`
			} `query:"a"`
		}](), "GET", "the member b of a struct in a query is neither a text nor a list of texts"},
		"an object in a header": {reflect.TypeFor[struct {
			A struct{ C int } `header:"A"`
		}](), "GET", "cannot be read from a header"},
		"a list in a path": {reflect.TypeFor[struct {
			A []int `path:"a"`
		}](), "GET", "the type []int cannot be read from a path"},
		"header names": {reflect.TypeFor[struct {
			A string `header:"A:"`
		}](), "GET", `"A:" cannot be the name of a header: want a token`},
	} {
		names := []string(nil)
		if name == "a list in a path" {
			names = []string{"a"}
		}
		if _, err := bind.Compile(types(), test.typ, test.method, names); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	type body struct {
		Body int `body:""`
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "QUERY", "OPTIONS"} {
		if _, err := bind.Compile(types(), reflect.TypeFor[body](), method, nil); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// TestListsInHeaders reads lists of RFC 9110 §5.6.1: lines are joined, empty elements are
// dropped, and a comma in a quoted string does not separate.
func TestListsInHeaders(t *testing.T) {
	type in struct {
		L []string `header:"X-L"`
	}
	for _, test := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"none", nil, nil},
		{"one", []string{"a"}, []string{"a"}},
		{"several lines", []string{"a, b", "c"}, []string{"a", "b", "c"}},
		{"empty elements", []string{", a ,,\tb\t,", ""}, []string{"a", "b"}},
		{"quoted", []string{`"a, b", c`}, []string{"a, b", "c"}},
		{"escapes", []string{`"a\"\\b"`}, []string{`a"\b`}},
		{"an empty quoted string", []string{`""`}, []string{""}},
		{"quoted inside", []string{`W/"x,y", a="1,2";q=1`}, []string{`W/"x,y"`, `a="1,2";q=1`}},
		{"quoted and more", []string{`"a"b`}, []string{`"a"b`}},
		{"a quoted string that does not end", []string{`"a, b`}, []string{`"a, b`}},
		{"an escape that does not end", []string{`"a\`}, []string{`"a\`}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["X-L"] = test.lines
		got, issues := run[in](t, r, nil)
		if diff := cmp.Diff(test.want, got.L); diff != "" || issues != nil {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, issues, diff)
		}
	}
}

// FuzzHeaderList checks that a list on two lines is that on one line with a comma.
func FuzzHeaderList(f *testing.F) {
	type in struct {
		L []string `header:"X-L"`
	}
	plan, err := bind.Compile(types(), reflect.TypeFor[in](), "GET", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`a, "b, \"c"`, "d")
	f.Fuzz(func(t *testing.T, one, two string) {
		var joined, apart in
		for _, test := range []struct {
			lines []string
			into  *in
		}{{[]string{one, two}, &apart}, {[]string{one + "," + two}, &joined}} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-L"] = test.lines
			var issues schema.Issues
			if err := plan.Bind(unsafe.Pointer(test.into), r, nil, nil, &issues); err != nil {
				t.Fatal(err)
			}
		}
		if strings.Count(one, `"`)%2 == 0 && !strings.Contains(one, `\`) && !cmp.Equal(joined, apart) {
			t.Fatalf("%q and %q: got %q together, %q apart", one, two, joined.L, apart.L)
		}
	})
}
