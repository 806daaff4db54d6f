package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/requestid"
)

// fail answers with an error: mapped by the levels, checked against what the
// operation declared, logged where it is ours.
func (x *exchange) fail(ctx context.Context, err error) {
	if x.begun() {
		x.fault(ctx, err)
		return
	}
	if x.cancelled(err) {
		x.writeError(ctx, errUnavailable, nil)
		return
	}
	if x.expired(err) {
		x.log("the deadline of the request passed", err)
		x.writeError(ctx, errUnavailable, nil)
		return
	}
	if e, ok := x.plainRefusal(err); ok {
		x.writeRefusal(e, auth.ReplyHeader(err))
		return
	}
	e, extra := x.resolve(ctx, err)
	x.writeError(ctx, e, extra)
}

// expired reports whether an outcome is that a deadline passed: that of the request, or one
// that an Around set for the handler.
func (x *exchange) expired(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && (x.late || errors.Is(x.r.Context().Err(), context.DeadlineExceeded))
}

// resolve returns the reply that an error stands for: mapped by the levels, checked against
// what the operation declares, logged if it is ours. extra is what an authenticator adds to
// the header.
func (x *exchange) resolve(ctx context.Context, err error) (e *Error, extra http.Header) {
	err = x.mapError(ctx, err)
	extra = auth.ReplyHeader(err)
	e, status := asError(err)
	switch {
	case status == 0:
		x.log("internal error", err)
		return newError(http.StatusInternalServerError, codeInternal, msgInternal), nil
	case status == http.StatusServiceUnavailable && e.own:
		if more, ok := x.op.down.Allow(); ok {
			x.log("store unavailable; this is logged once a minute", err, more...)
		}
	case status >= http.StatusInternalServerError && e.Err != nil:
		x.log("internal error", err)
	}
	// An operation cannot upgrade the connection, and so does not declare how a credential
	// refuses a handshake that a page of another origin sends.
	handshake := status == http.StatusForbidden && x.r.Header["Upgrade"] != nil
	if undeclared, advice := x.op.undeclared(e); undeclared != nil && !handshake {
		x.log("undeclared error", errors.Join(undeclared, err), "fix", advice, "handler", x.op.endpoint.pos)
		if x.op.replies == Checked {
			e, extra = undeclared, nil
		}
	}
	return e, extra
}

// begun reports whether a part of the reply is out.
func (x *exchange) begun() bool { return x.wrote || x.plain != nil && x.plain.wrote }

// fault answers 500 for a mistake of ours: logged with its cause, shown without. If a part
// of the reply is out, it aborts the connection, so that half a reply never looks whole.
func (x *exchange) fault(ctx context.Context, err error) {
	if x.begun() {
		if !x.cancelled(err) {
			x.log("internal error after the reply began", err)
		}
		panic(http.ErrAbortHandler)
	}
	x.log("internal error", err)
	x.writeError(ctx, newError(http.StatusInternalServerError, codeInternal, msgInternal), nil)
}

// log writes one line about a fault. The reply carries the id of that line.
func (x *exchange) log(what string, err error, more ...any) {
	if id := RequestID(x.r); !x.begun() {
		x.w.Header()[requestid.Header] = []string{id}
	}
	x.op.log(x.r, what, err, more...)
}

func (op *operation) log(r *http.Request, what string, err error, more ...any) {
	op.logger.ErrorContext(r.Context(), "rest: "+what, append([]any{
		"operation", op.title, "method", r.Method, "path", r.URL.Path, "request_id", RequestID(r), "err", err}, more...)...)
}

// asError turns an outcome into the reply it stands for; a zero status means that
// it is a fault.
func asError(err error) (*Error, int) {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		if e.status() < 400 || e.status() > 599 || (e.Status == 0 && e.Msg == "" && e.Details == nil) {
			return nil, 0
		}
		return e, e.status()
	}
	if e, ok := errors.AsType[*auth.Error](err); ok && e != nil {
		if e.HTTPStatus() < 400 || e.HTTPStatus() > 599 {
			return nil, 0
		}
		msg, code := e.Text()
		return &Error{Status: e.HTTPStatus(), Msg: msg, Code: code, Header: e.Header, Err: e.Err, challenge: e.Challenge}, e.HTTPStatus()
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok { // of a handler that reads the request itself
		return newError(http.StatusRequestEntityTooLarge, codeTooLarge, msgBodyTooLarge, e.Limit), http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, auth.ErrSkip) { // of a handler that asked an authenticator itself
		return errDenied, http.StatusUnauthorized
	}
	if errors.Is(err, auth.ErrUnavailable) {
		return errUnavailable, http.StatusServiceUnavailable
	}
	return nil, 0
}

