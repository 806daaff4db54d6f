package scan_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/internal/scan"
)

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		text string
		end  int
		ok   bool
	}{
		{"0", 1, true}, {"-0", 2, true}, {"12,", 2, true}, {"1.5e+10]", 7, true}, {"1E-2", 4, true}, {"1e5", 3, true},
		{"01", 1, true}, // the number is 0; the caller sees the 1
		{"", 0, false}, {"-", 1, false}, {"+1", 0, false}, {".5", 0, false}, {"1.", 2, false}, {"1.e", 2, false}, {"1e", 2, false}, {"1e+", 3, false}, {"x", 0, false},
	} {
		if end, ok := scan.Number(test.text, 0); end != test.end || ok != test.ok {
			t.Errorf("%q: got %d %v, want %d %v", test.text, end, ok, test.end, test.ok)
		}
		if end, ok := scan.Number([]byte(" "+test.text), 1); end != test.end+1 || ok != test.ok {
			t.Errorf("%q as bytes: got %d %v, want %d %v", test.text, end, ok, test.end+1, test.ok)
		}
	}
}

func TestString(t *testing.T) {
	for _, test := range []struct {
		name, text string
		end        int
		found      scan.Found
	}{
		{"empty", `""`, 2, 0},
		{"plain", `"a"b`, 3, 0},
		{"not ASCII", `"ä"`, 4, scan.NonASCII},
		{"not UTF-8", "\"\xff\"", 3, scan.NonASCII},
		{"escapes", `"\"\\\/\b\f\n\r\t\u00e4"`, 24, scan.Escaped},
		{"an escape and ä", `"\nä"`, 6, scan.Escaped | scan.NonASCII},
		{"half a surrogate pair", `"\ud800"`, 8, scan.Escaped},
		{"no string", `a"`, 0, scan.NoQuote},
		{"nothing", ``, 0, scan.NoQuote},
		{"no end", `"a`, 2, scan.NoEnd},
		{"no end of an escape", `"a\`, 2, scan.NoEnd},
		{"no end of a number", `"\u12`, 1, scan.NoEnd},
		{"another escape", `"a\x"`, 2, scan.BadEscape},
		{"another digit", `"\u12g4"`, 1, scan.BadEscape},
		{"a line break", "\"a\n\"", 2, scan.Control},
	} {
		if end, found := scan.String(test.text, 0); end != test.end || found != test.found {
			t.Errorf("%s: got %d %b, want %d %b", test.name, end, found, test.end, test.found)
		}
	}
}

func TestUnescape(t *testing.T) {
	for _, test := range []struct {
		inside, want string
		lone         int
	}{
		{`a\"\\\/\b\f\n\r\tb`, "a\"\\/\b\f\n\r\tb", -1},
		{`\u00E4\ud83d\ude00`, "ä😀", -1},
		{`ab\ud800`, "", 2},
		{`\ud800x`, "", 0},
		{`\ud800\n`, "", 0},
		{`\ud800\ud800`, "", 0},
		{`\udc00`, "", 0},
	} {
		got, lone := scan.Unescape(nil, test.inside)
		if lone != test.lone || lone < 0 && string(got) != test.want {
			t.Errorf("%s: got %q %d, want %q %d", test.inside, got, lone, test.want, test.lone)
		}
	}
}

func TestSpace(t *testing.T) {
	for _, test := range []struct {
		text string
		want int
	}{{"", 0}, {"a", 0}, {" \t\r\na", 4}, {"\u00a0", 0}, {"\v", 0}} {
		if got := scan.Space(test.text, 0); got != test.want {
			t.Errorf("%q: got %d, want %d", test.text, got, test.want)
		}
	}
}

// FuzzScan compares with encoding/json, which takes invalid UTF-8 and lone surrogates.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`"a"`, `"\u00e4\n"`, `-1.5e+3`, `"\ud800\udc00"`, "\"\xff\"", `"\u12`, `01`, `1e`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if end, ok := scan.Number(text, 0); (ok && end == len(text)) != (json.Valid([]byte(text)) && strings.Trim(text, "0123456789+-.eE") == "") {
			t.Errorf("%q: a number up to %d, %v", text, end, ok)
		}
		end, found := scan.String(text, 0)
		isString := found.OK() && end == len(text)
		if isString != (json.Valid([]byte(text)) && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`)) {
			t.Fatalf("%q: a string up to %d, %b", text, end, found)
		}
		if !isString || !utf8.ValidString(text) {
			return
		}
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		got, lone := scan.Unescape(nil, text[1:len(text)-1])
		if lone < 0 && string(got) != want || lone >= 0 && !strings.Contains(want, "\uFFFD") {
			t.Errorf("%q: got %q %d, want %q", text, got, lone, want)
		}
	})
}
