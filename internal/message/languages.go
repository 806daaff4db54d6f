package message

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/language"

	"github.com/go-modern-rest/rest/internal/cookie"
)

// Languages chooses the language of a reply and translates its messages. It is safe for
// concurrent use.
type Languages struct {
	tags            []string
	contentLanguage [][]string
	catalogues      []Catalogue
	matcher         language.Matcher
	cookie          string

	seen  sync.Map // Accept-Language -> index
	count atomic.Int64
}

// maxLanguageCache bounds how many different Accept-Language headers are
// remembered, and maxLanguageHeader their length in bytes.
const (
	maxLanguageCache  = 1024
	maxLanguageHeader = 256
)

// NewLanguages returns the languages that clients may read, as BCP 47 tags, the default
// first; without tags all that have a catalogue. cookieName names a cookie whose language
// is preferred to Accept-Language; empty for none. An error that is not nil names the tag
// that is wrong.
func NewLanguages(tags []string, cookieName string) (*Languages, error) {
	if len(tags) == 0 {
		tags = Available()
	}
	l := &Languages{tags: tags, cookie: cookieName}
	parsed := make([]language.Tag, len(tags))
	for i, tag := range tags {
		var err error
		if parsed[i], err = language.Parse(tag); err != nil {
			return l, fmt.Errorf("Languages: %q is not a BCP 47 tag: %w", tag, err)
		}
		catalogue, ok := CatalogueFor(parsed[i])
		if !ok {
			return l, fmt.Errorf("Languages: there is no catalogue for %q; there are %s", tag, strings.Join(Available(), ", "))
		}
		l.catalogues = append(l.catalogues, catalogue)
		l.contentLanguage = append(l.contentLanguage, []string{tag})
	}
	l.matcher = language.NewMatcher(parsed)
	return l, nil
}

// Negotiated reports whether there is more than one language.
func (l *Languages) Negotiated() bool { return len(l.tags) > 1 }

// Pick returns the index of the language for a request: that of the cookie, or
// the best of Accept-Language, or the default.
func (l *Languages) Pick(r *http.Request) int {
	if !l.Negotiated() {
		return 0
	}
	if l.cookie != "" {
		if value, ok := cookie.Last(r.Header, l.cookie); ok {
			if i, ok := l.match(value); ok {
				return i
			}
		}
	}
	lines := r.Header["Accept-Language"]
	switch len(lines) {
	case 0:
		return 0
	case 1:
		i, _ := l.match(lines[0])
		return i
	}
	i, _ := l.match(strings.Join(lines, ","))
	return i
}

func (l *Languages) match(header string) (int, bool) {
	if header == "" || len(header) > maxLanguageHeader {
		return 0, false
	}
	if i, ok := l.seen.Load(header); ok {
		return max(i.(int), 0), i.(int) >= 0
	}
	found := l.best(header)
	if l.count.Add(1) <= maxLanguageCache {
		l.seen.Store(strings.Clone(header), found)
	}
	return max(found, 0), found >= 0
}

// best returns the index of the language that an Accept-Language header prefers
// among ours, -1 for none. The elements are parsed one by one: an unknown language
// must not keep the others from being read.
func (l *Languages) best(header string) int {
	found, most := -1, float32(0)
	for element := range strings.SplitSeq(header, ",") {
		tags, weights, err := language.ParseAcceptLanguage(element)
		if err != nil || len(tags) == 0 || weights[0] <= most {
			continue
		}
		if _, i, confidence := l.matcher.Match(tags[0]); confidence >= language.High {
			found, most = i, weights[0]
		}
	}
	return found
}

// Len is the number of languages.
func (l *Languages) Len() int { return len(l.tags) }

// Header returns the value of Content-Language. It is shared and must not be written to.
func (l *Languages) Header(lang int) []string { return l.contentLanguage[lang] }

// Text returns msg in a language, or text if msg is empty. A msg is translated if the
// catalogues have it: package account writes its messages there.
func (l *Languages) Text(lang int, msg string, text Message) string {
	if msg != "" {
		return l.catalogues[lang].Template(msg)
	}
	return text.In(l.catalogues[lang].Template(text.Text))
}
