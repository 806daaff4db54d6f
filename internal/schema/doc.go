// Package schema compiles a Go type into one plan, a [Node]. From that plan come
// the JSON Schema that documents the type, the decoder that reads and checks
// requests, the check of replies, and the encoder that writes them: they cannot
// disagree, because there is nothing else to agree with.
//
// # Which JSON a type stands for
//
// Names come from `json:"name"` tags, or are the Go names as written; they are
// matched case-sensitively. The options omitempty and omitzero mean what they
// mean in encoding/json. Embedded structs are promoted. bool, integers, floats,
// strings, slices, arrays, maps with string or integer keys, structs and types
// made of them are read and written as encoding/json does, but
//
//   - []byte is base64 text, [time.Time] is an RFC 3339 date and time;
//   - a pointer is nullable, an [Optional] tells absent, null and a value apart;
//   - nil slices and maps are written as [] and {};
//   - a member name that occurs twice, invalid UTF-8, and data after the value
//     are refused (RFC 7493);
//   - 1.0 and 1e2 are integers, as in JSON Schema.
//
// A type with UnmarshalJSON or MarshalJSON takes care of its own JSON, one with
// MarshalText and UnmarshalText is a string.
//
// # Constraints
//
// Constraints are JSON Schema's keywords, written as tags:
//
//	Name  string   `json:"name" minLength:"1" maxLength:"64" doc:"As printed on the label."`
//	Size  string   `json:"size" enum:"s,m,l" default:"m"`
//	Codes []string `json:"codes" maxItems:"10" items.pattern:"^[A-Z]+$"`
//
// The keywords are minLength, maxLength, pattern (RE2 syntax, not anchored),
// format, enum, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
// multipleOf, minItems, maxItems, uniqueItems, minProperties, maxProperties,
// default, example, doc, deprecated, readOnly, writeOnly and title. The prefix
// "items." constrains the items of a list, "values." the values of a map; the
// prefixes can be repeated for lists of lists. Lengths count characters.
//
// The formats email, uri, uuid, date-time, date, time, duration, ipv4, ipv6,
// hostname and byte are checked; other formats are only documented.
//
// A readOnly member is not part of the input: what a client sends under its name
// is treated as an unknown member. A writeOnly member is never written.
//
// A blank field speaks for the struct itself:
//
//	_ struct{} `doc:"A customer." additionalProperties:"false"`
//
// where additionalProperties:"false" refuses unknown members, which are ignored
// otherwise. A type with a method JSONSchema() openapi.Schema adds its keywords
// wherever it is used, and what it says of the type is
// checked in replies; its other keywords are documented, and the type's own
// UnmarshalJSON enforces them.
//
// What an any holds is written by encoding/json: tags of its fields but json do
// not apply, writeOnly among them. Use concrete types for replies.
//
// # Required
//
// On input a member is required, unless its type is a pointer (absent is nil) or
// an Optional, or it has a default, omitempty or omitzero. On output a member is
// always written, unless it is an absent Optional, or is left out by omitempty
// or omitzero.
package schema
