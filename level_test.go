package rest_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// levels is an API with a setting on one of its levels; inner and outer are ways to write
// it on each.
type levels struct {
	settings   rest.Settings
	router     rest.Router
	controller rest.Controller
	op         rest.Op
}

func (l levels) api(t *testing.T, endpoint func(rest.Op) *rest.Endpoint) *rest.API {
	t.Helper()
	l.controller.Path = "/x"
	l.controller.Post = endpoint(l.op)
	l.router.Path = "/v1"
	l.router.Controllers = []rest.Controller{l.controller}
	if l.settings.Title == "" {
		l.settings.Title, l.settings.Version, l.settings.Logger = "Levels", "1", settings().Logger
	}
	l.router.Auth = auth.Public
	api, err := rest.New(l.settings, l.router)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// set writes a field of one level.
func (l *levels) set(t *testing.T, level, field string, value any) {
	t.Helper()
	target := map[string]any{"settings": &l.settings, "router": &l.router, "controller": &l.controller, "op": &l.op}[level]
	v := reflect.ValueOf(target).Elem().FieldByName(field)
	if !v.IsValid() {
		t.Fatalf("%s has no field %s", level, field)
	}
	v.Set(reflect.ValueOf(value).Convert(v.Type()))
}

var levelNames = []string{"settings", "router", "controller", "op"}

type levelBody struct {
	Body string `body:""`
}

// fails is an endpoint that returns an error.
func fails(err error) func(rest.Op) *rest.Endpoint {
	return func(op rest.Op) *rest.Endpoint {
		return rest.Handle(func(context.Context, levelBody) (string, error) { return "ok", err }, op)
	}
}

// limit is a limiter that refuses with a status of its own.
type limit int

func (l limit) Take(*http.Request, auth.Identity) error {
	return &auth.Error{Status: int(l), Msg: "limited"}
}
func (l limit) Declare([]reflect.Type) ([]auth.Refusal, error) {
	return []auth.Refusal{{Status: int(l), Description: "Limited"}}, nil
}

// TestLevels writes each field on each level, and reads the reply and the document.
func TestLevels(t *testing.T) {
	conflict := &rest.Error{Status: 409, Msg: "Taken"}
	xml := rest.Codec{MediaType: "application/x"}
	for _, test := range []struct {
		field    string
		value    any
		err      error // of the handler
		body     string
		status   int
		contains string // in the reply, with its header
		document func(*rest.API) bool
	}{
		{"Replies", rest.Unchecked, conflict, `"a"`, 409, "Taken", func(a *rest.API) bool { return documented(a, "422") == nil }},
		{"ErrorFormat", rest.Problem, nil, `1`, 400, `"title":"Bad Request"`, func(a *rest.API) bool {
			return documented(a, "400").Content["application/problem+json"].Schema != nil
		}},
		{"Errors", []error{conflict}, conflict, `"a"`, 409, "Taken", func(a *rest.API) bool { return documented(a, "409").Description == "Taken" }},
		{"Codecs", []rest.Codec{{MediaType: "application/json"}, xml}, nil, `"a"`, 201, "Vary: Accept", func(a *rest.API) bool {
			return documented(a, "201").Content["application/x"].Schema != nil
		}},
		{"Headers", http.Header{"X-Level": {"here"}}, nil, `"a"`, 201, "X-Level: here", nil},
		{"MapError", func(context.Context, error) error { return conflict }, errors.New("taken"), `"a"`, 422, "409", nil},
		{"MaxBody", int64(8), nil, `"123456789"`, 413, "8 bytes", nil},
		{"LimitsBeforeAuth", []rest.Limiter{limit(429)}, nil, `"a"`, 429, "limited", func(a *rest.API) bool { return documented(a, "429").Description == "Limited" }},
		{"Limits", []rest.Limiter{limit(429)}, nil, `"a"`, 429, "limited", func(a *rest.API) bool { return documented(a, "429").Description == "Limited" }},
		{"Around", rest.Around(func(context.Context, func(context.Context) error) error { return conflict }), nil, `"a"`, 422, "409", nil},
		{"Tags", []string{"One"}, nil, `"a"`, 201, "ok", func(a *rest.API) bool { return slices.Equal(operationOf(a).Tags, []string{"One"}) }},
		{"Deprecated", true, nil, `"a"`, 201, "ok", func(a *rest.API) bool { return operationOf(a).Deprecated != nil && *operationOf(a).Deprecated }},
	} {
		for _, level := range levelNames {
			if level == "settings" && (test.field == "Tags" || test.field == "Deprecated") {
				continue
			}
			var l levels
			l.set(t, level, test.field, test.value)
			api := l.api(t, fails(test.err))
			w := send(api, "POST", "/v1/x", test.body)
			text := w.Body.String()
			for name, values := range w.Header() {
				text += "\n" + name + ": " + strings.Join(values, ", ")
			}
			if w.Code != test.status || !strings.Contains(text, test.contains) {
				t.Errorf("%s on %s: got %d %s, want %d with %q", test.field, level, w.Code, text, test.status, test.contains)
			}
			if test.document != nil && !test.document(api) {
				t.Errorf("%s on %s: it is not documented", test.field, level)
			}
		}
	}
}

// TestLevelsInherit: of fields that replace each other the nearest level counts, others
// add up from the outside in.
func TestLevelsInherit(t *testing.T) {
	var called []string
	around := func(name string) rest.Around {
		return func(ctx context.Context, next func(context.Context) error) error {
			called = append(called, name)
			return next(ctx)
		}
	}
	var l levels
	for i, level := range levelNames {
		l.set(t, level, "MaxBody", int64(100-i))
		l.set(t, level, "Around", around(level))
		l.set(t, level, "Errors", []error{&rest.Error{Status: 450 + i}})
	}
	l.settings.Headers = http.Header{"X-A": {"settings"}, "X-B": {"settings"}, "X-C": {"settings"}}
	l.router.Headers = http.Header{"x-a": {"router"}, "X-D": {"router"}}
	l.controller.Headers = http.Header{"X-B": {""}}
	l.op.Headers = http.Header{"X-C": nil, "X-D": {"op"}}
	api := l.api(t, fails(&rest.Error{Status: 450, Msg: "of Settings"}))
	w := send(api, "POST", "/v1/x", `"a"`)
	got := map[string]string{}
	for name, values := range w.Header() {
		if strings.HasPrefix(name, "X-") {
			got[name] = strings.Join(values, ",")
		}
	}
	if diff := cmp.Diff(map[string]string{"X-A": "router", "X-D": "op"}, got); w.Code != 450 || diff != "" {
		t.Errorf("headers, status %d (-want +got):\n%s", w.Code, diff)
	}
	if diff := cmp.Diff(levelNames, called); diff != "" {
		t.Errorf("Around (-want +got):\n%s", diff)
	}
	for i := range levelNames {
		if status := string(rune('0'+i)) + ""; documented(api, "45"+status) == nil {
			t.Errorf("45%s is not documented", status)
		}
	}
	if w := send(api, "POST", "/v1/x", `"`+strings.Repeat("x", 96)+`"`); w.Code != 413 || !strings.Contains(w.Body.String(), "97 bytes") {
		t.Errorf("MaxBody: got %d %s", w.Code, w.Body)
	}
}

// TestHeadersOfSettings: nil means the security headers, anything else replaces them.
func TestHeadersOfSettings(t *testing.T) {
	for name, test := range map[string]struct {
		headers http.Header
		frame   string
	}{"nil": {nil, "DENY"}, "empty": {http.Header{}, ""}, "others": {http.Header{"X-Other": {"1"}}, ""}} {
		var l levels
		l.settings.Headers = test.headers
		if got := send(l.api(t, fails(nil)), "POST", "/v1/x", `"a"`).Header().Get("X-Frame-Options"); got != test.frame {
			t.Errorf("%s: got %q, want %q", name, got, test.frame)
		}
	}
}

// TestLevelMistakes: a mistake is reported once, at the level that has it.
func TestLevelMistakes(t *testing.T) {
	_, err := rest.New(settings(), rest.Router{
		Path: "/v1", Auth: auth.Public, Headers: http.Header{"Content-Length": {"1"}, "X-Split": {"a\r\nb"}},
		Errors: []error{errors.New("plain"), &rest.Error{Status: 200}}, Limits: []rest.Limiter{nil}, ErrorFormat: rest.ErrorBody[string](nil),
		Controllers: []rest.Controller{{Path: "/a", Get: rest.Handle(hello), Put: rest.Handle(hello)}, {Path: "/b", Get: rest.Handle(hello)}},
	})
	var got []string
	for e := range rest.ConfigErrors(err) {
		got = append(got, e.Operation+" ["+e.Level+"] "+e.Err.Error())
	}
	want := []string{
		"API [] ErrorFormat: the function of ErrorBody[string] is nil",
		"/v1 [router] Headers: the header Content-Length cannot be set: it is counted when the body is written",
		"/v1 [router] Headers: rest: the value of header X-Split has a line break",
		"/v1 [router] Errors[0] is plain: want an *rest.Error or *auth.Error with a status from 400 to 599",
		"/v1 [router] Errors[1] is rest: 200 OK: want an *rest.Error or *auth.Error with a status from 400 to 599",
		"/v1 [router] Limits[0] is a nil limiter",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func operationOf(api *rest.API) *openapi.Operation { return api.Document().Paths["/v1/x"].Post }

func documented(api *rest.API, status string) *openapi.Response {
	return api.Document().Resolve(operationOf(api).Responses[status])
}
