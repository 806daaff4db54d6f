package schema

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ecmaPattern translates a pattern of package regexp into the syntax of ECMA-262 with
// the flag u, which JSON Schema wants. It leaves a pattern alone that means the same in
// both.
func ecmaPattern(pattern string) (string, error) {
	if isShared(pattern) {
		return pattern, nil
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", err
	}
	var w ecmaWriter
	w.write(re)
	return w.out.String(), w.err
}

// isShared reports whether a pattern has only constructs that mean the same in both
// syntaxes.
func isShared(s string) bool {
	class := false
	for i := 0; i < len(s); i++ {
		next := func(n int) string { return s[min(i+1, len(s)):min(i+1+n, len(s))] }
		switch c := s[i]; {
		case c == '\\':
			at := next(1)
			switch {
			case at != "" && strings.Contains(`^$\.*+?()[]{}|/dDwWbBnrtfv`, at):
			case at == "-" && class:
			case at == "x" && len(next(3)) == 3 && isHex(s[i+2]) && isHex(s[i+3]):
				i += 2
			default:
				return false
			}
			i++
		case class:
			if c == ']' {
				class = false
			} else if c == '[' || strings.HasPrefix(s[i:], "&&") || strings.HasPrefix(s[i:], "--") {
				return false // [:alpha:], and the operators of the flag v
			}
		case c == '[':
			class = true
			if next(1) == "^" {
				i++
			}
			if next(1) == "]" {
				return false // in ECMA-262 [] matches nothing
			}
		case c == '(' && next(1) == "?":
			if name := next(3); !strings.HasPrefix(name, "?:") && (!strings.HasPrefix(name, "?<") || name == "?<=" || name == "?<!") {
				return false
			}
		case c == ']' || c == '}':
			return false
		case c == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 || !isRepeat(s[i+1:i+end]) {
				return false
			}
			i += end
		}
	}
	return true
}

// isRepeat reports whether a text is a count for a repetition, such as the 2,3 of a{2,3}.
func isRepeat(s string) bool {
	low, high, _ := strings.Cut(s, ",")
	return low != "" && isDigits(low) && isDigits(high)
}

// ecmaWriter writes a parsed pattern in the syntax of ECMA-262.
type ecmaWriter struct {
	out strings.Builder
	err error
}

func (w *ecmaWriter) write(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		w.out.WriteString(`(?!)`)
	case syntax.OpEmptyMatch:
		w.out.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.literal(r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		w.class(re.Rune)
	case syntax.OpAnyCharNotNL:
		w.out.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		w.out.WriteString(`[\s\S]`)
	case syntax.OpBeginLine:
		w.out.WriteString(`(?<![^\n])`)
	case syntax.OpEndLine:
		w.out.WriteString(`(?![^\n])`)
	case syntax.OpBeginText:
		w.out.WriteByte('^')
	case syntax.OpEndText:
		w.out.WriteByte('$')
	case syntax.OpWordBoundary:
		w.out.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		w.out.WriteString(`\B`)
	case syntax.OpCapture:
		w.out.WriteByte('(')
		if re.Name != "" {
			w.out.WriteString("?<" + re.Name + ">")
		}
		w.write(re.Sub[0])
		w.out.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		w.repeat(re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w.group(sub, sub.Op == syntax.OpAlternate)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				w.out.WriteByte('|')
			}
			w.write(sub)
		}
	default:
		w.err = fmt.Errorf("%v has no equivalent in ECMA-262, the syntax of patterns in JSON Schema", re)
	}
}

// group writes a part of a pattern, in a group where that is needed.
func (w *ecmaWriter) group(re *syntax.Regexp, needed bool) {
	if needed {
		w.out.WriteString("(?:")
		defer w.out.WriteByte(')')
	}
	w.write(re)
}

// repeat writes a part of a pattern with *, +, ? or a count.
func (w *ecmaWriter) repeat(re *syntax.Regexp) {
	sub := re.Sub[0]
	single := sub.Op == syntax.OpCharClass || sub.Op == syntax.OpCapture || sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL ||
		sub.Op == syntax.OpLiteral && len(sub.Rune) == 1
	w.group(sub, !single)
	switch {
	case re.Op == syntax.OpStar:
		w.out.WriteByte('*')
	case re.Op == syntax.OpPlus:
		w.out.WriteByte('+')
	case re.Op == syntax.OpQuest:
		w.out.WriteByte('?')
	case re.Max == re.Min:
		fmt.Fprintf(&w.out, "{%d}", re.Min)
	case re.Max < 0:
		fmt.Fprintf(&w.out, "{%d,}", re.Min)
	default:
		fmt.Fprintf(&w.out, "{%d,%d}", re.Min, re.Max)
	}
	if re.Flags&syntax.NonGreedy != 0 {
		w.out.WriteByte('?')
	}
}

// literal writes a character; where the case does not matter, a class of all its cases.
func (w *ecmaWriter) literal(r rune, fold bool) {
	if fold && unicode.SimpleFold(r) != r {
		w.out.WriteByte('[')
		w.rune(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			w.rune(other)
		}
		w.out.WriteByte(']')
		return
	}
	w.rune(r)
}

// rune writes one character, escaped where it has a meaning.
func (w *ecmaWriter) rune(r rune) {
	switch {
	case strings.ContainsRune(`^$\.*+?()[]{}|/`, r):
		w.out.WriteString(`\` + string(r))
	case r == '-':
		w.out.WriteString(`\x2d`) // with the flag u, \- is an error outside of a class
	case unicode.IsPrint(r):
		w.out.WriteRune(r)
	case r <= 0xff:
		fmt.Fprintf(&w.out, `\x%02x`, r)
	default:
		fmt.Fprintf(&w.out, `\u{%x}`, r)
	}
}

// class writes a class of ranges. One that reaches from the first to the last character
// is written as the complement of its gaps.
func (w *ecmaWriter) class(ranges []rune) {
	w.out.WriteByte('[')
	if len(ranges) > 0 && ranges[0] == 0 && ranges[len(ranges)-1] == utf8.MaxRune {
		w.out.WriteByte('^')
		var gaps []rune
		for i := 2; i < len(ranges); i += 2 {
			gaps = append(gaps, ranges[i-1]+1, ranges[i]-1)
		}
		ranges = gaps
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		w.rune(ranges[i])
		if ranges[i+1] > ranges[i] {
			if ranges[i+1] > ranges[i]+1 {
				w.out.WriteByte('-')
			}
			w.rune(ranges[i+1])
		}
	}
	w.out.WriteByte(']')
}
