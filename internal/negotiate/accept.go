// Package negotiate chooses the media type of a reply (RFC 9110 §12.5.1).
package negotiate

import (
	"strconv"
	"strings"
)

// Accept returns the index of the offered media type that the Accept header
// prefers, or -1 when it accepts none of them. Of equally preferred types the one
// named first in the header wins, then the one offered first. Several header lines
// are one joined list; a header that is absent or empty accepts everything, an
// element that cannot be read nothing.
// Parameters other than q are ignored. Offers are lower case.
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
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			at++
			mediaRange, params, _ := strings.Cut(element, ";")
			fit := fits(strings.Trim(mediaRange, " \t"), offer)
			if fit <= specific {
				continue
			}
			if q, ok := weightOf(params); ok {
				specific, weight, place = fit, q, at
			}
		}
	}
	return weight, place
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

func weightOf(params string) (float64, bool) {
	for params != "" {
		var param string
		param, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(strings.Trim(param, " \t"), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0, false
		}
		return q, true
	}
	return 1, true
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
