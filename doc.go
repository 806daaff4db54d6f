// Package rest builds typed JSON APIs on net/http whose authentication is
// declared once: the value that checks a request is the value that documents it,
// and the handler receives the user as a typed field.
//
//	type ReadNote struct {
//		ID   int64       `path:"id" minimum:"1"`
//		User *store.User `auth:""`
//	}
//
//	func Read(ctx context.Context, in ReadNote) (Note, error) { ... }
//
//	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Auth: tokens.Header()},
//		rest.Router{Path: "/api", Controllers: []rest.Controller{
//			{Path: "/notes/{id}", Get: rest.Handle(Read)},
//		}})
//	// api is an http.Handler; api.OpenAPI() serves its document.
//
// A tree of plain values, [Settings] > [Router] > [Controller] > [Endpoint], is
// compiled once by [New] into one value per operation. Serving and the OpenAPI
// document read that value and nothing else. Every mistake in the tree is
// reported by New, all of them at once.
//
// # Auth
//
// Settings, Router, Controller and [Op] have the field Auth. nil inherits, and the nearest
// level that says something wins; [auth.Public] switches auth off. New refuses an operation
// whose auth no level decided.
//
// The other fields that the levels share work alike: Replies, ErrorFormat, Codecs, MaxBody,
// MapError and, for each name, Headers. Errors, LimitsBeforeAuth, Limits, Around and
// Deprecated add up, those of outer levels first.
//
// # Fields of requests and replies
//
// A field of the input has one source: path:"id", query:"page", header:"X-A",
// cookie:"lang", form:"file", body:"" or auth:"", or the type *http.Request. A reply is
// its body, or a struct with fields body:"", header:"X-A", cookie:"" (an *http.Cookie or
// []*http.Cookie) and status:"200,201" (an int; zero means the first).
//
// The codecs encode the body of a reply. With media types in its tag, body:"text/csv", it
// is sent as it is: []byte, string, an io.Reader, what a func(io.Writer) error writes, or a
// [Content] with ranges. A [Stream] sends what an iterator yields, and an output of type
// http.Handler writes the reply itself.
//
// Parameters are texts, numbers, times and other types that are read from one text. A
// slice in a query takes a repeated parameter, ids=1&ids=2, or with explode:"false" one
// with commas, ids=1,2. A slice in a header takes a list of RFC 9110 §5.6.1, on one line
// or several. A struct in a query takes filter[name]=x for its member name (OpenAPI's
// deepObject). An optional parameter is a pointer, an [Optional] or has a default.
//
// The tag of a body says what the field is. The codecs decode body:"", a value of any
// type. A media type, a list of them or a range makes it the content itself: an io.Reader,
// which the handler reads while the content arrives, or a []byte or string, which is read
// before. Other media types are a 415, and so is a body without Content-Type.
//
//	Body io.Reader `body:"application/octet-stream"`
//	Body []byte    `body:"image/png,image/jpeg"`
//
// Beside a value or a form, a field Sent []byte with the tag body:"raw" holds the bytes
// as they were sent, to check a signature. An *http.Request beside them has the body
// again, unless it is a form. All that reads the body is bounded by MaxBody; a handler
// that returns the read error answers 413, or 400 where the body ends too early.
//
// Constraints are JSON Schema's keywords, as tags, checked and documented: minLength,
// maxLength, pattern (RE2, not anchored), format, enum, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, multipleOf, minItems, maxItems, uniqueItems,
// minProperties, maxProperties, default, example, doc, deprecated, readOnly, writeOnly,
// title. The prefixes items. and values. constrain the items of a list and the values
// of a map. A member is required unless it is a pointer (null or absent), an [Optional],
// or has a default, omitempty or omitzero.
//
// The values of enum are separated by commas. The formats of a string are date-time, date,
// time, duration, email, idn-email, hostname, ipv4, ipv6, uri, uri-reference, iri,
// iri-reference, uri-template, uuid, json-pointer, relative-json-pointer, byte (base64)
// and password, which checks nothing. A time.Time is a date-time (RFC 3339), or with a
// format a date ("2026-01-31", midnight UTC) or a time ("15:04:05Z"). A time.Duration is
// a whole number of nanoseconds, or with format:"duration" a text of ISO 8601 without
// years and months ("PT1H30M").
//
//	Codes []string `json:"codes" maxItems:"10" items.pattern:"^[A-Z]+$"`
//	_     struct{} `doc:"A customer." additionalProperties:"false"` // of the struct itself
//
// # The way of a request
//
// Route (404, 405), LimitsBeforeAuth (429), Accept (406), authentication (401, 403, 503),
// Limits (429), body and parameters (400, 413, 415), Around, handler, validation of the
// reply (422), reply. Bodies that are produced while they are sent, such as streams, are
// validated and sent inside Around.
//
// OPTIONS is served where it is declared. Middleware in front of the API answers the
// preflights of browsers (CORS). It must have a method Unwrap, so that streams can flush.
package rest
