package account

import (
	"slices"
	"unicode"
)

// together are the sets of scripts that a text in one language may mix: Latin with those of
// Chinese, Japanese and Korean (UTS #39 §5.2, "highly restrictive").
var together = [][]*unicode.RangeTable{
	{unicode.Latin, unicode.Han, unicode.Bopomofo},
	{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana},
	{unicode.Latin, unicode.Han, unicode.Hangul},
}

// mixesScripts reports whether a name has letters of several scripts that no language mixes,
// such as a Cyrillic letter in a Latin name. Characters that all scripts share, such as ASCII
// digits, do not count.
func mixesScripts(name string) bool {
	var used []*unicode.RangeTable
	for _, r := range name {
		if unicode.In(r, unicode.Common, unicode.Inherited) || unicode.In(r, used...) {
			continue
		}
		if table := scriptOf(r); table != nil {
			used = append(used, table)
		}
	}
	return len(used) > 1 && !slices.ContainsFunc(together, func(language []*unicode.RangeTable) bool {
		return !slices.ContainsFunc(used, func(table *unicode.RangeTable) bool { return !slices.Contains(language, table) })
	})
}

// scriptOf returns the script of a character. Each character has one (UAX #24).
func scriptOf(r rune) *unicode.RangeTable {
	for _, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return table
		}
	}
	return nil
}
