package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-modern-rest/rest/openapi"
)

// rules are the constraints of a tag, compiled.
type rules struct {
	minLength, maxLength, minItems, maxItems, minProps, maxProps *int
	minimum, maximum, above, below, multiple                     *bound
	pattern                                                      *regexp.Regexp
	format                                                       *format
	formatName                                                   string
	enum                                                         []string // as text
	enumText                                                     string   // for messages
	unique                                                       bool
	items                                                        *rules // of the elements of a list or map

	doc, title                      string
	example, def                    json.RawMessage
	deprecated, readOnly, writeOnly bool
}

// bound is a limit of a number.
type bound struct {
	text string
	f    float64
}

// keywords are the tags that constrain or document a value.
var keywords = []string{
	"minLength", "maxLength", "pattern", "format", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
	"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "default", "example", "doc",
	"deprecated", "readOnly", "writeOnly", "title",
}

// parseRules reads the tags of a field whose value is n. It returns nil where
// there are none.
func parseRules(tag reflect.StructTag, n *Node) (*rules, error) {
	if err := misspelt(tag); err != nil {
		return nil, err
	}
	return parsePrefixed(tag, "", n.leaf())
}

var tagKey = regexp.MustCompile(`([\w.]+):"`)

// misspelt finds keywords in another case, which would silently mean nothing.
func misspelt(tag reflect.StructTag) error {
	for _, match := range tagKey.FindAllStringSubmatch(string(tag), -1) {
		key := match[1][strings.LastIndexByte(match[1], '.')+1:]
		for _, keyword := range keywords {
			if key != keyword && strings.EqualFold(key, keyword) {
				return fmt.Errorf("the tag %s is written %s", match[1], keyword)
			}
		}
	}
	return nil
}

func parsePrefixed(tag reflect.StructTag, prefix string, n *Node) (*rules, error) {
	r := &rules{}
	var errs []error
	any := false
	for _, keyword := range keywords {
		if value, ok := tag.Lookup(prefix + keyword); ok {
			any = true
			if err := r.set(keyword, value, n); err != nil {
				errs = append(errs, fmt.Errorf("%s%s:%q: %w", prefix, keyword, value, err))
			}
		}
	}
	inner := map[kind]string{kindSlice: "items.", kindArray: "items.", kindMap: "values."}[n.kind]
	if inner != "" && strings.Contains(string(tag), prefix+inner) {
		if n.elem == nil {
			return nil, fmt.Errorf("%s: the type contains itself; put the constraint on its own fields", prefix+inner)
		}
		items, err := parsePrefixed(tag, prefix+inner, n.elem.leaf())
		r.items, any = items, true
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil || !any {
		return nil, err
	}
	return r, r.checkOwn(n)
}

func (r *rules) set(keyword, value string, n *Node) error {
	stringy := n.kind == kindString || n.kind == kindText
	number := n.kind == kindInt || n.kind == kindUint || n.kind == kindFloat
	list := n.kind == kindSlice || n.kind == kindArray
	switch keyword {
	case "minLength":
		return setCount(&r.minLength, value, stringy, n)
	case "maxLength":
		return setCount(&r.maxLength, value, stringy, n)
	case "minItems":
		return setCount(&r.minItems, value, list, n)
	case "maxItems":
		return setCount(&r.maxItems, value, list, n)
	case "minProperties":
		return setCount(&r.minProps, value, n.kind == kindMap, n)
	case "maxProperties":
		return setCount(&r.maxProps, value, n.kind == kindMap, n)
	case "minimum":
		return setBound(&r.minimum, value, number, n)
	case "maximum":
		return setBound(&r.maximum, value, number, n)
	case "exclusiveMinimum":
		return setBound(&r.above, value, number, n)
	case "exclusiveMaximum":
		return setBound(&r.below, value, number, n)
	case "multipleOf":
		if err := setBound(&r.multiple, value, number, n); err != nil || r.multiple.f > 0 {
			return err
		}
		return errors.New("want a number above 0")
	case "pattern":
		if !stringy {
			return unfit(n)
		}
		var err error
		r.pattern, err = regexp.Compile(value)
		return err
	case "format":
		r.formatName, r.format = value, formats[value]
		if r.format != nil && !stringy {
			if n.kind == kindTime || n.kind == kindBytes {
				r.format = nil
				return nil
			}
			return unfit(n)
		}
	case "enum":
		if !stringy && n.kind != kindInt && n.kind != kindUint {
			return unfit(n)
		}
		r.enum = strings.Split(value, ",")
		r.enumText = enumList(r.enum)
	case "uniqueItems":
		if !list || !n.elem.typ.Comparable() {
			return unfit(n)
		}
		return setBool(&r.unique, value)
	case "default":
		var err error
		r.def, err = literal(value, n)
		return err
	case "example":
		var err error
		r.example, err = literal(value, n)
		return err
	case "doc":
		r.doc = value
	case "title":
		r.title = value
	case "deprecated":
		return setBool(&r.deprecated, value)
	case "readOnly":
		return setBool(&r.readOnly, value)
	case "writeOnly":
		return setBool(&r.writeOnly, value)
	}
	return nil
}

func unfit(n *Node) error { return fmt.Errorf("does not apply to a %v", n.typ) }

func setCount(at **int, value string, fits bool, n *Node) error {
	if !fits {
		return unfit(n)
	}
	count, err := strconv.Atoi(value)
	if err != nil || count < 0 {
		return errors.New("want a whole number from 0")
	}
	*at = &count
	return nil
}

func setBound(at **bound, value string, fits bool, n *Node) error {
	if !fits {
		return unfit(n)
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return errors.New("want a number")
	}
	if n.kind != kindFloat && (f != math.Trunc(f) || math.Abs(f) > 1<<53) {
		return errors.New("want a whole number up to 2^53")
	}
	*at = &bound{text: value, f: f}
	return nil
}

func setBool(at *bool, value string) error {
	var err error
	if *at, err = strconv.ParseBool(value); err != nil {
		return errors.New("want true or false")
	}
	return nil
}

// literal reads a tag's value as JSON of the node: text needs no quotes.
func literal(value string, n *Node) (json.RawMessage, error) {
	switch n.kind {
	case kindString, kindText, kindTime, kindBytes:
		return appendString(nil, value), nil
	}
	if !json.Valid([]byte(value)) {
		return nil, fmt.Errorf("is not the JSON of a %v", n.typ)
	}
	return json.RawMessage(value), nil
}

// checkOwn holds default and example against the constraints they stand beside.
func (r *rules) checkOwn(n *Node) error {
	for name, value := range map[string]json.RawMessage{"default": r.def, "example": r.example} {
		if value == nil {
			continue
		}
		var issues Issues
		target := reflect.New(n.typ)
		d := decoder{data: value, issues: &issues, maxDepth: DefaultMaxDepth, loc: []any{}}
		d.value(n, r, target.UnsafePointer())
		if issues.Len() > 0 {
			return fmt.Errorf("the %s %s breaks the field's own schema: %v", name, value, issues.All()[0].Msg)
		}
	}
	return nil
}

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

// enumList writes the values of an enum as "'a', 'b' or 'c'".
func enumList(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = "'" + value + "'"
	}
	list := strings.Join(quoted, ", ")
	if n := len(quoted); n > 1 {
		list = strings.Join(quoted[:n-1], ", ") + " or " + quoted[n-1]
	}
	return list
}

