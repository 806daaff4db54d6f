package account

import (
	"slices"
	"unicode"
)

// together are the scripts that a text in one language may have besides Latin: Chinese,
// Japanese and Korean (UTS #39 §5.2, "highly restrictive").
var together = [][]*unicode.RangeTable{
	{unicode.Latin, unicode.Han, unicode.Bopomofo},
	{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana},
	{unicode.Latin, unicode.Han, unicode.Hangul},
}

// mixesScripts reports whether the letters of a name are of scripts that no language
// mixes, as in a Latin name with one Cyrillic letter that looks like a Latin one.
// Characters of all scripts, such as ASCII digits, do not count.
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

// scriptOf returns the script of a character; each has one (UAX #24).
func scriptOf(r rune) *unicode.RangeTable {
	for _, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return table
		}
	}
	return nil
}
