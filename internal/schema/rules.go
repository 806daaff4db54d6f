package schema

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rules are the constraints and descriptions of a tag, compiled. nil has none.
type rules struct {
	minLength, maxLength, minItems, maxItems, minProps, maxProps *int
	minimum, maximum, above, below, multiple                     *bound
	pattern                                                      *regexp.Regexp
	patternText                                                  string // in the syntax of ECMA-262
	format                                                       *format
	formatName                                                   string
	enum                                                         []string // as text
	enumValues                                                   []any    // as JSON
	enumText                                                     string   // for messages
	unique                                                       bool
	rangeOnly                                                    bool   // a number has no limits but minimum and maximum
	items                                                        *rules // of the elements of a list or map

	doc, title                      string
	example, def                    json.RawMessage
	deprecated, readOnly, writeOnly bool
}

// parseRules reads the tag of a field with values of n. It returns nil for a tag without
// keywords. Mistakes that show only when all types are complete go to report.
func (c *Compiler) parseRules(tag reflect.StructTag, n *Node, report func(error)) (*rules, error) {
	pairs, err := tagPairs(tag)
	if err == nil {
		err = checkTag(pairs, n)
	}
	if err != nil {
		return nil, err
	}
	return c.parsePrefixed(pairs, "", n.leaf(), report)
}

// parsePrefixed reads the keywords of a tag that have a prefix, which is empty for the
// value itself.
func (c *Compiler) parsePrefixed(pairs []tagPair, prefix string, n *Node, report func(error)) (*rules, error) {
	var r *rules // most fields have none
	var errs []error
	for _, keyword := range keywords {
		if value, ok := valueOf(pairs, prefix, keyword); ok {
			if r == nil {
				r = new(rules)
			}
			if err := r.set(keyword, value, n); err != nil {
				errs = append(errs, fmt.Errorf("%s%s:%q: %w", prefix, keyword, value, err))
			}
			n = n.formatted(r)
		}
	}
	inner := n.innerPrefix()
	if inner != "" && slices.ContainsFunc(pairs, func(pair tagPair) bool { return strings.HasPrefix(pair.key, prefix+inner) }) {
		if n.elem == nil {
			return nil, fmt.Errorf("%s: the type contains itself, so a prefix cannot reach into it; tag its own fields", prefix+inner)
		}
		items, err := c.parsePrefixed(pairs, prefix+inner, n.elem.leaf(), report)
		errs = append(errs, err)
		if items != nil {
			if r == nil {
				r = new(rules)
			}
			r.items = items
		}
	}
	if err := errors.Join(errs...); err != nil || r == nil {
		return nil, err
	}
	r.rangeOnly = r.above == nil && r.below == nil && r.multiple == nil && r.enum == nil
	if r.def != nil || r.example != nil || r.enum != nil {
		c.later = append(c.later, func() {
			if err := r.checkOwn(n.formatted(r)); err != nil {
				report(err)
			}
		})
	}
	return r, r.contradiction(n)
}

// valueOf returns the value of a keyword with a prefix.
func valueOf(pairs []tagPair, prefix, keyword string) (value string, ok bool) {
	for _, pair := range pairs {
		if len(pair.key) == len(prefix)+len(keyword) && strings.HasPrefix(pair.key, prefix) && strings.HasSuffix(pair.key, keyword) {
			return pair.value, true
		}
	}
	return "", false
}

// set reads one keyword.
func (r *rules) set(keyword, value string, n *Node) error {
	switch keyword {
	case "enum":
		return r.setEnum(strings.Split(value, ","), n)
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
	default:
		return r.setLimit(keyword, value, n)
	}
	return nil
}

