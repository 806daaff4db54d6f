package rest

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/forwarded"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
)

// exchange is one request and its reply on the way through an API. Exchanges are
// pooled: nothing of one may reach a handler.
type exchange struct {
	turnaround
	buf    []byte
	values [8]string // path parameters
}

// turnaround is the part of an exchange that begins anew with each request.
type turnaround struct {
	api        *API
	w          http.ResponseWriter
	r          *http.Request
	given      *http.Request // as the caller of ServeHTTP has it
	op         *operation
	lang       int  // see language
	translated bool // the reply depends on lang
	codec      int  // of op.codecs
	media      int  // of op.prepared.bodies
	wrote      bool
	called     bool  // the last Around that ran has called next
	late       bool  // the deadline of the handler's context passed
	result     error // what next returned to it
	plain      *plainWriter
	broken     error                   // why a body that is produced while it is sent ended early
	abort      bool                    // the connection ends with it
	cancel     context.CancelCauseFunc // ends the context of a stream
	issues     schema.Issues
	files      *multipart.Form // of a form with files, until the handler is done
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// ServeHTTP implements http.Handler. It sets r.Pattern as http.ServeMux does, for
// middleware around the API: "GET /api/notes/{id}", also for the HEAD that it answers; the
// path alone of a mount and of a 405; empty for a 404.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchanges.Get().(*exchange)
	x.api, x.w, x.given, x.r, x.op = a, w, r, a.readProxy(r), a.nowhere
	defer x.end()
	x.serve()
}

// readProxy reads the forwarded headers of a request. The first time that a peer which is
// not trusted sends them is logged: mostly it is a proxy that Settings do not name, so that
// all clients have its address and share its limits.
func (a *API) readProxy(r *http.Request) *http.Request {
	read, ignored := a.proxies.Read(r)
	if !ignored || a.reported.Load() || a.reported.Swap(true) {
		return read
	}
	fix := "if it is your proxy, add its address to Settings.TrustedProxies; if not, it is a client that makes them up"
	if forwarded.OnUnixSocket(r) {
		fix = "if only your proxy can connect to the socket, set Settings.TrustUnixProxy"
	}
	a.logger.WarnContext(r.Context(), "rest: forwarded headers of an untrusted peer are ignored; this is logged once",
		"peer", r.RemoteAddr, "fix", fix)
	return read
}

