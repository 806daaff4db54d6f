package rest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// words returns the strings in the composite literal of a package variable: its elements, or
// the keys of a map.
func words(t *testing.T, file, variable string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	object := parsed.Scope.Lookup(variable) //nolint:staticcheck // the deprecated scope of a file is all that is needed
	if object == nil {
		t.Fatalf("%s has no variable %s", file, variable)
	}
	spec, _ := object.Decl.(*ast.ValueSpec)
	literal, _ := spec.Values[0].(*ast.CompositeLit)
	var list []string
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Key
		}
		basic, ok := element.(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s: %s has an element that is not a string", file, variable)
		}
		text, err := strconv.Unquote(basic.Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// TestTagsAreDocumented compares the section Tags of the package documentation with the tags,
// options and formats that the code knows.
func TestTagsAreDocumented(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(parsed.Doc.Text(), "\n# Tags\n")
	section, _, _ = strings.Cut(section, "\n# ")
	_, formats, found := strings.Cut(section, "\nThe formats of a string are ")
	if !found {
		t.Fatal("there is no section Tags, or it has no formats")
	}
	known := map[string]bool{"json": true, "explode": true, "additionalProperties": true, "key": true}
	for _, list := range [][2]string{
		{"internal/bind/compile.go", "sources"}, {"internal/reply/reply.go", "parts"}, {"internal/schema/tags.go", "keywords"},
	} {
		for _, tag := range words(t, list[0], list[1]) {
			known[tag] = true
		}
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`([A-Za-z.]+):"`).FindAllStringSubmatch(section, -1) {
		used[match[1][strings.LastIndexByte(match[1], '.')+1:]] = true
	}
	for _, tag := range slices.Sorted(maps.Keys(known)) {
		if !used[tag] {
			t.Errorf("the tag %s is not documented", tag)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(used)) {
		if !known[tag] {
			t.Errorf("the tag %s is documented, but is not one", tag)
		}
	}
	for _, option := range words(t, "internal/schema/compile.go", "jsonOptions") {
		if !strings.Contains(section, "\n  - "+option+" ") {
			t.Errorf("the option %s of json tags is not documented", option)
		}
	}
	for _, format := range append(words(t, "internal/schema/formats.go", "formats"), words(t, "internal/schema/formats.go", "numberFormats")...) {
		if !regexp.MustCompile(`[ \n]` + format + `[ ,.]`).MatchString(formats) {
			t.Errorf("the format %s is not documented", format)
		}
	}
}
