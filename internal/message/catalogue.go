package message

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// files are the catalogues. Each is a JSON object from English templates to translations,
// and has the name of its language. To add a language, add a file.
//
//go:embed catalogues/*.json
var files embed.FS

// Catalogue translates templates into one language. The zero value is English.
type Catalogue struct{ templates map[string]string }

// Template returns the translation of an English template, or the template itself.
func (c Catalogue) Template(english string) string {
	if t, ok := c.templates[english]; ok {
		return t
	}
	return english
}

// Has reports whether the catalogue translates a template.
func (c Catalogue) Has(english string) bool { _, ok := c.templates[english]; return ok }

// Available lists the languages with a catalogue, English first.
func Available() []string {
	tags := []string{"en"}
	for _, tag := range loaded().tags {
		tags = append(tags, tag.String())
	}
	return tags
}

// CatalogueFor returns the catalogue for readers of a language. ok is false where they
// understand none.
func CatalogueFor(tag language.Tag) (c Catalogue, ok bool) {
	all := loaded()
	known := append([]language.Tag{language.English}, all.tags...)
	_, i, confidence := language.NewMatcher(known).Match(tag)
	if confidence < language.High {
		return Catalogue{}, false
	}
	if i == 0 {
		return Catalogue{}, true
	}
	return all.catalogues[i-1], true
}

type catalogues struct {
	tags       []language.Tag
	catalogues []Catalogue
}

var loaded = sync.OnceValue(func() catalogues {
	entries, err := files.ReadDir("catalogues")
	if err != nil {
		panic(err)
	}
	var all catalogues
	for _, entry := range entries {
		data, err := files.ReadFile("catalogues/" + entry.Name())
		if err != nil {
			panic(err)
		}
		var templates map[string]string
		if err := json.Unmarshal(data, &templates); err != nil {
			panic("message: " + entry.Name() + ": " + err.Error())
		}
		all.tags = append(all.tags, language.MustParse(strings.TrimSuffix(entry.Name(), ".json")))
		all.catalogues = append(all.catalogues, Catalogue{templates})
	}
	return all
})
