// Package schema compiles a Go type into one plan, a [Node]. The JSON Schema in the
// document, the decoder of requests, the validation of replies and the encoder all
// follow that plan, so that they cannot disagree.
//
// Errors of Compile are mistakes in the declaration of a type. Issues are mistakes in
// a value, and have a code, parameters and a text for the client.
//
// # How types are read and written
//
// The name of a member is that of the json tag, or the name of the field. It is
// case-sensitive. The options omitempty and omitzero mean what they mean in
// encoding/json. The fields of embedded structs are members of the outer object.
// Types are read and written as in encoding/json, with these differences:
//
//   - A []byte is base64 text (RFC 4648 §4, with padding and without line breaks).
//   - A [time.Time] is a date-time of RFC 3339, without leap seconds. With
//     format:"date" it is a date, which is read as midnight UTC and written in the
//     time zone of the value. With format:"time" it is a time with its offset.
//   - A [time.Duration] is a number of nanoseconds. With format:"duration" it is a text
//     such as PT1H30M, without years and months. Seconds can have a fraction. A
//     negative duration cannot be written.
//   - A [encoding/json.Number] is a number and keeps the digits that were sent.
//   - An any has the types that encoding/json gives it, except that an integer which a
//     float64 would round is a json.Number.
//   - The option string of a json tag applies to numbers and makes them JSON strings.
//   - A pointer can be null. A rest.Optional can be absent, null or a value.
//   - A nil slice or map is written as [] or {}.
//   - Duplicate names, invalid UTF-8 and data after the value are errors (RFC 7493).
//   - 1.0 and 1e2 are integers, as in JSON Schema.
//
// A type with UnmarshalJSON or MarshalJSON reads or writes its own JSON. A type with
// MarshalText and UnmarshalText is a string.
//
// # Constraints
//
// Constraints are tags named after the keywords of JSON Schema:
//
//	Name  string   `json:"name" minLength:"1" maxLength:"64" doc:"As printed on the label."`
//	Size  string   `json:"size" enum:"s,m,l" default:"m"`
//	Codes []string `json:"codes" maxItems:"10" items.pattern:"^[A-Z]+$"`
//
// The keywords are minLength, maxLength, pattern (in the syntax of package regexp, not
// anchored), format, enum, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
// multipleOf, minItems, maxItems, uniqueItems, minProperties, maxProperties,
// default, example, doc, deprecated, readOnly, writeOnly and title. The prefix
// "items." applies a keyword to the items of a list, "values." to the values of a map.
// The prefixes can be repeated for lists of lists. Lengths count characters. Numbers are
// compared without rounding: multipleOf works on the decimal digits. uniqueItems compares
// items as JSON values.
//
// Compile returns an error for a tag that has no effect: a keyword that the type cannot
// have, a limit that no value satisfies, a default or example that does not satisfy the
// constraints, a tag of another library such as validate, and a malformed tag.
//
// The formats of strings are date-time, date, time, duration, email, idn-email,
// hostname, ipv4, ipv6, uri, uri-reference, iri, iri-reference, uri-template, uuid,
// json-pointer, relative-json-pointer and byte, which are checked, and password, which is
// documented alone. A number can have the format that its Go type has anyway: int8 to
// int64, uint8 to uint64, float or double.
//
// The document has each pattern in the syntax of ECMA-262 with the flag u. The dot
// there excludes more line ends than in Go; otherwise both match the same texts.
//
// A readOnly member is not part of the input. If a client sends it, it is treated as an
// unknown member. A writeOnly member is never written.
//
// A blank field describes the struct itself:
//
//	_ struct{} `doc:"A customer." additionalProperties:"false"`
//
// With additionalProperties:"false" unknown members are errors. Otherwise they are
// ignored. A method JSONSchema() openapi.Schema of a type replaces its schema in the
// document. Replies are checked against its type alone; the UnmarshalJSON of the type
// enforces the other keywords.
//
// Package json writes what is in an any. Tags of its fields other than json have no
// effect there, writeOnly among them, so replies should have concrete types.
//
// # Required members
//
// In the input a member is required unless its type is a pointer, which is nil if the
// member is absent, or a rest.Optional, or it has a default, omitempty or omitzero. In
// the output a member is always written, except for an absent Optional and a member that
// omitempty or omitzero leaves out.
package schema
