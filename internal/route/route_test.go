package route_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/route"
)

func TestMatch(t *testing.T) {
	var tree route.Tree[string]
	for _, pattern := range []string{
		"/", "/notes", "/notes/", "/notes/{id}", "/notes/new", "/notes/{id}/share/{user}", "/{a}/b", "/x/{y}/", "/%7Bliteral%7D",
	} {
		err := tree.Add(pattern, pattern)
		if pattern == "/%7Bliteral%7D" {
			if err == nil {
				t.Errorf("Add(%q): got no error for an escape in a pattern", pattern)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, subtree := range []string{"/docs/", "/docs/private/", "/docs/{user}/own/", "/docs/deep/er/"} {
		if err := tree.AddSubtree(subtree, subtree); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Add("/docs/single", "/docs/single"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path, want string
		params           []string
		redirect         string
	}{
		{"root", "/", "/", nil, ""},
		{"literal", "/notes", "/notes", nil, ""},
		{"slash is another path", "/notes/", "/notes/", nil, ""},
		{"literal before parameter", "/notes/new", "/notes/new", nil, ""},
		{"parameter", "/notes/7", "/notes/{id}", []string{"7"}, ""},
		{"two parameters", "/notes/7/share/bob", "/notes/{id}/share/{user}", []string{"7", "bob"}, ""},
		{"backtracks from a literal", "/notes/b", "/notes/{id}", []string{"b"}, ""},
		{"backtracks to an outer parameter", "/x/b", "/{a}/b", []string{"x"}, ""},
		{"escaped slash stays inside", "/notes/a%2Fb", "/notes/{id}", []string{"a/b"}, ""},
		{"escaped letters match literals", "/n%6Ftes", "/notes", nil, ""},
		{"escaped literal next to escaped slash", "/n%6Ftes/a%2Fb", "/notes/{id}", []string{"a/b"}, ""},
		{"missing slash", "/x/1?q=%2F", "/x/{y}/", nil, "/x/1/?q=%2F"},
		{"extra slash", "/notes/%37/", "/notes/{id}", nil, "/notes/%37"},
		{"doubled slash", "/notes//7", "", nil, ""},
		{"leading doubled slash", "//notes", "", nil, ""},
		{"dot", "/./notes", "", nil, ""},
		{"dots are no parameter", "/notes/..", "", nil, ""},
		{"escaped dots are no parameter", "/notes/%2e%2e", "", nil, ""},
		{"dots are not resolved", "/notes/../notes", "", nil, ""},
		{"subtree", "/docs/a/b.css", "/docs/", nil, ""},
		{"subtree itself", "/docs/", "/docs/", nil, ""},
		{"subtree refuses doubled slashes", "/docs//private/key", "", nil, ""},
		{"subtree refuses doubled slashes at its end", "/docs/a//", "", nil, ""},
		{"inner subtree", "/docs/private/key", "/docs/private/", nil, ""},
		{"inner subtree by an escaped letter", "/docs/%70rivate/key", "/docs/private/", nil, ""},
		{"inner subtree with a parameter", "/docs/bob/own/x", "/docs/{user}/own/", []string{"bob"}, ""},
		{"beside an inner subtree", "/docs/bob/other", "/docs/", nil, ""},
		{"exact path in a subtree", "/docs/single", "/docs/single", nil, ""},
		{"exact path with a slash is not the outer subtree's", "/docs/single/", "/docs/single", nil, "/docs/single"},
		{"below an exact path is the outer subtree's", "/docs/single/x", "/docs/", nil, ""},
		{"nothing", "/nothing", "", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://x"+test.path, nil)
			got, ok := tree.Match(r.URL, nil)
			if got.Value != test.want || ok != (test.want != "") || !slices.Equal(got.Params, test.params) || got.Redirect != (test.redirect != "") || got.Redirect && got.Location(r.URL) != test.redirect {
				t.Errorf("Match(%q): got %+v %v, want %q %v", test.path, got, ok, test.want, test.params)
			}
		})
	}
}

// TestStructure: what a path means once it is decoded.
func TestStructure(t *testing.T) {
	var tree route.Tree[string]
	for _, subtree := range []string{"/docs/", "/docs/private/"} {
		if err := tree.AddSubtree(subtree, subtree); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Add("/{name}/{part}", "controller"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, want                 string
		redirect, slashes, unclean bool
	}{
		{"/docs", "/docs/", true, false, false},
		{"/docs/private", "/docs/private/", true, false, false},
		{"/docs/%70rivate", "/docs/private/", true, false, false},
		{"/docs/private%2Fkey", "/docs/", false, true, false},
		{"/docs/private%2fkey", "/docs/", false, true, false},
		{"/docs/private/a%2Fb", "/docs/private/", false, true, false},
		{"/docs/private%5Ckey", "/docs/", false, false, true},
		{`/docs/private\key`, "/docs/", false, false, true},
		{"/docs/private%00", "/docs/", false, false, true},
		{"/docs/x/../private/key", "/docs/", false, false, true},
		{"/docs/x/%2e%2e/private/key", "/docs/", false, false, true},
		{"/docs/%2E/private/key", "/docs/", false, false, true},
		{"/docs/./private/key", "/docs/", false, false, true},
		{"/docs/a%2F..%2Fb", "/docs/", false, true, true},
		{"/docs/a%25%32Fb", "/docs/", false, false, false}, // a percent sign, once decoded
		{"/docs/..a/.b", "/docs/", false, false, false},
		{"/n%2Fm/x%5Cy", "controller", false, true, true},
		{"/n/m%00", "controller", false, false, true},
		{"/%2e%2e%2fn/m", "controller", false, true, true},
	} {
		u, err := url.ParseRequestURI(test.path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := tree.Match(u, nil)
		if slashes, unclean := route.Structure(u); !ok || got.Value != test.want || got.Redirect != test.redirect || slashes != test.slashes || unclean != test.unclean {
			t.Errorf("%s: got %+v, slashes %v, unclean %v, want %+v", test.path, got, slashes, unclean, test)
		}
	}
}

// TestChangedPath: the tree goes by the path that handlers read, also where middleware
// changed it and left RawPath as it was.
func TestChangedPath(t *testing.T) {
	var tree route.Tree[string]
	for _, subtree := range []string{"/public/", "/private/"} {
		if err := tree.AddSubtree(subtree, subtree); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ path, raw, want string }{
		{"/public/a b", "/public/a%20b", "/public/"},
		{"/private/key", "/public/a%2Fb", "/private/"},
		{"/private/key", "/public/%zz", "/private/"},
		{"/public/a/../../private", "/public/a", "/public/"},
	} {
		u := &url.URL{Path: test.path, RawPath: test.raw}
		got, _ := tree.Match(u, nil)
		if _, unclean := route.Structure(u); got.Value != test.want || unclean != strings.Contains(test.path, "..") {
			t.Errorf("%s, %s: got %q, unclean %v, want %q", test.path, test.raw, got.Value, unclean, test.want)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, test := range []struct {
		pattern, subtree string
		want             bool
	}{
		{"/a/b/", "/a/", true},
		{"/a/b", "/a/", true},
		{"/a/b/c/", "/a/", true},
		{"/a/b/", "/", true},
		{"/a/b/", "/{x}/", true},
		{"/{x}/b/", "/a/", true},
		{"/ab/", "/a/", false},
		{"/b/", "/a/", false},
		{"/a/", "/a/b/", false},
		{"/a", "/a/", false},
	} {
		if got := route.Below(test.pattern, test.subtree); got != test.want {
			t.Errorf("Below(%q, %q): got %v", test.pattern, test.subtree, got)
		}
	}
}

func TestConflicts(t *testing.T) {
	var tree route.Tree[int]
	if err := tree.Add("/a/{x}", 1); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"/a/{y}", "/a/{x}", "a", "/a//b", "/{a}/{a}", "/x{y}", "/{}", "/../a", "/a?b", "/{a.b}"} {
		if err := tree.Add(pattern, 2); err == nil {
			t.Errorf("Add(%q): got no error", pattern)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	var tree route.Tree[int]
	if err := tree.Add("/api/notes/{id}", 1); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/api/notes/7", nil)
	params := make([]string, 0, 8)
	if n := testing.AllocsPerRun(100, func() { tree.Match(r.URL, params) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func ExampleTree() {
	var tree route.Tree[string]
	_ = tree.Add("/notes/{id}", "a note")
	r := httptest.NewRequest("GET", "/notes/7", nil)
	found, _ := tree.Match(r.URL, nil)
	fmt.Println(found.Value, found.Pattern, found.Params)
	// Output: a note /notes/{id} [7]
}

func FuzzMatch(f *testing.F) {
	for _, path := range []string{"/", "/notes/7", "/notes/%2e%2e", "/docs/%2F", "//"} {
		f.Add(path)
	}
	var tree route.Tree[string]
	_ = tree.Add("/notes/{id}", "note")
	_ = tree.AddSubtree("/docs/", "docs")
	f.Fuzz(func(t *testing.T, path string) {
		r := httptest.NewRequest("GET", "/", nil)
		parsed, err := r.URL.Parse(path)
		if err != nil {
			return
		}
		found, ok := tree.Match(parsed, nil)
		if params := found.Params; ok && found.Value == "note" && (len(params) != 1 || params[0] == "" || params[0] == "..") {
			t.Errorf("%q: got params %q", path, params)
		}
		_, unclean := route.Structure(parsed)
		// What a handler below a mount makes of the path stays below it.
		below, inside := strings.CutPrefix(parsed.Path, "/docs/")
		if ok && found.Value == "docs" && !found.Redirect && !unclean && (!inside || !filepath.IsLocal(filepath.FromSlash("./"+below))) {
			t.Errorf("%q: got %+v", path, found)
		}
	})
}

// TestPatternsOfOthers: what other routers understand is not taken for a name.
func TestPatternsOfOthers(t *testing.T) {
	for _, pattern := range []string{"/x/{id:[0-9]+}", "/x/{id:int}", "/x/*", "/x/:id", "/x/{path...}", "/x/{path*}", "/x/{}", "/x/a{id}"} {
		if names, err := route.Params(pattern); err == nil {
			t.Errorf("%s: got the parameters %q, want an error", pattern, names)
		}
	}
	for _, pattern := range []string{"/x/a:b", "/x/a*b", "/x/{user_id}", "/x/{userID}"} {
		if _, err := route.Params(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
