package rest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type trouble struct {
	rest.ProblemBody
	Trace string `json:"trace" minLength:"1"`
}

type plainTrouble struct {
	Text string `json:"text"`
	Word string `json:"word"`
}

var (
	troubles = rest.ErrorBody(func(ctx context.Context, e *rest.Error) trouble {
		op, _ := rest.OperationFrom(ctx)
		return trouble{e.Problem(), "trace of " + op.ID}
	})
	plainTroubles = rest.ErrorBody(func(_ context.Context, e *rest.Error) plainTrouble {
		texts := []string{e.Msg}
		for _, d := range e.Details {
			texts = append(texts, d.Msg)
		}
		return plainTrouble{strings.Join(texts, "; "), e.Code}
	})
)

type formatIn struct {
	Size int `query:"size" maximum:"10"`
	Body struct {
		Name  string   `json:"name" minLength:"2"`
		Lines []string `json:"a/b~c" items.maxLength:"3"`
	} `body:""`
}

// TestErrorFormats is the same mistakes in each format, and their documents.
func TestErrorFormats(t *testing.T) {
	const body = `{"name":"x","a/b~c":["ok","long text"]}`
	for _, test := range []struct {
		name      string
		format    rest.ErrorFormat
		mediaType string
		want      string
		schema    string
	}{
		{"Details", rest.Details, "application/json", `{"detail":[
			{"msg":"Expected at least 2 characters","type":"value_error","loc":["parsed_body","name"]},
			{"msg":"Expected at most 3 characters","type":"value_error","loc":["parsed_body","a/b~c",1]},
			{"msg":"Expected a number that is 10 or less","type":"value_error","loc":["parsed_query","size"]}]}`, "ErrorModel"},
		{"Problem", rest.Problem, "application/problem+json", `{"title":"Bad Request","status":400,"code":"invalid_request","errors":[
			{"detail":"Expected at least 2 characters","pointer":"/name","code":"minLength","params":{"minLength":2}},
			{"detail":"Expected at most 3 characters","pointer":"/a~1b~0c/1","code":"maxLength","params":{"maxLength":3}},
			{"detail":"Expected a number that is 10 or less","parameter":"size","code":"maximum","params":{"maximum":10}}]}`, "ProblemBody"},
		{"embeds Problem", troubles, "application/problem+json", `{"title":"Bad Request","status":400,"code":"invalid_request","errors":[
			{"detail":"Expected at least 2 characters","pointer":"/name","code":"minLength","params":{"minLength":2}},
			{"detail":"Expected at most 3 characters","pointer":"/a~1b~0c/1","code":"maxLength","params":{"maxLength":3}},
			{"detail":"Expected a number that is 10 or less","parameter":"size","code":"maximum","params":{"maximum":10}}],"trace":"trace of add"}`, "Trouble"},
		{"a type of its own", plainTroubles, "application/json", `{"text":"Bad Request; Expected at least 2 characters; Expected at most 3 characters; Expected a number that is 10 or less","word":"invalid_request"}`, "PlainTrouble"},
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, ErrorFormat: test.format,
			Post: rest.Handle(func(context.Context, formatIn) (string, error) { return "", nil }, rest.Op{ID: "add"})})
		w := send(api, "POST", "/x?size=11", body)
		if diff := gocmp.Diff(decoded(t, test.want), decoded(t, w.Body.String())); w.Code != 400 || w.Header().Get("Content-Type") != test.mediaType || diff != "" {
			t.Errorf("%s: got %d %q (-want +got):\n%s", test.name, w.Code, w.Header().Get("Content-Type"), diff)
		}
		for status, response := range api.Document().Paths["/x"].Post.Responses {
			if status == "201" {
				continue
			}
			response = api.Document().Resolve(response)
			media, ok := response.Content[test.mediaType]
			if !ok || len(response.Content) != 1 || !strings.HasSuffix(media.Schema.Ref, "/"+test.schema) {
				t.Errorf("%s: the document of %s has %v", test.name, status, response.Content)
			}
		}
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TestProblemOfOneMistake: without a place it is the detail alone.
func TestProblemOfOneMistake(t *testing.T) {
	for name, test := range map[string]struct {
		err  *rest.Error
		want rest.ProblemBody
	}{
		"no place":     {&rest.Error{Status: 409, Msg: "Taken", Code: "taken"}, rest.ProblemBody{Title: "Conflict", Status: 409, Detail: "Taken", Code: "taken"}},
		"a place":      {&rest.Error{Status: 409, Msg: "Taken", Code: "taken", Loc: []any{"parsed_body", "name"}}, rest.ProblemBody{Title: "Conflict", Status: 409, Code: "taken", Errors: []rest.ProblemError{{Detail: "Taken", Pointer: "/name", Code: "taken"}}}},
		"own place":    {&rest.Error{Status: 422, Msg: "m", Loc: []any{"lines", 0}}, rest.ProblemBody{Title: "Unprocessable Entity", Status: 422, Errors: []rest.ProblemError{{Detail: "m", Pointer: "/lines/0"}}}},
		"whole body":   {&rest.Error{Status: 422, Msg: "m", Loc: []any{"parsed_body"}}, rest.ProblemBody{Title: "Unprocessable Entity", Status: 422, Errors: []rest.ProblemError{{Detail: "m"}}}},
		"a header":     {&rest.Error{Status: 400, Msg: "m", Loc: []any{"parsed_headers", "X-A"}}, rest.ProblemBody{Title: "Bad Request", Status: 400, Errors: []rest.ProblemError{{Detail: "m", Parameter: "X-A"}}}},
		"zero status":  {&rest.Error{Msg: "m"}, rest.ProblemBody{Title: "Internal Server Error", Status: 500, Detail: "m"}},
		"empty detail": {&rest.Error{Status: 404}, rest.ProblemBody{Title: "Not Found", Status: 404}},
	} {
		if diff := gocmp.Diff(test.want, test.err.Problem()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFormatOfTheNearestLevel: replies that no operation makes have the format of the level
// whose path they are below.
func TestFormatOfTheNearestLevel(t *testing.T) {
	api, err := rest.New(settings(), rest.Router{Path: "/v2", Auth: auth.Public, ErrorFormat: rest.Problem, Headers: http.Header{"X-Version": {"2"}},
		Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}, {Path: "/own", ErrorFormat: plainTroubles, Get: rest.Handle(hello)}},
		Mounts:      []rest.Mount{{Path: "/files/", Auth: alice, Handler: http.NotFoundHandler()}, {Path: "/broken", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") })}},
		Routers: []rest.Router{{Path: "/{tenant}/deep", ErrorFormat: rest.Details, Controllers: []rest.Controller{{Path: "/y", Auth: auth.Public, Get: rest.Handle(func(context.Context, struct {
			Tenant string `path:"tenant"`
		}) (string, error) {
			return "", nil
		})}}}},
	}, rest.Router{Path: "/v1", Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path string
		status       int
		contains     string
		version      string
	}{
		{"GET", "/v2/nowhere", 404, `"title":"Not Found"`, "2"}, {"GET", "/v2", 404, `"title"`, "2"}, {"POST", "/v2/x", 405, `"title"`, "2"}, {"POST", "/v2/own", 405, `"word":"not_allowed"`, "2"},
		{"GET", "/v2/files/a", 401, `"title":"Unauthorized"`, "2"}, {"GET", "/v2/files/%2e%2e/a", 400, `"title"`, "2"}, {"POST", "/v2/files/a", 405, `"title"`, "2"}, {"GET", "/v2/broken", 500, `"title"`, "2"},
		{"GET", "/v2/acme/deep/z", 404, `"detail":[`, "2"}, {"GET", "/v2/acme/other", 404, `"title"`, "2"}, {"GET", "/v1/nowhere", 404, `"detail":[`, ""}, {"GET", "/v22", 404, `"detail":[`, ""},
	} {
		w := send(api, test.method, test.path, "")
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.contains) || w.Header().Get("X-Version") != test.version {
			t.Errorf("%s %s: got %d %q %s", test.method, test.path, w.Code, w.Header().Get("X-Version"), w.Body)
		}
	}
}

// TestErrorBodyFaults: a format that does not encode is a fault that says nothing.
func TestErrorBodyFaults(t *testing.T) {
	broken := rest.ErrorBody(func(context.Context, *rest.Error) map[string]float64 { return map[string]float64{"x": math.NaN()} })
	panics := rest.ErrorBody(func(context.Context, *rest.Error) string { panic("of the format") })
	for name, format := range map[string]rest.ErrorFormat{"NaN": broken} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, ErrorFormat: format, Get: rest.Handle(hello)})
		if w := send(api, "GET", "/x", ""); w.Code != 500 || strings.Contains(w.Body.String(), "NaN") {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, ErrorFormat: panics, Get: rest.Handle(hello)})
	if w := send(api, "GET", "/x", ""); w.Code != 500 || strings.Contains(w.Body.String(), "of the format") {
		t.Errorf("a panic: got %d %s", w.Code, w.Body)
	}
}

