package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/negotiate"
	"github.com/go-modern-rest/rest/internal/schema"
)

// bind fills the input of a handler from the request. All mistakes are reported
// at once.
func (x *exchange) bind(input unsafe.Pointer, ctx *requestContext, params []string) error {
	plan := x.op.input
	r := x.r
	requests := plan.RequestOffsets()
	if len(requests) > 0 {
		for i, name := range plan.PathNames() {
			r.SetPathValue(name, params[i])
		}
		r = r.WithContext(ctx)
		for _, offset := range requests {
			*(**http.Request)(unsafe.Add(input, offset)) = r
		}
	}
	var codec *Codec
	if plan.HasBody() {
		var err error
		if codec, err = x.checkBody(r); err != nil {
			return err
		}
	}
	// Not before the checks: net/http asks a client for the body when it does not find its
	// own reader in the request.
	if limit := x.op.maxBody; limit >= 0 && (len(requests) > 0 || plan.HasBody()) {
		r.Body = http.MaxBytesReader(x.w, r.Body, limit)
	}
	var body []byte
	if codec != nil {
		var err error
		if body, err = x.readBody(r, codec); err != nil {
			return err
		}
	}
	err := plan.Bind(input, r, params, body, &x.issues)
	if plan.HasFiles() {
		x.files = r.MultipartForm
	}
	if err != nil {
		return x.bodyError(err)
	}
	if x.issues.Len() > 0 {
		err := issuesError(http.StatusBadRequest, codeInvalid, &x.issues)
		x.issues.Reset()
		return err
	}
	return nil
}

// checkBody refuses a body by what its headers say, and chooses the codec that reads it;
// nil is a form. Nothing of the body is read, so a client that waits for 100 Continue
// learns of the refusal before it sends it.
func (x *exchange) checkBody(r *http.Request) (*Codec, error) {
	if limit := x.op.maxBody; limit >= 0 && r.ContentLength > limit {
		return nil, newError(http.StatusRequestEntityTooLarge, codeTooLarge, msgBodyTooLarge, limit)
	}
	for _, coding := range r.Header["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			e := newError(http.StatusUnsupportedMediaType, codeMediaType, msgContentCoding, message.Quote(coding))
			e.Header = http.Header{"Accept-Encoding": {"identity"}} // RFC 9110 §15.5.16
			return nil, e
		}
	}
	header := r.Header.Get("Content-Type")
	mediaType := negotiate.ContentType(header)
	switch {
	case x.op.input.IsForm():
		if want := x.op.input.ContentTypes(); !slices.Contains(want, mediaType) && (header != "" || !isEmpty(r)) {
			return nil, x.unknownContentType(mediaType, strings.Join(want, ", "))
		}
		return nil, nil
	case header == "":
		if x.untyped(r) && (r.ContentLength > 0 || r.Header.Get("Expect") != "") {
			return nil, x.unknownContentType("", x.op.prepared.offers)
		}
		return &x.op.codecs[0], nil
	}
	i := slices.IndexFunc(x.op.codecs, func(c Codec) bool { return c.MediaType == mediaType && !c.ReplyOnly })
	if i < 0 {
		return nil, x.unknownContentType(mediaType, x.op.prepared.offers)
	}
	return &x.op.codecs[i], nil
}

// isEmpty reports whether a request has no body. It reads a byte of one whose length is
// not known, unless the client waits to be asked for it.
func isEmpty(r *http.Request) bool {
	if r.ContentLength >= 0 || r.Header.Get("Expect") != "" {
		return r.ContentLength == 0
	}
	n, err := io.ReadFull(r.Body, make([]byte, 1))
	return n == 0 && errors.Is(err, io.EOF)
}

// untyped reports whether a request has no Content-Type and needs one for its body. A
// page of another site can send a body without a type, and needs no preflight for it.
func (x *exchange) untyped(r *http.Request) bool {
	return !x.op.compat.AssumeJSON && r.Header.Get("Content-Type") == ""
}

// readBody reads a body into the exchange's buffer, and translates it to JSON.
func (x *exchange) readBody(r *http.Request, codec *Codec) ([]byte, error) {
	buf := bytes.NewBuffer(x.buf[:0])
	if n := r.ContentLength; n > 0 && n <= maxKeptBuffer {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r.Body)
	x.buf = buf.Bytes()
	if err != nil {
		return nil, x.bodyError(err)
	}
	if len(x.buf) > 0 && x.untyped(r) {
		return nil, x.unknownContentType("", x.op.prepared.offers)
	}
	if codec.ToJSON == nil {
		return x.buf, nil
	}
	body, err := codec.ToJSON(x.buf)
	if err != nil {
		e := newError(http.StatusBadRequest, "json", schema.MsgInvalid)
		e.Err = err
		return nil, e
	}
	return body, nil
}

func (x *exchange) unknownContentType(got, want string) *Error {
	if got == "" {
		return newError(http.StatusUnsupportedMediaType, codeMediaType, msgNoContentType, want)
	}
	return newError(http.StatusUnsupportedMediaType, codeMediaType, msgContentType, message.Quote(got), want)
}

// bodyError is the answer to a body that could not be read.
func (x *exchange) bodyError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newError(http.StatusRequestEntityTooLarge, codeTooLarge, msgBodyTooLarge, tooLarge.Limit)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := newError(http.StatusBadRequest, "unreadable", msgBodyRead)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		e = newError(http.StatusBadRequest, "unreadable", msgBodyCut)
	}
	e.Err = err
	return e
}
