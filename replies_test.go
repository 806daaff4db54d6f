package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// public is a controller at /x that everybody may ask.
func public(get *rest.Endpoint) rest.Controller {
	return rest.Controller{Path: "/x", Auth: auth.Public, Get: get}
}

func repliesOf(api *rest.API, method string) map[string]*openapi.Response {
	doc := api.Document()
	replies := map[string]*openapi.Response{}
	for status, response := range doc.Paths["/x"].Operation(method).Responses {
		replies[status] = doc.Resolve(response)
	}
	return replies
}

type saved struct {
	Status int    `status:"200,201,204"`
	Place  string `header:"Location"`
	Body   string `body:"" maxLength:"5"`
}

// TestStatusField: a result chooses one of the statuses in the tag of its field.
func TestStatusField(t *testing.T) {
	for _, test := range []struct {
		name    string
		value   saved
		replies rest.Replies
		want    int
		body    string
	}{
		{"the default", saved{Body: "hello"}, 0, 200, `"hello"`},
		{"another", saved{Status: 201, Place: "/x/1", Body: "hello"}, 0, 201, `"hello"`},
		{"without a body", saved{Status: 204, Body: "not checked"}, 0, 204, ""},
		{"a wrong body", saved{Status: 201, Body: "too long"}, 0, 422, ""},
		{"not declared", saved{Status: 202, Body: "hello"}, 0, 422, ""},
		{"not declared, reported", saved{Status: 202, Body: "hello"}, rest.Reported, 202, `"hello"`},
		{"not declared, unchecked", saved{Status: 202, Body: "hello"}, rest.Unchecked, 202, `"hello"`},
		{"a refusal", saved{Status: 404, Body: "hello"}, 0, 422, ""},
		{"a refusal, unchecked", saved{Status: 404, Body: "hello"}, rest.Unchecked, 500, ""},
		{"no status", saved{Status: 12345, Body: "hello"}, rest.Reported, 500, ""},
	} {
		api := newAPI(t, settings(), public(gives(test.value, rest.Op{Replies: test.replies})))
		w := send(api, "GET", "/x", "")
		if w.Code != test.want || test.want < 300 && (w.Body.String() != test.body || w.Header().Get("Location") != test.value.Place) {
			t.Errorf("%s: got %d %s %v, want %d", test.name, w.Code, w.Body, w.Header(), test.want)
		}
	}
}

// TestStatusFieldDocumented: each status is documented, without content where there is none.
func TestStatusFieldDocumented(t *testing.T) {
	responses := repliesOf(newAPI(t, settings(), public(gives(saved{}))), "GET")
	for status, content := range map[string]bool{"200": true, "201": true, "204": false} {
		if r := responses[status]; r == nil || (r.Content != nil) != content || r.Headers["Location"].Schema == nil || r.Description == "" {
			t.Errorf("%s: got %+v", status, r)
		}
	}
	if keys := slices.Sorted(maps.Keys(responses)); !slices.Equal(keys, []string{"200", "201", "204", "406", "422"}) {
		t.Errorf("got %v", keys)
	}
}

// TestStatusMistakes: what HTTP does not allow is found at start.
func TestStatusMistakes(t *testing.T) {
	type emptied struct {
		Status int    `status:"204,205"`
		Body   string `body:""`
	}
	type unchanged struct {
		Status int `status:"200,304"`
	}
	for _, test := range []struct {
		name       string
		controller rest.Controller
		want       string
	}{
		{"a body that is never sent", public(gives(emptied{})), "has no body"},
		{"a body beside Op.Status", public(gives("text", rest.Op{Status: 204})), "a reply with the status 204 has no body"},
		{"304 outside GET", rest.Controller{Path: "/x", Auth: auth.Public, Post: gives(unchanged{})}, "304 is only for replies to GET and HEAD, not to POST"},
		{"304 as Op.Status", rest.Controller{Path: "/x", Auth: auth.Public, Put: gives(rest.None{}, rest.Op{Status: 304})}, "304 is only for replies to GET and HEAD, not to PUT"},
		{"two sources", public(gives(saved{}, rest.Op{Status: 201})), "remove one"},
		{"an error", public(gives("text", rest.Op{Status: 404})), "Op.Status 404 is not a success"},
	} {
		_, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{test.controller}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{public(gives(unchanged{}))}}); err != nil {
		t.Errorf("304 of a GET: got %v", err)
	}
}

type picture struct {
	Type string `header:"Content-Type"`
	Body []byte `body:"image/png,image/jpeg"`
}

type webPage struct {
	Body string `body:"text/html; charset=utf-8"`
}

