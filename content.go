package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/reply"
)

// Content is the body of a reply that a client can read in parts, such as a file. It
// answers range requests and conditional requests as [http.ServeContent] does: with 206,
// 304 and 412, and with a 416 in the format of errors.
//
//	type Attachment struct {
//		ETag string       `header:"ETag"`
//		Body rest.Content `body:"application/pdf"`
//	}
type Content struct {
	// Reader is the whole content. Its size is found by seeking to the end. It is closed
	// after the reply if it is an io.Closer.
	Reader io.ReadSeeker
	// Modified is sent as Last-Modified; zero: it is not known.
	Modified time.Time
	// Filename is the name under which clients save the content, in any script. It is sent
	// as Content-Disposition: attachment (RFC 6266). Empty: the header is not sent.
	Filename string
}

// sendContent sends a Content.
func (x *exchange) sendContent(content *Content, w *contentWriter) error {
	headers, body := w.headers, w.body
	if content.Reader == nil {
		return errors.New("rest: the handler returned a rest.Content without a Reader")
	}
	size, err := content.Reader.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("rest: the Reader of the rest.Content cannot seek: %w", err)
	}
	if content.Filename != "" && headers["Content-Disposition"] == nil {
		headers["Content-Disposition"] = []string{reply.Attachment(content.Filename)}
	}
	http.ServeContent(w, x.contentRequest(), "", content.Modified, content.Reader)
	switch empty := headers.Get("Content-Length") == "0"; {
	case w.status == http.StatusRequestedRangeNotSatisfiable, w.status == http.StatusPartialContent && empty: // of bytes=-0
		e := newError(http.StatusRequestedRangeNotSatisfiable, codeRange, msgRange)
		e.Header = http.Header{"Content-Range": {fmt.Sprintf("bytes */%d", size)}}
		return e
	case w.status == http.StatusPreconditionFailed:
		return newError(w.status, codePrecondition, msgPrecondition)
	case w.status == http.StatusInternalServerError:
		return errors.New("rest: the Reader of the rest.Content cannot seek")
	}
	if err := cmp.Or(body.Failed(), body.ReadError()); err != nil {
		return err
	}
	length, err := strconv.ParseInt(headers.Get("Content-Length"), 10, 64)
	if err == nil && x.r.Method != http.MethodHead && body.Written() != length {
		return fmt.Errorf("rest: the Reader of the rest.Content ended after %d of %d bytes", body.Written(), length)
	}
	return nil
}

// contentRequest is the request as http.ServeContent shall see it. Ranges are defined for
// GET alone (RFC 9110 §14.2), and what a method other than GET and HEAD returns is not what
// its preconditions speak of.
func (x *exchange) contentRequest() *http.Request {
	get := x.r.Method == http.MethodGet
	if lines := x.r.Header["Range"]; get && (lines == nil || readable(lines)) {
		return x.r
	}
	r := x.r.WithContext(context.Background())
	r.Header = http.Header{}
	if get || r.Method == http.MethodHead {
		for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
			if values, ok := x.r.Header[name]; ok {
				r.Header[name] = values
			}
		}
	}
	return r
}

// maxRanges is how many ranges of a content a request may ask for. Each costs a header in
// the reply.
const maxRanges = 32

// readable reports whether a Range is answered. One in another unit must be ignored, and
// one with many ranges may be (RFC 9110 §14.2).
func readable(lines []string) bool {
	return len(lines) == 1 && strings.HasPrefix(lines[0], "bytes=") && strings.Count(lines[0], ",") < maxRanges
}

// contentWriter is the ResponseWriter of http.ServeContent. It keeps the errors, which have
// another format here, and sends everything else with the first byte.
type contentWriter struct {
	headers http.Header
	body    *reply.LazyWriter
	status  int
}

func (w *contentWriter) Header() http.Header { return w.headers }

func (w *contentWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *contentWriter) Write(p []byte) (int, error) {
	if w.status >= 400 {
		return len(p), nil
	}
	return w.body.Write(p)
}

func (w *contentWriter) ReadFrom(src io.Reader) (int64, error) { return w.body.ReadFrom(src) }

// IfMatch is the precondition of a write: the header If-Match (RFC 9110 §13.1.1). As a
// field of an input it is required, and a request without it is answered with 428; as a
// pointer it is optional.
//
//	type Edit struct {
//		IfMatch rest.IfMatch `header:"If-Match"`
//		Body    Note         `body:""`
//	}
//
// Handlers compare it with the entity tag of what they are about to change:
//
//	if err := in.IfMatch.Check(note.ETag); err != nil {
//		return Note{}, err
//	}
//
// The document has the 412, and the 428 of a field that is not a pointer, without Errors.
type IfMatch struct{ lines []string }

// Check returns an [*Error] with the status 412 unless the precondition holds for a
// resource whose entity tag is etag, with its quotes: "\"v7\"". The comparison is strong,
// so a weak entity tag never matches. The precondition * holds for every resource that
// exists; an empty etag stands for one that does not. A nil IfMatch holds always.
func (m *IfMatch) Check(etag string) error {
	if m == nil || m.lines == nil || etag != "" && reply.Match(m.lines, etag, false) {
		return nil
	}
	return newError(http.StatusPreconditionFailed, codePrecondition, msgPrecondition)
}

// String returns the header as it was sent.
func (m *IfMatch) String() string { return strings.Join(m.lines, ", ") }

// UnmarshalText reads the value of the header.
func (m *IfMatch) UnmarshalText(text []byte) error {
	lines := []string{string(text)}
	if !reply.ValidMatch(lines) {
		return errors.New("want entity tags in double quotes, or *")
	}
	m.lines = lines
	return nil
}

// MarshalText returns the header as it was sent.
func (m *IfMatch) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ifMatchField is the field of an input that has the type IfMatch.
type ifMatchField struct {
	offset   uintptr
	required bool
	header   string // its name in the tag
}

// findIfMatch returns the field of an input that has the type IfMatch or *IfMatch.
func findIfMatch(t reflect.Type, base uintptr) *ifMatchField {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		at := base + f.Offset
		name, header := f.Tag.Lookup("header")
		switch {
		case header && f.Type == reflect.TypeFor[IfMatch]():
			return &ifMatchField{at, true, name}
		case header && f.Type == reflect.TypeFor[*IfMatch]():
			return &ifMatchField{at, false, name}
		case f.Anonymous:
			if found := findIfMatch(f.Type, at); found != nil {
				return found
			}
		}
	}
	return nil
}

// mistake reports that the field has another header than If-Match.
func (f *ifMatchField) mistake() error {
	if f == nil || strings.EqualFold(f.header, "If-Match") {
		return nil
	}
	return fmt.Errorf("the header %s has the type rest.IfMatch, which is for If-Match alone; read it as a string", f.header)
}

// check refuses a request without a precondition that is required.
func (f *ifMatchField) check(h http.Header) error {
	if f != nil && f.required && len(h["If-Match"]) == 0 {
		return newError(http.StatusPreconditionRequired, codePreconditionRequired, msgPreconditionRequired)
	}
	return nil
}

// join reads a precondition that was sent in several lines, which are one list (RFC 9110
// §5.3).
func (f *ifMatchField) join(input unsafe.Pointer, h http.Header) {
	lines := h["If-Match"]
	if f == nil || len(lines) < 2 {
		return
	}
	at := unsafe.Add(input, f.offset)
	if !f.required {
		at = *(*unsafe.Pointer)(at)
	}
	(*IfMatch)(at).lines = lines
}