// setLimit reads a keyword that limits values.
func (r *rules) setLimit(keyword, value string, n *Node) error {
	stringy := n.kind == kindString || n.kind == kindText
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
		return setBound(&r.minimum, value, n, newBound)
	case "maximum":
		return setBound(&r.maximum, value, n, newBound)
	case "exclusiveMinimum":
		return setBound(&r.above, value, n, newBound)
	case "exclusiveMaximum":
		return setBound(&r.below, value, n, newBound)
	case "multipleOf":
		return setBound(&r.multiple, value, n, newUnit)
	case "pattern":
		if !stringy {
			return unfit(n)
		}
		var err error
		if r.pattern, err = regexp.Compile(value); err == nil {
			r.patternText, err = ecmaPattern(value)
		}
		return err
	case "format":
		return r.setFormat(value, n)
	case "uniqueItems":
		if !list {
			return unfit(n)
		}
		return setBool(&r.unique, value)
	}
	return fmt.Errorf("%s is not a keyword", keyword)
}

// unfit is the error of a keyword that does not apply to a type. Of a list or map it says
// how to constrain the elements.
func unfit(n *Node) error {
	if inner := n.innerPrefix(); inner != "" {
		return fmt.Errorf("does not apply to the type %v; with the prefix %s it applies to each element", TypeName(n.typ), inner)
	}
	return fmt.Errorf("does not apply to the type %v", TypeName(n.typ))
}

// setCount reads a limit of a count. fits reports whether the keyword applies to n.
func setCount(at **int, value string, fits bool, n *Node) error {
	if !fits {
		return unfit(n)
	}
	count, err := strconv.Atoi(value)
	if err != nil || count < 0 {
		return errors.New("want an integer that is 0 or greater")
	}
	*at = &count
	return nil
}

// setBound reads a limit of a number.
func setBound(at **bound, value string, n *Node, parse func(string, *Node) (*bound, error)) error {
	var err error
	switch n = n.number(); n.kind {
	case kindInt, kindUint, kindFloat, kindNumber:
		*at, err = parse(value, n)
		return err
	}
	return unfit(n)
}

// number returns the node of the number that a JSON string holds, and otherwise n.
func (n *Node) number() *Node {
	if n.kind == kindQuoted {
		return n.elem
	}
	return n
}

// setEnum sets the values of an enum, which must be values of the type.
func (r *rules) setEnum(values []string, n *Node) error {
	whole := n.number().kind == kindInt || n.number().kind == kindUint
	r.enum, r.enumText = values, enumList(values, !whole)
	for i, value := range values {
		switch {
		case value == "" && len(values) == 1:
			return errors.New("the enum has no values")
		case value != strings.TrimSpace(value):
			return fmt.Errorf("the value %q begins or ends with a space; write the values as a,b", value)
		case slices.Contains(values[:i], value):
			return fmt.Errorf("the value %q occurs twice", value)
		}
		if whole && n.kind != kindQuoted {
			r.enumValues = append(r.enumValues, json.Number(value))
		} else {
			r.enumValues = append(r.enumValues, value)
		}
		switch n := n.number(); n.kind {
		case kindString:
		case kindText:
			if err := reflect.New(n.typ).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(value)); err != nil {
				return fmt.Errorf("the type %v cannot hold %q: %w", n.typ, value, err)
			}
		case kindInt:
			if i, err := strconv.ParseInt(value, 10, int(n.size*8)); err != nil || strconv.FormatInt(i, 10) != value {
				return fmt.Errorf("the type %v cannot hold %q", n.typ, value)
			}
		case kindUint:
			if u, err := strconv.ParseUint(value, 10, int(n.size*8)); err != nil || strconv.FormatUint(u, 10) != value {
				return fmt.Errorf("the type %v cannot hold %q", n.typ, value)
			}
		default:
			return unfit(n)
		}
	}
	return nil
}

// enumList lists the values of an enum as 'a', 'b', 'c', with or without the quotes.
func enumList(values []string, quotes bool) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		if quoted[i] = value; quotes {
			quoted[i] = "'" + value + "'"
		}
	}
	return strings.Join(quoted, ", ")
}

func setBool(at *bool, value string) error {
	var err error
	if *at, err = strconv.ParseBool(value); err != nil {
		return errors.New("want true or false")
	}
	return nil
}

