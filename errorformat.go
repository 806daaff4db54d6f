package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
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

// plainRefusal reports whether the reply to an error was made at start: the 401
// that says nothing but "Not authenticated". Refusing is cheaper than accepting.
func (op *operation) plainRefusal(err error) (*auth.Error, bool) {
	if op.served.denied == nil {
		return nil, false
	}
	e, ok := err.(*auth.Error) //nolint:errorlint // wrapped ones take the long way
	return e, ok && e != nil && e.Status == 0 && e.Msg == "" && e.Code == "" && e.Header == nil
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
