package message

import "strings"

// MaxQuote is how many bytes of one text of a client a reply repeats.
const MaxQuote = 64

// Quote returns a client's text fit for a reply: cut after MaxQuote bytes, with
// U+FFFD for what is not UTF-8.
func Quote(text string) string { return strings.ToValidUTF8(Cut(text, MaxQuote), "\uFFFD") }

// Cut returns a text of more than limit bytes as its first limit bytes, or up to
// three fewer so that no character is split, followed by "…".
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := max(limit, 0)
	for back := 0; back < 3 && end > 0 && text[end]&0xC0 == 0x80; back++ {
		end--
	}
	return text[:end] + "…"
}
