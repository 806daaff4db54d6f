package schema

import (
	"encoding/json"
	"slices"

	"github.com/go-modern-rest/rest/openapi"
)

// describe writes the constraints into a schema.
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
			*at = json.Number(b.text)
		}
	}
	if r.pattern != nil {
		s.Pattern = r.patternText
	}
	if r.formatName != "" {
		s.Format = r.formatName
	}
	s.Enum = slices.Clone(r.enumValues)
}

// annotate writes the keywords that describe a value and do not constrain it.
func (c *Components) annotate(s *openapi.Schema, r *rules) {
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
	if r.example != nil && !c.Plain {
		s.Examples = []json.RawMessage{r.example}
	}
	s.Deprecated, s.ReadOnly, s.WriteOnly = r.deprecated, r.readOnly, r.writeOnly
}
