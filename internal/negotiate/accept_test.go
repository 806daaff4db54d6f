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
		{"the charset that is sent", []string{`application/json; charset="UTF-8"`}, 0},
		{"another charset", []string{"application/json;charset=latin-1"}, -1},
		{"a parameter that no offer has", []string{"application/json;version=2"}, -1},
		{"refused with a parameter, accepted without", []string{"application/json;version=2;q=0, application/json"}, 0},
		{"accepted with a parameter, refused without", []string{"application/json;version=2, application/json;q=0, */*;q=0.1"}, 1},
		{"what follows the weight", []string{"application/json;q=0.5;ext=1"}, 0},
		{"empty parameters", []string{"application/json;;q=1;"}, 0},
		{"a comma in quotes", []string{`text/html;title="a, application/json", application/problem+json`}, 1},
		{"a semicolon in quotes", []string{`text/html;title="a;q=1";q=0, application/json`}, 0},
		{"an escaped quote", []string{`text/html;title="a\", application/json;b=\"", application/problem+json`}, 1},
		{"a quote that does not end", []string{`text/html;title="a, application/json`}, -1},
		{"three decimals", []string{"application/json;q=0.001, application/problem+json;q=0.002"}, 1},
		{"four decimals", []string{"application/json;q=0.0001"}, -1},
		{"one with decimals", []string{"application/json;q=1.000"}, 0},
		{"more than one", []string{"application/json;q=1.001"}, -1},
		{"no digit before the point", []string{"application/json;q=.5"}, -1},
		{"a point alone", []string{"application/json;q=1."}, 0},
		{"exponent", []string{"application/json;q=1e0"}, -1},
		{"quoted weight", []string{`application/json;q="1"`}, -1},
		{"no weight", []string{"application/json;q="}, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := negotiate.Accept(test.lines, offers); got != test.want {
				t.Errorf("Accept(%q): got %d, want %d", test.lines, got, test.want)
			}
		})
	}
}

// TestAcceptOfRanges: a range is offered where only the reply says which type it has.
func TestAcceptOfRanges(t *testing.T) {
	for _, test := range []struct {
		accept, offer string
		want          bool
	}{
		{"image/png", "image/*", true},
		{"IMAGE/PNG;q=0.1", "image/*", true},
		{"image/*", "image/*", true},
		{"*/*", "image/*", true},
		{"text/html, */*;q=0.1", "image/*", true},
		{"text/html", "image/*", false},
		{"image/png;q=0", "image/*", false},
		{"image/png;q=0, */*", "image/*", true},
		{"image/*;q=0, */*", "image/*", false},
		{"image/*;q=0, image/png", "image/*", true},
		{"text/html", "*/*", true},
		{"text/*;q=0", "*/*", false},
		{"junk", "*/*", false},
		{"junk", "image/*", false},
	} {
		if got := negotiate.Accept([]string{test.accept}, []string{test.offer}) == 0; got != test.want {
			t.Errorf("%s for %s: got %v, want %v", test.accept, test.offer, got, test.want)
		}
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
