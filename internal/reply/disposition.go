package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Attachment returns the Content-Disposition of a file that is saved under a name (RFC
// 6266). The name is written in ASCII and, if that loses something, again in full as RFC
// 8187 says. Folders of the name are left out, because the client decides where a file goes.
func Attachment(filename string) string {
	filename = strings.ToValidUTF8(filename, string(utf8.RuneError))
	if i := strings.LastIndexAny(filename, `/\`); i >= 0 {
		filename = filename[i+1:]
	}
	filename = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, filename)
	if filename == "" {
		return "attachment"
	}
	fallback := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || r == '"' || r == '%' { // some browsers decode % in it (RFC 6266 appendix D)
			return '_'
		}
		return r
	}, filename)
	text := `attachment; filename="` + fallback + `"`
	if fallback != filename {
		text += "; filename*=UTF-8''" + extended(filename)
	}
	return text
}

// extended writes a text as the ext-value of RFC 8187 §3.2.1.
func extended(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	return b.String()
}
