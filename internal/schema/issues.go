package schema

import (
	"slices"

	"github.com/go-modern-rest/rest/internal/message"
)

const (
	// DefaultMaxIssues is how many issues an [Issues] keeps by default.
	DefaultMaxIssues = 100
	// MaxIssueBytes is about how many bytes of issues an [Issues] keeps. An error
	// reply is not larger than that, so it shows every issue that is kept.
	MaxIssueBytes = 16 << 10
)

// The codes of issues: what is wrong, as a word for programs. A code that is a
// keyword of JSON Schema has a parameter of the same name, the value of the keyword:
// {"minLength": 2}. Uniqueness and the last group have no such parameter.
const (
	CodeType             = "type" // "string", "integer", … as in JSON Schema; "file" in a form
	CodeEnum             = "enum" // a list
	CodeMinLength        = "minLength"
	CodeMaxLength        = "maxLength"
	CodePattern          = "pattern" // as documented: in the syntax of ECMA-262
	CodeFormat           = "format"
	CodeContentEncoding  = "contentEncoding" // "base64"
	CodeMinimum          = "minimum"         // also the least value of the Go type
	CodeMaximum          = "maximum"         // also the greatest value of the Go type
	CodeExclusiveMinimum = "exclusiveMinimum"
	CodeExclusiveMaximum = "exclusiveMaximum"
	CodeMultipleOf       = "multipleOf"
	CodeMinItems         = "minItems"
	CodeMaxItems         = "maxItems"
	CodeUniqueItems      = "uniqueItems"
	CodeMinProperties    = "minProperties"
	CodeMaxProperties    = "maxProperties"

	CodeRequired = "required" // a member or parameter is missing
	CodeUnknown  = "unknown"  // the type does not have the member
	CodeUTF8     = "utf8"     // a parameter or a file name is not UTF-8
	CodeInvalid  = "invalid"  // a type's own UnmarshalJSON or UnmarshalText refused the value
	CodeMore     = "more"     // there are more issues than were kept

	// CodeJSON means that the text is not JSON as RFC 8259 and RFC 7493 want it. The
	// parameter "byte" is the offset of the mistake in the text, "maxDepth" the limit
	// of nesting where that was exceeded. A text that ends too early has none.
	CodeJSON = "json"
)

// Issue is one mistake of a value.
type Issue struct {
	Msg message.Message
	// Code is one of the codes of this package.
	Code string
	// Params are the numbers and words that Msg is made with, by name. It may be nil.
	Params map[string]any
	// Loc is the way to the mistake: member names are strings, list indexes are
	// ints. It is nil where the JSON itself is broken, and empty but not nil for
	// the root of a reply.
	Loc []any
}

// Issues collects the mistakes of a request or a reply. The zero value is empty.
// It is not safe for concurrent use.
type Issues struct {
	// Max is how many issues are kept. Later ones are dropped, so that a body full
	// of mistakes is not answered with a larger reply.
	// Defaults to DefaultMaxIssues.
	Max int

	list []Issue
	size int // about how many bytes the list needs in a reply
	more bool
}

// Add keeps an issue, unless there are too many. It copies loc. The issue's only
// parameter is named by its code; nil means that it has none.
func (s *Issues) Add(loc []any, code string, param any, text string, args ...any) {
	if !s.drops() {
		s.add(append([]any{}, loc...), code, param, text, args)
	}
}

func (s *Issues) add(loc []any, code string, param any, text string, args []any) {
	var params map[string]any
	if param != nil {
		params = map[string]any{code: param}
	}
	s.keep(Issue{Msg: message.New(text, args...), Code: code, Params: params, Loc: loc})
}

// drops reports whether a further issue is dropped, and notes that there was one.
func (s *Issues) drops() bool {
	if s.Full() {
		s.more = true
	}
	return s.more
}

func (s *Issues) keep(issue Issue) {
	s.size += sizeOf(&issue)
	s.list = append(s.list, issue)
}

// sizeOf is a lower limit of what an issue needs in a reply.
func sizeOf(issue *Issue) int {
	size := len(`{"msg":"","loc":[]},`) + len(issue.Msg.Text)
	for _, arg := range issue.Msg.Args {
		if text, ok := arg.(string); ok {
			size += len(text)
		}
	}
	for _, step := range issue.Loc {
		text, _ := step.(string)
		size += len(text) + len(`,`)
	}
	return size
}

// Full reports whether further issues are dropped.
func (s *Issues) Full() bool {
	limit := s.Max
	if limit <= 0 {
		limit = DefaultMaxIssues
	}
	return len(s.list) >= limit || s.size >= MaxIssueBytes
}

// More reports whether issues were dropped. The caller need not check what follows.
func (s *Issues) More() bool { return s.more }

// Len is the number of issues kept.
func (s *Issues) Len() int { return len(s.list) }

// All returns the issues in the order in which a reply lists them. The slice
// belongs to s.
func (s *Issues) All() []Issue { return s.list }

// Reset empties s and drops every reference to the issues.
func (s *Issues) Reset() { s.list, s.size, s.more = nil, 0, false }

// sortFrom orders the issues added since Len was n by rank, stably.
func (s *Issues) sortFrom(n int, rank func(Issue) int) {
	slices.SortStableFunc(s.list[n:], func(a, b Issue) int { return rank(a) - rank(b) })
}
