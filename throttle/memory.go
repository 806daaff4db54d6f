package throttle

import (
	"context"
	"sync"
	"time"
)

// Memory counts in the memory of the process. It is safe for concurrent use, and
// forgets keys, of up to 100 bytes each, some time after their window is over.
type Memory struct {
	mu      sync.Mutex
	entries map[string]entry
	sweepAt int       // entries
	due     time.Time // when many are swept even so
}

// entry is the state of a key: of a fixed window its end and how many requests it
// had; of a smooth one (GCRA) the theoretical arrival time of the next request.
type entry struct {
	until time.Time
	count int
}

const (
	sweepLeast = 1024 // how many keys are never swept
	sweepEach  = time.Minute
)

// NewMemory makes an empty memory.
func NewMemory() *Memory { return &Memory{entries: map[string]entry{}} }

// Take implements [Store].
func (m *Memory) Take(_ context.Context, key string, rate Rate, now time.Time) (Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entries[key]
	if !e.until.After(now) {
		e = entry{}
	}
	result, next := rate.count(e, now)
	if result.Allowed {
		m.entries[key] = next
		m.sweep(now)
	}
	return result, nil
}

// Refund implements [Store].
func (m *Memory) Refund(_ context.Context, key string, rate Rate, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[key]; ok && e.until.After(now) {
		m.entries[key] = rate.refund(e)
	}
	return nil
}

// refund returns a state with one request less.
func (r Rate) refund(e entry) entry {
	if r.Smooth {
		e.until = e.until.Add(-r.Window / time.Duration(r.Requests))
	} else {
		e.count = max(0, e.count-1)
	}
	return e
}

// count decides on a request, and returns the state after it.
func (r Rate) count(e entry, now time.Time) (Result, entry) {
	if !r.Smooth {
		if e.until.IsZero() {
			e.until = now.Add(r.Window)
		}
		reset := e.until.Sub(now)
		if e.count >= r.Requests {
			return Result{Retry: reset, Reset: reset}, e
		}
		e.count++
		return Result{Allowed: true, Remaining: r.Requests - e.count, Reset: reset}, e
	}
	interval := r.Window / time.Duration(r.Requests)
	arrival := e.until
	if arrival.Before(now) {
		arrival = now
	}
	next := arrival.Add(interval)
	if early := next.Sub(now) - r.Window; early > 0 {
		return Result{Retry: early, Reset: arrival.Sub(now)}, e
	}
	left := int((r.Window - next.Sub(now)) / interval)
	return Result{Allowed: true, Remaining: left, Reset: next.Sub(now)}, entry{until: next}
}

// sweep forgets keys whose window is over: whenever there are twice as many as after
// the last time, so that its cost is spread over the requests that made them, and
// otherwise once a minute.
func (m *Memory) sweep(now time.Time) {
	if n := len(m.entries); n < sweepLeast || n < m.sweepAt && now.Before(m.due) {
		return
	}
	living := make(map[string]entry) // a map from which is deleted stays large
	for key, e := range m.entries {
		if e.until.After(now) {
			living[key] = e
		}
	}
	m.entries = living
	m.sweepAt, m.due = 2*len(living), now.Add(sweepEach)
}

// Len returns how many keys are remembered.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries)
}
