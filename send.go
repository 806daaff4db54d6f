package rest

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/internal/message"
)

// begin sets the headers that every reply carries.
func (x *exchange) begin() http.Header {
	h := x.w.Header()
	for i := range x.api.headers {
		h[x.api.headers[i].name] = x.api.headers[i].values
	}
	h["Content-Language"] = x.api.languages.contentLanguage[x.lang]
	if x.op.served.vary != nil {
		h["Vary"] = x.op.served.vary
	}
	if x.op.op.NoStore {
		h["Cache-Control"] = noStore
	}
	return h
}

// succeed validates and writes what the handler returned.
func (x *exchange) succeed(c call, ctx context.Context) {
	op := x.op
	value := c.output()
	if op.replies != Unchecked {
		e := op.output.validate(value, &x.issues)
		if name := op.output.undeclaredCookie(value, op.op); e == nil && name != "" {
			e = newError(http.StatusUnprocessableEntity, valueError, msgUndeclaredCookie, message.Quote(name))
		}
		if e != nil {
			x.log("reply breaks its schema", e)
			if op.replies == Checked {
				x.writeError(e, nil)
				return
			}
		}
	}
	var err error
	if x.buf, err = op.output.append(x.buf[:0], value); err != nil {
		x.fault(err)
		return
	}
	h := x.begin()
	if id := ctx.(*requestContext).id; id.Header != nil {
		x.addHeader(h, id.Header)
	}
	cookies := len(h["Set-Cookie"])
	if err := op.output.header(h, value); err != nil {
		op.output.takeBack(h, cookies)
		x.fault(err)
		return
	}
	if op.output.body == nil || hasNoBody(op.status) {
		x.send(op.status, nil)
		return
	}
	body, err := x.translate()
	x.sendTranslated(h, op.status, body, err)
}

// translate returns x.buf as the chosen codec writes it.
func (x *exchange) translate() ([]byte, error) {
	if codec := &x.op.codecs[x.codec]; codec.FromJSON != nil {
		return codec.FromJSON(x.buf)
	}
	return x.buf, nil
}

// sendTranslated sends what translate returned.
func (x *exchange) sendTranslated(h http.Header, status int, body []byte, err error) {
	if err != nil {
		x.log("codec "+x.op.codecs[x.codec].MediaType, err)
		http.Error(x.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		x.wrote = true
		return
	}
	h["Content-Type"] = x.op.served.contentType[x.codec]
	if len(body) > 2000 || x.r.Method == http.MethodHead { // net/http counts shorter bodies itself
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	x.send(status, body)
}

// send is the only place that writes.
func (x *exchange) send(status int, body []byte) {
	x.wrote = true
	x.w.WriteHeader(status)
	if len(body) > 0 && x.r.Method != http.MethodHead {
		_, _ = x.w.Write(body) // the client may be gone; nothing is left to do
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, name) })
}
