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
//   - []byte is base64 text (RFC 4648 §4, with padding and without line breaks);
//   - [time.Time] is a date and time of RFC 3339, which has no leap seconds here;
//     with format:"date" it is a date, read as midnight UTC and written in the
//     value's own zone, with format:"time" a time with its offset;
//   - [time.Duration] is a number of nanoseconds, with format:"duration" a text
//     such as PT1H30M, without years and months; seconds may have a fraction, and
//     a duration below zero cannot be written;
//   - [encoding/json.Number] is a number, kept as it was sent;
//   - an any holds what encoding/json puts there, but a whole number that a float64
//     would round is a json.Number;
//   - the option string of a json tag is for numbers, and makes them JSON strings;
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
// prefixes can be repeated for lists of lists. Lengths count characters. Limits are
// compared without rounding: multipleOf goes by the decimal digits of a number, and
// uniqueItems compares values as JSON. Limits that no value can keep are errors.
//
// The formats of texts are date-time, date, time, duration, email, idn-email,
// hostname, ipv4, ipv6, uri, uri-reference, iri, iri-reference, uri-template, uuid,
// json-pointer, relative-json-pointer and byte, which are checked, and password.
// Integers may be int32 or int64 and floats float or double, which is documented.
// Other formats are errors.
//
// The document has each pattern as ECMA-262 writes it with the flag u. There the
// dot leaves out more line ends than in Go; otherwise both match the same texts.
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
