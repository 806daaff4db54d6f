package rest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/negotiate"
	"github.com/go-modern-rest/rest/internal/reply"
	"github.com/go-modern-rest/rest/internal/requestid"
)

var noStore = []string{"no-store"}

// begin sets the headers that every reply carries.
func (x *exchange) begin() http.Header {
	h := x.w.Header()
	op := x.op
	for i := range op.prepared.headers {
		header := &op.prepared.headers[i]
		h[header.name] = header.values
	}
	vary := op.prepared.vary
	if x.translated {
		h["Content-Language"] = op.languages.Header(x.lang)
		vary = op.prepared.varyLanguage
	}
	addVary(h, vary)
	if op.NoStore {
		h["Cache-Control"] = noStore
	}
	if id := requestid.Sent(x.r); id != nil {
		h[requestid.Header] = id
	}
	return h
}

// addVary adds to what middleware around the API has written to Vary.
func addVary(h http.Header, vary []string) {
	if len(vary) == 0 {
		return
	}
	switch have := h["Vary"]; {
	case slices.Contains(have, vary[0]):
	case len(have) == 0:
		h["Vary"] = vary
	default:
		h["Vary"] = append(slices.Clip(have), vary...)
	}
}

// addHeader adds the fields of an error, or of an identity, to a reply. What they
// cannot set is left out and logged.
func (x *exchange) addHeader(to, from http.Header) {
	for _, name := range sortedKeys(from) {
		if err := reply.Check(name, from[name]); err != nil {
			x.log("reply header left out", err)
			continue
		}
		addHeader(to, name, from[name])
	}
}

// addIdentityHeader adds what the identity of a request adds to its reply.
func (x *exchange) addIdentityHeader(to http.Header, ctx *requestContext) {
	if ctx.id != nil {
		x.addHeader(to, ctx.id.Header)
	}
}

// addHeader sets a field of a reply, or adds to one that several have a part in.
func addHeader(to http.Header, name string, values []string) {
	key := http.CanonicalHeaderKey(name)
	if key == "Vary" || key == "Set-Cookie" {
		to[key] = append(slices.Clip(to[key]), values...)
		return
	}
	to[key] = slices.Clone(values)
}

// accept chooses the codec, and the media type of a body that no codec encodes. Errors
// follow the codecs, the first where the client accepts none.
func (x *exchange) accept() error {
	p, accept := &x.op.prepared, x.r.Header["Accept"]
	x.codec = negotiate.Accept(accept, p.mediaTypes)
	chosen := x.codec
	if x.codec < 0 {
		x.codec = 0
	}
	if len(p.bodies) > 0 {
		x.media = negotiate.Accept(accept, p.bodies)
		chosen = x.media
	}
	if chosen < 0 && !x.op.writes {
		return newError(http.StatusNotAcceptable, codeNotAccepted, msgAccept, message.Quote(strings.Join(accept, ", ")), p.offers)
	}
	return nil
}

// succeed validates and writes what the handler returned.
func (x *exchange) succeed(c call, ctx *requestContext) {
	body, value := &x.op.output.Body, c.output()
	status, e, err := x.declared(value)
	switch {
	case err != nil:
		x.fault(ctx, err)
		return
	case e != nil:
		x.writeError(ctx, e, nil)
		return
	}
	sent := body.Kind != reply.None && !reply.HasNoBody(status)
	var encoded []byte
	if sent && body.Kind == reply.Value {
		if err = x.encode(value); err != nil {
			x.fault(ctx, err)
			return
		}
		if encoded, err = x.translate(); err != nil {
			x.untranslated(err)
			return
		}
	}
	h := x.begin()
	x.addIdentityHeader(h, ctx)
	if x.op.output.HasHeader() {
		cookies := len(h["Set-Cookie"])
		if err := x.op.output.WriteHeader(h, value); err != nil {
			x.op.output.TakeBack(h, cookies)
			x.fault(ctx, err)
			return
		}
	}
	switch {
	case status == http.StatusNotModified:
		reply.TakeContentHeaders(h)
		x.send(status, nil)
	case !sent:
		x.send(status, nil)
	case body.Kind == reply.Bytes:
		x.sendBody(h, status, x.contentType(value), body.Bytes(value))
	default:
		x.sendBody(h, status, x.op.prepared.contentType[x.codec], encoded)
	}
}

