// Package negotiate chooses the media type of a reply (RFC 9110 §12.5.1).
package negotiate

import (
	"strings"

	"github.com/go-modern-rest/rest/internal/field"
)

// Accept returns the index of the offered media type that the Accept header
// prefers, or -1 when it accepts none of them. Of equally preferred types the one
// named first in the header wins, then the one offered first. Several header lines
// are one joined list; a header that is absent or empty accepts everything, an
// element that cannot be read nothing.
// A range with parameters other than q fits no offer, but for charset=utf-8. Offers are
// lower case and have no parameters. An offer may be a range such as image/*, if only the
// reply says which type it has: the header accepts it if it accepts some type of the range.
func Accept(lines []string, offers []string) int {
	if len(lines) == 0 || (len(lines) == 1 && (lines[0] == "*/*" || lines[0] == offers[0])) {
		return 0
	}
	if blank(lines) {
		return 0
	}
	best, bestQ, bestPlace := -1, 0.0, 0
	for i, offer := range offers {
		if q, place := quality(lines, offer); q > bestQ || q == bestQ && q > 0 && place < bestPlace {
			best, bestQ, bestPlace = i, q, place
		}
	}
	return best
}

func blank(lines []string) bool {
	for _, line := range lines {
		if strings.Trim(line, " \t,") != "" {
			return false
		}
	}
	return true
}

// quality returns the weight that the header gives to an offer, that of the most
// specific range that fits it, and the place of that range.
func quality(lines []string, offer string) (weight float64, place int) {
	specific, at := -1, 0
	part, partAt := 0.0, 0 // of the types in an offered range that the header prefers
	for _, line := range lines {
		for line != "" {
			var element string
			element, line = field.Cut(line, ',')
			at++
			mediaRange, params := field.Cut(element, ';')
			mediaRange = strings.Trim(mediaRange, " \t")
			if strings.HasSuffix(offer, "/*") && inside(mediaRange, offer) {
				if q, ok := weightOf(params); ok && q > part {
					part, partAt = q, at
				}
				continue
			}
			fit := fits(mediaRange, offer)
			if fit <= specific {
				continue
			}
			if q, ok := weightOf(params); ok {
				specific, weight, place = fit, q, at
			}
		}
	}
	if part > weight {
		return part, partAt
	}
	return weight, place
}

// inside reports whether a media type or range is a part of an offered range.
func inside(mediaRange, offer string) bool {
	kind, sub, slash := strings.Cut(mediaRange, "/")
	offerKind, _, _ := strings.Cut(offer, "/")
	if offerKind == "*" {
		return slash && kind != "*"
	}
	return sub != "" && sub != "*" && strings.EqualFold(kind, offerKind)
}

// fits says how specific a range fits an offer: 0 */*, 1 type/*, 2 the type; -1 not.
func fits(mediaRange, offer string) int {
	if mediaRange == "*/*" {
		return 0
	}
	if strings.EqualFold(mediaRange, offer) {
		return 2
	}
	kind, sub, _ := strings.Cut(mediaRange, "/")
	if offerKind, _, _ := strings.Cut(offer, "/"); sub == "*" && strings.EqualFold(kind, offerKind) {
		return 1
	}
	return -1
}

// weightOf reads the parameters of a range. It reports false for a weight that is none,
// and for a parameter of the media type, which no offer has: such a range says nothing
// about the type without the parameter. An exception is charset=utf-8, which names what
// is sent anyway. What follows the weight is not looked at.
func weightOf(params string) (weight float64, ok bool) {
	for params != "" {
		var param string
		param, params = field.Cut(params, ';')
		name, value, _ := strings.Cut(strings.Trim(param, " \t"), "=")
		switch {
		case name == "" && value == "": // an empty parameter (RFC 9110 §5.6.6)
		case strings.EqualFold(name, "q"):
			return qvalue(value)
		case !strings.EqualFold(name, "charset") || !strings.EqualFold(strings.Trim(value, `"`), "utf-8"):
			return 0, false
		}
	}
	return 1, true
}

// qvalue reads a weight: 0 to 1 with up to three decimals (RFC 9110 §12.4.2).
func qvalue(text string) (weight float64, ok bool) {
	if text == "" || len(text) > len("0.000") || len(text) > 1 && text[1] != '.' {
		return 0, false
	}
	thousandths, digit := 0, 1000
	for i := range len(text) {
		if i == 1 {
			continue // the point
		}
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		thousandths += int(c-'0') * digit
		digit /= 10
	}
	return float64(thousandths) / 1000, thousandths <= 1000
}

// ContentType returns the media type of a Content-Type header in lower case,
// without parameters; empty when the header is absent or has no type.
func ContentType(header string) string {
	kind, _, _ := strings.Cut(header, ";")
	kind = strings.Trim(kind, " \t")
	for i := range len(kind) {
		if c := kind[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(kind)
		}
	}
	return kind
}
