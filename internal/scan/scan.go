// Package scan finds where the tokens of a JSON text (RFC 8259) end. It allocates
// nothing and knows nothing about values: what a caller does with objects, arrays
// and mistakes differs too much to be shared.
package scan

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a JSON text.
type Text interface{ ~string | ~[]byte }

// Space returns the position after the space at pos.
func Space[T Text](text T, pos int) int {
	for pos < len(text) && (text[pos] == ' ' || text[pos] == '\n' || text[pos] == '\t' || text[pos] == '\r') {
		pos++
	}
	return pos
}

// Number returns the end of the number at pos. Where there is none, ok is false and
// end is the position of the first byte that is wrong.
func Number[T Text](text T, pos int) (end int, ok bool) {
	if at(text, pos) == '-' {
		pos++
	}
	if at(text, pos) == '0' {
		pos++
	} else if pos, ok = digits(text, pos); !ok {
		return pos, false
	}
	if at(text, pos) == '.' {
		if pos, ok = digits(text, pos+1); !ok {
			return pos, false
		}
	}
	if c := at(text, pos); c == 'e' || c == 'E' {
		if c := at(text, pos+1); c == '+' || c == '-' {
			pos++
		}
		return digits(text, pos+1)
	}
	return pos, true
}

func digits[T Text](text T, pos int) (end int, ok bool) {
	end = pos
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	return end, end > pos
}

// at returns a byte of the text, and 0 after its end.
func at[T Text](text T, pos int) byte {
	if pos < len(text) {
		return text[pos]
	}
	return 0
}

// Found says what is in a string, or what is wrong with it.
type Found uint8

const (
	Escaped   Found = 1 << iota // there is an escape
	NonASCII                    // there is a byte above 0x7f, and the string need not be UTF-8
	NoQuote                     // there is no string
	NoEnd                       // the text ends before the string
	Control                     // a control character that is not escaped
	BadEscape                   // an escape that JSON does not have
)

// OK reports whether the string is well-formed, but for its encoding and its
// surrogates.
func (f Found) OK() bool { return f < NoQuote }

// String returns the end of the string at pos, after its closing quote. Where it is
// not well-formed, end is the position of what is wrong, of an escape its backslash.
func String[T Text](text T, pos int) (end int, found Found) {
	if at(text, pos) != '"' {
		return pos, NoQuote
	}
	for pos++; pos < len(text); pos++ {
		if pos = plainRun(text, pos); pos == len(text) {
			break
		}
		switch c := text[pos]; {
		case c == '"':
			return pos + 1, found
		case c == '\\':
			length, fault := escape(text, pos)
			if fault != 0 {
				return pos, fault
			}
			pos += length - 1
			found |= Escaped
		case c < ' ':
			return pos, Control
		case c >= utf8.RuneSelf:
			found |= NonASCII
			for pos+1 < len(text) && text[pos+1] >= utf8.RuneSelf {
				pos++
			}
		}
	}
	return pos, NoEnd
}

// plainRun returns the position of the next byte that a string must look at: a quote, a
// backslash, a control character or one above 0x7f. It looks at eight bytes at a time: a
// byte of flags has its high bit set if the byte of the text is one of them, or follows one.
func plainRun[T Text](text T, pos int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; pos+8 <= len(text); pos += 8 {
		word := uint64(text[pos]) | uint64(text[pos+1])<<8 | uint64(text[pos+2])<<16 | uint64(text[pos+3])<<24 |
			uint64(text[pos+4])<<32 | uint64(text[pos+5])<<40 | uint64(text[pos+6])<<48 | uint64(text[pos+7])<<56
		quote, backslash := word^(ones*'"'), word^(ones*'\\')
		flags := ((word - ones*' ') | (quote - ones) | (backslash - ones) | word) & highs
		if flags != 0 {
			return pos + bits.TrailingZeros64(flags)/8
		}
	}
	for pos < len(text) && text[pos] >= ' ' && text[pos] < utf8.RuneSelf && text[pos] != '"' && text[pos] != '\\' {
		pos++
	}
	return pos
}

// escape returns the length of the escape at pos.
func escape[T Text](text T, pos int) (length int, fault Found) {
	if pos+1 >= len(text) {
		return 0, NoEnd
	}
	if plain(text[pos+1]) != 0 {
		return 2, 0
	}
	if text[pos+1] != 'u' {
		return 0, BadEscape
	}
	for i := pos + 2; i < pos+6; i++ {
		if i >= len(text) {
			return 0, NoEnd
		}
		if _, ok := hex(text[i]); !ok {
			return 0, BadEscape
		}
	}
	return 6, 0
}

// plain returns the character that an escape of two bytes stands for, otherwise 0.
func plain(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

func hex(c byte) (digit rune, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}

// Unescape appends the text of a well-formed string, given without its quotes. Half a
// surrogate pair has no text: the result is then its position, otherwise -1.
func Unescape[T Text](dst []byte, inside T) (text []byte, lone int) {
	for i := 0; i < len(inside); {
		if inside[i] != '\\' {
			dst = append(dst, inside[i])
			i++
			continue
		}
		if c := plain(inside[i+1]); c != 0 {
			dst = append(dst, c)
			i += 2
			continue
		}
		start, r := i, unit(inside, i)
		if i += 6; utf16.IsSurrogate(r) {
			if at(inside, i) != '\\' || at(inside, i+1) != 'u' {
				return dst, start
			}
			if r = utf16.DecodeRune(r, unit(inside, i)); r == utf8.RuneError {
				return dst, start
			}
			i += 6
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, -1
}

// unit reads the escape \uXXXX at a position.
func unit[T Text](text T, pos int) rune {
	var r rune
	for i := pos + 2; i < pos+6; i++ {
		digit, _ := hex(text[i])
		r = r<<4 | digit
	}
	return r
}
