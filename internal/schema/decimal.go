package schema

import (
	"bytes"
	"math/bits"
	"strconv"

	"github.com/go-modern-rest/rest/internal/scan"
)

// decimal is a number in decimal, digits × 10^exp, so that it is never rounded.
type decimal struct {
	neg    bool
	digits []byte // without zeros in front and at the end; empty for zero
	exp    int
}

// maxExponent bounds the exponents that are read. A number beyond it has no Go type,
// and ten times as much still fits into an int of 32 bits.
const maxExponent = 1 << 27

// parseDecimal reads a JSON number. It uses buf for the digits, if they fit.
func parseDecimal(text string, buf []byte) decimal {
	var d decimal
	digits := buf[:0]
	point, i := -1, 0
	if i < len(text) && text[i] == '-' {
		d.neg = true
		i++
	}
	for ; i < len(text); i++ {
		switch c := text[i]; c {
		case '.':
			point = len(digits)
			continue
		case 'e', 'E':
			d.exp = exponent(text[i+1:])
			i = len(text)
			continue
		default:
			digits = append(digits, c)
		}
	}
	if point >= 0 {
		d.exp -= len(digits) - point
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		d.exp++
	}
	d.digits = bytes.TrimLeft(digits, "0")
	if len(d.digits) == 0 {
		return decimal{}
	}
	return d
}

// exponent reads the exponent of a JSON number.
func exponent(text string) int {
	sign, e := 1, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '-':
			sign = -1
		case c != '+' && e < maxExponent:
			e = e*10 + int(c-'0')
		}
	}
	return sign * e
}

// cmp returns -1 where d is less than other, 0 where they are equal, and otherwise 1.
func (d decimal) cmp(other decimal) int {
	switch {
	case d.sign() != other.sign():
		if d.sign() < other.sign() {
			return -1
		}
		return 1
	case d.neg:
		return other.abs().cmpAbs(d.abs())
	}
	return d.cmpAbs(other)
}

func (d decimal) abs() decimal { d.neg = false; return d }

func (d decimal) sign() int {
	switch {
	case len(d.digits) == 0:
		return 0
	case d.neg:
		return -1
	}
	return 1
}

func (d decimal) cmpAbs(other decimal) int {
	if len(d.digits) > 0 && len(other.digits) > 0 {
		if a, b := len(d.digits)+d.exp, len(other.digits)+other.exp; a != b {
			if a < b {
				return -1
			}
			return 1
		}
	}
	return bytes.Compare(d.digits, other.digits)
}

// multipleOf reports whether d is a multiple of unit × 10^exp, where unit is not a
// multiple of ten.
func (d decimal) multipleOf(unit uint64, exp int) bool {
	shift := d.exp - exp
	if len(d.digits) == 0 || shift < 0 { // the last digit of d is not zero, so it needs the exponent of the unit
		return len(d.digits) == 0
	}
	rest := uint64(0)
	for _, c := range d.digits {
		hi, lo := bits.Mul64(rest, 10)
		lo, carry := bits.Add64(lo, uint64(c-'0'), 0)
		rest = bits.Rem64(hi+carry, lo, unit)
	}
	for base := 10 % unit; shift > 0; shift >>= 1 {
		if shift&1 == 1 {
			rest = mulMod(rest, base, unit)
		}
		base = mulMod(base, base, unit)
	}
	return rest == 0
}

func mulMod(a, b, m uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return bits.Rem64(hi, lo, m)
}

// integer returns the number without an exponent. whole is false for a fraction; text is
// empty for an integer with more digits than 64 bits can hold.
func (d decimal) integer() (text string, whole bool) {
	switch {
	case len(d.digits) == 0:
		return "0", true
	case d.exp < 0:
		return "", false
	case len(d.digits)+d.exp > len("18446744073709551615"):
		return "", true
	}
	out := make([]byte, 0, 24)
	if d.neg {
		out = append(out, '-')
	}
	out = append(out, d.digits...)
	for range d.exp {
		out = append(out, '0')
	}
	return string(out), true
}

// appendCanonical appends the one text that all equal numbers have.
func (d decimal) appendCanonical(dst []byte) []byte {
	if len(d.digits) == 0 {
		return append(dst, '0')
	}
	if d.neg {
		dst = append(dst, '-')
	}
	dst = append(dst, d.digits...)
	if d.exp == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, 'e'), int64(d.exp), 10)
}

// isNumber reports whether a text is a JSON number.
func isNumber(text string) bool {
	end, ok := scan.Number(text, 0)
	return ok && end == len(text)
}
