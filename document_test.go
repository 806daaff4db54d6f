package rest_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/openapi"
)

type listNotes struct {
	Limit int `query:"limit" maximum:"9"`
}

func ListNotes(context.Context, listNotes) ([]string, error) { return nil, nil }

type shelf struct{}

func (*shelf) ReadHTTPStatus(context.Context, rest.None) (string, error) { return "", nil }
func (*shelf) plan_B2(http.ResponseWriter, *http.Request)                {} //nolint:revive // a name with all that a summary has to split

func (*shelf) Close(context.Context, rest.None) (string, error) { return "", nil }

func (*shelf) ServeHTTP(http.ResponseWriter, *http.Request) {}

func generic[T any](context.Context, rest.None) (T, error) { panic("not called") }

func TestSummaries(t *testing.T) {
	s := &shelf{}
	closure := func(context.Context, rest.None) (string, error) { return "", nil }
	for want, get := range map[string]*rest.Endpoint{
		"List notes":       rest.Handle(ListNotes),
		"Read HTTP status": rest.Handle(s.ReadHTTPStatus),
		"Plan b2":          rest.HandleHTTP(s.plan_B2),
		"Close shelf":      rest.Handle(s.Close),
		"Generic":          rest.Handle(generic[string]),
		"GET /x":           rest.Handle(closure),
		"Mine":             rest.Handle(ListNotes, rest.Op{Summary: "Mine"}),
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: get})
		if got := api.Document().Paths["/x"].Get.Summary; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.HandleHTTP(s.ServeHTTP)})
	if got := api.Document().Paths["/x"].Get.Summary; got != "GET /x" {
		t.Errorf("ServeHTTP: got %q", got)
	}
}

