package yaml

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// core resolves a plain scalar by the core schema (YAML 1.2.2 §10.3.2) to JSON; it
// reports false for a text. The library resolves by a mix of 1.1 and 1.2 (0777 is
// 511, 1_000 is 1000) and through float64, which changes large integers.
func core(value string) (text string, ok bool, err error) {
	switch value {
	case "", "~", "null", "Null", "NULL":
		return "null", true, nil
	case "true", "True", "TRUE":
		return "true", true, nil
	case "false", "False", "FALSE":
		return "false", true, nil
	case ".nan", ".NaN", ".NAN":
		return "", true, errors.New(value + " is not a number that JSON has")
	}
	if unsigned := strings.TrimLeft(value, "+-"); len(value)-len(unsigned) <= 1 && (unsigned == ".inf" || unsigned == ".Inf" || unsigned == ".INF") {
		return "", true, errors.New(value + " is not a number that JSON has")
	}
	if digits, isHex := strings.CutPrefix(value, "0x"); isHex && only(digits, "0123456789abcdefABCDEF") {
		return integer(digits, 16)
	}
	if digits, isOctal := strings.CutPrefix(value, "0o"); isOctal && only(digits, "01234567") {
		return integer(digits, 8)
	}
	text, ok = decimal(value)
	return text, ok, nil
}

// integer is limited to 64 bits: turning a megabyte of hexadecimal digits into
// decimal ones would cost more than a request may.
func integer(digits string, base int) (text string, ok bool, err error) {
	value, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		return "", true, fmt.Errorf("an integer of base %d has more than 64 bits", base)
	}
	return strconv.FormatUint(value, 10), true, nil
}

// decimal rewrites an integer or float as JSON spells it, and keeps all digits.
func decimal(value string) (string, bool) {
	sign, rest := "", value
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		sign, rest = strings.TrimPrefix(rest[:1], "+"), rest[1:]
	}
	mantissa, exponent := rest, ""
	if at := strings.IndexAny(rest, "eE"); at >= 0 {
		mantissa, exponent = rest[:at], rest[at+1:]
		power := exponent
		if power != "" && (power[0] == '+' || power[0] == '-') {
			power = power[1:]
		}
		if !only(power, "0123456789") {
			return "", false
		}
		exponent = "e" + exponent
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if !only(whole+fraction, "0123456789") {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent, true
}

// only reports whether a text is of at least one character, all of them from a set.
func only(text, set string) bool {
	return text != "" && strings.Trim(text, set) == ""
}
