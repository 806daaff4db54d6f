package cookie_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/cookie"
)

var cases = []struct {
	name  string
	lines []string
	want  string
	found bool
}{
	{"no header", nil, "", false},
	{"empty line", []string{""}, "", false},
	{"only one", []string{"sid=abc"}, "abc", true},
	{"among others", []string{"a=1; sid=abc; b=2"}, "abc", true},
	{"without spaces", []string{"a=1;sid=abc;b=2"}, "abc", true},
	{"last of one line wins", []string{"sid=first; sid=last"}, "last", true},
	{"last line wins", []string{"sid=first", "x=1; sid=last; y=2"}, "last", true},
	{"an earlier line still counts", []string{"sid=first", "x=1"}, "first", true},
	{"empty value", []string{"sid="}, "", true},
	{"without equals sign", []string{"sid"}, "", false},
	{"equals sign in the value", []string{"sid=a=b="}, "a=b=", true},
	{"spaces around", []string{" sid = abc "}, "abc", true},
	{"spaces inside stay", []string{"sid=' OR 1=1 --"}, "' OR 1=1 --", true},
	{"quotes are dropped", []string{`sid="abc"`}, "abc", true},
	{"one quote stays", []string{`sid="abc`}, `"abc`, true},
	{"a lone quote stays", []string{`sid="`}, `"`, true},
	{"names are case-sensitive", []string{"SID=abc"}, "", false},
	{"longer name", []string{"xsid=abc; sidx=def"}, "", false},
	{"separators only", []string{";;;"}, "", false},
}

func TestLast(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, found := cookie.Last(http.Header{"Cookie": c.lines}, "sid")
			if got != c.want || found != c.found {
				t.Errorf("got %q, %v, want %q, %v", got, found, c.want, c.found)
			}
		})
	}
}

func TestLastDoesNotAllocate(t *testing.T) {
	header := http.Header{"Cookie": {`a=1; b="2"; sid="abc"; c=3`}}
	if got := testing.AllocsPerRun(100, func() { cookie.Last(header, "sid") }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

// FuzzLast compares with a slow reading of the same rules.
func FuzzLast(f *testing.F) {
	for _, c := range cases {
		f.Add(strings.Join(c.lines, "\n"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		var want string
		var wantFound bool
		for _, pair := range strings.Split(strings.Join(lines, ";"), ";") {
			parts := strings.SplitN(pair, "=", 2)
			if len(parts) != 2 || strings.Trim(parts[0], " \t\r\n\v\f") != "sid" {
				continue
			}
			want, wantFound = strings.Trim(parts[1], " \t\r\n\v\f"), true
			if len(want) >= 2 && strings.HasPrefix(want, `"`) && strings.HasSuffix(want, `"`) {
				want = want[1 : len(want)-1]
			}
		}
		got, found := cookie.Last(http.Header{"Cookie": lines}, "sid")
		if got != want || found != wantFound {
			t.Errorf("%q: got %q, %v, want %q, %v", lines, got, found, want, wantFound)
		}
	})
}

func BenchmarkLast(b *testing.B) {
	header := http.Header{"Cookie": {"theme=dark; csrftoken=0123456789abcdef0123456789abcdef; sessionid=0123456789abcdef0123456789abcdef"}}
	b.ReportAllocs()
	for b.Loop() {
		cookie.Last(header, "sessionid")
	}
}
