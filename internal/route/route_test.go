package route_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
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
	if err := tree.AddSubtree("/docs/", "docs"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path, want string
		params           []string
	}{
		{"root", "/", "/", nil},
		{"literal", "/notes", "/notes", nil},
		{"slash is another path", "/notes/", "/notes/", nil},
		{"literal before parameter", "/notes/new", "/notes/new", nil},
		{"parameter", "/notes/7", "/notes/{id}", []string{"7"}},
		{"two parameters", "/notes/7/share/bob", "/notes/{id}/share/{user}", []string{"7", "bob"}},
		{"backtracks from a literal", "/notes/b", "/notes/{id}", []string{"b"}},
		{"backtracks to an outer parameter", "/x/b", "/{a}/b", []string{"x"}},
		{"escaped slash stays inside", "/notes/a%2Fb", "/notes/{id}", []string{"a/b"}},
		{"escaped letters match literals", "/n%6Ftes", "/notes", nil},
		{"escaped literal next to escaped slash", "/n%6Ftes/a%2Fb", "/notes/{id}", []string{"a/b"}},
		{"missing slash is no redirect", "/x/1", "", nil},
		{"extra slash", "/notes/7/", "", nil},
		{"doubled slash", "/notes//7", "", nil},
		{"leading doubled slash", "//notes", "", nil},
		{"dot", "/./notes", "", nil},
		{"dots are no parameter", "/notes/..", "", nil},
		{"escaped dots are no parameter", "/notes/%2e%2e", "", nil},
		{"dots are not resolved", "/notes/../notes", "", nil},
		{"subtree", "/docs/a/b.css", "docs", nil},
		{"subtree itself", "/docs/", "docs", nil},
		{"subtree needs its slash", "/docs", "", nil},
		{"subtree refuses dots", "/docs/../notes", "", nil},
		{"subtree refuses escaped dots", "/docs/%2e%2e/notes", "", nil},
		{"subtree refuses dots behind an escaped slash", "/docs/a%2F..%2Fb", "", nil},
		{"nothing", "/nothing", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://x"+test.path, nil)
			got, _, params, ok := tree.Match(r.URL, nil)
			if got != test.want || ok != (test.want != "") || !slices.Equal(params, test.params) {
				t.Errorf("Match(%q): got %q %v %v, want %q %v", test.path, got, params, ok, test.want, test.params)
			}
		})
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
	value, pattern, params, _ := tree.Match(r.URL, nil)
	fmt.Println(value, pattern, params)
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
		if value, _, params, ok := tree.Match(parsed, nil); ok && value == "note" && (len(params) != 1 || params[0] == "" || params[0] == "..") {
			t.Errorf("%q: got params %q", path, params)
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
