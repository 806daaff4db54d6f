package rest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/internal/stream"
)

// Stream is an output, or the body of one, whose items are sent while the iterator yields
// them: as server-sent events (text/event-stream) or as lines of JSON (application/jsonl),
// whichever the client accepts, and as events if it accepts both. A stream of [Event] is
// only sent as events. A function literal is a Stream; an iter.Seq2 must be converted.
//
//	func (t *Tickets) Changes(ctx context.Context, in Mine) (rest.Stream[Ticket], error) {
//		return func(yield func(Ticket, error) bool) {
//			for ticket, err := range t.changes(ctx) {
//				if !yield(ticket, err) || err != nil {
//					return
//				}
//			}
//		}, nil
//	}
//
// Each item is checked against its schema, as a reply is. An event is flushed at once, with
// those that are yielded while the one before is written, and a line after 50 ms at most. If
// the client is slow, yield waits when 32 KiB are not written. A comment keeps a connection
// without events alive every 15 s. Each write may take 30 s; the server's WriteTimeout does
// not count.
//
// The reply ends with the iterator. It also ends when the client leaves, when the server
// shuts down, when the credential of the request expires or is refused at a recheck (see
// [Op].Recheck). The context of the handler is then cancelled, and [context.Cause] returns
// why: [ErrShutdown], [ErrExpired] or [ErrRevoked], or [context.Canceled] if the client left.
// The iterator should return soon after. It runs in a goroutine of its own, so a reply does
// not wait for it; yield returns false then, and what is yielded later is discarded. A HEAD
// request never runs it, so resources are best opened inside of it.
//
// An error that the iterator yields ends the stream. A client of events receives it as an
// event named error, in the format of errors. Lines have no form for errors, so the
// connection is aborted; this is also done if a stream of lines ends before its iterator.
type Stream[T any] iter.Seq2[T, error]

// Event is an item of a [Stream] that is sent as server-sent events, if the events have
// more than data.
type Event[T any] struct {
	// ID is sent by a browser that reconnects, in the header Last-Event-ID. Empty: none.
	ID string
	// Name chooses the listener in a browser; empty: message. ID and Name must not have
	// line breaks.
	Name string
	// Retry is how long a browser waits before it reconnects; zero leaves it to the browser.
	Retry time.Duration
	Data  T
}

// Causes of the end of a stream, for [context.Cause].
var (
	// ErrShutdown says that the server shuts down.
	ErrShutdown = stream.ErrShutdown
	// ErrExpired says that the credential of the request has expired, see auth.Identity.
	ErrExpired = stream.ErrExpired
	// ErrRevoked says that the credential was refused at a recheck. It wraps the refusal.
	ErrRevoked = stream.ErrRevoked
)

