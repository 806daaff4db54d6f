package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/openapi"
)

type user struct{ Name string }

type whoami struct {
	User *user `auth:""`
}

func who(_ context.Context, in whoami) (string, error) { return in.User.Name, nil }

func hello(context.Context, rest.None) (string, error) { return "hello", nil }

func basic(name string, passwords map[string]string) auth.Authenticator {
	static := basicauth.Static(passwords)
	return basicauth.New(func(ctx context.Context, username, password string) (*user, error) {
		known, err := static(ctx, username, password)
		return &user{known}, err
	}, basicauth.Config{Header: auth.Header{SchemeName: name}})
}

var alice = basic("http_basic", map[string]string{"alice": "secret"})

func settings() rest.Settings {
	return rest.Settings{Title: "Test", Version: "1", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func newAPI(t *testing.T, s rest.Settings, controllers ...rest.Controller) *rest.API {
	t.Helper()
	api, err := rest.New(s, rest.Router{Controllers: controllers})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func send(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Content-Type" {
			r.Header.Del("Content-Type")
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const credential = "Basic YWxpY2U6c2VjcmV0" // alice:secret

func TestNearestLevelWins(t *testing.T) {
	other := basic("other", map[string]string{"bob": "x"})
	api, err := rest.New(func() rest.Settings { s := settings(); s.Auth = other; return s }(), rest.Router{
		Path: "/api", Auth: auth.Public,
		Controllers: []rest.Controller{
			{Path: "/open", Get: rest.Handle(hello)},
			{Path: "/shut", Auth: alice, Get: rest.Handle(who), Post: rest.Handle(hello, rest.Op{Auth: auth.Public}), Put: rest.Handle(hello, rest.Op{Auth: other})},
		},
	}, rest.Router{Controllers: []rest.Controller{{Path: "/settings", Get: rest.Handle(who)}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path, authorization string
		status                      int
		security                    []openapi.SecurityRequirement
	}{
		{"GET", "/api/open", "", 200, []openapi.SecurityRequirement{}},
		{"GET", "/api/shut", "", 401, []openapi.SecurityRequirement{{"http_basic": {}}}},
		{"GET", "/api/shut", credential, 200, []openapi.SecurityRequirement{{"http_basic": {}}}},
		{"POST", "/api/shut", "", 201, []openapi.SecurityRequirement{}},
		{"PUT", "/api/shut", credential, 401, []openapi.SecurityRequirement{{"other": {}}}},
		{"GET", "/settings", credential, 401, []openapi.SecurityRequirement{{"other": {}}}},
	} {
		t.Run(test.method+test.path+test.authorization, func(t *testing.T) {
			if w := send(api, test.method, test.path, "", "Authorization", test.authorization); w.Code != test.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.status)
			}
			op := api.Document().Paths[test.path].Operation(test.method)
			if diff := cmp.Diff(test.security, op.Security); diff != "" {
				t.Errorf("the document disagrees (-want +got):\n%s", diff)
			}
			if _, documented := op.Responses["401"]; documented != (len(test.security) > 0) {
				t.Errorf("401 documented: %v", documented)
			}
		})
	}
}

// The reply that the page "How authentication works" shows, with the challenge.
func TestRefusalOfThePage(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x/", Auth: alice, Get: rest.Handle(hello)})
	server := httptest.NewServer(api)
	defer server.Close()
	resp, err := http.Get(server.URL + "/x/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if got, want := string(body), `{"detail":[{"msg":"Not authenticated","type":"security"}]}`; got != want || resp.StatusCode != 401 {
		t.Errorf("got %d %s, want 401 %s", resp.StatusCode, got, want)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Frame-Options": "DENY", "Vary": "Accept-Language", "Content-Language": "en",
		"Content-Length": "58", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Www-Authenticate": `Basic realm="api", charset="UTF-8"`,
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestStatuses(t *testing.T) {
	errNo := &rest.Error{Status: 403, Msg: "No access", Code: "user_msg"}
	fails := func(err error) func(context.Context, rest.None) (string, error) {
		return func(context.Context, rest.None) (string, error) { return "", err }
	}
	type in struct {
		Body struct {
			Name string `json:"name"`
		} `body:""`
	}
	s := settings()
	s.Auth, s.MaxBody = alice, 50
	api := newAPI(t, s,
		rest.Controller{Path: "/x", Get: rest.Handle(hello), Post: rest.Handle(func(_ context.Context, i in) (string, error) { return i.Body.Name, nil })},
		rest.Controller{Path: "/forbidden", Get: rest.Handle(fails(errNo), rest.Op{Errors: []error{errNo}})},
		rest.Controller{Path: "/undeclared", Get: rest.Handle(fails(errNo)), Put: rest.Handle(fails(errNo), rest.Op{Replies: rest.Unchecked})},
		rest.Controller{Path: "/fault", Get: rest.Handle(fails(errors.New("secret cause")))},
		rest.Controller{Path: "/panic", Get: rest.Handle(func(context.Context, rest.None) (string, error) { panic("secret cause") })},
		rest.Controller{Path: "/none", Get: rest.Handle(func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil })},
		rest.Controller{Path: "/refuse", Get: rest.Handle(fails(&auth.Error{Msg: "From the body"}))},
		rest.Controller{Path: "/down", Get: rest.Handle(fails(auth.Unavailable(errors.New("secret cause"))))},
	)
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string
	}{
		{"404", "GET", "/nothing", "", nil, 404, `{"detail":[{"msg":"Page not found","type":"not_found"}]}`},
		{"404 in Russian", "GET", "/nothing", "", []string{"Accept-Language", "ru"}, 404, `{"detail":[{"msg":"Страница не найдена","type":"not_found"}]}`},
		{"405", "DELETE", "/x", "", nil, 405, `{"detail":[{"msg":"Method 'DELETE' is not allowed, allowed: GET, HEAD, POST","type":"not_allowed"}]}`},
		{"406", "GET", "/x", "", []string{"Accept", "text/html"}, 406, `{"detail":[{"msg":"Cannot serialize response body with accepted types 'text/html', offered: application/json","type":"value_error"}]}`},
		{"415", "POST", "/x", "x", []string{"Content-Type", "text/plain"}, 415, `{"detail":[{"msg":"The body has the type 'text/plain', expected: application/json","type":"value_error"}]}`},
		{"413", "POST", "/x", `{"name":"` + strings.Repeat("x", 60) + `"}`, nil, 413, `{"detail":[{"msg":"The body is larger than 50 bytes","type":"value_error"}]}`},
		{"400 missing", "POST", "/x", `{}`, nil, 400, `{"detail":[{"msg":"A value is required","type":"value_error","loc":["parsed_body","name"]}]}`},
		{"400 wrong type", "POST", "/x", `{"name": null}`, nil, 400, `{"detail":[{"msg":"Expected a string","type":"value_error","loc":["parsed_body","name"]}]}`},
		{"400 broken", "POST", "/x", `{"name":`, nil, 400, `{"detail":[{"msg":"JSON is malformed: it ends too early","type":"value_error"}]}`},
		{"400 not an object", "POST", "/x", `[1]`, nil, 400, `{"detail":[{"msg":"Expected an object","type":"value_error","loc":["parsed_body"]}]}`},
		{"415 without a type", "POST", "/x", `{"name":"ann"}`, []string{"Content-Type", ""}, 415, `{"detail":[{"msg":"Content-Type is missing, expected: application/json","type":"value_error"}]}`},
		{"400 empty", "POST", "/x", ``, nil, 400, `{"detail":[{"msg":"The body is empty","type":"value_error","loc":["parsed_body"]}]}`},
		{"201", "POST", "/x", `{"name":"a"}`, nil, 201, `"a"`},
		{"declared error", "GET", "/forbidden", "", nil, 403, `{"detail":[{"msg":"No access","type":"user_msg"}]}`},
		{"undeclared error", "GET", "/undeclared", "", nil, 422, `{"detail":[{"msg":"Returned status code 403 is not specified in the list of allowed status codes: 200, 401, 406, 422, 503","type":"value_error"}]}`},
		{"unchecked error", "PUT", "/undeclared", "", nil, 403, `{"detail":[{"msg":"No access","type":"user_msg"}]}`},
		{"fault", "GET", "/fault", "", nil, 500, `{"detail":[{"msg":"Internal server error","type":"internal_error"}]}`},
		{"panic", "GET", "/panic", "", nil, 500, `{"detail":[{"msg":"Internal server error","type":"internal_error"}]}`},
		{"store down", "GET", "/down", "", nil, 503, `{"detail":[{"msg":"Service unavailable","type":"unavailable"}]}`},
		{"204", "GET", "/none", "", nil, 204, ""},
		{"HEAD is GET without body", "HEAD", "/x", "", nil, 200, ""},
		{"401 of the handler", "GET", "/refuse", "", nil, 401, `{"detail":[{"msg":"From the body","type":"security"}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := send(api, test.method, test.path, test.body, append(test.headers, "Authorization", credential)...)
			if w.Code != test.status || w.Body.String() != test.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, w.Body, test.status, test.want)
			}
			if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("a 401 without challenge")
			}
			if w.Code == 204 && w.Header().Get("Content-Type") != "" {
				t.Error("a 204 with a Content-Type")
			}
		})
	}
	if w := send(api, "HEAD", "/x", ""); w.Code != 401 || w.Body.Len() != 0 {
		t.Errorf("anonymous HEAD: got %d %s, want an empty 401", w.Code, w.Body)
	}
}

func TestSeveralSourcesAtOnce(t *testing.T) {
	type item struct {
		Name string `json:"name" minLength:"2" maxLength:"5"`
		Qty  int    `json:"qty" minimum:"1" maximum:"9"`
	}
	type order struct {
		Email string  `json:"email"`
		Items []item  `json:"items"`
		Note  *string `json:"note"`
	}
	type in struct {
		PK   int   `path:"pk"`
		Page int   `query:"page" minimum:"1" default:"1"`
		Body order `body:""`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/o/{pk}/", Auth: auth.Public, Post: rest.Handle(func(_ context.Context, i in) (in2, error) {
		return in2{i.PK, i.Page, len(i.Body.Items)}, nil
	})})
	for _, test := range []struct{ name, path, body, want string }{
		{"two mistakes in an item", "/o/1/", `{"email":"a","items":[{"name":"ab","qty":1},{"name":"a","qty":10}]}`,
			`{"detail":[{"msg":"Expected at least 2 characters","type":"value_error","loc":["parsed_body","items",1,"name"]},{"msg":"Expected a number that is 9 or less","type":"value_error","loc":["parsed_body","items",1,"qty"]}]}`},
		{"every source", "/o/x/?page=0", `{"items":3}`,
			`{"detail":[{"msg":"A value is required","type":"value_error","loc":["parsed_body","email"]},{"msg":"Expected an array","type":"value_error","loc":["parsed_body","items"]},{"msg":"Expected a number that is 1 or greater","type":"value_error","loc":["parsed_query","page"]},{"msg":"Expected an integer","type":"value_error","loc":["parsed_path","pk"]}]}`},
		{"good", "/o/7/", `{"email":"a","items":[]}`, `{"pk":7,"page":1,"items":0}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if w := send(api, "POST", test.path, test.body); w.Body.String() != test.want {
				t.Errorf("got %d %s\nwant %s", w.Code, w.Body, test.want)
			}
		})
	}
}

type in2 struct {
	PK    int `json:"pk"`
	Page  int `json:"page"`
	Items int `json:"items"`
}

// Nothing of a request fills the auth field, whatever it is called.
func TestRequestCannotNameThePrincipal(t *testing.T) {
	type in struct {
		User  *user                 `auth:""`
		Query rest.Optional[string] `query:"User"`
		Body  struct{ User any }    `body:""`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, Post: rest.Handle(func(_ context.Context, i in) (string, error) { return i.User.Name, nil })})
	w := send(api, "POST", "/x?User=mallory", `{"User":{"Name":"mallory"}}`, "Authorization", credential, "User", "mallory")
	if w.Body.String() != `"alice"` {
		t.Errorf("got %d %s, want alice", w.Code, w.Body)
	}
}

func TestOptionalPrincipalStaysNil(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Optional(alice), Get: rest.Handle(func(ctx context.Context, in whoami) (bool, error) {
		_, known := auth.FromContext(ctx)
		return in.User != nil && known, nil
	})})
	if w := send(api, "GET", "/x", ""); w.Body.String() != "false" {
		t.Errorf("anonymous: got %d %s", w.Code, w.Body)
	}
	if w := send(api, "GET", "/x", "", "Authorization", credential); w.Body.String() != "true" {
		t.Errorf("alice: got %d %s", w.Code, w.Body)
	}
	if w := send(api, "GET", "/x", "", "Authorization", "Basic !"); w.Code != 401 {
		t.Errorf("bad credential: got %d, want 401", w.Code)
	}
}

