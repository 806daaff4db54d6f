package schema

import (
	"slices"
	"unicode/utf8"
	"unsafe"
)

// checkText adds what is wrong with a string.
func (r *rules) checkText(s string, loc []any, issues *Issues) {
	if r == nil || issues.More() {
		return
	}
	tooLong := false
	if r.minLength != nil || r.maxLength != nil {
		n := utf8.RuneCountInString(s)
		if r.minLength != nil && n < *r.minLength {
			addCount(issues, loc, MsgMinLength1, MsgMinLength, *r.minLength)
		}
		if tooLong = r.maxLength != nil && n > *r.maxLength; tooLong {
			addCount(issues, loc, MsgMaxLength1, MsgMaxLength, *r.maxLength)
		}
	}
	if !tooLong { // the costly checks run on texts of a bounded length
		if r.pattern != nil && !r.pattern.MatchString(s) {
			issues.add(loc, MsgPattern, r.pattern.String())
		}
		if r.format != nil && !r.format.check(s) {
			issues.add(loc, r.format.msg)
		}
	}
	r.checkEnum(s, loc, issues)
}

func (r *rules) checkEnum(text string, loc []any, issues *Issues) {
	if r.enum != nil && !slices.Contains(r.enum, text) {
		issues.add(loc, MsgEnum, r.enumText)
	}
}

func (r *rules) checkList(n *Node, length int, at unsafe.Pointer, loc []any, issues *Issues) {
	if r == nil {
		return
	}
	if r.minItems != nil && length < *r.minItems {
		addCount(issues, loc, MsgMinItems1, MsgMinItems, *r.minItems, length)
	}
	if r.maxItems != nil && length > *r.maxItems {
		addCount(issues, loc, MsgMaxItems1, MsgMaxItems, *r.maxItems, length)
	}
	if r.unique && !issues.More() && !n.unique(at) {
		issues.add(loc, MsgUniqueItems)
	}
}

func (r *rules) checkMap(length int, loc []any, issues *Issues) {
	if r == nil {
		return
	}
	if r.minProps != nil && length < *r.minProps {
		addCount(issues, loc, MsgMinProperties1, MsgMinProperties, *r.minProps, length)
	}
	if r.maxProps != nil && length > *r.maxProps {
		addCount(issues, loc, MsgMaxProperties1, MsgMaxProperties, *r.maxProps, length)
	}
}

func addCount(issues *Issues, loc []any, one, many string, limit int, more ...any) {
	if issues.Full() {
		issues.more = true
		return
	}
	text := many
	if limit == 1 {
		text = one
	}
	issues.add(loc, text, append([]any{limit}, more...)...)
}
