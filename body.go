package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/bind"
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
	if len(requests) > 0 || x.op.writes {
		for i, name := range plan.PathNames() {
			r.SetPathValue(name, params[i])
		}
	}
	if len(requests) > 0 {
		r = r.WithContext(ctx)
		for _, offset := range requests {
			*(**http.Request)(unsafe.Add(input, offset)) = r
		}
	}
	var body []byte
	if len(requests) > 0 || plan.HasBody() {
		var err error
		if body, err = x.body(r, input); err != nil {
			return err
		}
	}
	err := plan.Bind(input, r, params, body, &x.issues)
	if plan.HasFiles() {
		x.files = r.MultipartForm
	}
	if err != nil {
		return bodyError(err)
	}
	return x.mistakes()
}

// bindPlain checks the path of a plain handler, whose parameters are documented as strings,
// and gives it to the request.
func (x *exchange) bindPlain(params []string) error {
	for i, name := range x.op.input.PathNames() {
		if !utf8.ValidString(params[i]) {
			x.issues.Add([]any{"parsed_path", name}, schema.CodeUTF8, nil, schema.MsgUTF8)
		}
		x.r.SetPathValue(name, params[i])
	}
	return x.mistakes()
}

// mistakes returns the error that lists the issues, if there are any.
func (x *exchange) mistakes() error {
	if x.issues.Len() == 0 {
		return nil
	}
	err := issuesError(http.StatusBadRequest, codeInvalid, &x.issues)
	x.issues.Reset()
	return err
}

// body checks and limits the body, and returns what the plan binds of it: JSON, or the
// content as a whole. The other kinds of bodies are read later.
func (x *exchange) body(r *http.Request, input unsafe.Pointer) ([]byte, error) {
	plan := x.op.input
	var codec *Codec
	if plan.HasBody() {
		var err error
		if codec, err = x.checkBody(r); err != nil {
			return nil, err
		}
	}
	// Not before the checks: net/http asks a client for the body when it does not find its
	// own reader in the request.
	if limit := x.op.maxBody; limit >= 0 && r.Body != nil && r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(x.w, r.Body, limit)
	}
	switch plan.Body() {
	case bind.NoBody:
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = handlersBody{r.Body}
		}
	case bind.StreamBody:
		r.Body = handlersBody{r.Body}
		plan.SetReader(input, r.Body)
	case bind.BytesBody:
		body, err := readAll(r)
		if err != nil {
			return nil, bodyError(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return body, nil
	case bind.FormBody:
		if plan.WantsSent() {
			_, err := x.readSent(r, input)
			return nil, err
		}
	case bind.ValueBody:
		return x.readValue(r, codec, input)
	}
	return nil, nil
}

// handlersBody is a body that the handler reads. Its errors are replies, so that the
// handler can return them.
type handlersBody struct{ io.ReadCloser }

func (b handlersBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // the value is the contract of io.Reader
		err = bodyError(err)
	}
	return n, err
}

// checkBody refuses a body by what its headers say, and chooses the codec that reads a
// value. Nothing of the body is read, so a client that waits for 100 Continue learns of
// the refusal before it sends it.
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
	if plan := x.op.input; plan.Body() != bind.ValueBody {
		// An empty form lacks its fields, which says more than a missing header.
		if !plan.Accepts(mediaType) && (header != "" || plan.Body() != bind.FormBody || !isEmpty(r)) {
			return nil, unknownContentType(header, mediaType, x.op.bodyTypes())
		}
		return nil, nil
	}
	if header == "" {
		if x.untyped(r) && (r.ContentLength > 0 || r.Header.Get("Expect") != "") {
			return nil, unknownContentType("", "", x.op.bodyTypes())
		}
		return &x.op.codecs[0], nil
	}
	i := slices.IndexFunc(x.op.codecs, func(c Codec) bool { return c.MediaType == mediaType && !c.ReplyOnly })
	if i < 0 {
		return nil, unknownContentType(header, mediaType, x.op.bodyTypes())
	}
	return &x.op.codecs[i], nil
}

// bodyTypes lists the media types that the body of a request can have, for messages.
func (op *operation) bodyTypes() string {
	if op.input.Body() != bind.ValueBody {
		return strings.Join(op.input.MediaTypes(), ", ")
	}
	var types []string
	for _, codec := range op.codecs {
		if !codec.ReplyOnly {
			types = append(types, codec.MediaType)
		}
	}
	return strings.Join(types, ", ")
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

// readValue reads a body into the exchange's buffer, and translates it to JSON. What the
// handler may see of the bytes is a copy, because the buffer is used again.
func (x *exchange) readValue(r *http.Request, codec *Codec, input unsafe.Pointer) ([]byte, error) {
	var sent []byte
	if len(x.op.input.RequestOffsets()) > 0 || x.op.input.WantsSent() {
		var err error
		if sent, err = x.readSent(r, input); err != nil {
			return nil, err
		}
	} else {
		var err error
		if x.buf, err = appendAll(x.buf[:0], r, growLarge); err != nil {
			return nil, bodyError(err)
		}
		sent = x.buf
	}
	if len(sent) > 0 && x.untyped(r) {
		return nil, unknownContentType("", "", x.op.bodyTypes())
	}
	if codec.ToJSON == nil {
		return sent, nil
	}
	body, err := codec.ToJSON(sent)
	if err != nil {
		e := newError(http.StatusBadRequest, schema.CodeInvalid, schema.MsgInvalid)
		e.Err = err
		return nil, e
	}
	return body, nil
}

// readAll reads a body into a buffer that is not used again.
func readAll(r *http.Request) ([]byte, error) { return appendAll(nil, r, slices.Grow[[]byte]) }

// readSent reads a body into a buffer that is not used again. It sets the input's field for
// the bytes as they were sent, and lets the request read them once more.
func (x *exchange) readSent(r *http.Request, input unsafe.Pointer) ([]byte, error) {
	sent, err := readAll(r)
	if err != nil {
		return nil, bodyError(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	if x.op.input.WantsSent() {
		x.op.input.SetSent(input, sent)
	}
	return sent, nil
}

func unknownContentType(header, got, want string) *Error {
	if strings.Trim(header, " \t") == "" {
		return newError(http.StatusUnsupportedMediaType, codeMediaType, msgNoContentType, want)
	}
	return newError(http.StatusUnsupportedMediaType, codeMediaType, msgContentType, message.Quote(got), want)
}

// bodyError is the reply to a body that could not be read.
func bodyError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	e := newError(http.StatusBadRequest, "unreadable", msgBodyRead)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		e = newError(http.StatusRequestEntityTooLarge, codeTooLarge, msgBodyTooLarge, tooLarge.Limit)
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		e = newError(http.StatusBadRequest, "unreadable", msgBodyCut)
	}
	e.Err = err
	return e
}