// TestSharedReplies: operations with equal error replies refer to one component, which has
// an example that its schema allows. Other replies with the status have a name of their own.
func TestSharedReplies(t *testing.T) {
	get := rest.Handle(ListNotes)
	notFound := rest.Handle(ListNotes, rest.Op{Errors: []error{&rest.Error{Status: 404, Msg: "No such note", Code: "no_note"}}})
	api := newAPI(t, settings(),
		rest.Controller{Path: "/a", Auth: auth.Public, Get: get}, rest.Controller{Path: "/b", Auth: auth.Public, Get: get},
		rest.Controller{Path: "/c", Auth: auth.Public, Get: notFound, Put: rest.Handle(ListNotes, rest.Op{ErrorFormat: rest.Problem})})
	doc := api.Document()
	ref := func(op *openapi.Operation, status string) string { return op.Responses[status].Ref }
	if a, b := ref(doc.Paths["/a"].Get, "400"), ref(doc.Paths["/b"].Get, "400"); a != "#/components/responses/BadRequest" || a != b {
		t.Errorf("got %q and %q", a, b)
	}
	if got := ref(doc.Paths["/c"].Put, "400"); got != "#/components/responses/BadRequest2" {
		t.Errorf("another format: got %q", got)
	}
	example := func(op *openapi.Operation, status, media string) string {
		text, err := json.Marshal(doc.Resolve(op.Responses[status]).Content[media].Example)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if got, want := example(doc.Paths["/c"].Get, "404", "application/json"), `{"detail":[{"msg":"No such note","type":"no_note"}]}`; got != want {
		t.Errorf("the example of a declared error: got %s, want %s", got, want)
	}
	if got := example(doc.Paths["/c"].Put, "400", "application/problem+json"); !strings.Contains(got, `"pointer":"/name"`) || !strings.Contains(got, `"status":400`) {
		t.Errorf("the example of a problem: got %s", got)
	}
	for name, response := range doc.Components.Responses {
		for media, content := range response.Content {
			if content.Example == nil {
				t.Errorf("%s has no example for %s", name, media)
			}
		}
	}
	if doc.Resolve(openapi.ResponseRef("Nothing")) != nil {
		t.Error("a reference to nothing is resolved")
	}
}

// TestErrorsShareAStatus: the document has each of them, and the framework's own.
func TestErrorsShareAStatus(t *testing.T) {
	errs := []error{
		&rest.Error{Status: 404, Msg: "There is no such team", Code: "no_team"}, &rest.Error{Status: 404, Msg: "There is no such note", Code: "no_note"},
		&rest.Error{Status: 400, Msg: "The coupon has expired", Code: "coupon"},
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes, rest.Op{Errors: errs})})
	doc := api.Document()
	for status, want := range map[string]struct {
		description string
		examples    []string
	}{
		"404": {"There is no such team. There is no such note.", []string{"no_note", "no_team"}},
		"400": {"The coupon has expired. Request components cannot be parsed.", []string{"coupon", "invalid_request"}},
	} {
		response := doc.Resolve(doc.Paths["/x"].Get.Responses[status])
		media := response.Content["application/json"]
		if diff := cmp.Diff(want.examples, slices.Sorted(maps.Keys(media.Examples))); diff != "" || response.Description != want.description || media.Example != nil {
			t.Errorf("%s: got %q, %v (-want +got):\n%s", status, response.Description, media.Example, diff)
		}
	}
	text, err := json.Marshal(doc.Resolve(doc.Paths["/x"].Get.Responses["404"]).Content["application/json"].Examples["no_note"])
	if want := `{"value":{"detail":[{"msg":"There is no such note","type":"no_note"}]}}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}

// TestExamplesAreReal: what a client gets is the example, where it does what the example is for.
func TestExamplesAreReal(t *testing.T) {
	type in struct {
		Body struct {
			Name string `json:"name"`
		} `body:""`
	}
	post := rest.Handle(func(context.Context, in) (string, error) { return "", nil }, rest.Op{MaxBody: 20})
	guarded := basicauth.New(basicauth.Static(nil), basicauth.Config{})
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Post: post}, rest.Controller{Path: "/y", Auth: guarded, Post: post})
	doc := api.Document()
	for name, test := range map[string]struct {
		path, body string
		headers    []string
		status     string
	}{
		"a body too large":       {"/x", strings.Repeat(" ", 21), []string{"Content-Type", "application/json"}, "413"},
		"a type of another kind": {"/x", "hello", []string{"Content-Type", "application/x-unknown"}, "415"},
		"a reply of no codec":    {"/x", "{}", []string{"Content-Type", "application/json", "Accept", "application/x-unknown"}, "406"},
		"no credential":          {"/y", "{}", nil, "401"},
	} {
		w := send(api, "POST", test.path, test.body, test.headers...)
		want, err := json.Marshal(doc.Resolve(doc.Paths[test.path].Post.Responses[test.status]).Content["application/json"].Example)
		if err != nil || w.Body.String() != string(want) {
			t.Errorf("%s: got %d %s, the example is %s, %v", name, w.Code, w.Body, want, err)
		}
	}
}

// TestChallengeIsRequired only where each 401 has it.
func TestChallengeIsRequired(t *testing.T) {
	guarded := basicauth.New(basicauth.Static(nil), basicauth.Config{})
	own := &rest.Error{Status: 401, Msg: "Again", Header: http.Header{"X-Hint": {"1"}}}
	hello := func(context.Context, rest.None) (string, error) { return "", nil }
	for name, test := range map[string]struct {
		settings rest.Settings
		op       rest.Op
		want     bool
	}{
		"the guard's":  {settings(), rest.Op{}, true},
		"one declared": {settings(), rest.Op{Errors: []error{own}}, false},
		"mapped":       {settings(), rest.Op{MapError: func(_ context.Context, err error) error { return err }}, false},
		"as dmr":       {compat(), rest.Op{Errors: []error{own}}, true},
	} {
		api := newAPI(t, test.settings, rest.Controller{Path: "/x", Auth: guarded, Get: rest.Handle(hello, test.op)})
		doc := api.Document()
		header, ok := doc.Resolve(doc.Paths["/x"].Get.Responses["401"]).Headers["WWW-Authenticate"]
		if !ok || header.Required != test.want {
			t.Errorf("%s: documented %t, required %t", name, ok, header.Required)
		}
	}
}

func compat() rest.Settings {
	s := settings()
	s.Compat.Document = true
	return s
}

func TestCompatDocument(t *testing.T) {
	cookies := rest.Op{Cookies: map[string]string{"a": "First."}, OptionalCookies: map[string]string{"b": "Second."}, Tags: []string{"T"}}
	api := newAPI(t, compat(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes, cookies)})
	doc := api.Document()
	op := doc.Paths["/x"].Get
	if op.Security != nil || op.Summary != "" || op.Deprecated == nil || *op.Deprecated || len(doc.Components.Responses) > 0 || doc.Tags != nil {
		t.Errorf("got %+v, %v", op, doc.Components.Responses)
	}
	headers := op.Responses["200"].Headers
	if len(headers) != 2 || !headers["Set-Cookie: a"].Required || headers["Set-Cookie: b"].Required {
		t.Errorf("cookies: got %v", headers)
	}
	if media := op.Responses["400"].Content["application/json"]; media.Schema == nil || media.Example != nil {
		t.Errorf("400: got %v", op.Responses["400"])
	}
	w := send(withDocument(t, compat(), "/openapi.json"), "GET", "/openapi.json", "")
	if w.Code != 200 || strings.Contains(w.Body.String(), "servers") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestInfoAndTags(t *testing.T) {
	s := settings()
	s.Contact, s.License = &openapi.Contact{Email: "api@example.com"}, &openapi.License{Name: "MIT"}
	s.Tags = []openapi.Tag{{Name: "Z", Description: "Described."}, {Name: "Group"}}
	hello := func(tags ...string) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (string, error) { return "", nil }, rest.Op{Tags: tags})
	}
	doc := newAPI(t, s, rest.Controller{Path: "/a", Auth: auth.Public, Get: hello("B", "Z"), Put: hello("A", "B")}).Document()
	var names []string
	for _, tag := range doc.Tags {
		names = append(names, tag.Name)
	}
	if diff := cmp.Diff([]string{"Z", "Group", "B", "A"}, names); diff != "" || doc.Tags[0].Description != "Described." {
		t.Errorf("tags (-want +got):\n%s%v", diff, doc.Tags)
	}
	if doc.Info.Contact.Email != "api@example.com" || doc.Info.License.Name != "MIT" {
		t.Errorf("got %+v", doc.Info)
	}
	for name, tags := range map[string][]openapi.Tag{"twice": {{Name: "a"}, {Name: "a"}}, "without a name": {{Description: "d"}}} {
		s.Tags = tags
		if _, err := rest.New(s); err == nil || !strings.Contains(err.Error(), "Tags[") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEditDocument(t *testing.T) {
	s := settings()
	calls := 0
	s.EditDocument = func(doc *openapi.Document) {
		calls++
		doc.Webhooks = map[string]*openapi.PathItem{"noteCreated": {Post: &openapi.Operation{Responses: map[string]*openapi.Response{"204": {Description: "Taken"}}}}}
		doc.Extensions = openapi.Extensions{"x-logo": doc.Paths["/x"].Get.OperationID}
	}
	op := rest.Op{ID: "list", EditDocument: func(op *openapi.Operation) {
		op.ExternalDocs = &openapi.ExternalDocs{URL: "https://example.com/" + op.OperationID}
	}}
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes, op)})
	text, err := api.Document().JSON()
	if err != nil || !strings.Contains(string(text), `"x-logo":"list"`) || !strings.Contains(string(text), `"url":"https://example.com/list"`) || !strings.Contains(string(text), `"noteCreated"`) {
		t.Errorf("got %s, %v", text, err)
	}
	if w := send(api.OpenAPI(), "GET", "/?version=3.1", ""); !strings.Contains(w.Body.String(), `"x-logo":"list"`) {
		t.Errorf("3.1: got %d %s", w.Code, w.Body)
	}
	if calls != 1 {
		t.Errorf("EditDocument was called %d times", calls)
	}
}

// withDocument is an API whose document is mounted at a path.
func withDocument(t *testing.T, s rest.Settings, path string) http.Handler {
	t.Helper()
	s.ErrorFormat = rest.Problem
	api, err := rest.New(s, rest.Router{
		Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(ListNotes), Query: rest.Handle(ListNotes)}},
		Mounts: []rest.Mount{{Path: path, Handler: rest.OpenAPI()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestVersionsOfTheDocument(t *testing.T) {
	for usual, versions := range map[string]map[string]string{
		"":      {"": "3.2.0", "?version=3.1": "3.1.1", "?version=3.2": "3.2.0"},
		"3.1.0": {"": "3.1.0", "?version=3.1": "3.1.0", "?version=3.2": "3.2.0"},
	} {
		s := settings()
		s.OpenAPI = usual
		mounted := withDocument(t, s, "/openapi.json")
		plain := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes), Query: rest.Handle(ListNotes)}).OpenAPI()
		for query, want := range versions {
			for name, handler := range map[string]http.Handler{"mounted": mounted, "plain": plain} {
				var got struct {
					OpenAPI string
					Paths   map[string]map[string]any
				}
				w := send(handler, "GET", "/openapi.json"+query, "")
				if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.OpenAPI != want || (got.Paths["/x"]["query"] != nil) != strings.HasPrefix(want, "3.2") {
					t.Errorf("%s, usual %q, %s: got %d %s, %v, want %s", name, usual, query, w.Code, w.Body, err, want)
				}
			}
		}
		if w := send(mounted, "GET", "/openapi.json?version=3.0", ""); w.Code != 400 || !strings.Contains(w.Body.String(), `"parameter":"version"`) {
			t.Errorf("an unknown version: got %d %s", w.Code, w.Body)
		}
		if w := send(plain, "GET", "/openapi.json?version=", ""); w.Code != 400 {
			t.Errorf("an empty version: got %d %s", w.Code, w.Body)
		}
	}
	first := send(withDocument(t, settings(), "/openapi.json"), "GET", "/openapi.json", "")
	if w := send(withDocument(t, settings(), "/openapi.json"), "GET", "/openapi.json?version=3.1", "", "If-None-Match", first.Header().Get("ETag")); w.Code != 200 {
		t.Errorf("the ETag of 3.2 is that of 3.1: %d", w.Code)
	}
}

// TestServerOfTheDocument: the server URL, resolved against that of the document, is the
// root of the API, also below a prefix.
func TestServerOfTheDocument(t *testing.T) {
	for _, path := range []string{"/openapi.json", "/docs/openapi.json", "/a/b/openapi", "/{tenant}/openapi.json"} {
		server := httptest.NewServer(http.StripPrefix("/v1", withDocument(t, settings(), path)))
		defer server.Close()
		at := server.URL + "/v1" + strings.ReplaceAll(path, "{tenant}", "t")
		reply, err := http.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		var doc struct{ Servers []openapi.Server }
		if err := json.NewDecoder(reply.Body).Decode(&doc); err != nil || len(doc.Servers) != 1 {
			t.Fatalf("%s: got %d %v, %v", path, reply.StatusCode, doc, err)
		}
		base, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		root, err := base.Parse(doc.Servers[0].URL)
		if err != nil || root.String() != server.URL+"/v1/" {
			t.Errorf("%s: got %v of %q, %v", path, root, doc.Servers[0].URL, err)
		}
	}
	s := settings()
	s.Servers = []openapi.Server{{URL: "https://api.example.com"}}
	if w := send(withDocument(t, s, "/openapi.json"), "GET", "/openapi.json", ""); !strings.Contains(w.Body.String(), `"servers":[{"url":"https://api.example.com"}]`) {
		t.Errorf("got %s", w.Body)
	}
	if doc := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes)}).Document(); doc.Servers != nil {
		t.Errorf("Document: got %v", doc.Servers)
	}
}

// TestExamplesOfDeclaredErrors: the text of an error that only describes when its status is
// used is not in the example, where the framework has an error of its own.
func TestExamplesOfDeclaredErrors(t *testing.T) {
	for name, test := range map[string]struct {
		declared error
		status   string
		want     string
	}{
		"a description":      {&rest.Error{Status: 401, Msg: "Raised when the password is wrong"}, "401", `"Not authenticated"`},
		"with a code":        {&rest.Error{Status: 401, Msg: "The password is wrong", Code: "wrong"}, "401", `"The password is wrong"`},
		"of auth":            {&auth.Error{Msg: "Raised when the password is wrong"}, "401", `"Not authenticated"`},
		"of auth, with code": {&auth.Error{Status: 403, Msg: "The account is locked", Code: "locked"}, "403", `"The account is locked"`},
		"the program's":      {&rest.Error{Status: 404, Msg: "No such note"}, "404", `"No such note"`},
		"nothing said":       {&rest.Error{Status: 409}, "409", `"Conflict"`},
	} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes, rest.Op{Errors: []error{test.declared}})})
		doc := api.Document()
		text, err := json.Marshal(doc.Resolve(doc.Paths["/x"].Get.Responses[test.status]).Content["application/json"].Example)
		if err != nil || !strings.Contains(string(text), `"msg":`+test.want) {
			t.Errorf("%s: got %s, %v, want %s", name, text, err, test.want)
		}
	}
}

// TestEditDocumentChangesNothingElse: a hook gets copies, so that it cannot change what is
// enforced, another operation or the caller's settings.
func TestEditDocumentChangesNothingElse(t *testing.T) {
	type in struct {
		S string `query:"s" maxLength:"3"`
	}
	tags := append(make([]string, 0, 4), "one")
	contact := &openapi.Contact{Name: "mine"}
	s := settings()
	s.Contact = contact
	s.EditDocument = func(doc *openapi.Document) {
		doc.Info.Contact.Name = "edited"
		*doc.Paths["/y"].Get.Parameters[0].Schema.MaxLength = 200
	}
	edit := func(op *openapi.Operation) {
		*op.Parameters[0].Schema.MaxLength = 100
		op.Tags = append(op.Tags, "two")
		op.Tags[0] = "renamed"
	}
	get := func(context.Context, in) (string, error) { return "", nil }
	api := newAPI(t, s,
		rest.Controller{Path: "/x", Auth: auth.Public, Tags: tags, Get: rest.Handle(get, rest.Op{EditDocument: edit}), Put: rest.Handle(get)},
		rest.Controller{Path: "/y", Auth: auth.Public, Tags: tags, Get: rest.Handle(get)})
	for _, path := range []string{"/x", "/y"} {
		if w := send(api, "GET", path+"?s=abcd", ""); w.Code != 400 {
			t.Errorf("%s: got %d: the limit that is enforced was changed", path, w.Code)
		}
	}
	doc := api.Document()
	if got := *doc.Paths["/x"].Get.Parameters[0].Schema.MaxLength; got != 100 {
		t.Errorf("the document has maxLength %d, want what the hook wrote", got)
	}
	if put := doc.Paths["/x"].Put; put.Tags[0] != "one" || *put.Parameters[0].Schema.MaxLength != 3 || tags[0] != "one" || contact.Name != "mine" {
		t.Errorf("the hook changed more: %+v, %v, %+v", put, tags, contact)
	}
	if names := doc.Tags; len(names) != 3 || names[0].Name != "renamed" || names[1].Name != "two" || names[2].Name != "one" {
		t.Errorf("got the tags %v", names)
	}
}

// TestEditDocumentLeavesHoles: New reports a document that the hook broke, and survives nil.
func TestEditDocumentLeavesHoles(t *testing.T) {
	for name, edit := range map[string]func(*openapi.Document){
		"a nil path":     func(doc *openapi.Document) { doc.Paths["/x"] = nil },
		"a nil webhook":  func(doc *openapi.Document) { doc.Webhooks = map[string]*openapi.PathItem{"w": nil} },
		"a nil reply":    func(doc *openapi.Document) { doc.Paths["/x"].Get.Responses["200"] = nil },
		"an empty one":   func(doc *openapi.Document) { *doc = openapi.Document{} },
		"no title":       func(doc *openapi.Document) { doc.Info.Title = "" },
		"a nil callback": func(doc *openapi.Document) { doc.Paths["/x"].Get.Callbacks = map[string]openapi.Callback{"c": nil} },
	} {
		s := settings()
		s.EditDocument = edit
		api, err := rest.New(s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Auth: auth.Public, Get: rest.Handle(ListNotes)}}})
		if broken := strings.HasPrefix(name, "an empty") || name == "no title"; broken != (err != nil) {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil {
			send(api.OpenAPI(), "GET", "/?version=3.1", "")
		}
	}
}

type (
	linkedA struct {
		N string    `json:"n" example:"x"`
		B *linkedB  `json:"b,omitempty"`
		C *linkedC  `json:"c,omitempty"`
		D []linkedC `json:"d" minItems:"9223372036854775807"`
	}
	linkedB struct {
		N string   `json:"n" example:"x"`
		A *linkedA `json:"a,omitempty"`
		C *linkedC `json:"c,omitempty"`
	}
	linkedC struct {
		N string   `json:"n" example:"x"`
		A *linkedA `json:"a,omitempty"`
		B *linkedB `json:"b,omitempty"`
	}
)

// TestExamplesAreBounded: types that refer to each other, or a long list, do not make an
// example of any size.
func TestExamplesAreBounded(t *testing.T) {
	type in struct {
		Body linkedA `body:""`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(func(context.Context, in) (linkedB, error) { return linkedB{}, nil })})
	text, err := api.Document().JSON()
	if err != nil || len(text) > 20_000 {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
}
