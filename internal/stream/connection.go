package stream

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// connection writes to a client. Each write has a deadline of its own. The end of the
// stream's context ends a write for which the client does not read.
type connection struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	timing     Timing
	fired      chan struct{} // closed when the end of the context was seen
	stop       func() bool

	mu      sync.Mutex
	writing bool
	ended   bool
	server  *http.Server // may be nil
}

func newConnection(ctx context.Context, w http.ResponseWriter, timing Timing) *connection {
	c := &connection{w: w, controller: http.NewResponseController(w), timing: timing, fired: make(chan struct{})}
	c.server, _ = ctx.Value(http.ServerContextKey).(*http.Server)
	c.stop = context.AfterFunc(ctx, func() {
		defer close(c.fired)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.ended = true; c.writing {
			c.deadline()
		}
	})
	return c
}

// deadline sets the deadline of the write that is going on or begins. The caller holds mu.
// Writers that have no deadlines, as in tests, ignore it.
func (c *connection) deadline() {
	limit := c.timing.Write
	if c.ended {
		limit = c.timing.Grace
	}
	_ = c.controller.SetWriteDeadline(time.Now().Add(limit))
}

// write writes and flushes. Its error is [ErrClient].
func (c *connection) write(p []byte) error {
	c.mu.Lock()
	c.writing = true
	c.deadline()
	c.mu.Unlock()
	_, err := c.w.Write(p)
	if err == nil {
		err = c.controller.Flush()
	}
	c.mu.Lock()
	c.writing = false
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrClient, err)
	}
	return nil
}

// release gives the connection back to the server, with the deadline that the server
// would have set.
func (c *connection) release() {
	if !c.stop() {
		<-c.fired
	}
	var deadline time.Time
	if c.server != nil && c.server.WriteTimeout > 0 {
		deadline = time.Now().Add(c.server.WriteTimeout)
	}
	_ = c.controller.SetWriteDeadline(deadline)
}

// CanFlush reports whether a ResponseWriter, or the one that it wraps, can send what has
// been written so far.
func CanFlush(w http.ResponseWriter) bool {
	for {
		switch wrapper := w.(type) {
		case interface{ FlushError() error }, http.Flusher:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = wrapper.Unwrap()
		default:
			return false
		}
	}
}
