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
			addCount(issues, loc, CodeMinLength, MsgMinLength1, MsgMinLength, *r.minLength)
		}
		if tooLong = r.maxLength != nil && n > *r.maxLength; tooLong {
			addCount(issues, loc, CodeMaxLength, MsgMaxLength1, MsgMaxLength, *r.maxLength)
		}
	}
	if !tooLong { // the costly checks run on texts of a bounded length
		if r.pattern != nil && !r.pattern.MatchString(s) {
			issues.Add(loc, CodePattern, r.patternText, MsgPattern, r.patternText)
		}
		if r.format != nil && !r.format.check(s) {
			issues.Add(loc, CodeFormat, r.formatName, r.format.msg)
		}
	}
	r.checkEnum(s, loc, issues)
}

func (r *rules) checkEnum(text string, loc []any, issues *Issues) {
	if r.enum != nil && !slices.Contains(r.enum, text) {
		template := MsgEnum
		if len(r.enum) == 1 {
			template = MsgEnum1
		}
		issues.Add(loc, CodeEnum, slices.Clone(r.enumValues), template, r.enumText)
	}
}

func (r *rules) checkList(n *Node, length int, at unsafe.Pointer, loc []any, issues *Issues) {
	if r == nil {
		return
	}
	if r.minItems != nil && length < *r.minItems {
		addCount(issues, loc, CodeMinItems, MsgMinItems1, MsgMinItems, *r.minItems, length)
	}
	if r.maxItems != nil && length > *r.maxItems {
		addCount(issues, loc, CodeMaxItems, MsgMaxItems1, MsgMaxItems, *r.maxItems, length)
	}
	if r.unique && !issues.More() && !n.unique(at) {
		issues.Add(loc, CodeUniqueItems, nil, MsgUniqueItems)
	}
}

func (r *rules) checkMap(length int, loc []any, issues *Issues) {
	if r == nil {
		return
	}
	if r.minProps != nil && length < *r.minProps {
		addCount(issues, loc, CodeMinProperties, MsgMinProperties1, MsgMinProperties, *r.minProps, length)
	}
	if r.maxProps != nil && length > *r.maxProps {
		addCount(issues, loc, CodeMaxProperties, MsgMaxProperties1, MsgMaxProperties, *r.maxProps, length)
	}
}

func addCount(issues *Issues, loc []any, code, one, many string, limit int, more ...any) {
	if issues.Full() {
		issues.more = true
		return
	}
	text := many
	if limit == 1 {
		text = one
	}
	issues.Add(loc, code, limit, text, append([]any{limit}, more...)...)
}
