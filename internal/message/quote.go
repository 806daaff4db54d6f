package message

import "strings"

// MaxQuote is how many bytes of a text that a client sent a reply repeats.
const MaxQuote = 64

// Quote returns a text of a client for a reply: cut after MaxQuote bytes, with U+FFFD for
// bytes that are not UTF-8.
func Quote(text string) string { return strings.ToValidUTF8(Cut(text, MaxQuote), "\uFFFD") }

// Cut cuts a text of more than limit bytes, between characters, and adds "…".
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
