package negotiate_test

import (
	"testing"

	"github.com/go-modern-rest/rest/internal/negotiate"
)

func TestAccept(t *testing.T) {
	offers := []string{"application/json", "application/problem+json"}
	for _, test := range []struct {
		name  string
		lines []string
		want  int
	}{
		{"absent", nil, 0},
		{"empty", []string{""}, 0},
		{"only commas", []string{" , "}, 0},
		{"anything", []string{"*/*"}, 0},
		{"exact", []string{"application/json"}, 0},
		{"second", []string{"application/problem+json"}, 1},
		{"upper case", []string{"APPLICATION/JSON"}, 0},
		{"type range", []string{"application/*"}, 0},
		{"browser", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, 0},
		{"weights", []string{"application/json;q=0.1, application/problem+json;q=0.9"}, 1},
		{"two lines are one list", []string{"text/html", "application/problem+json"}, 1},
		{"specific wins over range", []string{"*/*, application/json;q=0"}, 1},
		{"equal weights, named first", []string{"application/problem+json, application/json"}, 1},
		{"equal weights of one range", []string{"text/html, application/*"}, 0},
		{"zero", []string{"application/json;q=0"}, -1},
		{"other", []string{"text/html"}, -1},
		{"junk", []string{"junk"}, -1},
		{"weight out of range", []string{"application/json;q=7"}, -1},
		{"weight is not a number", []string{"application/json;q=NaN"}, -1},
		{"parameters are ignored", []string{"application/json;charset=utf-8"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := negotiate.Accept(test.lines, offers); got != test.want {
				t.Errorf("Accept(%q): got %d, want %d", test.lines, got, test.want)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	for header, want := range map[string]string{
		"":                                "",
		"application/json":                "application/json",
		"Application/JSON; charset=utf-8": "application/json",
		" text/plain ":                    "text/plain",
	} {
		if got := negotiate.ContentType(header); got != want {
			t.Errorf("ContentType(%q): got %q, want %q", header, got, want)
		}
	}
}

func FuzzAccept(f *testing.F) {
	f.Add("text/html,application/json;q=0.9,*/*;q=0.8")
	f.Fuzz(func(t *testing.T, header string) {
		if got := negotiate.Accept([]string{header}, []string{"a/b", "c/d"}); got < -1 || got > 1 {
			t.Errorf("Accept(%q): got %d", header, got)
		}
	})
}