func TestLeakedContextKeepsItsIdentity(t *testing.T) {
	both := basic("http_basic", map[string]string{"alice": "secret", "bob": "b"})
	var leaked context.Context
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: both, Get: rest.Handle(func(ctx context.Context, in whoami) (string, error) {
		if leaked == nil {
			leaked = ctx
		}
		return in.User.Name, nil
	})})
	send(api, "GET", "/x", "", "Authorization", credential)
	for range 10_000 {
		send(api, "GET", "/x", "", "Authorization", "Basic Ym9iOmI=")
	}
	if u, ok := auth.PrincipalFrom[*user](leaked); !ok || u.Name != "alice" {
		t.Errorf("got %v, want alice", u)
	}
}

func TestIncomingIdentityIsNotTrusted(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(ctx context.Context, _ rest.None) (bool, error) {
		_, ok := auth.FromContext(ctx)
		return ok, nil
	})})
	protect, err := auth.Require(alice, auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(protect(api), "GET", "/x", "", "Authorization", credential); w.Body.String() != "false" {
		t.Errorf("got %s, want false: an outer identity shone through", w.Body)
	}
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("the body was read") }

func TestRefusalsDoNotReadTheBody(t *testing.T) {
	type in struct {
		Body map[string]any `body:""`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, Post: rest.Handle(func(context.Context, in) (rest.None, error) { return rest.None{}, nil })})
	for _, test := range []struct {
		name, method, path, header, value string
		status                            int
	}{
		{"401", "POST", "/x", "", "", 401}, {"404", "POST", "/y", "", "", 404}, {"405", "PUT", "/x", "", "", 405},
		{"406", "POST", "/x", "Accept", "text/html", 406}, {"a panicking body is a 500", "POST", "/x", "Authorization", credential, 500},
	} {
		r := httptest.NewRequest(test.method, test.path, panics{})
		r.Header.Set(test.header, test.value)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: got %d, want %d", test.name, w.Code, test.status)
		}
	}
}

