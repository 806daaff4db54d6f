package schema

import (
	"slices"

	"github.com/go-modern-rest/rest/internal/message"
)

// DefaultMaxIssues is how many issues an [Issues] keeps by default.
const DefaultMaxIssues = 100

// Issue is one mistake of a value.
type Issue struct {
	Msg message.Message
	// Loc is the way to the mistake: member names are strings, list indexes are
	// ints. It is nil where the JSON itself is broken, and empty but not nil for
	// the root of a reply.
	Loc []any
}

// Issues collects the mistakes of a request or a reply. The zero value is empty.
// It is not safe for concurrent use.
type Issues struct {
	// Max is how many issues are kept; what comes later is dropped, so that a
	// body full of mistakes is not answered with a larger one.
	// Defaults to DefaultMaxIssues.
	Max int

	list []Issue
}

// Add keeps an issue, unless there are too many. It keeps loc as it is.
func (s *Issues) Add(msg message.Message, loc []any) {
	if !s.Full() {
		s.list = append(s.list, Issue{Msg: msg, Loc: loc})
	}
}

// Full reports whether further issues are dropped.
func (s *Issues) Full() bool {
	limit := s.Max
	if limit <= 0 {
		limit = DefaultMaxIssues
	}
	return len(s.list) >= limit
}

// Len is the number of issues kept.
func (s *Issues) Len() int { return len(s.list) }

// All returns the issues in the order they shall be shown. The slice belongs to
// s.
func (s *Issues) All() []Issue { return s.list }

// Reset empties s, and keeps nothing of it alive.
func (s *Issues) Reset() { s.list = nil }

// sortFrom orders the issues added since Len was n by rank, stably.
func (s *Issues) sortFrom(n int, rank func(Issue) int) {
	slices.SortStableFunc(s.list[n:], func(a, b Issue) int { return rank(a) - rank(b) })
}
