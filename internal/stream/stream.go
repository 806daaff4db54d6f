// Package stream sends the items of an iterator to a client while the iterator makes
// them, as server-sent events or as lines of JSON. It ends a stream in time, also if the
// iterator or the client does not.
package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"
	"unsafe"
)

// Form is how the items of a stream are separated.
type Form uint8

// The forms of streams.
const (
	// Events are server-sent events: https://html.spec.whatwg.org/#server-sent-events
	Events Form = iota
	// Lines are lines of JSON: https://jsonlines.org
	Lines
)

// Timing says how long a stream waits.
type Timing struct {
	KeepAlive time.Duration // between comments while there are no events
	Flush     time.Duration // at most from an item to the flush of its line
	Write     time.Duration // for one write
	Grace     time.Duration // for a write and for the iterator when the stream ends
}

// Defaults is the timing of streams.
var Defaults = Timing{KeepAlive: 15 * time.Second, Flush: 50 * time.Millisecond, Write: 30 * time.Second, Grace: 200 * time.Millisecond}

// Source yields the items of a stream.
type Source struct {
	// Run calls yield with each item, or with an error, until yield returns false. It runs
	// in a goroutine of its own.
	Run func(yield func(item unsafe.Pointer, err error) bool)
	// Frame appends an item as it is sent. Its error ends the stream. It is called in the
	// goroutine of Run.
	Frame func(dst []byte, item unsafe.Pointer) ([]byte, error)
	// Last appends what tells the client of an error, if there is a form for it.
	Last func(dst []byte, err error) []byte
}

// ErrClient is the cause of the end of a stream whose client does not receive it.
var ErrClient = errors.New("rest: the client does not receive the stream")

// Send sends a stream, whose header has been written. ctx is the context of the iterator,
// which cancel ends with a cause. It returns nil when the iterator has ended and everything
// is sent, the error of the iterator, or the cause of the end of ctx: [ErrClient] if a write
// failed. The connection cannot be used any more in this case.
//
// When Send returns, the iterator has returned too, unless it needs longer than
// [Timing].Grace. What it yields later is discarded.
func Send(ctx context.Context, cancel context.CancelCauseFunc, w http.ResponseWriter, form Form, source Source, timing Timing) (err error) {
	p := newPump(form, source.Frame)
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		p.run(source.Run)
	}()
	c := newConnection(ctx, w, timing)
	defer func() {
		c.release()
		p.stop()
		if errors.Is(err, ErrClient) {
			cancel(err)
		} else {
			cancel(nil)
		}
		grace := time.NewTimer(timing.Grace)
		defer grace.Stop()
		select {
		case <-returned:
		case <-grace.C:
		}
	}()
	err = p.send(ctx, c, timing)
	if err == nil || ctx.Err() != nil || source.Last == nil || errors.Is(err, ErrClient) {
		return err
	}
	if last := source.Last(nil, err); len(last) > 0 {
		if failed := c.write(last); failed != nil {
			return failed
		}
	}
	return err
}

// run runs the iterator, and turns a panic into an error.
func (p *pump) run(iterate func(yield func(unsafe.Pointer, error) bool)) {
	err := errors.New("rest: the iterator called runtime.Goexit")
	defer func() {
		switch fault := recover(); {
		case fault == http.ErrAbortHandler: //nolint:errorlint // the value is the contract of net/http
			err = http.ErrAbortHandler
		case fault != nil:
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
		p.finish(err)
	}()
	iterate(p.yield)
	err = nil
}

// send writes what the iterator yields until it ends, or ctx does.
func (p *pump) send(ctx context.Context, c *connection, timing Timing) error {
	flush, keepAlive := time.NewTimer(timing.Flush), time.NewTimer(timing.KeepAlive)
	flush.Stop()
	if p.form != Events {
		keepAlive.Stop()
	}
	defer flush.Stop()
	defer keepAlive.Stop()
	if err := c.write(nil); err != nil { // the header, so that the client knows that the stream is open
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.ready:
			if !p.urgent() {
				flush.Reset(timing.Flush)
				continue
			}
		case <-flush.C:
		case <-keepAlive.C:
			if err := c.write(comment); err != nil {
				return err
			}
			keepAlive.Reset(timing.KeepAlive)
			continue
		}
		flush.Stop()
		frames, ended, failed := p.take()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if len(frames) > 0 {
			if err := c.write(frames); err != nil {
				return err
			}
		}
		if ended {
			return failed
		}
		if p.form == Events {
			keepAlive.Reset(timing.KeepAlive)
		}
	}
}

// comment keeps a connection alive between events; clients ignore it.
var comment = []byte(":\n\n")