func TestEncodedPathsDoNotReachAHandler(t *testing.T) {
	reached := false
	api, err := rest.New(settings(), rest.Router{
		Mounts: []rest.Mount{{Path: "/files/", Auth: alice, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })}},
		Controllers: []rest.Controller{{Path: "/admin/{id}", Auth: alice, Get: rest.Handle(func(context.Context, struct {
			ID string `path:"id"`
		}) (string, error) {
			reached = true
			return "", nil
		})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/admin/1", "/admin%2F1", "/admin/%2e%2e/1", "//admin/1", "/admin//1", "/admin/1/", "/./admin/1", "/x/../admin/1", "/admin/a%2Fb",
		"/files/a", "/files/%2e%2e/a", "/files//a", "/FILES/a",
	} {
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			if w := send(api, method, path, ""); reached || w.Code < 308 {
				t.Errorf("%s %s: got %d, reached the handler: %v", method, path, w.Code, reached)
			}
		}
	}
}

func TestMapErrorSeesAuthErrors(t *testing.T) {
	handled := func(_ context.Context, err error) error {
		if refusal, ok := errors.AsType[*auth.Error](err); ok && refusal.HTTPStatus() == 401 {
			return &rest.Error{Status: 401, Msg: "Handled", Header: http.Header{}}
		}
		return err
	}
	api := newAPI(t, settings(),
		rest.Controller{Path: "/x", Auth: alice, Get: rest.Handle(hello, rest.Op{MapError: handled}), Post: rest.Handle(hello)})
	if w := send(api, "GET", "/x", ""); w.Body.String() != `{"detail":[{"msg":"Handled"}]}` || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
	}
	if w := send(api, "POST", "/x", ""); !strings.Contains(w.Body.String(), "Not authenticated") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestReplyHeadersAndCookies(t *testing.T) {
	type reply struct {
		Location string         `header:"Location"`
		Empty    string         `header:"X-Empty"`
		Cookies  []*http.Cookie `cookie:""`
		Body     []string       `body:""`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(func(context.Context, rest.None) (reply, error) {
		return reply{Location: "/y", Cookies: []*http.Cookie{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}}, nil
	}, rest.Op{NoStore: true, Cookies: map[string]string{"a": "First."}, OptionalCookies: map[string]string{"b": "Second."}})})
	w := send(api, "POST", "/x", "")
	h := w.Header()
	if w.Code != 201 || w.Body.String() != "[]" || h.Get("Location") != "/y" || len(h["Set-Cookie"]) != 2 || h.Get("Cache-Control") != "no-store" || len(h["X-Empty"]) != 0 {
		t.Errorf("got %d %s %v", w.Code, w.Body, h)
	}
	documented := api.Document().Paths["/x"].Post.Responses["201"].Headers
	for name, always := range map[string]bool{"Location": false, "Set-Cookie": true, "Cache-Control": true} {
		if header, ok := documented[name]; !ok || header.Required != always {
			t.Errorf("%s is documented: %t, as always there: %t", name, ok, header.Required)
		}
	}
	if got, want := documented["Set-Cookie"].Description, "Cookies:\n\n- `a`: First.\n- `b` (not always): Second."; got != want {
		t.Errorf("the cookies: got %q, want %q", got, want)
	}
}