// mapError asks the levels, the nearest first, until one makes an *Error of it.
func (x *exchange) mapError(ctx context.Context, err error) error {
	if len(x.op.mapErrors) == 0 {
		return err
	}
	ctx = x.withOperation(ctx)
	if e, ok := err.(*Error); ok && e.own { //nolint:errorlint // the framework does not wrap its own errors
		err = e.shown(x.op.languages, x.language())
	}
	for _, f := range x.op.mapErrors {
		mapped := f(ctx, err)
		if mapped == nil {
			return fmt.Errorf("rest: MapError returned nil for: %w", err)
		}
		e, ok := errors.AsType[*Error](mapped)
		if before, was := errors.AsType[*Error](err); ok && (!was || before != e) {
			return mapped
		}
		err = mapped
	}
	return err
}

// withOperation returns a context that has the operation of the request: that of the
// handler, or a new one for a request that failed before the handler had a context. Where
// no operation was found it returns ctx itself.
func (x *exchange) withOperation(ctx context.Context) context.Context {
	if c, ok := ctx.Value(contextKey{}).(*requestContext); x.op.endpoint == nil || ok && c.op == x.op {
		return ctx
	}
	return &requestContext{Context: ctx, op: x.op}
}

// plainRefusal reports whether the reply to an error was made at start: the 401
// that says nothing but "Not authenticated". Refusing is cheaper than accepting.
func (x *exchange) plainRefusal(err error) (*auth.Error, bool) {
	if x.op.prepared.denied == nil || x.codec != 0 {
		return nil, false
	}
	e, ok := err.(*auth.Error) //nolint:errorlint // wrapped ones take the long way
	return e, ok && e != nil && e.Status == 0 && e.Msg == "" && e.Code == "" && e.Header == nil
}

// challenges are the values of WWW-Authenticate, with what one authenticator says of
// the credential that it refused.
func (op *operation) challenges(h http.Header, own string) {
	switch {
	case op.prepared.challenge == nil:
	case own == "":
		h["Www-Authenticate"] = op.prepared.challenge
	default:
		h["Www-Authenticate"] = op.guard.ChallengeOf(own)
	}
}

// writeRefusal writes the 401 that was made at start.
func (x *exchange) writeRefusal(e *auth.Error, extra http.Header) {
	denied := &x.op.prepared.denied[x.language()]
	h := x.begin()
	x.addHeader(h, extra)
	x.op.challenges(h, e.Challenge)
	x.sendBody(h, http.StatusUnauthorized, denied.media, denied.body)
}

// writeError writes an error in the format of the operation.
func (x *exchange) writeError(ctx context.Context, e *Error, extra http.Header) {
	if x.plain != nil {
		x.plain.reset()
	}
	media, body, err := x.encodeError(ctx, e)
	if err != nil {
		x.untranslated(err)
		return
	}
	h := x.begin()
	x.addHeader(h, extra)
	x.addHeader(h, e.Header)
	status := e.status()
	if status == http.StatusUnauthorized && e.Header == nil {
		x.op.challenges(h, e.challenge)
	} else if status != http.StatusUnauthorized && e.challenge != "" {
		h["Www-Authenticate"] = []string{e.challenge} // of the credential alone, which was accepted but is not enough
	}
	x.sendBody(h, status, media, body)
}

// encodeError returns the body of an error reply and its media type.
func (x *exchange) encodeError(ctx context.Context, e *Error) (media []string, body []byte, err error) {
	op := x.op
	format := op.formatFor(x.codec)
	if format.mediaType != "" {
		media = format.header
	} else {
		media = op.prepared.contentType[x.codec]
	}
	if !format.static {
		ctx = x.withOperation(ctx)
	}
	body, err = x.fit(e, func(shown *Error) ([]byte, error) {
		var err error
		if x.buf, err = format.append(x.buf[:0], ctx, shown); err != nil || format.mediaType != "" {
			return x.buf, err
		}
		return x.translate()
	})
	return media, body, err
}

// fit writes an error, and again with less of it until it fits into maxErrorReply.
func (x *exchange) fit(e *Error, write func(shown *Error) ([]byte, error)) ([]byte, error) {
	languages := x.op.languages
	shown := e.shown(languages, x.language())
	for {
		body, err := write(shown)
		if err != nil || len(body) <= maxErrorReply || !shown.shrink(len(body), moreMistakes.in(languages, x.language())) {
			return body, err
		}
	}
}
