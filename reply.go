package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
)

// ErrorModel is the shape of error replies.
type ErrorModel struct {
	_      struct{}      `doc:"What is wrong with a request."`
	Detail []ErrorDetail `json:"detail"`
}

// ErrorDetail is one mistake in an ErrorModel.
type ErrorDetail struct {
	_    struct{}   `doc:"One mistake."`
	Msg  string     `json:"msg"`
	Type string     `json:"type,omitempty"`
	Loc  []LocValue `json:"loc,omitzero"`
}

// ProblemDetailsModel is the shape of error replies by RFC 9457.
type ProblemDetailsModel struct {
	_        struct{} `doc:"A problem, see RFC 9457."`
	Detail   string   `json:"detail,omitempty"`
	Status   int      `json:"status,omitempty"`
	Type     string   `json:"type,omitempty"`
	Title    string   `json:"title,omitempty"`
	Instance string   `json:"instance,omitempty"`
}

// served is what an operation's replies need, made at start.
type served struct {
	id          string
	mediaTypes  []string
	contentType [][]string // of codecs
	offers      string     // media types, for messages
	statuses    string     // declared statuses, for messages
	vary        []string
	challenge   []string // WWW-Authenticate
	denied      [][]byte // the body of a plain 401 in each language; nil: not plain
	deniedLen   [][]string
}

var noStore = []string{"no-store"}

func (op *operation) serve(api *API) {
	s := &op.served
	for _, codec := range op.codecs {
		s.mediaTypes = append(s.mediaTypes, codec.MediaType)
		s.contentType = append(s.contentType, []string{codec.MediaType})
	}
	s.offers = strings.Join(s.mediaTypes, ", ")
	statuses := []int{op.status}
	for status := range op.declared {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	names := make([]string, len(statuses))
	for i, status := range statuses {
		names[i] = strconv.Itoa(status)
	}
	s.statuses = strings.Join(names, ", ")
	var vary []string
	if api.languages.negotiated() {
		vary = append(vary, "Accept-Language")
	}
	if len(op.codecs) > 1 {
		vary = append(vary, "Accept")
	}
	if op.guard != nil {
		vary = append(vary, op.guard.Declaration().Vary...)
		if challenge := op.guard.Challenge(); challenge != "" {
			s.challenge = []string{challenge}
		}
	}
	if len(vary) > 0 {
		s.vary = []string{strings.Join(vary, ", ")}
	}
	if op.guard != nil && len(op.mapErrors) == 0 && op.errors == Details && op.codecs[0].FromJSON == nil {
		for lang := range api.languages.tags {
			body := appendError(nil, api, lang, newError(http.StatusUnauthorized, "security", msgNotAuthenticated), maxErrorReply)
			s.denied = append(s.denied, body)
			s.deniedLen = append(s.deniedLen, []string{strconv.Itoa(len(body))})
		}
	}
}

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

// plainRefusal reports whether the reply to an error was made at start: the 401
// that says nothing but "Not authenticated". Refusing is cheaper than accepting.
func (op *operation) plainRefusal(err error) (*auth.Error, bool) {
	if op.served.denied == nil {
		return nil, false
	}
	e, ok := err.(*auth.Error) //nolint:errorlint // wrapped ones take the long way
	return e, ok && e != nil && e.Status == 0 && e.Msg == "" && e.Type == "" && e.Header == nil
}

// challenges are the values of WWW-Authenticate, with what one authenticator says of
// the credential that it refused.
func (op *operation) challenges(h http.Header, own string) {
	switch {
	case op.served.challenge == nil:
	case own == "":
		h["Www-Authenticate"] = op.served.challenge
	default:
		h["Www-Authenticate"] = op.guard.ChallengeOf(own)
	}
}

func (x *exchange) writeRefusal(e *auth.Error, extra http.Header) {
	s := &x.op.served
	h := x.begin()
	x.addHeader(h, extra)
	x.op.challenges(h, e.Challenge)
	h["Content-Type"] = s.contentType[0]
	h["Content-Length"] = s.deniedLen[x.lang]
	x.send(http.StatusUnauthorized, s.denied[x.lang])
}

// writeError writes an error in the format of the operation.
func (x *exchange) writeError(e *Error, extra http.Header) {
	h := x.begin()
	x.addHeader(h, extra)
	x.addHeader(h, e.Header)
	status := e.status()
	if status == http.StatusUnauthorized && e.Header == nil {
		x.op.challenges(h, e.challenge)
	} else if status != http.StatusUnauthorized && e.challenge != "" {
		h["Www-Authenticate"] = []string{e.challenge} // of the credential alone, which was accepted but is not enough
	}
	write := appendError
	if x.op.errors == Problem || (x.op.errors == ProblemIfPreferred && x.op.served.mediaTypes[x.codec] == mediaProblem) {
		write = appendProblem
	}
	var body []byte
	var err error
	for limit := maxErrorReply; limit >= minErrorReply; limit /= 2 {
		x.buf = write(x.buf[:0], x.api, x.lang, e, limit)
		if body, err = x.translate(); err != nil || len(body) <= maxErrorReply {
			break // a codec may write more than it reads
		}
	}
	x.sendTranslated(h, status, body, err)
}

// succeed validates and writes what the handler returned.
func (x *exchange) succeed(c call, ctx context.Context) {
	op := x.op
	value := c.output()
	if op.responses != Unchecked {
		e := op.output.validate(value, &x.issues)
		if name := op.output.undeclaredCookie(value, op.op); e == nil && name != "" {
			e = newError(http.StatusUnprocessableEntity, valueError, msgUndeclaredCookie, message.Quote(name))
		}
		if e != nil {
			x.log("reply breaks its schema", e)
			if op.responses == Checked {
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

func commonHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Www-Authenticate", "Set-Cookie", "Cache-Control", "Vary", "Retry-After", "Location", "Allow", "Content-Language":
		return true
	}
	return false
}

// LocValue is a step of a mistake's location: a member name or a list index.
type LocValue struct{ step any }

// JSONSchema documents both.
func (LocValue) JSONSchema() openapi.Schema {
	return openapi.Schema{AnyOf: []openapi.Schema{{Type: "integer"}, {Type: "string"}}}
}

// MarshalJSON writes a number or a string.
func (v LocValue) MarshalJSON() ([]byte, error) {
	if i, ok := v.step.(int); ok {
		return strconv.AppendInt(nil, int64(i), 10), nil
	}
	return json.Marshal(fmt.Sprint(v.step))
}

// UnmarshalJSON reads a number or a string, for clients.
func (v *LocValue) UnmarshalJSON(data []byte) error {
	var i int
	if err := json.Unmarshal(data, &i); err == nil {
		v.step = i
		return nil
	}
	var s string
	err := json.Unmarshal(data, &s)
	v.step = s
	return err
}

func locValues(loc []any) []LocValue {
	if loc == nil {
		return nil
	}
	values := make([]LocValue, len(loc))
	for i, step := range loc {
		values[i] = LocValue{step}
	}
	return values
}

// mustAppend writes one of our own error models, which hold nothing but text. The text
// may repeat what the client sent, so nothing in it can be taken for HTML, whatever
// somebody makes of the type.
func mustAppend[T any](node *schema.Node, dst []byte, model *T) []byte {
	out, err := node.Append(dst, unsafe.Pointer(model))
	if err != nil {
		panic(fmt.Sprintf("rest: an error reply does not encode: %v", err))
	}
	if !bytes.ContainsAny(out[len(dst):], "<>&") {
		return out
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, out[len(dst):])
	return append(dst, escaped.Bytes()...)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(item string) bool { return strings.EqualFold(item, name) })
}
