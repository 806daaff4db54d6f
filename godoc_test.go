package rest_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
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
	object := parsed.Scope.Lookup(variable)
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

// withoutExample are exported names that need no example: data that other names explain, and
// what only backends implement. The key is the package, relative to this one.
var withoutExample = map[string]string{
	".":                "Compat ConfigError Detail ErrorDetail ErrorModel HealthStatus LocValue ProblemError",
	"auth":             "AccountsOf Cancelled Compile ConfigError IsNil JoinerOf Misconfigured Nobody Outcome PrincipalType Rechecker ReplyHeader Unavailable UserJoiner",
	"auth/basicauth":   "Limit",
	"auth/csrf":        "Compat Secrets",
	"auth/jwtauth":     "Active Algorithm Blocklist Compat",
	"auth/sessionauth": "Active Compat LoginRecorder LoginStore Store",
	"auth/tokenauth":   "Compat Store",
	"account":          "APIToken APITokenInfo AccessToken Credentials Logins NewPassword NewToken NewUser NoLogins RefreshToken SessionUser TokenPair",
	"password":         "Algorithm Rebinder ScryptCost Upgrader",
	"throttle":         "InHandler Outage Result Store",
	"page":             "",
	"resttest":         "",
	"docsui":           "",
	"store/sqlite":     "Blocklist Families Sessions Throttle Tokens Users",
	"store/memory":     "Blocklist Families Sessions Tokens Users",
	"codec/yaml":       "",
	"secret":           "",
}

// TestExamplesAreSelfContained checks that the names that users meet first have an example
// which can be copied: it uses no helper of the test file. An example of the package counts
// for the functions that it calls, and every example for the types that it uses.
func TestExamplesAreSelfContained(t *testing.T) {
	for dir, exempt := range withoutExample {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files := token.NewFileSet()
		var parsed []*ast.File
		for _, name := range names {
			file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, file)
		}
		p, err := doc.NewFromFiles(files, parsed, "github.com/go-modern-rest/rest/"+dir)
		if err != nil {
			t.Fatal(err)
		}
		skipped := strings.Fields(exempt)
		check := func(name string, examples []*doc.Example) {
			if i := slices.Index(skipped, name); i >= 0 {
				if skipped = slices.Delete(skipped, i, i+1); slices.ContainsFunc(examples, selfContained) {
					t.Errorf("%s: %s has an example and need not be in the list", dir, name)
				}
				return
			}
			if !slices.ContainsFunc(examples, selfContained) {
				t.Errorf("%s: %s has no example that can be copied (%d in all)", dir, name, len(examples))
			}
		}
		using := func(list []*doc.Example, name string) (found []*doc.Example) {
			for _, e := range list {
				if uses(e, p.Name, name) {
					found = append(found, e)
				}
			}
			return found
		}
		all := doc.Examples(parsed...)
		funcs := p.Funcs
		for _, typ := range p.Types {
			funcs = append(funcs, typ.Funcs...)
			examples := slices.Concat(typ.Examples, using(all, typ.Name))
			for _, f := range append(typ.Funcs, typ.Methods...) {
				examples = slices.Concat(examples, f.Examples, using(p.Examples, f.Name))
			}
			check(typ.Name, examples)
		}
		for _, f := range funcs {
			check(f.Name, slices.Concat(f.Examples, using(p.Examples, f.Name)))
		}
		if len(skipped) > 0 {
			t.Errorf("%s has no %v", dir, skipped)
		}
	}
}

// uses reports whether an example has the name of a package in its code.
func uses(e *doc.Example, pkg, name string) (found bool) {
	ast.Inspect(e.Code, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok && selector.Sel.Name == name {
			x, ok := selector.X.(*ast.Ident)
			found = found || ok && x.Name == pkg
		}
		return !found
	})
	return found
}

// selfContained reports whether an example is shown with everything that it needs: it is a
// whole file, or refers to nothing that its file declares.
func selfContained(e *doc.Example) bool {
	if _, whole := e.Code.(*ast.File); whole {
		return true
	}
	if e.Play == nil {
		return false
	}
	declared := 0
	for _, d := range e.Play.Decls {
		if imports, ok := d.(*ast.GenDecl); !ok || imports.Tok != token.IMPORT {
			declared++
		}
	}
	return declared == 1 // main
}