// TestUndeclaredCookies: a reply sets no cookie that the document does not know.
func TestUndeclaredCookies(t *testing.T) {
	type named struct {
		One *http.Cookie `cookie:"one"`
	}
	type several struct {
		All []*http.Cookie `cookie:""`
	}
	handle := func(cookie string, responses rest.Replies) rest.Controller {
		return rest.Controller{Path: "/" + cookie, Auth: auth.Public,
			Get: rest.Handle(func(context.Context, rest.None) (named, error) {
				return named{&http.Cookie{Name: cookie, Value: "1"}}, nil
			}, rest.Op{Replies: responses}),
			Post: rest.Handle(func(context.Context, rest.None) (several, error) {
				return several{[]*http.Cookie{nil, {Name: "ok", Value: "1"}, {Name: cookie, Value: "1"}}}, nil
			}, rest.Op{Replies: responses, Cookies: map[string]string{"ok": "Known."}, Status: 200})}
	}
	for _, test := range []struct {
		responses rest.Replies
		cookie    string
		get, post int
	}{
		{rest.Checked, "one", 200, 422}, {rest.Checked, "ok", 422, 200}, {rest.Checked, "no", 422, 422},
		{rest.Reported, "no", 200, 200}, {rest.Unchecked, "no", 200, 200},
	} {
		api := newAPI(t, settings(), handle(test.cookie, test.responses))
		for method, want := range map[string]int{"GET": test.get, "POST": test.post} {
			w := send(api, method, "/"+test.cookie, "")
			if w.Code != want || (want == 422) != strings.Contains(w.Body.String(), "Returned cookie '"+test.cookie+"' is not declared") || (want == 422) != (w.Header()["Set-Cookie"] == nil) {
				t.Errorf("%v: %s %s: got %d %s %v, want %d", test.responses, method, test.cookie, w.Code, w.Body, w.Header(), want)
			}
		}
	}
}