// TestMediaTypes: a body that no codec encodes is sent with its media type, if the client
// accepts it. Errors follow the codecs, whatever the client accepts.
func TestMediaTypes(t *testing.T) {
	text := strings.Repeat("<p>", 1000)
	for _, test := range []struct {
		name     string
		endpoint *rest.Endpoint
		accept   string
		want     int
		media    string
		body     string
	}{
		{"a page", gives(webPage{"<p>"}), "text/html", 200, "text/html; charset=utf-8", "<p>"},
		{"a long page", gives(webPage{text}), "*/*", 200, "text/html; charset=utf-8", text},
		{"not accepted", gives(webPage{"<p>"}), "application/json", 406, "application/json", ""},
		{"refused", gives(webPage{"<p>"}), "text/html;q=0, */*", 406, "application/json", ""},
		{"the first type", gives(picture{Body: []byte("png")}), "image/*", 200, "image/png", "png"},
		{"the other type", gives(picture{"image/jpeg", []byte("jpeg")}), "image/jpeg", 200, "image/jpeg", "jpeg"},
		{"an undeclared type", gives(picture{"image/gif", []byte("gif")}), "*/*", 422, "application/json", ""},
		{"an undeclared type, unchecked", gives(picture{"image/gif", []byte("gif")}, rest.Op{Replies: rest.Unchecked}), "*/*", 200, "image/gif", "gif"},
		{"a failing handler", rest.Handle(failing[webPage], notThere), "text/html", 404, "application/json", ""},
	} {
		w := send(newAPI(t, settings(), public(test.endpoint)), "GET", "/x", "", "Accept", test.accept)
		if w.Code != test.want || w.Header().Get("Content-Type") != test.media || test.want == 200 && w.Body.String() != test.body {
			t.Errorf("%s: got %d %q %.100s, want %d %q", test.name, w.Code, w.Header()["Content-Type"], w.Body, test.want, test.media)
		}
	}
}

func TestMediaTypesDocumented(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint *rest.Endpoint
		want     []string
	}{
		"a page": {gives(webPage{}), []string{"text/html; charset=utf-8"}}, "pictures": {gives(picture{}), []string{"image/jpeg", "image/png"}},
	} {
		r := repliesOf(newAPI(t, settings(), public(test.endpoint)), "GET")
		if got := slices.Sorted(maps.Keys(r["200"].Content)); !slices.Equal(got, test.want) || r["200"].Headers["Content-Type"].Schema != nil {
			t.Errorf("%s: got %v, %v", name, got, r["200"].Headers)
		}
		if got := slices.Collect(maps.Keys(r["406"].Content)); !slices.Equal(got, []string{"application/json"}) {
			t.Errorf("%s: the error has %v", name, got)
		}
	}
}

func failing[Out any](context.Context, rest.None) (out Out, err error) {
	return out, &rest.Error{Status: 404, Msg: "Not there"}
}

var notThere = rest.Op{Errors: []error{&rest.Error{Status: 404}}}

// TestHeadOfMediaTypes: a HEAD knows the length and gets no body.
func TestHeadOfMediaTypes(t *testing.T) {
	w := send(newAPI(t, settings(), public(gives(webPage{"<p>"}))), "HEAD", "/x", "")
	if w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("Content-Length") != "3" || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
}

type version struct {
	ETag     string    `header:"ETag"`
	Modified time.Time `header:"Last-Modified"`
	Length   int       `header:"Content-Version"`
	Body     string    `body:"" maxLength:"5"`
}

// TestConditionalGet: a client that has the representation gets a 304 without a body, also
// if the body breaks its schema.
func TestConditionalGet(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	value := version{`"v1"`, at, 7, "hello"}
	for _, test := range []struct {
		name, method string
		value        version
		header       []string
		want         int
	}{
		{"nothing asked", "GET", value, nil, 200},
		{"the same tag", "GET", value, []string{"If-None-Match", `"v0", W/"v1"`}, 304},
		{"the same tag of a HEAD", "HEAD", value, []string{"If-None-Match", `"v1"`}, 304},
		{"any tag", "GET", value, []string{"If-None-Match", `*`}, 304},
		{"another tag", "GET", value, []string{"If-None-Match", `"v2"`, "If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"}, 200},
		{"the same date", "GET", value, []string{"If-Modified-Since", "Fri, 02 Jan 2026 03:04:05 GMT"}, 304},
		{"a wrong body that is not sent", "GET", version{ETag: `"v1"`, Body: "too long"}, []string{"If-None-Match", `"v1"`}, 304},
		{"a PUT", "PUT", value, []string{"If-None-Match", `"v1"`}, 200},
		{"an ETag without quotes", "GET", version{ETag: `v1`}, nil, 422},
	} {
		endpoint := gives(test.value)
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: endpoint, Put: endpoint})
		w := send(api, test.method, "/x", "", test.header...)
		if w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, w.Code, w.Body, test.want)
		}
		if h := w.Header(); w.Code == 304 && (w.Body.Len() > 0 || h.Get("ETag") != `"v1"` || h.Get("Content-Type") != "" || h.Get("Content-Length") != "" || h.Get("Content-Version") != "") {
			t.Errorf("%s: got %q %v", test.name, w.Body, h)
		}
	}
}

