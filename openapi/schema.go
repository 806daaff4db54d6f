package openapi

import "encoding/json"

// Schema is a JSON Schema (draft 2020-12), the part of it that Go types need.
type Schema struct {
	Ref         string   `json:"$ref,omitempty"`
	Type        string   `json:"type,omitempty"`
	Format      string   `json:"format,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	AnyOf       []Schema `json:"anyOf,omitempty"`
	OneOf       []Schema `json:"oneOf,omitempty"`
	AllOf       []Schema `json:"allOf,omitempty"`
	Enum        []any    `json:"enum,omitempty"`
	Const       any      `json:"const,omitempty"`

	Properties           Properties `json:"properties,omitempty"`
	Required             []string   `json:"required,omitempty"`
	AdditionalProperties any        `json:"additionalProperties,omitempty"` // a bool or a *Schema
	PropertyNames        *Schema    `json:"propertyNames,omitempty"`
	MinProperties        *int       `json:"minProperties,omitempty"`
	MaxProperties        *int       `json:"maxProperties,omitempty"`

	Items       *Schema `json:"items,omitempty"`
	MinItems    *int    `json:"minItems,omitempty"`
	MaxItems    *int    `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`

	MinLength        *int   `json:"minLength,omitempty"`
	MaxLength        *int   `json:"maxLength,omitempty"`
	Pattern          string `json:"pattern,omitempty"`
	ContentEncoding  string `json:"contentEncoding,omitempty"`
	ContentMediaType string `json:"contentMediaType,omitempty"`
	// ContentSchema describes what a string holds, with ContentMediaType.
	ContentSchema *Schema `json:"contentSchema,omitempty"`

	Minimum          json.Number `json:"minimum,omitempty"`
	Maximum          json.Number `json:"maximum,omitempty"`
	ExclusiveMinimum json.Number `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum json.Number `json:"exclusiveMaximum,omitempty"`
	MultipleOf       json.Number `json:"multipleOf,omitempty"`

	// Default is the value as JSON; empty means none.
	Default    json.RawMessage   `json:"default,omitempty"`
	Examples   []json.RawMessage `json:"examples,omitempty"`
	Deprecated bool              `json:"deprecated,omitempty"`
	ReadOnly   bool              `json:"readOnly,omitempty"`
	WriteOnly  bool              `json:"writeOnly,omitempty"`
}

// Property is a named member of an object schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are the members of an object schema, in the order of the Go fields.
type Properties []Property

// MarshalJSON writes the properties as an object, in their order.
func (p Properties) MarshalJSON() ([]byte, error) { return appendProperties(nil, p, 0) }

// Lookup returns the schema of a property, or nil.
func (p Properties) Lookup(name string) *Schema {
	for _, prop := range p {
		if prop.Name == name {
			return prop.Schema
		}
	}
	return nil
}

// SchemaRef refers to a schema in the document's components.
func SchemaRef(name string) *Schema { return &Schema{Ref: "#/components/schemas/" + name} }

// Nullable allows null besides the schema's own values.
func Nullable(s *Schema) *Schema { return &Schema{AnyOf: []Schema{*s, {Type: "null"}}} }
