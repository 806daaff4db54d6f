package schema

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// This file reads and writes dates, times and durations in the forms of RFC 3339, which
// JSON Schema's formats have. A moment is any of them.

var typeDuration = reflect.TypeFor[time.Duration]()

// formatted returns the node for a value whose format changes how it is written: a
// time.Time can be a date or a time, and a time.Duration a duration instead of a number.
func (n *Node) formatted(r *rules) *Node {
	if r == nil {
		return n
	}
	as := n.kind
	elem := n.elem
	switch {
	case n.kind == kindTime && r.formatName == "date":
		as = kindDate
	case n.kind == kindTime && r.formatName == "time":
		as = kindClock
	case n.typ == typeDuration && r.formatName == "duration":
		as = kindDuration
	case n.nullable() && elem != nil:
		elem = elem.formatted(r)
	case (n.kind == kindSlice || n.kind == kindArray || n.kind == kindMap) && elem != nil:
		elem = elem.formatted(r.items)
	}
	if as == n.kind && elem == n.elem {
		return n
	}
	other := *n
	other.kind, other.elem = as, elem
	return &other
}

// setMoment reads a moment into the value at an address.
func (n *Node) setMoment(text string, at unsafe.Pointer, p *place) {
	var err error
	switch n.kind { // at is converted in each case, because a duration is smaller than a time
	case kindTime:
		*(*time.Time)(at), err = parseDateTime(text)
	case kindDate:
		*(*time.Time)(at), err = time.Parse(time.DateOnly, text)
	case kindClock:
		*(*time.Time)(at), err = parseClock(text)
	case kindDuration:
		*(*time.Duration)(at), err = parseDuration(text)
	}
	if err != nil {
		p.issue(CodeFormat, n.kind.momentFormat(), n.kind.momentMessage())
	}
}

// momentFormat is the format of a kind of moment.
func (k kind) momentFormat() string {
	switch k {
	case kindDate:
		return "date"
	case kindClock:
		return "time"
	case kindDuration:
		return "duration"
	}
	return "date-time"
}

// momentMessage is the text about a text that is not such a moment.
func (k kind) momentMessage() string {
	switch k {
	case kindDate:
		return MsgDate
	case kindClock:
		return MsgTime
	case kindDuration:
		return MsgDuration
	}
	return MsgDateTime
}

// appendMoment appends a moment. It returns an error for one that RFC 3339 has no form for.
func (n *Node) appendMoment(dst []byte, at unsafe.Pointer) ([]byte, error) {
	if n.kind == kindDuration {
		return appendDuration(dst, *(*time.Duration)(at))
	}
	t := *(*time.Time)(at)
	if _, offset := t.Zone(); n.kind != kindDate {
		if offset <= -24*3600 || offset >= 24*3600 {
			return dst, errors.New("schema: the offset of a time from UTC is a day or more; RFC 3339 allows less than a day")
		}
		if offset%60 != 0 {
			t = t.UTC() // offsets in RFC 3339 have no seconds
		}
	}
	if year := t.Year(); n.kind != kindClock && (year < 0 || year > 9999) {
		return dst, fmt.Errorf("schema: the year %d of a time does not have four digits, as RFC 3339 requires", year)
	}
	layout := time.RFC3339Nano
	switch n.kind {
	case kindDate:
		layout = time.DateOnly
	case kindClock:
		layout = "15:04:05.999999999Z07:00"
	}
	return t.AppendFormat(dst, layout), nil
}

var errMoment = errors.New("schema: the text does not have the form that RFC 3339 gives it")

// parseDateTime reads a date-time. It refuses a leap second, because a time.Time cannot
// hold it.
func parseDateTime(text string) (time.Time, error) {
	if !isDateTime(text) {
		return time.Time{}, errMoment
	}
	return time.Parse(time.RFC3339, strings.ToUpper(text))
}

// parseClock reads a full-time as that time on the first day of the year 0.
func parseClock(text string) (time.Time, error) {
	if !isClock(text) {
		return time.Time{}, errMoment
	}
	return time.Parse("15:04:05Z07:00", strings.ToUpper(text))
}

// isDateTime reports whether a text is a date-time of RFC 3339 §5.6.
func isDateTime(s string) bool {
	return len(s) > 11 && isDate(s[:10]) && (s[10] == 'T' || s[10] == 't') && isClock(s[11:])
}

// isDate reports whether a text is a full-date of RFC 3339 §5.6.
func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, month, day := twoDigits(s)*100+twoDigits(s[2:]), twoDigits(s[5:]), twoDigits(s[8:])
	if twoDigits(s) < 0 || twoDigits(s[2:]) < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= 28 || day <= time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// isClock reports whether a text is a full-time of RFC 3339 §5.6. The second can be 60
