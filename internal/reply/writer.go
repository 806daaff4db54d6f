package reply

import (
	"errors"
	"io"
	"net/http"
	"os"
)

// ErrClient is the error of a write that failed because of the connection. The handler did
// nothing wrong.
var ErrClient = errors.New("rest: the client does not receive the reply")

// LazyWriter is the body of a reply that is produced while it is sent. It sends the header
// with the first byte, so that an error before it can still become an error reply.
type LazyWriter struct {
	w       http.ResponseWriter
	start   func() // sends the header
	buf     []byte // for copying
	started bool
	closed  bool
	failed  error // of the connection
	read    error // of a reader
	written int64
}

// NewLazyWriter returns a writer that calls start before the first byte. buf is used to
// copy readers; nil: a buffer is made for it.
func NewLazyWriter(w http.ResponseWriter, buf []byte, start func()) *LazyWriter {
	return &LazyWriter{w: w, start: start, buf: buf}
}

// errClosed is the error of a write after the reply has ended.
var errClosed = errors.New("rest: write after the end of the reply")

// Begin sends the header, unless it has been sent.
func (l *LazyWriter) Begin() {
	if !l.started {
		l.started = true
		l.start()
	}
}

// Started reports whether the header has been sent.
func (l *LazyWriter) Started() bool { return l.started }

// Written returns how many bytes of the body were sent.
func (l *LazyWriter) Written() int64 { return l.written }

// Failed returns the error of the connection, which wraps [ErrClient].
func (l *LazyWriter) Failed() error { return l.failed }

// ReadError returns the error of a reader, if ReadFrom has returned one.
func (l *LazyWriter) ReadError() error { return l.read }

// Close makes later writes fail.
func (l *LazyWriter) Close() { l.closed = true }

// Write implements io.Writer. Its error wraps [ErrClient] if the connection failed.
func (l *LazyWriter) Write(p []byte) (int, error) {
	switch {
	case l.closed:
		return 0, errClosed
	case l.failed != nil:
		return 0, l.failed
	case len(p) == 0:
		return 0, nil
	}
	l.Begin()
	n, err := l.w.Write(p)
	return n, l.wrote(int64(n), err)
}

func (l *LazyWriter) wrote(n int64, err error) error {
	l.written += n
	if err != nil {
		l.failed = &clientError{err}
		return l.failed
	}
	return nil
}

// clientError is ErrClient with its cause.
type clientError struct{ cause error }

func (e *clientError) Error() string   { return ErrClient.Error() + ": " + e.cause.Error() }
func (e *clientError) Unwrap() []error { return []error{ErrClient, e.cause} }

// copySize is the size of a buffer for copying.
const copySize = 32 << 10

// maxEmptyReads is how often a reader may return nothing before it counts as broken.
const maxEmptyReads = 100

// ReadFrom implements io.ReaderFrom. The header is sent when the first bytes have been read.
// The kernel copies the rest of a file if it can.
func (l *LazyWriter) ReadFrom(src io.Reader) (total int64, err error) {
	if l.closed {
		return 0, errClosed
	}
	if l.buf == nil {
		l.buf = make([]byte, copySize)
	}
	for empty := 0; ; {
		n, readErr := src.Read(l.buf)
		if n > 0 {
			empty = 0
			if _, err := l.Write(l.buf[:n]); err != nil {
				return total, err
			}
			total += int64(n)
		} else if empty++; readErr == nil && empty > maxEmptyReads {
			l.read = io.ErrNoProgress
			return total, l.read
		}
		switch {
		case readErr == io.EOF:
			return total, nil
		case readErr != nil:
			l.read = readErr
			return total, readErr
		}
		if direct, ok := l.w.(io.ReaderFrom); ok && n > 0 && isFile(src) {
			more, err := direct.ReadFrom(src)
			return total + more, l.copied(more, err)
		}
	}
}

// copied sorts the errors of a copy by the kernel: those of the file name its path.
func (l *LazyWriter) copied(n int64, err error) error {
	if _, ofFile := errors.AsType[*os.PathError](err); ofFile {
		l.written += n
		l.read = err
		return err
	}
	return l.wrote(n, err)
}

func isFile(src io.Reader) bool {
	if limited, ok := src.(*io.LimitedReader); ok {
		src = limited.R
	}
	_, ok := src.(*os.File)
	return ok
}
