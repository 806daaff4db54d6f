package schema

import (
	"slices"
	"unicode/utf8"
	"unsafe"
)

// checkText checks a string against the rules, and adds an issue for each that it
// breaks. Like the other checks it accepts nil rules.
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
	if !tooLong { // a pattern is not run on a text that is refused for its length
		if r.pattern != nil && !r.pattern.MatchString(s) {
			issues.Add(loc, CodePattern, r.patternText, MsgPattern, r.patternText)
		}
		if r.format != nil && !r.format.check(s) {
			issues.Add(loc, CodeFormat, r.formatName, r.format.msg)
		}
	}
	r.checkEnum(s, loc, issues)
}

// checkEnum checks a string, or an integer as text, against the enum.
func (r *rules) checkEnum(text string, loc []any, issues *Issues) {
	if r.enum != nil && !slices.Contains(r.enum, text) {
		template := MsgEnum
		if len(r.enum) == 1 {
			template = MsgEnum1
		}
		issues.Add(loc, CodeEnum, slices.Clone(r.enumValues), template, r.enumText)
	}
}

// checkList checks a list. length is that of the JSON array, which can be longer
// than a Go array at the address.
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

// checkMap checks the number of members of a map.
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

// addCount adds an issue about a limit of a count, with the text for one or for many.
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
