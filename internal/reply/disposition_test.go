package reply_test

import (
	"mime"
	"testing"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/internal/reply"
)

func TestAttachment(t *testing.T) {
	for _, test := range []struct{ name, filename, want string }{
		{"plain", "report.pdf", `attachment; filename="report.pdf"`},
		{"spaces", "my report.pdf", `attachment; filename="my report.pdf"`},
		{"none", "", `attachment`},
		{"umlauts", "Übersicht.pdf", `attachment; filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf`},
		{"quotes", `a"b.txt`, `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`},
		{"percent", `50%41.txt`, `attachment; filename="50_41.txt"; filename*=UTF-8''50%2541.txt`},
		{"a folder", `../../etc/passwd`, `attachment; filename="passwd"`},
		{"a folder of Windows", `C:\secret\x.txt`, `attachment; filename="x.txt"`},
		{"line breaks", "a\r\nSet-Cookie: b=1", `attachment; filename="aSet-Cookie: b=1"`},
		{"not UTF-8", "a\xff.txt", `attachment; filename="a_.txt"; filename*=UTF-8''a%EF%BF%BD.txt`},
	} {
		if got := reply.Attachment(test.filename); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// FuzzAttachment: whatever the name, other parsers read the header, and a plain name from it.
func FuzzAttachment(f *testing.F) {
	f.Add("report.pdf")
	f.Add("Übersicht \"1\" 50%.pdf")
	f.Fuzz(func(t *testing.T, filename string) {
		kind, params, err := mime.ParseMediaType(reply.Attachment(filename))
		if err != nil || kind != "attachment" || !utf8.ValidString(params["filename"]) {
			t.Errorf("%q: got %q %v", filename, params, err)
		}
	})
}
