package schema

import (
	"slices"

	"github.com/go-modern-rest/rest/internal/message"
)

const (
	// DefaultMaxIssues is how many issues an [Issues] keeps by default.
	DefaultMaxIssues = 100
	// MaxIssueBytes is about how many bytes of issues an [Issues] keeps. The reply
	// that lists them is no longer than this, so it drops none that fit in there.
	MaxIssueBytes = 16 << 10
)

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
	size int // about how many bytes the list needs in a reply
	more bool
}

// Add keeps an issue, unless there are too many. It keeps loc as it is.
func (s *Issues) Add(msg message.Message, loc []any) {
	if s.Full() {
		s.more = true
		return
	}
	s.size += sizeOf(msg, loc)
	s.list = append(s.list, Issue{Msg: msg, Loc: loc})
}

// add keeps an issue with its own copy of the location.
func (s *Issues) add(loc []any, text string, args ...any) {
	if s.Full() {
		s.more = true
		return
	}
	s.Add(message.New(text, args...), append([]any{}, loc...))
}

// sizeOf is a lower limit of what an issue needs in a reply.
func sizeOf(msg message.Message, loc []any) int {
	size := len(`{"msg":"","loc":[]},`) + len(msg.Text)
	for _, arg := range msg.Args {
		if text, ok := arg.(string); ok {
			size += len(text)
		}
	}
	for _, step := range loc {
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

// More reports whether issues were dropped. What follows need not be checked.
func (s *Issues) More() bool { return s.more }

// Len is the number of issues kept.
func (s *Issues) Len() int { return len(s.list) }

// All returns the issues in the order they shall be shown. The slice belongs to
// s.
func (s *Issues) All() []Issue { return s.list }

// Reset empties s, and keeps nothing of it alive.
func (s *Issues) Reset() { s.list, s.size, s.more = nil, 0, false }

// sortFrom orders the issues added since Len was n by rank, stably.
func (s *Issues) sortFrom(n int, rank func(Issue) int) {
	slices.SortStableFunc(s.list[n:], func(a, b Issue) int { return rank(a) - rank(b) })
}
