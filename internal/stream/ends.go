package stream

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"time"
	"weak"
)

// The causes of the end of a stream, besides those of its request.
var (
	// ErrShutdown is the cause when the server shuts down.
	ErrShutdown = errors.New("rest: the server shuts down")
	// ErrExpired is the cause when the credential of the request has expired.
	ErrExpired = errors.New("rest: the credential has expired")
	// ErrRevoked is the cause when the credential is refused at a recheck.
	ErrRevoked = errors.New("rest: the credential is not accepted any more")
)

// Servers knows which servers shut down. The zero value is ready, and it is safe for
// concurrent use. It keeps no server alive.
type Servers struct {
	down sync.Map // weak.Pointer[http.Server] to context.Context
}

// Down returns a context that ends when the server of a request shuts down, see
// [http.Server.RegisterOnShutdown]. It never ends if no server is known.
func (s *Servers) Down(request context.Context) context.Context {
	server, ok := request.Value(http.ServerContextKey).(*http.Server)
	if !ok || server == nil {
		return context.Background()
	}
	key := weak.Make(server)
	if known, ok := s.down.Load(key); ok {
		return known.(context.Context)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	if known, raced := s.down.LoadOrStore(key, ctx); raced {
		cancel(nil)
		return known.(context.Context)
	}
	server.RegisterOnShutdown(func() { cancel(ErrShutdown) })
	runtime.AddCleanup(server, func(key weak.Pointer[http.Server]) { s.down.Delete(key) }, key)
	return ctx
}

// Ends says when a stream must end although its iterator and its client go on.
type Ends struct {
	Down    context.Context
	Expires time.Time     // zero: never
	Every   time.Duration // between rechecks
	// Recheck returns an error if the credential of the request is not accepted any more.
	// nil: there is no credential.
	Recheck func(context.Context) error
}

// Watch calls cancel with the cause when a stream must end. The returned function ends the
// watch.
func (e Ends) Watch(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	w := &watch{Ends: e, ctx: ctx, cancel: cancel}
	undo := context.AfterFunc(e.Down, func() { cancel(ErrShutdown) })
	var expiry *time.Timer
	if !e.Expires.IsZero() {
		expiry = time.AfterFunc(time.Until(e.Expires), func() { cancel(ErrExpired) })
	}
	if e.Recheck != nil {
		w.arm()
	}
	return func() {
		undo()
		if expiry != nil {
			expiry.Stop()
		}
		w.end()
	}
}

// watch rechecks the credential of a stream again and again.
type watch struct {
	Ends
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

func (w *watch) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.timer = time.AfterFunc(w.Every, w.recheck)
	}
}

func (w *watch) recheck() {
	if err := w.Recheck(w.ctx); err != nil {
		w.cancel(err)
		return
	}
	w.arm()
}

func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over = true; w.timer != nil {
		w.timer.Stop()
	}
}
