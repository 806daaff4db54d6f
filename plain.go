package rest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
)

// serveHandler lets a handler write the reply: that of [HandleHTTP], of a [Mount], or one
// that a typed handler returned.
func (x *exchange) serveHandler(ctx context.Context, h http.Handler) error {
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
	if rc, ok := ctx.Value(contextKey{}).(*requestContext); ok {
		x.addHeader(header, rc.id.Header)
	}
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