// encode writes the body of a result as JSON into the exchange's buffer. That of an operation
// whose last reply was large is large from the start.
func (x *exchange) encode(value unsafe.Pointer) (err error) {
	large := x.op.large.Load()
	if x.buf = x.buf[:0]; large {
		x.buf = growLarge(x.buf, maxKeptBuffer+1)
	}
	x.buf, err = x.op.output.Body.AppendJSON(x.buf, value)
	if now := len(x.buf) > maxKeptBuffer; now != large {
		x.op.large.Store(now)
	}
	return err
}

// declared returns the status of a result: 304 if the client has what it describes. e is
// the reply to a result that breaks its declaration. err is a fault that no setting allows.
func (x *exchange) declared(value unsafe.Pointer) (status int, e *Error, err error) {
	op := x.op
	status, ok := op.output.Status(value)
	switch {
	case status == 0:
		status = op.statuses[0]
	case status < 200 || status > 399:
		if op.replies != Checked {
			return 0, nil, fmt.Errorf("rest: the handler returned the status %d, which is not a success", status)
		}
	}
	if ok && status < 300 && op.output.Conditional() && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead) &&
		op.output.NotModified(x.r.Header, value) {
		status = http.StatusNotModified
	}
	if op.replies == Unchecked {
		return status, nil, nil
	}
	e, advice := x.undeclaredReply(value, status, ok)
	if e == nil {
		return status, nil, nil
	}
	x.log("the reply breaks its declaration", e, "fix", advice, "handler", op.endpoint.pos)
	if op.replies != Checked {
		e = nil
	}
	return status, e, nil
}

// undeclaredReply returns the 422 for a result that breaks its declaration, and the advice
// to its developer.
func (x *exchange) undeclaredReply(value unsafe.Pointer, status int, ok bool) (e *Error, advice string) {
	op := x.op
	if !ok {
		return newError(http.StatusUnprocessableEntity, codeReply, msgUndeclaredStatus, status, op.prepared.statuses),
			"add the status to the tag of the status field, or set Replies to Unchecked"
	}
	if op.output.Validate(value, status, &x.issues); x.issues.Len() > 0 {
		e = issuesError(http.StatusUnprocessableEntity, codeReply, &x.issues)
		x.issues.Reset() // an Around may call next again
		return e, "make the reply keep its own schema, or set Replies to Unchecked"
	}
	if op.output.HasHeader() {
		if name := op.output.UndeclaredCookie(value, op.declaresCookie); name != "" {
			return newError(http.StatusUnprocessableEntity, codeReply, msgUndeclaredCookie, message.Quote(name)),
				"add the cookie to Op.Cookies or Op.OptionalCookies, or set Replies to Unchecked"
		}
		if etag, ok := op.output.CheckETag(value); !ok {
			return newError(http.StatusUnprocessableEntity, codeReply, msgETag, message.Quote(etag)),
				"write the entity tag in double quotes, such as \"\\\"v7\\\"\", or set Replies to Unchecked"
		}
	}
	if len(op.prepared.bodies) > 0 && !reply.HasNoBody(status) {
		if media, ok := op.output.ContentType(value); !ok && op.output.Body.Kind != reply.Stream {
			return newError(http.StatusUnprocessableEntity, codeReply, msgUndeclaredType, message.Quote(media), op.prepared.offers),
				"set the field tagged Content-Type to a media type of the body tag, or set Replies to Unchecked"
		}
	}
	return nil, ""
}

func (op *operation) declaresCookie(name string) bool {
	_, always := op.Cookies[name]
	_, sometimes := op.OptionalCookies[name]
	return always || sometimes
}

// translate returns x.buf as the chosen codec writes it.
func (x *exchange) translate() ([]byte, error) {
	if codec := &x.op.codecs[x.codec]; codec.FromJSON != nil {
		return codec.FromJSON(x.buf)
	}
	return x.buf, nil
}

// untranslated answers where a body does not encode: a plain 500, because an error might
// not encode either.
func (x *exchange) untranslated(err error) {
	x.log("the reply does not encode as "+x.op.codecs[x.codec].MediaType, err)
	x.begin()
	http.Error(x.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	x.wrote = true
}

// sendBody sends a reply with a body.
func (x *exchange) sendBody(h http.Header, status int, media []string, body []byte) {
	h["Content-Type"] = media
	if len(body) > 2000 || x.r.Method == http.MethodHead { // net/http counts shorter bodies itself
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	x.send(status, body)
}

// send is the only place that writes a whole reply.
func (x *exchange) send(status int, body []byte) {
	x.wrote = true
	x.w.WriteHeader(status)
	if len(body) > 0 && x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) // the client may be gone; nothing is left to do
	}
}

func sortedKeys[V any](m map[string]V) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, name) })
}
