package rest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"unsafe"
)

// turn says which Around of a request may call next: the one that runs. Code of an Around
// that goes on in another goroutine gets an error from next when its turn is over. An
// exchange is used again for another request, so nothing may run in it then.
type turn struct {
	mu      sync.Mutex
	of      int32         // 1 for the outermost Around; 0: none
	waiting int32         // Arounds that returned while next was running
	changed chan struct{} // closed when of changes; nil: none waits
}

// begin gives the turn to an Around.
func (t *turn) begin(of int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(of)
}

// next takes the turn from an Around that calls next, and reports whether it had it.
func (t *turn) next(of int32) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of != of || t.waiting > 0 {
		return false
	}
	t.set(0)
	return true
}

// end takes the turn from an Around that returned. If it did so while next was running,
// end waits for next.
func (t *turn) end(of int32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting++
	for t.of != of {
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed := t.changed
		t.mu.Unlock()
		<-changed
		t.mu.Lock()
	}
	t.waiting--
	t.set(0)
}

// set changes the turn. The caller holds mu.
func (t *turn) set(of int32) {
	if t.of = of; t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

var errNotItsTurn = errors.New("rest: an Around called next while next was running, or after it returned")

// around calls the handler inside the op's Arounds from the i-th on.
func (x *exchange) around(i int, ctx context.Context, call call) error {
	if i == len(x.op.arounds) {
		if x.begun() {
			return errors.New("rest: an Around called next again after the reply had begun")
		}
		return x.invoke(ctx, call)
	}
	x.called, x.result = false, nil
	err := x.callAround(i, ctx, call)
	switch {
	case err != nil:
		return err
	case !x.called:
		return errors.New("rest: an Around returned nil, but next did not return, so there is no reply")
	}
	return x.result // an Around cannot make a success of an error
}

func (x *exchange) callAround(i int, ctx context.Context, call call) error {
	turn, of := &call.context().turn, int32(i+1) //nolint:gosec // there are few Arounds
	turn.begin(of)
	defer turn.end(of)
	return x.op.arounds[i](ctx, func(ctx context.Context) error {
		if !turn.next(of) {
			return errNotItsTurn
		}
		defer turn.begin(of)
		err := x.around(i+1, ctx, call)
		x.called, x.result = true, err
		return err
	})
}

// invoke calls the handler. A body that is produced while it is sent is sent here, so that
// Around covers it.
func (x *exchange) invoke(ctx context.Context, call call) error {
	if requests := x.op.input.RequestOffsets(); len(requests) > 0 && ctx != context.Context(call.context()) {
		r := (*(**http.Request)(unsafe.Add(call.input(), requests[0]))).WithContext(ctx)
		for _, offset := range requests {
			*(**http.Request)(unsafe.Add(call.input(), offset)) = r
		}
	}
	err := call.handle(ctx)
	x.late = errors.Is(ctx.Err(), context.DeadlineExceeded)
	if err != nil {
		_ = x.closeBody(call) // the error of the handler says more
		return err
	}
	if x.op.writes {
		return x.serveHandler(ctx, call.context(), *(*http.Handler)(call.output()))
	}
	if x.op.output.Body.Streamed() {
		return x.sendWhileRunning(ctx, call)
	}
	return nil
}