func TestBrokenReplyIsA422(t *testing.T) {
	type note struct {
		Title string `json:"title" minLength:"1"`
	}
	handler := func(context.Context, rest.None) (note, error) { return note{}, nil }
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(handler),
		Put: rest.Handle(handler, rest.Op{Replies: rest.Unchecked}), Patch: rest.Handle(handler, rest.Op{Replies: rest.Reported})})
	for method, want := range map[string]int{"GET": 422, "PUT": 200, "PATCH": 200} {
		if w := send(api, method, "/x", ""); w.Code != want {
			t.Errorf("%s: got %d %s, want %d", method, w.Code, w.Body, want)
		}
	}
	item := api.Document().Paths["/x"]
	if item.Get.Responses["422"] == nil || item.Put.Responses["422"] != nil {
		t.Error("the document does not say which operation can answer 422")
	}
}

func TestDocumentIsServedWithETag(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: alice, Get: rest.Handle(who)})
	w := send(api.OpenAPI(), "GET", "/openapi.json", "")
	var doc map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc["openapi"] != "3.2.0" {
		t.Fatalf("got %v %v", err, doc["openapi"])
	}
	if w := send(api.OpenAPI(), "GET", "/openapi.json", "", "If-None-Match", w.Header().Get("ETag")); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("got %d, want an empty 304", w.Code)
	}
}

