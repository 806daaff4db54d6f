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
// # Requests and replies
//
// The input of a handler is a struct. The tag of each field names the one source that the
// field is read from: path, query, header, cookie, form, body or auth. A field of the type
// *http.Request is the request itself. The fields of an embedded struct are read as those
// of the struct around it.
//
// The output is the body of the reply; or a struct whose fields are tagged status, header,
// cookie or body; or [None], which is an empty reply (204); or an http.Handler, which writes
// the reply itself. The codecs encode a body of any type; one with a media type in its tag
// is sent as it is; a [Stream] sends what an iterator yields.
//
// Everything that is read and written is checked against its tags, and documented by them.
// A request that breaks them is a 400 that names each mistake, a reply a 422, see [Replies].
// JSON is read and written as by package encoding/json, except that names are case-sensitive,
// duplicate names and invalid UTF-8 are errors, and nil slices and maps are written as [] and
// {}. A type with methods MarshalJSON and UnmarshalJSON writes and reads itself; MarshalText
// and UnmarshalText make a string of it.
//
// A handler that reads an io.Reader or an *http.Request is bounded by MaxBody as well: if it
// returns the error of that read, the reply is a 413, or a 400 where the body ends too early.
// A body of a media type that is not listed is a 415, and so is one without Content-Type.
//
// # Tags
//
// A tag is key:"value". The value is a Go string: a quote in it is written \", a backslash
// \\, as in pattern:"^\\d+$". [New] refuses a tag that has no effect: one that the type
// cannot have, contradicts another or belongs to another library, such as validate or
// required.
//
// Sources of the fields of an input:
//
//   - path:"id" is the wildcard {id} of the route. It is always required.
//   - query:"page" is a parameter of the query. Of several values the last counts. A slice
//     takes all of them, ids=1&ids=2; with explode:"false" it takes one with commas, ids=1,2.
//     A struct takes filter[name]=x for its member name (OpenAPI's deepObject).
//   - header:"X-Trace" is a header. A slice takes a list with commas, on one line or several
//     (RFC 9110 §5.6.1). Authorization, Content-Type and Accept belong to the framework.
//   - cookie:"lang" is a cookie. Of several with one name the last counts.
//   - form:"title" is a field of a form, in application/x-www-form-urlencoded or
//     multipart/form-data. A slice takes all values of a name. A [File], *File or []File takes
//     files, and makes the form multipart/form-data alone.
//   - body:"" is the body, which the codecs decode. A pointer is nil if no body was sent.
//     body:"image/png,image/jpeg" is a body of these media types, or of a range such as
//     image/*, as it was sent: an io.Reader, which the handler reads while the content
//     arrives, or a []byte or string, which is read before. body:"raw" is a []byte with the
//     bytes of the body:"" or the form beside it, to check a signature.
//   - auth:"" is the principal: the user that authentication found. The field has the type
//     that the authenticator declares. No other part of a request can set it.
//
// Parameters are read from text: strings, numbers, bools (true, 1, on, yes; false, 0, off,
// no), times, types with UnmarshalText. An optional one is a pointer, an [Optional], or has a
// default. A slice is optional unless it has minItems.
//
// Parts of an output:
//
//   - status:"200,201" is the status, an int that is one of these. Zero means the first.
//   - header:"X-Total" is a header: a string, number, bool, time or type with MarshalText, a
//     pointer to one, or a slice, which is joined with commas. A time is an HTTP date unless
//     it has a format. Empty strings and slices, nil pointers and zero times are left out.
//   - cookie:"seen" is a cookie, an *http.Cookie, which is left out if it is nil. cookie:"" is
//     a []*http.Cookie or a cookie of any name that [Op].Cookies or OptionalCookies declares.
//   - body:"" is the body, which the codecs encode, or a [Stream]. body:"text/csv" is sent
//     as it is: a []byte or string, an io.Reader, what a func(io.Writer) error writes, or a
//     [Content], which answers ranges. If it can have several media types, or a range of
//     them, a string field header:"Content-Type" says which.
//
// Members of JSON objects have the tag json:"name" as in encoding/json; without one the name
// is that of the field. json:"-" leaves the field out. A member must be sent unless it is a
// pointer, which null sets to nil, or an [Optional], or has a default, omitempty or omitzero.
// Options follow the name after commas:
//
//   - omitempty leaves the member out of the output if it is false, 0, nil or empty.
//   - omitzero leaves it out if it is the zero value, or if its method IsZero says so.
//   - string writes a number as a JSON string, and reads it from one.
//
// These keywords of JSON Schema constrain parameters, members, bodies and headers. They are
// checked in requests and in replies:
//
//   - minLength:"1", maxLength:"64": characters of a string.
//   - pattern:"^[a-z]+$": the syntax of package regexp, not anchored.
//   - format:"email": see below.
//   - enum:"s,m,l": the values, with commas between them and no spaces; for strings, integers
//     and types with UnmarshalText. A value cannot contain a comma.
//   - minimum:"1", maximum:"5", exclusiveMinimum:"0", exclusiveMaximum:"1": limits of a number.
//   - multipleOf:"0.05": of the decimal digits, without rounding.
//   - minItems:"1", maxItems:"10", uniqueItems:"true": of a slice or array.
//   - minProperties:"1", maxProperties:"10": of a map.
//
// The others describe:
//
//   - default:"20": what a request that leaves the value out means. It makes the value
//     optional. A path parameter, a body and a member that is an Optional have none.
//   - example:"Milk": an example for the document. The media type of a body has one put
//     together from those of its members, if all required members have one.
//   - doc:"Shown in lists." is the description, in CommonMark. title:"Note" is the title.
//   - deprecated:"true" marks the value in the document.
//   - readOnly:"true" keeps a member out of the input: it is handled like an unknown one.
//     writeOnly:"true" keeps it out of the output.
//
// Default and example are texts without quotes for strings, times and []byte, and JSON for
// everything else: default:"[]", example:"[{\"title\":\"Milk\"}]".
//
// The prefix items. applies a keyword to the items of a slice or array, values. to the values
// of a map. They can be repeated. Default, readOnly and writeOnly have no prefix.
//
//	Codes []string         `json:"codes" maxItems:"10" items.pattern:"^[A-Z]+$"`
//	Grid  [][]int          `json:"grid" items.maxItems:"9" items.items.minimum:"0"`
//	Sizes map[string]int64 `json:"sizes" values.minimum:"1"`
//
// The field _ struct{} has tags about the struct itself: doc, and additionalProperties:"false",
// which makes unknown members of a request errors. Otherwise they are ignored.
//
//	_ struct{} `doc:"A customer." additionalProperties:"false"`
//
// The formats of a string are date-time, date, time, duration, email, idn-email, hostname,
// ipv4, ipv6, uri, uri-reference, iri, iri-reference, uri-template, uuid, json-pointer,
// relative-json-pointer, byte (base64), and password, which checks nothing. A time.Time is a
// date-time (RFC 3339), or with a format a date ("2026-01-31", midnight UTC) or a time
// ("15:04:05Z"). A time.Duration is a whole number of nanoseconds, or with
// format:"duration" a text of ISO 8601 without years and months ("PT1H30M"). A number can
// have the format of its Go type: int8, int16, int32, int64, uint8, uint16, uint32, uint64,
// float or double. Without a tag the document has the format and range of the Go type anyway.
//
// A method JSONSchema() openapi.Schema of a type replaces its schema in the document. The
// UnmarshalJSON of the type checks what that schema says.
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
