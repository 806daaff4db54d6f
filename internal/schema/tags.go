package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// keywords are the tags that constrain or document a value.
var keywords = []string{
	"minLength", "maxLength", "pattern", "format", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
	"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "default", "example", "doc",
	"deprecated", "readOnly", "writeOnly", "title",
}

// memberKeywords describe a member of an object, not its value, so that they cannot
// apply to the items of a list.
var memberKeywords = []string{"default", "readOnly", "writeOnly"}

// foreignTags are tags of other libraries and keywords of JSON Schema that are not tags
// here, with what to write instead. %s stands for a keyword that depends on the type.
var foreignTags = map[string]string{
	"required": "a member is required unless it is a pointer or rest.Optional or has a default, omitempty or omitzero",
	"optional": "make the field a pointer or rest.Optional, or add a default or the json option omitzero",
	"nullable": "make the field a pointer",
	"validate": "write each rule as a tag of its own, such as minLength:\"1\"",
	"binding":  "write each rule as a tag of its own, such as minLength:\"1\"",
	"min":      "write %s", "max": "write %s", "len": "write %s",
	"gt": "write exclusiveMinimum", "gte": "write minimum", "lt": "write exclusiveMaximum", "lte": "write maximum",
	"regex": "write pattern", "regexp": "write pattern",
	"enums": "write enum", "oneof": "write enum", "const": "write enum with one value",
	"unique": "write uniqueItems",
	"hidden": "keep what clients must not see in another type", "timeFormat": "write format", "patternDescription": "write doc",
	"encoding": ownSchema, "contentType": "write the media type in the tag body",
	"description": "write doc", "examples": "write example",
	"oneOf": ownSchema, "anyOf": ownSchema, "allOf": ownSchema, "not": ownSchema, "contains": ownSchema, "propertyNames": ownSchema,
	"patternProperties": ownSchema, "dependentRequired": ownSchema, "contentMediaType": ownSchema, "contentEncoding": ownSchema,
	"additionalProperties": `write it on the field _ struct{} of the struct it is about`,
}

const ownSchema = "give the type a method JSONSchema() openapi.Schema"

// TagError checks the tag of a field that is neither JSON nor text, such as a file. It
// may have the allowed keywords and no others.
func TagError(tag reflect.StructTag, allowed ...string) error {
	pairs, err := tagPairs(tag)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		key := pair.key
		if slices.Contains(allowed, key) {
			continue
		}
		if slices.Contains(keywords, keyword(key)) {
			return fmt.Errorf("the tag %s does not apply here", key)
		}
		if err := tagError(key, nil); err != nil {
			return err
		}
	}
	return nil
}

// checkTag returns an error for each key of a tag that has no effect on values of n.
func checkTag(pairs []tagPair, n *Node) error {
	var errs []error
	for _, pair := range pairs {
		key := pair.key
		if err := tagError(key, n.leaf()); err != nil {
			errs = append(errs, err)
			continue
		}
		if prefix, word := key[:len(key)-len(keyword(key))], keyword(key); prefix != "" && slices.Contains(keywords, word) {
			errs = append(errs, checkPrefix(key, prefix, word, n.leaf()))
		}
	}
	if slices.Contains(pairs, tagPair{"readOnly", "true"}) && slices.Contains(pairs, tagPair{"writeOnly", "true"}) {
		errs = append(errs, errors.New("readOnly and writeOnly together: the member would be neither read nor written"))
	}
	return errors.Join(errs...)
}

// checkPrefix checks that the prefixes of a key fit the type.
func checkPrefix(key, prefix, word string, n *Node) error {
	for prefix != "" {
		inner := n.innerPrefix()
		if inner == "" || !strings.HasPrefix(prefix, inner) {
			return fmt.Errorf("the tag %s: a %v has no %s", key, TypeName(n.typ), strings.TrimSuffix(prefix, "."))
		}
		if prefix = prefix[len(inner):]; n.elem == nil {
			return nil // parsePrefixed returns the error
		}
		n = n.elem.leaf()
	}
	if slices.Contains(memberKeywords, word) {
		return fmt.Errorf("the tag %s: %s describes a member of an object and does not apply to the elements of a list or map", key, word)
	}
	return nil
}

// innerPrefix is the prefix for the elements of a list or map, empty for other types.
func (n *Node) innerPrefix() string {
	switch n.kind {
	case kindSlice, kindArray:
		return "items."
	case kindMap:
		return "values."
	}
	return ""
}

// keyword returns the key of a tag without prefixes.
func keyword(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// tagError returns an error for a key that looks like a keyword and is not one. n may be
// nil.
func tagError(key string, n *Node) error {
	word := keyword(key)
	if slices.Contains(keywords, word) {
		return nil
	}
	if instead, ok := foreignTags[word]; ok {
		if strings.Contains(instead, "%s") {
			instead = fmt.Sprintf(instead, limitOf(word, n))
		}
		return fmt.Errorf("the tag %s has no meaning here: %s", key, instead)
	}
	for _, known := range keywords {
		if strings.EqualFold(word, known) {
			return fmt.Errorf("the tag %s has no effect; the keyword is spelled %s", key, known)
		}
	}
	if prefix := key[:len(key)-len(word)]; prefix == "items." || prefix == "values." {
		return fmt.Errorf("the tag %s has no meaning here: %s is not a keyword", key, word)
	}
	return nil
}

// limitOf returns the keyword that min, max or len of other libraries means for a type:
// minLength for the min of a string.
func limitOf(word string, n *Node) string {
	what := map[string]string{"min": "minimum", "max": "maximum", "len": "minLength and maxLength"}[word]
	if n == nil {
		return what
	}
	var of string
	switch n.kind {
	case kindString, kindText:
		of = "Length"
	case kindSlice, kindArray:
		of = "Items"
	case kindMap:
		of = "Properties"
	default:
		return what
	}
	if word == "len" {
		return "min" + of + " and max" + of
	}
	return word + of
}

// tagPair is one of the pairs of a tag.
type tagPair struct{ key, value string }

// tagPairs reads a tag. It returns an error if it does not have the form that
// [reflect.StructTag] describes. Lookup finds nothing in a malformed tag and says nothing.
func tagPairs(tag reflect.StructTag) ([]tagPair, error) {
	rest := strings.TrimLeft(string(tag), " ")
	pairs := make([]tagPair, 0, 4)
	for rest != "" {
		key, after, ok := strings.Cut(rest, `:"`)
		if !ok || key == "" || strings.ContainsAny(key, " \"\t\n") {
			return nil, fmt.Errorf("the tag is malformed at %.40q: want key:\"value\" pairs with a space between them", rest)
		}
		end := 0
		for end < len(after) && after[end] != '"' {
			if after[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(after) {
			return nil, fmt.Errorf("the tag is malformed: the value of %s does not end", key)
		}
		value := after[:end]
		if strings.ContainsAny(value, "\\\n") {
			var err error
			if value, err = strconv.Unquote(`"` + after[:end+1]); err != nil {
				return nil, fmt.Errorf("the tag is malformed: the value of %s is not a Go string", key)
			}
		}
		if slices.ContainsFunc(pairs, func(other tagPair) bool { return other.key == key }) {
			return nil, fmt.Errorf("the tag has %s twice", key)
		}
		pairs = append(pairs, tagPair{key, value})
		rest = strings.TrimLeft(after[end+1:], " ")
	}
	return pairs, nil
}