// checkNumber adds what is wrong with a number. text is nil for floats.
func (r *rules) checkNumber(f float64, text func() string, loc []any, issues *Issues) {
	if r == nil || issues.More() {
		return
	}
	if r.minimum != nil && f < r.minimum.f {
		issues.add(loc, MsgMinimum, r.minimum.text)
	}
	if r.maximum != nil && f > r.maximum.f {
		issues.add(loc, MsgMaximum, r.maximum.text)
	}
	if r.above != nil && f <= r.above.f {
		issues.add(loc, MsgExclusiveMinimum, r.above.text)
	}
	if r.below != nil && f >= r.below.f {
		issues.add(loc, MsgExclusiveMaximum, r.below.text)
	}
	if r.multiple != nil {
		if q := f / r.multiple.f; math.Abs(q-math.Round(q)) > 1e-9*math.Max(1, math.Abs(q)) {
			issues.add(loc, MsgMultipleOf, r.multiple.text)
		}
	}
	if r.enum != nil && text != nil {
		r.checkEnum(text(), loc, issues)
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
	if r.unique {
		list := reflect.NewAt(n.typ, at).Elem()
		seen := make(map[any]bool, length)
		for i := range length {
			seen[list.Index(i).Interface()] = true
		}
		if len(seen) < length {
			issues.add(loc, MsgUniqueItems)
		}
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

func (r *rules) inner() *rules {
	if r == nil {
		return nil
	}
	return r.items
}

func addCount(issues *Issues, loc []any, one, many string, limit int, more ...any) {
	text := many
	if limit == 1 {
		text = one
	}
	issues.add(loc, text, append([]any{limit}, more...)...)
}

// describe writes the rules into a schema.
func (r *rules) describe(s *openapi.Schema, n *Node) {
	if r == nil {
		return
	}
	s.MinLength, s.MaxLength, s.MinItems, s.MaxItems = r.minLength, r.maxLength, r.minItems, r.maxItems
	s.MinProperties, s.MaxProperties, s.UniqueItems = r.minProps, r.maxProps, r.unique
	for at, b := range map[*json.Number]*bound{
		&s.Minimum: r.minimum, &s.Maximum: r.maximum, &s.ExclusiveMinimum: r.above, &s.ExclusiveMaximum: r.below, &s.MultipleOf: r.multiple,
	} {
		if b != nil {
			*at = json.Number(strconv.FormatFloat(b.f, 'f', -1, 64))
		}
	}
	if r.pattern != nil {
		s.Pattern = r.pattern.String()
	}
	if r.formatName != "" {
		s.Format = r.formatName
	}
	for _, value := range r.enum {
		if n.kind == kindInt || n.kind == kindUint {
			s.Enum = append(s.Enum, json.Number(value))
		} else {
			s.Enum = append(s.Enum, value)
		}
	}
}

// annotate writes what documents a value and does not constrain it.
func (r *rules) annotate(s *openapi.Schema) {
	if r == nil {
		return
	}
	if r.doc != "" {
		s.Description = r.doc
	}
	if r.title != "" {
		s.Title = r.title
	}
	s.Default = r.def
	if r.example != nil {
		s.Examples = []json.RawMessage{r.example}
	}
	s.Deprecated, s.ReadOnly, s.WriteOnly = r.deprecated, r.readOnly, r.writeOnly
}