// TestConditionalGetOfProducedBodies: a body that is produced while it is sent is not asked
// for if the client has it, and its reader is closed.
func TestConditionalGetOfProducedBodies(t *testing.T) {
	type read struct {
		ETag string    `header:"ETag"`
		Body io.Reader `body:"text/plain"`
	}
	type written struct {
		ETag string                `header:"ETag"`
		Body func(io.Writer) error `body:"text/csv"`
	}
	body := &closing{Reader: strings.NewReader("text")}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(read{`"v1"`, body})},
		rest.Controller{Path: "/written", Auth: auth.Public, Get: gives(written{`"v1"`, func(io.Writer) error { t.Error("the body is written"); return nil }})})
	for _, path := range []string{"/x", "/written"} {
		w := send(api, "GET", path, "", "If-None-Match", `"v1"`)
		if w.Code != 304 || w.Body.Len() > 0 || w.Header().Get("ETag") != `"v1"` || w.Header().Get("Content-Type") != "" {
			t.Errorf("%s: got %d %q %v", path, w.Code, w.Body, w.Header())
		}
		if api.Document().Paths[path].Get.Responses["304"] == nil {
			t.Errorf("%s: 304 is not documented", path)
		}
	}
	if !body.closed {
		t.Error("the reader is not closed")
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestConditionalGetDocumented(t *testing.T) {
	endpoint := gives(version{})
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: endpoint, Put: endpoint})
	r := repliesOf(api, "GET")["304"]
	if r == nil || r.Content != nil || r.Headers["Etag"].Schema == nil || r.Headers["Last-Modified"].Schema == nil {
		t.Errorf("GET: got %+v", r)
	}
	if r := repliesOf(api, "PUT")["304"]; r != nil {
		t.Errorf("PUT: got %+v", r)
	}
	plain := newAPI(t, settings(), public(gives("text")))
	if r := repliesOf(plain, "GET")["304"]; r != nil {
		t.Errorf("without the headers: got %+v", r)
	}
}

