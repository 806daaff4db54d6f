// Package batch collects small writes that may be late, such as the time of the last use of a
// session, so that a request does not wait for each of them.
package batch

import (
	"context"
	"sync"
	"time"
)

// Batch collects rows by key. The newest row of a key counts. It is safe for concurrent use.
type Batch[K comparable, V any] struct {
	size  int
	newer func(a, b V) bool
	write func(ctx context.Context, rows map[K]V) error

	mu      sync.Mutex
	rows    map[K]V
	due     time.Time     // when the rows must be written, however few they are
	resting time.Time     // nothing is written before this time, because writing has failed
	running int           // calls of Run
	wake    chan struct{} // has an element if Run must look again

	writing chan struct{} // has an element while rows are written
}

// New makes a Batch that is due when it has size rows, or earlier, as Put says. newer reports
// whether row a was recorded after row b. write writes rows in one step. If it fails, the
// rows are kept and written with the next ones, a second later at the earliest.
func New[K comparable, V any](size int, newer func(a, b V) bool, write func(ctx context.Context, rows map[K]V) error) *Batch[K, V] {
	return &Batch[K, V]{size: size, newer: newer, write: write, rows: map[K]V{}, wake: make(chan struct{}, 1), writing: make(chan struct{}, 1)}
}

// Longest is how long a row of a store waits to be written.
const Longest = 10 * time.Second

const (
	rest = time.Second // after a write that failed
	most = 10          // times size: how many rows are kept when writing fails; others are dropped
)

// Put adds a row, which is due after wait at the latest. If the batch is due now, and Run is
// not running, Put writes it and returns the error of that, even if the client of the request
// leaves meanwhile. Otherwise it returns nil.
func (b *Batch[K, V]) Put(ctx context.Context, key K, row V, wait time.Duration) error {
	if !b.put(key, row, wait) {
		return nil
	}
	select {
	case b.writing <- struct{}{}:
		defer func() { <-b.writing }()
		write := context.WithoutCancel(ctx)
		if deadline, ok := ctx.Deadline(); ok {
			var stop func()
			write, stop = context.WithDeadline(write, deadline)
			defer stop()
		}
		return b.flush(write)
	default: // another request is writing
		return nil
	}
}

// put adds a row, and reports whether the caller must write the batch.
func (b *Batch[K, V]) put(key K, row V, wait time.Duration) bool {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.rows[key]
	switch {
	case !known && len(b.rows) >= most*b.size:
		return b.running == 0 && b.remaining(now) <= 0
	case known && b.newer(old, row):
		row = old
	}
	if at := now.Add(wait); len(b.rows) == 0 || at.Before(b.due) {
		b.due = at
	}
	b.rows[key] = row
	if b.running == 0 {
		return b.remaining(now) <= 0
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return false
}

// never is longer than any wait.
const never = time.Hour

// remaining returns how long the rows can wait. The caller holds mu.
func (b *Batch[K, V]) remaining(now time.Time) time.Duration {
	if len(b.rows) == 0 {
		return never
	}
	at := b.due
	if len(b.rows) >= b.size {
		at = now
	}
	return max(at.Sub(now), b.resting.Sub(now))
}

// Flush writes the rows now. It waits for a write that has begun, until the context ends.
func (b *Batch[K, V]) Flush(ctx context.Context) error {
	select {
	case b.writing <- struct{}{}:
		defer func() { <-b.writing }()
		return b.flush(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// flush writes the rows. The caller holds writing.
func (b *Batch[K, V]) flush(ctx context.Context) error {
	b.mu.Lock()
	rows := b.rows
	if len(rows) == 0 { // they stay those of put, and must not be read without the lock
		b.mu.Unlock()
		return nil
	}
	b.rows = map[K]V{}
	b.mu.Unlock()
	err := b.write(ctx, rows)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.resting = time.Time{}
		return nil
	}
	for key, row := range b.rows { // which came meanwhile
		if old, known := rows[key]; !known || !b.newer(old, row) {
			rows[key] = row
		}
	}
	b.rows, b.resting = rows, time.Now().Add(rest)
	return err
}

// Run writes the rows when they are due, until the context ends. The caller flushes what is
// left. failed is called with each error of writing.
func (b *Batch[K, V]) Run(ctx context.Context, failed func(error)) {
	b.run(1)
	defer b.run(-1)
	for ctx.Err() == nil {
		b.mu.Lock()
		wait := b.remaining(time.Now())
		b.mu.Unlock()
		if wait <= 0 {
			if err := b.Flush(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (b *Batch[K, V]) run(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running += n
}