// at 23:59 UTC alone, where leap seconds are.
func isClock(s string) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, minute, second := twoDigits(s), twoDigits(s[3:]), twoDigits(s[6:])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return false
	}
	zone := s[8:]
	if zone[0] == '.' {
		zone = strings.TrimLeft(zone[1:], "0123456789")
		if len(zone) == len(s)-9 {
			return false // the point needs a digit
		}
	}
	offset := 0
	if zone != "Z" && zone != "z" {
		if len(zone) != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' {
			return false
		}
		hours, minutes := twoDigits(zone[1:]), twoDigits(zone[4:])
		if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
			return false
		}
		if offset = hours*60 + minutes; zone[0] == '-' {
			offset = -offset
		}
	}
	const day = 24 * 60
	return second < 60 || (hour*60+minute-offset+day)%day == day-1
}

// twoDigits returns the number in the first two bytes of a text, or -1 if they are not
// digits.
func twoDigits(s string) int {
	a, b := s[0]-'0', s[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}

// isDuration reports whether a text is a duration of RFC 3339 appendix A.
func isDuration(s string) bool { return eachPart(s, func(uint64, byte) bool { return true }) == nil }

// parseDuration reads a duration. It refuses years and months, whose lengths vary, and
// takes fractions of seconds, as ISO 8601 does.
func parseDuration(s string) (time.Duration, error) {
	var total, fraction time.Duration
	if at := strings.IndexByte(s, '.'); at >= 0 && strings.HasSuffix(s, "S") {
		digits := s[at+1 : len(s)-1]
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			return 0, errMoment
		}
		n, err := strconv.ParseInt((digits + "000000000")[:9], 10, 64)
		if err != nil {
			return 0, errMoment
		}
		fraction, s = time.Duration(n), s[:at]+"S"
	}
	inTime := false
	units := map[byte]int64{'W': 7 * 24 * 3600, 'D': 24 * 3600, 'H': 3600, 'M': 60, 'S': 1}
	err := eachPart(s, func(count uint64, unit byte) bool {
		inTime = inTime || unit == 'T'
		seconds, known := units[unit]
		if unit == 'T' {
			return true
		}
		if !known || unit == 'M' && !inTime || count > math.MaxInt64/uint64(seconds*1e9) {
			return false
		}
		total += time.Duration(int64(count)*seconds) * time.Second
		return total >= 0
	})
	if total += fraction; err != nil || total < 0 {
		return 0, errMoment
	}
	return total, nil
}

// eachPart calls part for each count and unit of a duration such as P1Y2M3DT4H5M6S or
// P1W. Units may be missing in front and at the end, not between. For the T that begins
// the time it calls part with 0 and T. It stops with an error where part returns false.
func eachPart(s string, part func(count uint64, unit byte) bool) error {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok {
		return errMoment
	}
	units, last := "YMD", -1
	if strings.HasSuffix(s, "W") {
		units = "W"
	}
	for rest != "" {
		if rest[0] == 'T' && units == "YMD" {
			rest, units, last = rest[1:], "HMS", -1
			if rest == "" || !part(0, 'T') {
				return errMoment
			}
			continue
		}
		digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
		if digits == "" || len(digits) == len(rest) {
			return errMoment
		}
		count, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			count = math.MaxUint64
		}
		at := strings.IndexByte(units, rest[len(digits)])
		if at < 0 || last >= 0 && at != last+1 || !part(count, rest[len(digits)]) {
			return errMoment
		}
		last, rest = at, rest[len(digits)+1:]
	}
	if s == "P" {
		return errMoment
	}
	return nil
}

// appendDuration appends a duration in hours, minutes and seconds.
func appendDuration(dst []byte, d time.Duration) ([]byte, error) {
	if d < 0 {
		return dst, fmt.Errorf("schema: the duration %v is negative, which RFC 3339 has no form for", d)
	}
	hours, minutes, rest := int64(d/time.Hour), int64(d%time.Hour/time.Minute), d%time.Minute
	dst = append(dst, "PT"...)
	if hours > 0 {
		dst = append(strconv.AppendInt(dst, hours, 10), 'H')
	}
	if minutes > 0 || hours > 0 && rest > 0 { // the grammar has no PT1H2S
		dst = append(strconv.AppendInt(dst, minutes, 10), 'M')
	}
	if rest > 0 || d == 0 {
		dst = strconv.AppendInt(dst, int64(rest/time.Second), 10)
		if nanos := int64(rest % time.Second); nanos > 0 {
			dst = append(dst, strings.TrimRight(fmt.Sprintf(".%09d", nanos), "0")...)
		}
		dst = append(dst, 'S')
	}
	return dst, nil
}
