package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type page struct {
	Page int `query:"page" minimum:"1"`
	Size int `query:"size" maximum:"100"`
}

func pages(t *testing.T, s rest.Settings) *rest.API {
	t.Helper()
	return build(t, s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(context.Context, page) (string, error) { return "", nil })}}})
}

// A problem says which field is wrong, as the other format does (RFC 9457 §3: "errors" of its first example): a form cannot show the mistake otherwise.
func TestProblemNamesTheField(t *testing.T) {
	s := general
	s.ErrorFormat = rest.Problem
	w := send(pages(t, s), "GET", "/x?page=0&size=1000", "")
	clientError(t, "two mistakes", w)
	if text := w.Body.String(); !strings.Contains(text, `"page"`) && !strings.Contains(text, "/page") || !strings.Contains(text, `"size"`) && !strings.Contains(text, "/size") {
		t.Errorf("got %s", text)
	}
}

// A problem has its own media type (RFC 9457 §3): that is how clients know it.
func TestProblemHasItsMediaType(t *testing.T) {
	s := general
	s.ErrorFormat = rest.Problem
	if got := send(pages(t, s), "GET", "/x?page=0&size=1", "").Header().Get("Content-Type"); !strings.HasPrefix(got, "application/problem+json") {
		t.Errorf("got %q", got)
	}
}

// A 405 has the format of the router whose path it is, not only that of Settings.
func TestMethodNotAllowedHasTheFormatOfTheRouter(t *testing.T) {
	api := build(t, general, rest.Router{Path: "/v2", Auth: auth.Public, ErrorFormat: rest.Problem, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
	w := send(api, "POST", "/v2/x", "")
	if w.Code != 405 || !strings.Contains(w.Body.String(), `"status":405`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A status that the document already lists for the operation is declared: the handler finds more mistakes than tags can, and answers 400 as the framework does.
func TestDocumentedStatusesAreDeclared(t *testing.T) {
	type body struct {
		Body struct {
			From int `json:"from"`
			To   int `json:"to"`
		} `body:""`
	}
	api := public(t, rest.Controller{Path: "/x", Post: rest.Handle(func(_ context.Context, in body) (string, error) {
		return "", &rest.Error{Status: 400, Msg: "from is after to", Loc: []any{"parsed_body", "from"}}
	})})
	if !document(t, api).at("paths", "/x", "post", "responses").has("400") {
		t.Fatal("400 is not in the document")
	}
	if w := send(api, "POST", "/x", `{"from":3,"to":1}`); w.Code != 400 || !strings.Contains(w.Body.String(), "from is after to") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// MapError may write the framework's own errors anew: the status stays declared.
func TestMapErrorKeepsADeclaredStatus(t *testing.T) {
	s := general
	s.MapError = func(_ context.Context, err error) error {
		if e, ok := errors.AsType[*rest.Error](err); ok && e.Status == 400 {
			return &rest.Error{Status: 400, Msg: "please look at the form again"}
		}
		return err
	}
	if w := send(pages(t, s), "GET", "/x?page=0&size=1", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "the form again") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// MapError reads what is wrong: each Detail has its text, or an own format could not be written.
func TestMapErrorReadsTheTexts(t *testing.T) {
	s, texts := general, []string(nil)
	s.MapError = func(_ context.Context, err error) error {
		if e, ok := errors.AsType[*rest.Error](err); ok {
			for _, d := range e.Details {
				texts = append(texts, d.Msg)
			}
		}
		return err
	}
	send(pages(t, s), "GET", "/x?page=0&size=1000", "")
	if len(texts) != 2 || slices.Contains(texts, "") {
		t.Errorf("got %q", texts)
	}
}

// A text about numbers does not quote them: a client reads 1, not '1'.
func TestTextOfAnIntegerEnum(t *testing.T) {
	type body struct {
		V int `json:"v" enum:"1,2,3"`
	}
	api, err := echoes[body]()
	if err != nil {
		t.Fatal(err)
	}
	w := send(api, "POST", "/x", `{"v":4}`)
	clientError(t, "4", w)
	if strings.Contains(w.Body.String(), "'1'") {
		t.Errorf("got %s", w.Body)
	}
}

// Error replies are JSON whatever the request holds, and say what they are.
func TestErrorRepliesAreJSON(t *testing.T) {
	api := pages(t, general)
	for _, target := range []string{"/x?page=%ff&size=1", "/x?page=<script>&size=1", "/nowhere/%ff", "/x?page=1&size=%00"} {
		w := send(api, "GET", strings.ReplaceAll(target, "<script>", "%3Cscript%3E"), "")
		clientError(t, target, w)
		if !json.Valid(w.Body.Bytes()) || !strings.Contains(w.Header().Get("Content-Type"), "json") {
			t.Errorf("%s: got %q %s", target, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

// A line break in a header of a reply is a fault of ours, and splits nothing (CWE-113).
func TestLineBreakInAReplyHeader(t *testing.T) {
	type reply struct {
		Name string `header:"X-Name"`
		Body string `body:""`
	}
	if w := send(replies(t, reply{Name: "a\r\nSet-Cookie: x=y"}), "GET", "/x", ""); w.Code != 500 || w.Header().Get("X-Name") != "" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

// The Vary of an error joins that of the operation.
func TestVaryOfAnErrorIsJoined(t *testing.T) {
	api := public(t, rest.Controller{Path: "/x", Get: rest.Handle(func(context.Context, rest.None) (string, error) {
		return "", &rest.Error{Status: 404, Header: http.Header{"Vary": {"X-Tenant"}}}
	}, rest.Op{Errors: []error{&rest.Error{Status: 404}}})})
	w := send(api, "GET", "/x", "")
	if got := strings.Join(w.Header()["Vary"], ", "); !strings.Contains(got, "X-Tenant") || !strings.Contains(got, "Accept-Language") {
		t.Errorf("got %d %q", w.Code, got)
	}
}

// An empty *rest.Error is a fault, and says no more than other faults do.
func TestEmptyErrorIsAFault(t *testing.T) {
	api := public(t, rest.Controller{Path: "/x", Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", &rest.Error{} })})
	if w := send(api, "GET", "/x", ""); w.Code != 500 || !strings.Contains(w.Body.String(), "internal_error") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