// end answers a panic and gives the exchange back.
func (x *exchange) end() {
	if x.cancel != nil {
		x.cancel(nil)
	}
	if fault := recover(); fault != nil {
		if fault == http.ErrAbortHandler { //nolint:errorlint // the value is the contract of net/http
			panic(fault)
		}
		x.fault(x.r.Context(), fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
	clear(x.values[:])
	x.turnaround, x.buf = turnaround{}, keptBuffer(x.buf)
	exchanges.Put(x)
}

// serve is the way of a request, top to bottom. Each step yields a value or an
// error, and only the last one writes.
func (x *exchange) serve() {
	r := x.r
	params, ok := x.find()
	if !ok {
		return
	}
	op := x.op
	if err := x.take(op.limitsBeforeAuth, nil); err != nil {
		x.observeRefusal(auth.Identity{}, err)
		x.fail(r.Context(), err)
		return
	}
	if err := x.accept(); err != nil {
		x.fail(r.Context(), err)
		return
	}
	id, ok := x.authenticate()
	if !ok {
		return
	}
	call := op.endpoint.newCall(op.guard != nil)
	ctx := call.context()
	ctx.Context, ctx.op = x.handlerContext(), op
	if ctx.id != nil {
		*ctx.id = id
	}
	if err := x.handle(call, ctx, params); err != nil {
		x.observeRefusal(ctx.identity(), err)
		if x.broken != nil && errors.Is(err, x.broken) {
			x.breakOff()
			return
		}
		x.fail(ctx, err)
		return
	}
	if ctx.loggedIn != "" {
		x.tell(auth.Event{Outcome: auth.LoggedIn, UserID: ctx.loggedIn})
	}
	if !x.wrote && !op.writes {
		x.succeed(call, ctx)
	}
}

// find sets the operation of the request and returns its path parameters. Where there is
// none it answers itself.
func (x *exchange) find() (params []string, ok bool) {
	api, r := x.api, x.r
	found, ok := api.tree.Match(r.URL, x.values[:0])
	if !ok || found.Redirect && api.settings.NoSlashRedirect {
		x.op = api.scope(r.URL)
		x.setPattern("")
		x.fail(r.Context(), errNotFound)
		return nil, false
	}
	t := found.Value
	x.op = t.nowhere
	x.setPattern(t.nowhere.path)
	switch {
	case t.mounted && !t.takes(r.URL):
		x.fail(r.Context(), errPath)
		return nil, false
	case found.Redirect:
		x.redirect(found.Location(r.URL))
		return nil, false
	}
	op := t.find(r.Method, x.op.compat.ExplicitMethods)
	if op == nil {
		e := newError(http.StatusMethodNotAllowed, codeNotAllowed, msgMethod, message.Quote(r.Method), t.allow)
		e.Header = http.Header{"Allow": {t.allow}}
		x.fail(r.Context(), e)
		return nil, false
	}
	x.op = op
	x.setPattern(op.title)
	return found.Params, true
}

// setPattern tells the request, and the one that middleware around the API has, which
// pattern it matched.
func (x *exchange) setPattern(pattern string) {
	if x.r.Pattern = pattern; x.given != x.r {
		x.given.Pattern = pattern
	}
}

// language returns the index of the language that the client prefers. A reply for which it
// was called says that it depends on that.
func (x *exchange) language() int {
	if !x.translated {
		x.translated, x.lang = true, x.op.languages.Pick(x.r)
	}
	return x.lang
}

// authenticate asks the guard, reports its decision, and answers a refusal.
func (x *exchange) authenticate() (id auth.Identity, ok bool) {
	if x.op.guard == nil {
		if x.op.onAuth != nil {
			x.tell(auth.Event{Outcome: auth.Anonymous})
		}
		return id, true
	}
	id, err := x.op.guard.Authenticate(x.r)
	x.observe(id, err)
	if err != nil {
		x.fail(x.r.Context(), err)
		return id, false
	}
	return id, true
}

// redirect answers with the path that differs by its last slash.
func (x *exchange) redirect(location string) {
	h := x.begin()
	h["Location"] = []string{location}
	x.send(http.StatusPermanentRedirect, nil)
}

// cancelled reports whether an outcome only says that the request was cancelled,
// because the client left or the server shuts down. The answer is a 503 all the same:
// a client that closed its sending half, and a proxy that waits for a verdict, read
// the reply, and without one net/http would write an empty 200.
func (x *exchange) cancelled(err error) bool { return auth.Cancelled(x.r.Context(), err) }

// observe reports a decision to Settings.OnAuth.
func (x *exchange) observe(id auth.Identity, err error) {
	if x.op.onAuth == nil || x.cancelled(err) {
		return
	}
	event := x.op.guard.Event(id, err)
	if e, ok := errors.AsType[*Error](err); ok {
		event.Status = e.status()
	}
	x.tell(event)
}

// tell reports an event of the operation to Settings.OnAuth.
func (x *exchange) tell(event auth.Event) {
	if x.op.onAuth == nil {
		return
	}
	event.Operation, event.Level, event.Client = x.op.title, x.op.authLevel, ""
	if addr := ClientAddr(x.r); addr.IsValid() {
		event.Client = addr.String()
	}
	x.op.onAuth(x.r, event)
}

// observeRefusal reports that a limiter refused, or a handler that checks a credential
// itself: a login with a wrong password.
func (x *exchange) observeRefusal(id auth.Identity, err error) {
	if _, refused := errors.AsType[*auth.Error](err); refused {
		x.observe(id, err)
	}
}

// handle fills the input and calls the handler.
func (x *exchange) handle(call call, ctx *requestContext, params []string) error {
	op := x.op
	if err := x.take(op.limits, ctx.id); err != nil {
		return err
	}
	if op.endpoint.plain {
		if err := x.bindPlain(params); err != nil {
			return err
		}
		return x.around(0, ctx, call)
	}
	input := call.input()
	if op.input.HasFiles() {
		defer x.removeFiles()
	}
	for i := range op.setters {
		if err := op.setters[i].set(input, ctx.id); err != nil {
			return err
		}
	}
	if err := op.ifMatch.check(x.r.Header); err != nil {
		return err
	}
	if err := x.bind(input, ctx, params); err != nil {
		return err
	}
	op.ifMatch.join(input, x.r.Header)
	return x.around(0, ctx, call)
}

// removeFiles ends the temporary files of a form.
func (x *exchange) removeFiles() {
	if x.files != nil {
		_ = x.files.RemoveAll()
		x.files = nil
	}
}

// take asks limiters. id is nil before a credential was checked, and if none is asked for.
func (x *exchange) take(limiters []levelLimiter, id *auth.Identity) error {
	for i := range limiters {
		var who auth.Identity
		if id != nil {
			who = *id
		}
		if err := limiters[i].Take(x.r, who); err != nil {
			return err
		}
	}
	return nil
}
