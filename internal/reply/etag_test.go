package reply_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/reply"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		name         string
		lines        []string
		etag         string
		weak, strong bool
	}{
		{"the same", []string{`"a"`}, `"a"`, true, true},
		{"another", []string{`"a"`}, `"b"`, false, false},
		{"a list", []string{`"x", "a","y"`}, `"a"`, true, true},
		{"several lines", []string{`"x"`, `"a"`}, `"a"`, true, true},
		{"a comma in a tag", []string{`"x,y", "a"`}, `"x,y"`, true, true},
		{"weak in the request", []string{`W/"a"`}, `"a"`, true, false},
		{"weak in the reply", []string{`"a"`}, `W/"a"`, true, false},
		{"weak in both", []string{`W/"a"`}, `W/"a"`, true, false},
		{"everything", []string{"*"}, `"a"`, true, true},
		{"everything, without a tag", []string{" * "}, "", true, true},
		{"no tag", []string{`"a"`}, "", false, false},
		{"no quotes", []string{`a`}, `a`, false, false},
		{"after a mistake", []string{`x, "a"`}, `"a"`, false, false},
		{"empty members", []string{`, ,"a",`}, `"a"`, true, true},
		{"nothing", []string{``}, `"a"`, false, false},
	} {
		if got := reply.Match(test.lines, test.etag, true); got != test.weak {
			t.Errorf("%s: weak: got %v, want %v", test.name, got, test.weak)
		}
		if got := reply.Match(test.lines, test.etag, false); got != test.strong {
			t.Errorf("%s: strong: got %v, want %v", test.name, got, test.strong)
		}
	}
}

func TestValidMatch(t *testing.T) {
	for line, want := range map[string]bool{
		`"a"`: true, `W/"a", "b"`: true, `*`: true, `"a",`: true, `"a,b"`: true, `""`: true,
		``: false, `a`: false, `"a" "b"`: false, `"a`: false, `"a", *`: false, `w/"a"`: false, "\"a\tb\"": false,
	} {
		if got := reply.ValidMatch([]string{line}); got != want {
			t.Errorf("%s: got %v, want %v", line, got, want)
		}
	}
	for text, want := range map[string]bool{`"a"`: true, `W/"a"`: true, `a`: false, `"a", "b"`: false, `"a",`: false, ` "a"`: false, ``: false} {
		if got := reply.ValidETag(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// FuzzMatch: a list that is valid and has a tag matches it, in whatever place.
func FuzzMatch(f *testing.F) {
	f.Add(`"a", W/"b"`, `"c"`)
	f.Add(`*`, `"c"`)
	f.Fuzz(func(t *testing.T, list, etag string) {
		if strings.TrimSpace(list) == "*" || !reply.ValidETag(etag) {
			return
		}
		if valid := reply.ValidMatch([]string{list}); valid && !reply.Match([]string{list + "," + etag}, etag, true) {
			t.Errorf("%q, %q: not found", list, etag)
		} else if !valid && !reply.Match([]string{etag + "," + list}, etag, true) {
			t.Errorf("%q before %q: not found", etag, list)
		}
	})
}

// TestNotModified: If-None-Match counts before If-Modified-Since (RFC 9110 §13.2.2).
func TestNotModified(t *testing.T) {
	type output struct {
		ETag     string    `header:"ETag"`
		Modified time.Time `header:"Last-Modified"`
	}
	p, _ := compile(t, output{})
	at := time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC)
	date := func(offset time.Duration) string { return at.Add(offset).Format(http.TimeFormat) }
	both := output{`"a"`, at}
	for _, test := range []struct {
		name    string
		value   output
		request http.Header
		want    bool
	}{
		{"nothing asked", both, http.Header{}, false},
		{"the same tag", both, http.Header{"If-None-Match": {`W/"a"`}}, true},
		{"another tag", both, http.Header{"If-None-Match": {`"b"`}}, false},
		{"another tag, and a date", both, http.Header{"If-None-Match": {`"b"`}, "If-Modified-Since": {date(0)}}, false},
		{"the same tag, and an old date", both, http.Header{"If-None-Match": {`"a"`}, "If-Modified-Since": {date(-time.Hour)}}, true},
		{"the same date", both, http.Header{"If-Modified-Since": {date(0)}}, true},
		{"a later date", both, http.Header{"If-Modified-Since": {date(time.Hour)}}, true},
		{"an earlier date", both, http.Header{"If-Modified-Since": {date(-time.Second)}}, false},
		{"no date", both, http.Header{"If-Modified-Since": {"yesterday"}}, false},
		{"two dates", both, http.Header{"If-Modified-Since": {date(0), date(0)}}, false},
		{"no tag and no date here", output{}, http.Header{"If-None-Match": {`""`}, "If-Modified-Since": {date(0)}}, false},
	} {
		if got := p.NotModified(test.request, unsafe.Pointer(&test.value)); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	if wrong, ok := p.CheckETag(unsafe.Pointer(&output{ETag: "a"})); ok || wrong != "a" {
		t.Errorf("an ETag without quotes: got %q %v", wrong, ok)
	}
}
