package store

import (
	"strings"
	"unicode"
)

// FoldCase returns a name in one of its spellings: two names that differ only in the case
// of letters have the same. It knows the letters of all alphabets, by Unicode's simple case
// folding, but keeps ASCII apart: the Kelvin sign is not a k, nor the long s an s.
func FoldCase(name string) string {
	return strings.Map(func(r rune) rune { return SpellingsOf(r)[0] }, name)
}

// SpellingsOf returns the letters that FoldCase takes for one with r, in the order of
// their code points: 'a' gives "Aa".
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
