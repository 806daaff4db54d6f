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
	if offset, ok := plan.RequestOffset(); ok {
		for i, name := range plan.PathNames() {
			r.SetPathValue(name, params[i])
		}
		r = r.WithContext(ctx)
		*(**http.Request)(unsafe.Add(input, offset)) = r
	}
	var body []byte
	if plan.HasBody() {
		if limit := x.api.settings.MaxBody; limit >= 0 {
			r.Body = http.MaxBytesReader(x.w, r.Body, limit)
		}
		var err error
		if body, err = x.readBody(r); err != nil {
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
		err := issuesError(http.StatusBadRequest, &x.issues)
		x.issues.Reset()
		return err
	}
	return nil
}

// readBody reads a body into the exchange's buffer, and translates it to JSON. A
// form is left to the binder.
func (x *exchange) readBody(r *http.Request) ([]byte, error) {
	header := r.Header.Get("Content-Type")
	mediaType := negotiate.ContentType(header)
	if x.op.input.IsForm() {
		if !slices.Contains(x.op.input.ContentTypes(), mediaType) {
			return nil, x.unknownContentType(mediaType, strings.Join(x.op.input.ContentTypes(), ", "))
		}
		return nil, nil
	}
	codec := &x.op.codecs[0]
	if header != "" {
		i := slices.IndexFunc(x.op.codecs, func(c Codec) bool { return c.MediaType == mediaType && !c.ReplyOnly })
		if i < 0 {
			return nil, x.unknownContentType(mediaType, x.op.served.offers)
		}
		codec = &x.op.codecs[i]
	}
	buf := bytes.NewBuffer(x.buf[:0])
	if n := r.ContentLength; n > 0 && n <= maxKeptBuffer {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(r.Body)
	x.buf = buf.Bytes()
	if err != nil {
		return nil, x.bodyError(err)
	}
	if codec.ToJSON == nil {
		return x.buf, nil
	}
	body, err := codec.ToJSON(x.buf)
	if err != nil {
		e := newError(http.StatusBadRequest, valueError, schema.MsgInvalid)
		e.Err = err
		return nil, e
	}
	return body, nil
}

func (x *exchange) unknownContentType(got, want string) *Error {
	return newError(http.StatusUnsupportedMediaType, valueError, msgContentType, message.Quote(got), want)
}

// bodyError is the answer to a body that could not be read.
func (x *exchange) bodyError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newError(http.StatusRequestEntityTooLarge, valueError, msgBodyTooLarge, tooLarge.Limit)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := newError(http.StatusBadRequest, valueError, msgBodyRead)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		e = newError(http.StatusBadRequest, valueError, schema.MsgTruncated)
	}
	e.Err = err
	return e
}