// TestOwnFormatsAreBounded: of a format that repeats all mistakes, fewer are given to it.
func TestOwnFormatsAreBounded(t *testing.T) {
	api := greedyAPI(t, troubles)
	for _, request := range greedyRequests() {
		w := send(api, request.method, request.target, request.body, "Content-Type", cmp.Or(request.contentType, "application/json"), "Accept-Language", "de")
		if w.Code < 400 || w.Body.Len() > maxErrorReply || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: got %d with %d bytes", request.name, w.Code, w.Body.Len())
		}
	}
}

// TestDMRType is the word of django-modern-rest for each kind of error.
func TestDMRType(t *testing.T) {
	var got []string
	format := rest.ErrorBody(func(_ context.Context, e *rest.Error) string {
		got = append(got, fmt.Sprint(e.Status, " ", e.Code, " ", e.DMRType()))
		return ""
	})
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, ErrorFormat: format, MaxBody: 10,
		Get:  rest.Handle(hello, rest.Op{Errors: []error{&rest.Error{Status: 409}}}),
		Post: rest.Handle(func(context.Context, levelBody) (string, error) { return "", &rest.Error{Status: 400, Code: "mine"} }),
		Put:  rest.Handle(func(context.Context, rest.None) (string, error) { return "", &rest.Error{Status: 418} })})
	for _, r := range []struct{ method, path, body, accept string }{
		{"GET", "/x", "", "image/png"}, {"POST", "/x", "{", ""}, {"POST", "/x", `"a"`, ""}, {"POST", "/x", `"0123456789"`, ""}, {"DELETE", "/x", "", ""}, {"PUT", "/x", "", ""},
	} {
		send(api, r.method, r.path, r.body, "Authorization", credential, "Accept", r.accept)
	}
	send(api, "GET", "/x", "")
	want := []string{"406 not_acceptable value_error", "400 invalid_request value_error", "400 mine mine", "413 too_large value_error", "405 not_allowed not_allowed", "422 invalid_reply value_error", "401 security security"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMapErrorReadsFinalTexts: an own format can be made by MapError too, and a status that
// the document has stays declared.
func TestMapErrorReadsFinalTexts(t *testing.T) {
	var texts []string
	s := settings()
	s.MapError = func(_ context.Context, err error) error {
		e, ok := errors.AsType[*rest.Error](err)
		if !ok {
			return err
		}
		for _, d := range e.Details {
			texts = append(texts, d.Msg)
		}
		if e.Status != 400 {
			return err
		}
		return &rest.Error{Status: 400, Msg: "look at the form again"}
	}
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(func(context.Context, formatIn) (string, error) { return "", nil })})
	w := send(api, "POST", "/x?size=11", `{"name":"x","a/b~c":[]}`, "Accept-Language", "de")
	if len(texts) != 2 || slices.Contains(texts, "") || strings.HasPrefix(texts[0], "Expected") || w.Code != 400 || !strings.Contains(w.Body.String(), "the form again") {
		t.Errorf("got %q and %d %s", texts, w.Code, w.Body)
	}
}
