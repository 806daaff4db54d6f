package store

import (
	"strings"
	"unicode"
)

// FoldCase returns the same text for all names that differ only in the case of their letters. It
// uses the simple case folding of Unicode, except that ASCII letters are only equal to ASCII
// letters: the Kelvin sign is not a k, nor the long s an s.
func FoldCase(name string) string {
	return strings.Map(func(r rune) rune { return SpellingsOf(r)[0] }, name)
}

// SpellingsOf returns the letters that FoldCase treats as equal to r, in the order of their code
// points: "Aa" for 'a'.
func SpellingsOf(r rune) []rune {
	spellings := []rune{r}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if (other <= unicode.MaxASCII) != (r <= unicode.MaxASCII) {
			continue
		}
		if other < spellings[0] {
			spellings = append([]rune{other}, spellings...)
		} else {
			spellings = append(spellings, other)
		}
	}
	return spellings
}
