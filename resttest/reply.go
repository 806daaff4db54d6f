package resttest

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
)

// Reply is what a handler answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// Aborted reports that the handler aborted the connection, so that Body is not whole: a
	// body that is written while it is sent has failed. It is false if the request's context
	// ended, because the client had left then.
	Aborted bool

	t            testing.TB
	method, path string
	pattern      string // of the operation, as ServeHTTP set it in the request
}

// Want fails the test at once if the reply has another status, or was aborted, and shows the
// body. It returns the reply.
func (r *Reply) Want(status int) *Reply {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("%s %s: got %d, want %d: %s", r.method, r.path, r.Status, status, r.Body)
	}
	if r.Aborted {
		r.t.Fatalf("%s %s: the handler aborted the connection after %d bytes: %s", r.method, r.path, len(r.Body), r.Body)
	}
	return r
}

// Decode returns the JSON of a success as a T. It fails the test at once if the reply is an
// error, or not JSON that a T can hold.
func Decode[T any](r *Reply) T {
	r.t.Helper()
	var value T
	if r.Status < 200 || r.Status > 299 {
		r.t.Fatalf("%s %s: got %d, want a success: %s", r.method, r.path, r.Status, r.Body)
	}
	if err := json.Unmarshal(r.Body, &value); err != nil {
		r.t.Fatalf("%s %s: the reply is not a %T: %v: %s", r.method, r.path, value, err, r.Body)
	}
	return value
}

// Err returns the error that the reply is, with its Status, Header, Msg and Code, and its
// mistakes as Details. It is nil if the status is below 400. It reads the formats
// rest.Details and rest.Problem; in the latter a parameter has its name alone as Loc. Of
// another format it has the status and the header: use json.Unmarshal on Body.
func (r *Reply) Err() *rest.Error {
	if r.Status < 400 {
		return nil
	}
	e := &rest.Error{Status: r.Status, Header: r.Header, Msg: http.StatusText(r.Status)}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/problem+json" {
		r.readProblem(e)
		return e
	}
	var model rest.ErrorModel
	if err := json.Unmarshal(r.Body, &model); err != nil || len(model.Detail) == 0 {
		return e
	}
	for _, d := range model.Detail {
		detail := rest.Detail{Msg: d.Msg, Code: d.Type}
		for _, step := range d.Loc {
			detail.Loc = append(detail.Loc, stepOf(step))
		}
		e.Details = append(e.Details, detail)
	}
	e.Msg, e.Code, e.Loc = e.Details[0].Msg, e.Details[0].Code, e.Details[0].Loc
	return e
}

// stepOf is a step of a location as a string or an int.
func stepOf(step rest.LocValue) any {
	text, err := json.Marshal(step)
	if err != nil {
		return nil
	}
	var name string
	if json.Unmarshal(text, &name) == nil {
		return name
	}
	index, _ := strconv.Atoi(string(text))
	return index
}

func (r *Reply) readProblem(e *rest.Error) {
	var problem rest.ProblemBody
	if err := json.Unmarshal(r.Body, &problem); err != nil {
		return
	}
	e.Code = problem.Code
	if e.Msg = problem.Detail; e.Msg == "" {
		e.Msg = problem.Title
	}
	for _, p := range problem.Errors {
		e.Details = append(e.Details, rest.Detail{Msg: p.Detail, Code: p.Code, Params: p.Params, Loc: locOf(p)})
	}
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// locOf is the location of a mistake in a problem.
func locOf(p rest.ProblemError) []any {
	if p.Parameter != "" {
		return []any{p.Parameter}
	}
	if p.Pointer == "" {
		return nil
	}
	loc := []any{"parsed_body"}
	for step := range strings.SplitSeq(p.Pointer[1:], "/") {
		if index, err := strconv.Atoi(step); err == nil {
			loc = append(loc, index)
			continue
		}
		loc = append(loc, unescapePointer.Replace(step))
	}
	return loc
}
