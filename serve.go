package rest

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/negotiate"
	"github.com/go-modern-rest/rest/internal/schema"
)

// exchange is one request and its reply on the way through an API. Exchanges are
// pooled: nothing of one may reach a handler.
type exchange struct {
	api    *API
	w      http.ResponseWriter
	r      *http.Request
	op     *operation
	lang   int // of api.languages
	codec  int // of op.codecs
	wrote  bool
	issues schema.Issues
	buf    []byte
	files  *multipart.Form // of a form with files, until the handler is done
	values [8]string       // path parameters
}

// maxKeptBuffer is the largest buffer in bytes that is kept for later requests.
const maxKeptBuffer = 64 << 10

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchanges.Get().(*exchange)
	x.api, x.w, x.r, x.op = a, w, a.behindProxy(r), a.nowhere
	defer x.end()
	x.serve()
}

// end answers a panic and gives the exchange back.
func (x *exchange) end() {
	if fault := recover(); fault != nil {
		if fault == http.ErrAbortHandler { //nolint:errorlint // the value is the contract of net/http
			panic(fault)
		}
		x.fault(fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
	buf := x.buf[:0]
	if cap(buf) > maxKeptBuffer {
		buf = nil
	}
	*x = exchange{buf: buf}
	exchanges.Put(x)
}

// serve is the way of a request, top to bottom. Each step yields a value or an
// error, and only the last one writes.
func (x *exchange) serve() {
	api, r := x.api, x.r
	x.lang = api.languages.pick(r)
	found, ok := api.tree.Match(r.URL, x.values[:0])
	if !ok {
		x.fail(r.Context(), errNotFound)
		return
	}
	t, params := found.Value, found.Params
	switch {
	case t.mount != nil && !t.takes(r.URL):
		x.fail(r.Context(), errPath)
		return
	case found.Redirect:
		x.redirect(r.URL)
		return
	case t.mount != nil:
		x.wrote = true // whatever happens now is the handler's reply
		t.mount.ServeHTTP(x.w, r)
		return
	}
	op := t.find(r.Method, api.settings.ExplicitMethods)
	if op == nil {
		e := newError(http.StatusMethodNotAllowed, "not_allowed", msgMethod, message.Quote(r.Method), t.allow)
		e.Header = http.Header{"Allow": {t.allow}}
		x.fail(r.Context(), e)
		return
	}
	x.op = op
	if err := takeAll(op.op.Before, r, auth.Identity{}); err != nil {
		x.observeRefusal(auth.Identity{}, err)
		x.fail(r.Context(), err)
		return
	}
	if x.codec = negotiate.Accept(r.Header["Accept"], op.served.mediaTypes); x.codec < 0 {
		x.codec = 0
		x.fail(r.Context(), newError(http.StatusNotAcceptable, valueError, msgAccept, message.Quote(strings.Join(r.Header["Accept"], ", ")), op.served.offers))
		return
	}
	var id auth.Identity
	if op.guard != nil {
		var err error
		id, err = op.guard.Authenticate(r)
		x.observe(id, err)
		if err != nil {
			x.fail(r.Context(), err)
			return
		}
	}
	call := op.endpoint.newCall()
	ctx := call.context()
	*ctx = requestContext{Context: r.Context(), id: id, op: op, lang: api.languages.tags[x.lang]}
	if err := x.handle(call, ctx, params); err != nil {
		x.observeRefusal(ctx.id, err)
		x.fail(ctx, err)
		return
	}
	if ctx.loggedIn != "" {
		x.tell(auth.Event{Outcome: auth.LoggedIn, UserID: ctx.loggedIn})
	}
	x.succeed(call, ctx)
}

// redirect answers with the path of a mount that lacks its final slash.
func (x *exchange) redirect(u *url.URL) {
	location := url.URL{Path: u.Path + "/", RawQuery: u.RawQuery}
	if u.RawPath != "" {
		location.RawPath = u.RawPath + "/"
	}
	h := x.begin()
	h["Location"] = []string{location.String()}
	x.send(http.StatusPermanentRedirect, nil)
}

// cancelled reports whether an outcome only says that the request was cancelled,
// because the client left or the server shuts down. The answer is a 503 all the same:
// a client that closed its sending half, and a proxy that waits for a verdict, read
// the reply, and without one net/http would write an empty 200.
func (x *exchange) cancelled(err error) bool { return auth.Cancelled(x.r.Context(), err) }

// observe reports a decision to Settings.OnAuth.
func (x *exchange) observe(id auth.Identity, err error) {
	if x.api.settings.OnAuth == nil || x.cancelled(err) {
		return
	}
	event := x.op.guard.Event(id, err)
	if e, ok := errors.AsType[*Error](err); ok {
		event.Status = e.status()
	}
	x.tell(event)
}

// tell tells of an event of the operation.
func (x *exchange) tell(event auth.Event) {
	if x.api.settings.OnAuth == nil {
		return
	}
	event.Operation, event.Level, event.Client = x.op.name, x.op.authLevel, clientText(x.r)
	x.api.settings.OnAuth(x.r, event)
}

// observeRefusal tells of a limiter that refused, and of a handler that checked a
// credential itself: a login with a wrong password.
func (x *exchange) observeRefusal(id auth.Identity, err error) {
	if _, refused := errors.AsType[*auth.Error](err); refused {
		x.observe(id, err)
	}
}

// handle fills the input and calls the handler.
func (x *exchange) handle(call call, ctx *requestContext, params []string) error {
	op := x.op
	if err := takeAll(op.op.After, x.r, ctx.id); err != nil {
		return err
	}
	input := call.input()
	if op.input.HasFiles() {
		defer x.removeFiles()
	}
	for i := range op.setters {
		if err := op.setters[i].set(input, &ctx.id); err != nil {
			return err
		}
	}
	if err := x.bind(input, ctx, params); err != nil {
		return err
	}
	return call.handle()
}

// removeFiles ends the temporary files of a form.
func (x *exchange) removeFiles() {
	if x.files != nil {
		_ = x.files.RemoveAll()
		x.files = nil
	}
}

func takeAll(limiters []Limiter, r *http.Request, id auth.Identity) error {
	for _, limiter := range limiters {
		if err := limiter.Take(r, id); err != nil {
			return err
		}
	}
	return nil
}

// fail answers with an error: mapped by the levels, checked against what the
// operation declared, logged where it is ours.
func (x *exchange) fail(ctx context.Context, err error) {
	if x.cancelled(err) {
		x.writeError(errUnavailable, nil)
		return
	}
	if expired := x.r.Context().Err(); errors.Is(expired, context.DeadlineExceeded) && errors.Is(err, expired) {
		x.log("the deadline of the request passed", err)
		x.writeError(errUnavailable, nil)
		return
	}
	if e, ok := x.op.plainRefusal(err); ok {
		x.writeRefusal(e, auth.ReplyHeader(err))
		return
	}
	err = x.op.mapError(ctx, err)
	extra := auth.ReplyHeader(err)
	e, status := asError(err)
	switch {
	case status == 0:
		x.fault(err)
		return
	case status == http.StatusServiceUnavailable && e.own:
		x.log("store unavailable", err)
	}
	// An operation cannot upgrade the connection, and so does not declare how a credential
	// refuses a handshake that a page of another origin sends.
	handshake := status == http.StatusForbidden && x.r.Header["Upgrade"] != nil
	if undeclared := x.op.undeclared(e); undeclared != nil && !handshake {
		if x.op.replies == Checked {
			x.log("undeclared reply", errors.Join(undeclared, err))
			e, extra = undeclared, nil
		} else {
			x.log("undeclared reply", undeclared)
		}
	}
	x.writeError(e, extra)
}

// fault answers 500 for a mistake of ours: logged with its cause, shown without.
func (x *exchange) fault(err error) {
	x.log("internal error", err)
	if x.wrote {
		panic(http.ErrAbortHandler) // half a reply is out; do not let it look whole
	}
	x.writeError(newError(http.StatusInternalServerError, "internal_error", msgInternal), nil)
}

func (x *exchange) log(what string, err error) {
	x.api.logger.ErrorContext(x.r.Context(), "rest: "+what,
		"method", x.r.Method, "path", x.r.URL.Path, "request_id", RequestID(x.r), "err", err)
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
		msg, kind := e.Text()
		out := &Error{Status: e.HTTPStatus(), Msg: msg, Code: kind, Header: e.Header, Err: e.Err, challenge: e.Challenge}
		if e.Msg == "" {
			out.Msg, out.Code = "", ""
			out.Details = newError(0, kind, msg).Details
		}
		return out, out.Status
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok { // of a handler that reads the request itself
		return newError(http.StatusRequestEntityTooLarge, valueError, msgBodyTooLarge, e.Limit), http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, auth.ErrSkip) { // of a handler that asked an authenticator itself
		return newError(http.StatusUnauthorized, "security", msgNotAuthenticated), http.StatusUnauthorized
	}
	if errors.Is(err, auth.ErrUnavailable) {
		return errUnavailable, http.StatusServiceUnavailable
	}
	return nil, 0
}

// mapError asks the levels, the nearest first, until one makes an *Error of it.
func (op *operation) mapError(ctx context.Context, err error) error {
	for _, f := range op.mapErrors {
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

// undeclared returns the 422 for an error that its operation did not declare.
func (op *operation) undeclared(e *Error) *Error {
	if e.own || e.status() >= 500 || op.replies == Unchecked {
		return nil
	}
	headers, ok := op.declared[e.status()]
	if !ok {
		return newError(http.StatusUnprocessableEntity, valueError, msgUndeclaredStatus, e.status(), op.served.statuses)
	}
	for _, name := range sortedKeys(e.Header) {
		if !commonHeader(name) && !containsFold(headers, name) {
			return newError(http.StatusUnprocessableEntity, valueError, msgUndeclaredHeader, message.Quote(strings.ToLower(name)), e.status())
		}
	}
	return nil
}