// Receive makes a stream of what is sent to a channel. It ends when the channel is closed or
// ctx ends; the sender should stop when ctx ends, because nothing is received any more.
func Receive[T any](ctx context.Context, items <-chan T) Stream[T] {
	return func(yield func(T, error) bool) {
		for {
			select {
			case item, ok := <-items:
				if !ok || !yield(item, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// anyStream is a Stream of any type of items.
type anyStream interface {
	run(yield func(item unsafe.Pointer, err error) bool)
	itemType() reflect.Type
}

func (s Stream[T]) run(yield func(item unsafe.Pointer, err error) bool) {
	var item T // one for all, so that items are not allocated one by one
	s(func(next T, err error) bool {
		item = next
		return yield(unsafe.Pointer(&item), err)
	})
}

func (Stream[T]) itemType() reflect.Type { return reflect.TypeFor[T]() }

func (Event[T]) isEvent() {}

// streamItem returns the type of the items of a stream, and whether they are events.
func streamItem(t reflect.Type) (item reflect.Type, event, ok bool) {
	if !t.Implements(reflect.TypeFor[anyStream]()) || t.Kind() != reflect.Func {
		return nil, false, false
	}
	item = reflect.Zero(t).Interface().(anyStream).itemType()
	return item, isEvent(item), true
}

func isEvent(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.Implements(reflect.TypeFor[interface{ isEvent() }]())
}

// outputTypes are the types of this package that outputs are made of.
var outputTypes = reply.Types{Content: reflect.TypeFor[Content](), Stream: streamItem, Event: isEvent}

// defaultRecheck is how often the credential behind a stream is checked by default.
const defaultRecheck = time.Minute

// handlerContext returns the context of the handler, which ends with the stream that it
// returns.
func (x *exchange) handlerContext() context.Context {
	if x.op.output.Body.Kind != reply.Stream {
		return x.r.Context()
	}
	ctx, cancel := context.WithCancelCause(x.r.Context())
	x.cancel = cancel
	return ctx
}

// form is the form of the stream that the client accepts.
func (x *exchange) form() stream.Form {
	if x.op.prepared.bodies[x.media] == reply.JSONLines {
		return stream.Lines
	}
	return stream.Events
}

// sendStream sends a stream, after its header.
func (x *exchange) sendStream(ctx context.Context, c call, status int, headers http.Header) error {
	op, request := x.op, c.context()
	body := &op.output.Body
	source := reflect.NewAt(body.Type(), body.At(c.output())).Elem()
	if source.IsNil() {
		return errors.New("rest: the handler returned a nil Stream")
	}
	if x.form() == stream.Events {
		x.language() // an error that ends the stream is translated
	}
	if !stream.CanFlush(x.w) {
		return fmt.Errorf("rest: the ResponseWriter, a %T, cannot flush, so it cannot send a stream; give the middleware that wraps it a method Unwrap", x.w)
	}
	for _, h := range op.streamHeaders() {
		if headers[h.name] == nil {
			headers[h.name] = h.values
		}
	}
	headers["Content-Type"] = []string{op.prepared.bodies[x.media]}
	x.start(request, status, headers)
	if x.r.Method == http.MethodHead {
		return nil
	}
	log := x.logLater()
	ends := stream.Ends{Down: x.api.servers.Down(x.r.Context()), Expires: request.identity().Expires, Every: op.Recheck}
	if ends.Every == 0 {
		ends.Every = defaultRecheck
	}
	if op.guard != nil {
		ends.Recheck = x.recheck(request.identity(), log)
	}
	defer ends.Watch(request.Context, x.cancel)()
	// An Around may have given the handler a context that ends earlier.
	ctx, cancel := context.WithCancelCause(ctx)
	defer context.AfterFunc(request.Context, func() { cancel(context.Cause(request.Context)) })()
	return stream.Send(ctx, x.cancel, x.w, x.form(), stream.Source{
		Run:   source.Interface().(anyStream).run,
		Frame: op.frame(x.form(), log),
		Last:  func(dst []byte, err error) []byte { return x.lastEvent(ctx, dst, err) },
	}, stream.Defaults)
}

// streamHeaders returns the headers that a stream has unless its levels say otherwise.
// Proxies must neither keep a stream nor collect it; nginx reads X-Accel-Buffering.
func (op *operation) streamHeaders() []headerValue {
	headers := []headerValue{{"X-Accel-Buffering", []string{"no"}}, {"Cache-Control", []string{"no-cache"}}}
	return slices.DeleteFunc(headers, func(h headerValue) bool {
		return h.name == "Cache-Control" && op.NoStore || slices.ContainsFunc(op.headers, func(other headerValue) bool { return other.name == h.name })
	})
}

// logLater returns a function that logs a fault in any goroutine, also after the exchange
// has ended.
func (x *exchange) logLater() func(what string, err error) {
	op, r := x.op, x.r.Clone(x.r.Context()) // the id of the request may be added to it
	var mu sync.Mutex
	return func(what string, err error) {
		mu.Lock()
		defer mu.Unlock()
		op.log(r, what, err)
	}
}

// recheck returns a function that asks whether the credential of the request is still
// accepted. A store that is down, and a fault, do not end the stream.
func (x *exchange) recheck(id auth.Identity, log func(string, error)) func(context.Context) error {
	op, r := x.op, x.r
	return func(ctx context.Context) (refused error) {
		defer func() {
			if fault := recover(); fault != nil {
				log("internal error at a recheck", fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
			}
		}()
		err := op.guard.Recheck(r.WithContext(ctx), id)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		switch _, status := asError(err); {
		case status >= 400 && status < 500:
			return fmt.Errorf("%w: %w", ErrRevoked, err)
		case errors.Is(err, auth.ErrUnavailable):
			log("store unavailable at a recheck", err)
		default:
			log("internal error at a recheck", err)
		}
		return nil
	}
}

// frame returns a function that writes an item, after a check. It does not use the exchange,
// because the goroutine of an iterator may outlive it.
func (op *operation) frame(form stream.Form, log func(string, error)) func(dst []byte, item unsafe.Pointer) ([]byte, error) {
	body := &op.output.Body
	dataAt := uintptr(0)
	if body.Events {
		data, _ := body.ItemType.FieldByName("Data")
		dataAt = data.Offset
	}
	var issues schema.Issues
	return func(dst []byte, item unsafe.Pointer) ([]byte, error) {
		data := unsafe.Add(item, dataAt)
		if op.replies != Unchecked {
			if body.Item.Validate(data, []any{}, &issues); issues.Len() > 0 {
				err := issuesError(http.StatusUnprocessableEntity, codeReply, &issues)
				issues.Reset()
				log("an item of the stream breaks its schema", err)
				if op.replies == Checked {
					return dst, err
				}
			}
		}
		var err error
		if body.Events {
			if dst, err = (*stream.Head)(item).Append(dst); err != nil {
				return dst, err
			}
		}
		if form == stream.Events {
			dst = append(dst, "data: "...)
		}
		start := len(dst)
		if dst, err = body.Item.Append(dst, data); err != nil {
			return dst, err
		}
		stream.OneLine(dst[start:])
		if form == stream.Events {
			dst = append(dst, '\n')
		}
		return append(dst, '\n'), nil
	}
}

// lastEvent appends the event that tells a client why a stream ends. It has the format of
// errors, as JSON. Lines have no form for errors.
func (x *exchange) lastEvent(ctx context.Context, dst []byte, err error) []byte {
	if x.form() == stream.Lines || errors.Is(err, http.ErrAbortHandler) {
		return dst
	}
	e, _ := x.resolve(ctx, err)
	format := x.op.formatFor(x.codec)
	dst = append(dst, "event: error\ndata: "...)
	start := len(dst)
	if _, err = x.fit(e, func(shown *Error) ([]byte, error) {
		dst, err = format.append(dst[:start], ctx, shown)
		return dst[start:], err
	}); err != nil {
		x.log("the error of a stream does not encode", err)
		return dst[:0]
	}
	stream.OneLine(dst[start:])
	return append(dst, "\n\n"...)
}
