package message_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/go-modern-rest/rest/internal/message"
)

var verb = regexp.MustCompile(`%[a-z]`)

// TestCataloguesKeepTheVerbs checks that each translation takes the arguments of its
// template in the same order.
func TestCataloguesKeepTheVerbs(t *testing.T) {
	files, err := filepath.Glob("catalogues/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("got %d catalogues, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var templates map[string]string
		if err := json.Unmarshal(data, &templates); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for english, translated := range templates {
			if got, want := verb.FindAllString(translated, -1), verb.FindAllString(english, -1); !slices.Equal(got, want) {
				t.Errorf("%s: %q has %v, want %v", file, translated, got, want)
			}
		}
	}
}

func TestCatalogueFor(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "Not authenticated", "en-GB": "Not authenticated", "ru-ru": "Не аутентифицирован", "pt": "Não autenticado",
		"zh-hans": "未通过身份验证", "zh-CN": "未通过身份验证", "kk-kz": "Аутентификацияланбаған", "de": "Nicht authentifiziert", "es": "No autenticado",
	} {
		catalogue, ok := message.CatalogueFor(language.MustParse(tag))
		if got := catalogue.Template("Not authenticated"); !ok || got != want {
			t.Errorf("%s: got %q %v, want %q", tag, got, ok, want)
		}
	}
	if _, ok := message.CatalogueFor(language.Japanese); ok {
		t.Error("got a catalogue for Japanese, which has none")
	}
}

func TestMessageIn(t *testing.T) {
	m := message.New("at least %d", 3)
	if got := m.String(); got != "at least 3" {
		t.Errorf("got %q", got)
	}
	if got := m.In("mindestens %d"); got != "mindestens 3" {
		t.Errorf("got %q", got)
	}
	if got := message.New("100%").String(); got != "100%" {
		t.Errorf("got %q, want 100%%: without arguments a text is not a template", got)
	}
}

// forDevelopers are texts about mistakes in the service. They are not translated.
var forDevelopers = []string{"msgUndeclaredStatus", "msgUndeclaredHeader", "msgUndeclaredType", "msgETag", "msgUndeclaredCookie"}

// TestCataloguesAreComplete checks that every language translates the constants with
// texts for clients, which it reads from the source files.
func TestCataloguesAreComplete(t *testing.T) {
	found := 0
	for _, file := range []string{"../schema/messages.go", "../../errors.go", "../../account/accept.go", "../../account/password.go", "../../account/signup.go", "../../account/tokens.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			constants, ok := declaration.(*ast.GenDecl)
			if !ok || constants.Tok != token.CONST {
				continue
			}
			for _, spec := range constants.Specs {
				spec := spec.(*ast.ValueSpec)
				name := spec.Names[0].Name
				literal, ok := spec.Values[0].(*ast.BasicLit)
				if !ok || !strings.HasPrefix(strings.ToLower(name), "msg") || slices.Contains(forDevelopers, name) {
					continue
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found++
				for _, tag := range message.Available()[1:] {
					if catalogue, _ := message.CatalogueFor(language.MustParse(tag)); !catalogue.Has(text) {
						t.Errorf("%s has no translation of %s, %q", tag, name, text)
					}
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("got %d messages, the test does not see them", found)
	}
}
