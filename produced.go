package rest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/stream"
)

// sendWhileRunning validates and writes a result whose body is produced while it is sent. It
// runs inside of Around. If it fails before the first byte, its error is answered as any
// other; afterwards it is in x.broken as well.
func (x *exchange) sendWhileRunning(ctx context.Context, c call) error {
	closed := false
	defer func() {
		if !closed { // a panic
			_ = x.closeBody(c)
		}
	}()
	err := x.produce(ctx, c)
	closed = true
	if failed := x.closeBody(c); err == nil && failed != nil {
		err = fmt.Errorf("rest: the body of the reply does not close: %w", failed)
	}
	if err != nil && x.wrote {
		x.breaks(ctx, err)
	}
	return err
}

func (x *exchange) produce(ctx context.Context, c call) error {
	op, value := x.op, c.output()
	body := &op.output.Body
	status, e, err := x.declared(value)
	switch {
	case err != nil:
		return err
	case e != nil:
		return e
	}
	headers := http.Header{}
	if err := op.output.WriteHeader(headers, value); err != nil {
		return err
	}
	if reply.HasNoBody(status) {
		x.start(c.context(), status, headers)
		return nil
	}
	if body.Kind == reply.Stream {
		return x.sendStream(ctx, c, status, headers)
	}
	headers["Content-Type"] = x.contentType(value)
	var content contentWriter
	var buf []byte
	if body.Kind != reply.Writer { // a function may keep its writer
		buf = x.copyBuffer()
	}
	lazy := reply.NewLazyWriter(x.w, buf, func() {
		if content.status != 0 && content.status != http.StatusOK {
			status = content.status
		}
		x.start(c.context(), status, headers)
	})
	defer lazy.Close()
	if body.Kind == reply.Content {
		content = contentWriter{headers: headers, body: lazy}
		err = x.sendContent((*Content)(body.At(value)), &content)
	} else {
		err = x.copyBody(body, c, lazy)
	}
	if err != nil {
		return err
	}
	lazy.Begin()
	return nil
}

// copyBody sends the body of a reader, or lets a function write it. HEAD needs neither.
func (x *exchange) copyBody(body *reply.Body, c call, lazy *reply.LazyWriter) error {
	if body.Kind == reply.Writer {
		write := body.Writer(c.output())
		if write == nil {
			return errors.New("rest: the handler returned a nil function for the body")
		}
		if x.r.Method == http.MethodHead {
			return nil
		}
		if err := write(lazy); err != nil {
			return err
		}
		return lazy.Failed()
	}
	reader := body.Reader(c.output())
	if reader == nil {
		return errors.New("rest: the handler returned a nil io.Reader for the body")
	}
	if x.r.Method == http.MethodHead {
		return nil
	}
	_, err := lazy.ReadFrom(reader)
	return err
}

// contentType returns the Content-Type of a body that no codec encodes. A result that does
// not say which type of a range it has gets here only if replies are not checked.
func (x *exchange) contentType(value unsafe.Pointer) []string {
	media, _ := x.op.output.ContentType(value)
	return []string{cmp.Or(media, "application/octet-stream")}
}

// copyBuffer returns the buffer of the exchange, large enough to copy a body through it.
func (x *exchange) copyBuffer() []byte {
	x.buf = slices.Grow(x.buf[:0], 32<<10)
	return x.buf[:32<<10]
}

// start sends the header of a body that is produced while it is sent.
func (x *exchange) start(request *requestContext, status int, headers http.Header) {
	h := x.begin()
	x.addIdentityHeader(h, request)
	for name, values := range headers {
		addHeader(h, name, values)
	}
	if status == http.StatusNotModified {
		reply.TakeContentHeaders(h)
	}
	x.wrote = true
	x.w.WriteHeader(status)
}

// closeBody closes the reader in a result, if it can be closed.
func (x *exchange) closeBody(c call) error {
	body := &x.op.output.Body
	var reader io.Reader
	switch body.Kind {
	case reply.Reader:
		reader = body.Reader(c.output())
	case reply.Content:
		reader = (*Content)(body.At(c.output())).Reader
	}
	if closer, ok := reader.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// breaks notes that a body ended early. The end of a stream of events is an ordinary end for
// its client, which connects again. Any other body would look whole, so the connection is
// aborted.
func (x *exchange) breaks(ctx context.Context, err error) {
	x.broken = err
	gone := errors.Is(err, reply.ErrClient) || errors.Is(err, stream.ErrClient) || x.r.Context().Err() != nil
	streamed := x.op.output.Body.Kind == reply.Stream
	x.abort = gone || !streamed || x.form() == stream.Lines || errors.Is(err, http.ErrAbortHandler)
	ended := errors.Is(err, ErrShutdown) || errors.Is(err, ErrExpired) || errors.Is(err, ErrRevoked)
	if x.abort && !gone && !ended && !errors.Is(err, http.ErrAbortHandler) {
		x.log("the reply broke off", err)
	}
}

// breakOff ends a reply whose body ended early.
func (x *exchange) breakOff() {
	if x.abort {
		panic(http.ErrAbortHandler)
	}
}

// serveHandler lets a handler write the reply: that of [HandleHTTP], of a [Mount], or one
// that a typed handler returned.
func (x *exchange) serveHandler(ctx context.Context, request *requestContext, h http.Handler) error {
	if h == nil {
		return errors.New("rest: the handler returned a nil http.Handler")
	}
	if x.plain != nil { // an Around calls next again
		x.plain.reset()
	}
	x.plain = &plainWriter{ResponseWriter: x.w, before: maps.Clone(x.w.Header())}
	header := x.begin()
	for name := range header {
		header[name] = slices.Clone(header[name]) // which the handler may change
	}
	x.addIdentityHeader(header, request)
	r := x.r.WithContext(ctx)
	if x.op.maxBody >= 0 {
		r.Body = http.MaxBytesReader(x.w, r.Body, x.op.maxBody)
	}
	h.ServeHTTP(x.plain, r)
	return nil // net/http sends a 200 if the handler wrote nothing
}

// plainWriter is the ResponseWriter of a handler that writes the reply itself. It knows
// whether a part of the reply is out.
type plainWriter struct {
	http.ResponseWriter
	before http.Header // what was in the header before the framework wrote to it
	wrote  bool
}

// reset takes back what the framework and the handler wrote to the header.
func (w *plainWriter) reset() {
	h := w.Header()
	clear(h)
	maps.Copy(h, w.before)
}

// WriteHeader implements http.ResponseWriter. An informational status (103) may be
// followed by another one.
func (w *plainWriter) WriteHeader(status int) {
	w.wrote = w.wrote || status >= 200 || status == http.StatusSwitchingProtocols
	w.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (w *plainWriter) Write(p []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(p)
}

// ReadFrom implements io.ReaderFrom, with sendfile where net/http can use it.
func (w *plainWriter) ReadFrom(src io.Reader) (int64, error) {
	w.wrote = true
	return io.Copy(w.ResponseWriter, src)
}

// Flush implements http.Flusher. Without support of the ResponseWriter inside it does
// nothing.
func (w *plainWriter) Flush() { _ = w.FlushError() }

// FlushError is Flush for [http.ResponseController].
func (w *plainWriter) FlushError() error {
	w.wrote = true
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker.
func (w *plainWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	w.wrote = w.wrote || err == nil
	return conn, buffered, err
}

// Unwrap is for [http.ResponseController].
func (w *plainWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
