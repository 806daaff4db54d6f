package schema

import (
	"slices"
	"unicode/utf8"
	"unsafe"
)

// checkText checks a string against the rules, and adds an issue for each that it
// breaks. Like the other checks it accepts nil rules.
func (r *rules) checkText(s string, p *place) {
	if r == nil || p.issues.More() {
		return
	}
	if r.checkLength(s, p) { // a pattern is not run on a text that is too long
		if r.pattern != nil && !r.pattern.MatchString(s) {
			p.issue(CodePattern, r.patternText, MsgPattern, r.patternText)
		}
		if r.format != nil && !r.format.check(s) {
			p.issue(CodeFormat, r.formatName, r.format.msg)
		}
	}
	r.checkEnum(s, p)
}

// checkLength checks the number of characters of a string. It reports false if it is too long.
func (r *rules) checkLength(s string, p *place) bool {
	least, most := (len(s)+utf8.UTFMax-1)/utf8.UTFMax, len(s)
	if (r.minLength == nil || least >= *r.minLength) && (r.maxLength == nil || most <= *r.maxLength) {
		return true // without counting
	}
	n := utf8.RuneCountInString(s)
	if r.minLength != nil && n < *r.minLength {
		p.count(CodeMinLength, MsgMinLength1, MsgMinLength, *r.minLength)
	}
	tooLong := r.maxLength != nil && n > *r.maxLength
	if tooLong {
		p.count(CodeMaxLength, MsgMaxLength1, MsgMaxLength, *r.maxLength)
	}
	return !tooLong
}

// checkEnum checks a string, or an integer as text, against the enum.
func (r *rules) checkEnum(text string, p *place) {
	if r.enum != nil && !slices.Contains(r.enum, text) {
		template := MsgEnum
		if len(r.enum) == 1 {
			template = MsgEnum1
		}
		p.issue(CodeEnum, slices.Clone(r.enumValues), template, r.enumText)
	}
}

// checkList checks a list. length is that of the JSON array, which can be longer
// than a Go array at the address.
func (r *rules) checkList(n *Node, length int, at unsafe.Pointer, p *place) {
	if r == nil {
		return
	}
	if r.minItems != nil && length < *r.minItems {
		p.count(CodeMinItems, MsgMinItems1, MsgMinItems, *r.minItems, length)
	}
	if r.maxItems != nil && length > *r.maxItems {
		p.count(CodeMaxItems, MsgMaxItems1, MsgMaxItems, *r.maxItems, length)
	}
	if r.unique && !p.issues.More() && !n.unique(at) {
		p.issue(CodeUniqueItems, nil, MsgUniqueItems)
	}
}

// checkMap checks the number of members of a map.
func (r *rules) checkMap(length int, p *place) {
	if r == nil {
		return
	}
	if r.minProps != nil && length < *r.minProps {
		p.count(CodeMinProperties, MsgMinProperties1, MsgMinProperties, *r.minProps, length)
	}
	if r.maxProps != nil && length > *r.maxProps {
		p.count(CodeMaxProperties, MsgMaxProperties1, MsgMaxProperties, *r.maxProps, length)
	}
}