func TestStartUpErrors(t *testing.T) {
	type wrong struct {
		User string `auth:""`
	}
	s := settings()
	s.Auth = auth.Public
	_, err := rest.New(s, rest.Router{Controllers: []rest.Controller{{Path: "/fine", Get: rest.Handle(hello)}}})
	if err == nil || !strings.Contains(err.Error(), "auth.Public cannot be in Settings") {
		t.Errorf("Public in Settings: got %v", err)
	}
	broken := basicauth.New[*user](nil, basicauth.Config{Header: auth.Header{SchemeName: "broken"}})
	_, err = rest.New(settings(), rest.Router{Controllers: []rest.Controller{
		{Path: "/undecided", Get: rest.Handle(hello)},
		{Path: "/type", Auth: alice, Get: rest.Handle(func(context.Context, wrong) (string, error) { return "", nil })},
		{Path: "/public", Auth: auth.Public, Get: rest.Handle(who)},
		{Path: "/scheme", Auth: basic("http_basic", nil), Get: rest.Handle(hello)},
		{Path: "/empty", Auth: auth.AnyOf(), Get: rest.Handle(hello)},
		{Path: "/b1", Auth: broken, Get: rest.Handle(hello)},
		{Path: "/b2", Auth: broken, Get: rest.Handle(hello)},
		{Path: "/b3", Auth: broken, Get: rest.Handle(hello)},
		{Path: "/{id}", Auth: alice, Get: rest.Handle(hello)},
		{Path: "/type", Auth: alice, Get: rest.Handle(hello, rest.Op{ID: "again"})},
		{Path: "no-slash", Auth: alice, Get: rest.Handle(hello)},
	}})
	var got []string
	for e := range rest.ConfigErrors(err) {
		text := regexp.MustCompile(`[^/ ]+/rest_test.go:\d+`).ReplaceAllString(e.Err.Error(), "LINE")
		got = append(got, fmt.Sprintf("%s +%d: %s", e.Operation, e.More, text))
	}
	want := []string{
		"GET /undecided +0: no level decided about auth; set Auth on the endpoint, its controller, a router or in Settings; if it needs none, set auth.Public there, but not in Settings",
		"GET /type +0: the auth field User is a string, but the principal of the scheme http_basic is a *rest_test.user",
		"GET /public +0: the input has the auth field User, but the operation is auth.Public; use auth.Optional to accept requests with and without a credential",
		`GET /scheme +0: the security scheme "http_basic" means another credential at GET /type; give one of them a SchemeName of its own`,
		"GET /empty +0: auth: AnyOf: no authenticator given; write auth.Public where none is needed",
		"GET /b1 +2: basicauth: the verify function is nil",
		"GET /{id} +0: the input struct {} has no field for {id}; add one tagged `path:\"id\"`",
		"GET /type +0: another controller has this method and path: rest_test.TestStartUpErrors.func1 LINE",
		`no-slash +0: the path "no-slash" does not start with a slash`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\nwhole text:\n%v", diff, err)
	}
	if !strings.Contains(err.Error(), "rest_test.go:") {
		t.Errorf("no line is named: %v", err)
	}
}

func TestEndpointInTwoControllers(t *testing.T) {
	shared := rest.Handle(who)
	bob := basic("bob", map[string]string{"bob": "b"})
	api := newAPI(t, settings(), rest.Controller{Path: "/a", Auth: alice, Get: shared}, rest.Controller{Path: "/b", Auth: bob, Get: shared})
	done := make(chan string)
	for _, test := range []struct{ path, credential, want string }{{"/a", credential, `"alice"`}, {"/b", "Basic Ym9iOmI=", `"bob"`}} {
		go func() {
			for range 200 {
				if w := send(api, "GET", test.path, "", "Authorization", test.credential); w.Body.String() != test.want {
					done <- test.path + ": " + w.Body.String()
					return
				}
			}
			done <- ""
		}()
	}
	for range 2 {
		if got := <-done; got != "" {
			t.Error(got)
		}
	}
}