// TestTypesOfReplyHeaders: the document has the types of the fields.
func TestTypesOfReplyHeaders(t *testing.T) {
	type reply struct {
		Total int       `header:"X-Total-Count" doc:"All of them."`
		Tags  []string  `header:"X-Tags"`
		Fine  *bool     `header:"X-Fine"`
		At    time.Time `header:"Expires"`
	}
	fine := true
	api := newAPI(t, settings(), public(gives(reply{3, []string{"a", "b"}, &fine, time.Unix(0, 0)})))
	got := map[string]string{}
	for name, h := range repliesOf(api, "GET")["200"].Headers {
		got[name] = h.Schema.Type + h.Schema.Format + " " + h.Description
	}
	if diff := cmp.Diff(map[string]string{"X-Total-Count": "integer All of them.", "X-Tags": "array ", "X-Fine": "boolean ", "Expires": "string "}, trimInt(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h := send(api, "GET", "/x", "").Header()
	sent := []string{h.Get("X-Total-Count"), h.Get("X-Tags"), h.Get("X-Fine"), h.Get("Expires")}
	if diff := cmp.Diff([]string{"3", "a, b", "true", "Thu, 01 Jan 1970 00:00:00 GMT"}, sent); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// trimInt leaves out the formats of integers.
func trimInt(kinds map[string]string) map[string]string {
	for name, kind := range kinds {
		kinds[name] = strings.Replace(kind, "integerint64", "integer", 1)
	}
	return kinds
}

// TestDeclarationsAreLogged: the log says what to do about a reply that breaks its
// declaration; the client does not read it.
func TestDeclarationsAreLogged(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint  *rest.Endpoint
		told, log string
	}{
		"status":     {gives(saved{Status: 202}), "Returned status code 202 is not specified", "add the status to the tag"},
		"media type": {gives(picture{Type: "image/gif"}), "Returned media type 'image/gif' is not declared, declared: image/png, image/jpeg", "set the field tagged Content-Type"},
		"ETag":       {gives(version{ETag: "v1"}), "Returned ETag 'v1' is not an entity tag", "in double quotes"},
		"body":       {gives(version{Body: "too long"}), "at most 5 characters", "keep its own schema"},
	} {
		var log bytes.Buffer
		s := settings()
		s.Logger = slog.New(slog.NewTextHandler(&log, nil))
		w := send(newAPI(t, s, public(test.endpoint)), "GET", "/x", "")
		var model rest.ErrorModel
		if err := json.Unmarshal(w.Body.Bytes(), &model); err != nil || w.Code != 422 || !strings.Contains(model.Detail[0].Msg, test.told) {
			t.Errorf("%s: got %d %s %v", name, w.Code, w.Body, err)
		}
		if !strings.Contains(log.String(), test.log) || strings.Contains(w.Body.String(), test.log) {
			t.Errorf("%s: logged %s", name, &log)
		}
	}
}

type guardedEdit struct {
	IfMatch rest.IfMatch `header:"If-Match"`
}

type editMaybe struct {
	IfMatch *rest.IfMatch `header:"If-Match"`
}

// TestInputMistakes: an input that is no struct, or has an IfMatch for another header, does
// not start, and is an error of New.
func TestInputMistakes(t *testing.T) {
	type wrong struct {
		Match rest.IfMatch `header:"If-None-Match"`
	}
	_, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/text", Post: rest.Handle(func(context.Context, string) (string, error) { return "", nil })},
		{Path: "/pointer", Post: rest.Handle(func(context.Context, *editMaybe) (string, error) { return "", nil })},
		{Path: "/match", Put: rest.Handle(func(context.Context, wrong) (string, error) { return "", nil })},
	}})
	for _, want := range []string{"POST /text [endpoint]: the input has the type string; want a struct", "POST /pointer [endpoint]: the input has the type *",
		"PUT /match [endpoint]: the header If-None-Match has the type rest.IfMatch, which is for If-Match alone"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestIfMatch: a write whose precondition does not hold is refused.
func TestIfMatch(t *testing.T) {
	api := newAPI(t, settings(),
		rest.Controller{Path: "/x", Auth: auth.Public, Put: rest.Handle(func(_ context.Context, in guardedEdit) (rest.None, error) {
			return rest.None{}, in.IfMatch.Check(`"v7"`)
		})},
		rest.Controller{Path: "/maybe", Auth: auth.Public, Put: rest.Handle(func(_ context.Context, in editMaybe) (rest.None, error) { return rest.None{}, in.IfMatch.Check(`"v7"`) })},
		rest.Controller{Path: "/weak", Auth: auth.Public, Put: rest.Handle(func(_ context.Context, in guardedEdit) (rest.None, error) {
			return rest.None{}, in.IfMatch.Check(`W/"v7"`)
		})},
		rest.Controller{Path: "/none", Auth: auth.Public, Put: rest.Handle(func(_ context.Context, in guardedEdit) (rest.None, error) { return rest.None{}, in.IfMatch.Check(``) })},
	)
	for _, test := range []struct {
		name, path string
		header     []string
		want       int
	}{
		{"the same", "/x", []string{"If-Match", `"v7"`}, 204},
		{"in a list", "/x", []string{"If-Match", `"v6", "v7"`}, 204},
		{"in two lines", "/x", []string{"If-Match", `"v7"`, "If-Match", `"v6"`}, 204},
		{"another", "/x", []string{"If-Match", `"v6"`}, 412},
		{"weak", "/x", []string{"If-Match", `W/"v7"`}, 412},
		{"everything", "/x", []string{"If-Match", `*`}, 204},
		{"everything, but there is nothing", "/none", []string{"If-Match", `*`}, 412},
		{"a weak tag here", "/weak", []string{"If-Match", `W/"v7"`}, 412},
		{"no entity tag", "/x", []string{"If-Match", `v7`}, 400},
		{"missing", "/x", nil, 428},
		{"missing, optional", "/maybe", nil, 204},
		{"optional, the same", "/maybe", []string{"If-Match", `"v7"`}, 204},
		{"optional, in two lines", "/maybe", []string{"If-Match", `"v7"`, "If-Match", `"v6"`}, 204},
		{"optional, another", "/maybe", []string{"If-Match", `"v6"`}, 412},
	} {
		if w := send(api, "PUT", test.path, "", test.header...); w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, w.Code, w.Body, test.want)
		}
	}
}

func TestIfMatchDocumented(t *testing.T) {
	put := func(context.Context, guardedEdit) (rest.None, error) { return rest.None{}, nil }
	maybe := func(context.Context, editMaybe) (rest.None, error) { return rest.None{}, nil }
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Put: rest.Handle(put), Patch: rest.Handle(maybe)})
	for method, required := range map[string]bool{"PUT": true, "PATCH": false} {
		op := api.Document().Paths["/x"].Operation(method)
		if op.Responses["412"] == nil || (op.Responses["428"] != nil) != required {
			t.Errorf("%s: got 412 %v, 428 %v", method, op.Responses["412"], op.Responses["428"])
		}
		if p := op.Parameters[0]; p.Name != "If-Match" || p.Schema.Type != "string" || p.Required != required {
			t.Errorf("%s: got %+v", method, p)
		}
	}
}