// literal returns the value of a tag as JSON. Texts are written without quotes in a tag.
func literal(value string, n *Node) (json.RawMessage, error) {
	switch n.kind {
	case kindString, kindText, kindTime, kindDate, kindClock, kindDuration, kindBytes, kindQuoted:
		return appendString(nil, value), nil
	}
	if !json.Valid([]byte(value)) {
		return nil, fmt.Errorf("the text is not JSON, which a default or example of the type %v must be", n.typ)
	}
	return json.RawMessage(value), nil
}

// contradiction returns an error for limits that no value satisfies.
func (r *rules) contradiction(n *Node) error {
	for _, pair := range []struct {
		low, high *int
		name      string
	}{{r.minLength, r.maxLength, "Length"}, {r.minItems, r.maxItems, "Items"}, {r.minProps, r.maxProps, "Properties"}} {
		if pair.low != nil && pair.high != nil && *pair.low > *pair.high {
			return fmt.Errorf("min%s %d is above max%s %d", pair.name, *pair.low, pair.name, *pair.high)
		}
	}
	if length := n.typ.Kind(); length == reflect.Array && (r.minItems != nil && *r.minItems > n.typ.Len() || r.maxItems != nil && *r.maxItems < n.typ.Len()) {
		return fmt.Errorf("a %v has %d items, which minItems or maxItems excludes", n.typ, n.typ.Len())
	}
	return r.emptyRange(n)
}

// emptyRange returns an error for limits that no number of the type satisfies.
func (r *rules) emptyRange(n *Node) error {
	low, high, strict := r.minimum, r.maximum, false
	if r.above != nil && (low == nil || r.above.d.cmp(low.d) >= 0) {
		low, strict = r.above, true
	}
	if r.below != nil && (high == nil || r.below.d.cmp(high.d) <= 0) {
		high, strict = r.below, true
	}
	if low != nil && high != nil && (low.d.cmp(high.d) > 0 || strict && low.d.cmp(high.d) == 0) {
		return fmt.Errorf("minimum %s and maximum %s allow no number", low.text, high.text)
	}
	n = n.number()
	shift := 64 - n.size*8
	if n.kind == kindInt && noneBetween(r, math.MinInt64>>shift, math.MaxInt64>>shift, func(b *bound) int64 { return b.i }) ||
		n.kind == kindUint && noneBetween(r, 0, math.MaxUint64>>shift, func(b *bound) uint64 { return b.u }) {
		return fmt.Errorf("the limits allow no %v", n.typ)
	}
	return nil
}

// noneBetween reports whether the limits exclude every integer from low to high, the range
// of the type.
func noneBetween[T int64 | uint64](r *rules, low, high T, value func(*bound) T) bool {
	if r.minimum != nil {
		low = max(low, value(r.minimum))
	}
	if r.maximum != nil {
		high = min(high, value(r.maximum))
	}
	if r.above != nil && value(r.above) >= low {
		if value(r.above) >= high {
			return true
		}
		low = value(r.above) + 1
	}
	return low > high || r.below != nil && value(r.below) <= low
}

// checkOwn checks the default, the example and the values of the enum against the other
// constraints.
func (r *rules) checkOwn(n *Node) error {
	var errs []error
	check := func(what string, value json.RawMessage) {
		if value == nil {
			return
		}
		var issues Issues
		target := reflect.New(n.typ)
		d := decoder{data: value, maxDepth: DefaultMaxDepth, place: place{issues: &issues}}
		d.value(n, r, target.UnsafePointer())
		if issues.Len() > 0 {
			errs = append(errs, fmt.Errorf("the %s %s does not satisfy the constraints of the field: %v", what, value, issues.All()[0].Msg))
		}
	}
	check("default", r.def)
	check("example", r.example)
	for _, value := range r.enumValues {
		if number, ok := value.(json.Number); ok {
			check("enum value", json.RawMessage(number))
		} else {
			check("enum value", appendString(nil, value.(string)))
		}
	}
	return errors.Join(errs...)
}

// inner returns the rules of the elements.
func (r *rules) inner() *rules {
	if r == nil {
		return nil
	}
	return r.items
}
