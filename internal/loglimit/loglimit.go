// Package loglimit keeps a fault that concerns every request, such as a store that is down, from
// filling the log.
package loglimit

import (
	"log/slog"
	"sync"
	"time"
)

// Limit allows one line a minute. The zero value is ready. It is safe for concurrent use.
type Limit struct {
	mu      sync.Mutex
	next    time.Time
	skipped int
}

// Allow reports whether a line may be logged now. more has the number of lines that were skipped
// since the last one, as the attribute "skipped", if there are any.
func (l *Limit) Allow() (more []any, ok bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.next) {
		l.skipped++
		return nil, false
	}
	if l.skipped > 0 {
		more = []any{slog.Int("skipped", l.skipped)}
	}
	l.next, l.skipped = now.Add(time.Minute), 0
	return more, true
}
