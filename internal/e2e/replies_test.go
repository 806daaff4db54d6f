package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// recording is a request and its reply.
type recording struct {
	request       *http.Request
	sent, replied []byte
	reply         *http.Response
}

func (r recording) String() string {
	return fmt.Sprintf("%s %s: %d", r.request.Method, r.request.URL.Path, r.reply.StatusCode)
}

// again returns the request and the reply with bodies that nothing has read.
func (r recording) again() (*http.Request, *http.Response) {
	request, reply := *r.request, *r.reply
	request.Body, reply.Body = io.NopCloser(bytes.NewReader(r.sent)), io.NopCloser(bytes.NewReader(r.replied))
	reply.Request = &request
	return &request, &reply
}

// recorder keeps what passes through it.
type recorder struct{ all []recording }

func (rec *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	reply, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	replied, err := io.ReadAll(reply.Body)
	rec.all = append(rec.all, recording{r, sent, replied, reply})
	reply.Body = io.NopCloser(bytes.NewReader(replied))
	return reply, err
}

// user is a client of the example. It keeps cookies and sends the CSRF token.
type user struct {
	*testing.T
	http   *http.Client
	base   string
	header http.Header
}

func (rec *recorder) user(t *testing.T, base string) *user {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &user{t, &http.Client{Transport: rec, Jar: jar, CheckRedirect: stay}, base, http.Header{"Content-Type": {"application/json"}}}
}

// send sends a request, and returns the members of the reply if it is an object.
func (u *user) send(method, path, body string, want int) map[string]any {
	u.Helper()
	r, err := http.NewRequestWithContext(u.Context(), method, u.base+path, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		u.Fatal(err)
	}
	r.Header = u.header.Clone()
	for _, cookie := range u.http.Jar.Cookies(r.URL) {
		if cookie.Name == "csrftoken" {
			r.Header.Set("X-CSRFToken", cookie.Value)
		}
	}
	if body == "" {
		r.Body = http.NoBody
		r.Header.Del("Content-Type")
	}
	reply, err := u.http.Do(r)
	if err != nil {
		u.Fatal(err)
	}
	defer reply.Body.Close()
	replied, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != want {
		u.Fatalf("%s %s: got %d, %s, %v, want %d", method, path, reply.StatusCode, replied, err, want)
	}
	var members map[string]any
	_ = json.Unmarshal(replied, &members) // or it is no object
	return members
}

// form sends a file and a number that needs more than 32 bits.
func (u *user) form(path string, want int) {
	u.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "list.txt")
	if err != nil {
		u.Fatal(err)
	}
	_, err = io.WriteString(part, "bread\n")
	if err := errors.Join(err, form.WriteField("modified", "1767225600000"), form.Close()); err != nil {
		u.Fatal(err)
	}
	json := u.header
	u.header = json.Clone()
	u.header.Set("Content-Type", form.FormDataContentType())
	u.send("POST", path, body.String(), want)
	u.header = json
}

// useExample calls each operation of the example, in success and in failure.
func useExample(t *testing.T, rec *recorder, base string) {
	const alice, bob = `{"username":"alice","password":"alice-pass"}`, `{"username":"bob","password":"long enough"}`
	nobody := rec.user(t, base)
	nobody.send("GET", "/", "", 303)
	nobody.send("GET", "/api/health/", "", 200)
	nobody.send("GET", "/api/notes/", "", 401)
	nobody.send("GET", "/api/metrics/", "", 401)
	nobody.send("POST", "/api/notes/", `{"title":"Milk"}`, 401)
	nobody.send("POST", "/api/sign-up/", `{"username":"bob","password":"short"}`, 400)
	nobody.send("POST", "/api/sign-up/", bob, 201)
	nobody.send("POST", "/api/sign-up/", bob, 409)
	nobody.header.Set("Authorization", "Basic cHJvbWV0aGV1czptZXRyaWNzLXBhc3M=")
	nobody.send("GET", "/api/metrics/", "", 200)

	u := rec.user(t, base)
	u.send("POST", "/api/session/login/", `{"username":"alice","password":"wrong"}`, 401)
	u.send("POST", "/api/session/login/", alice, 200)
	id := u.send("POST", "/api/notes/", `{"title":"Milk"}`, 201)["id"]
	u.send("POST", "/api/notes/", `{"title":""}`, 400)
	u.send("POST", "/api/notes/", `{`, 400)
	u.send("GET", "/api/notes/", "", 200)
	u.send("GET", "/api/notes/?limit=0", "", 400)
	u.send("GET", "/api/notes/export/", "", 200)
	note := fmt.Sprintf("/api/notes/%v/", id)
	u.send("GET", note, "", 200)
	u.send("POST", note+"share/", `{"with":"bob"}`, 204)
	u.form(note+"attachments/", 201)
	u.form("/api/notes/999/attachments/", 404)
	u.send("GET", note+"attachments/1/", "", 200)
	u.send("GET", note+"attachments/2/", "", 404)
	u.send("DELETE", note, "", 204)
	u.send("DELETE", note, "", 404)
	u.send("POST", "/api/session/logout/", "", 204)

	u = rec.user(t, base)
	pair := u.send("POST", "/api/jwt/obtain/", alice, 200)
	u.send("POST", "/api/jwt/verify/", fmt.Sprintf(`{"access_token":%q}`, pair["access_token"]), 204)
	u.send("POST", "/api/jwt/verify/", `{"access_token":"x"}`, 401)
	pair = u.send("POST", "/api/jwt/refresh/", fmt.Sprintf(`{"refresh_token":%q}`, pair["refresh_token"]), 200)
	u.send("POST", "/api/jwt/revoke/", fmt.Sprintf(`{"refresh_token":%q}`, pair["refresh_token"]), 204)
	pair = u.send("POST", "/api/jwt/obtain/", alice, 200)
	u.header.Set("Authorization", fmt.Sprint("Bearer ", pair["access_token"]))
	u.send("POST", "/api/jwt/revoke/all/", "", 204)

	u = rec.user(t, base)
	u.header.Set("X-API-Token", fmt.Sprint(u.send("POST", "/api/tokens/obtain/", alice, 200)["token"]))
	u.send("GET", "/api/tokens/list/", "", 200)
	u.send("DELETE", "/api/tokens/list/999/", "", 404)
	u.send("POST", "/api/tokens/revoke/", "", 204)
	u.send("GET", "/api/tokens/list/", "", 401)
	u.header.Set("X-API-Token", fmt.Sprint(u.send("POST", "/api/tokens/obtain/", alice, 200)["token"]))
	u.send("DELETE", "/api/tokens/list/2/", "", 204)

	u = rec.user(t, base)
	u.send("POST", "/api/session/login/", bob, 200)
	u.send("POST", "/api/password/", `{"old_password":"wrong","new_password":"a better one"}`, 400)
	u.send("POST", "/api/password/", `{"old_password":"long enough","new_password":"a better one"}`, 204)
	u.send("POST", "/api/session/logout/all/", "", 204)
}

// TestRepliesAreDocumented: validators that others wrote accept each request to the
// example and each reply, by both versions of its document.
func TestRepliesAreDocumented(t *testing.T) {
	base := start(t, "example", "-data", t.TempDir())
	rec := &recorder{}
	useExample(t, rec, base)
	for _, version := range []string{"3.2", "3.1"} {
		document := fetch(t, base+"/openapi.json?version="+version)
		wantAllCalled(t, document, rec.all)
		for name, newCheck := range map[string]func(*testing.T, []byte) func(recording) error{"kin-openapi": kinOpenAPI, "libopenapi": libopenapiReplies} {
			t.Run(name+", "+version, func(t *testing.T) {
				check := newCheck(t, document)
				for _, r := range rec.all {
					if err := check(r); err != nil {
						t.Errorf("%v: %v\n%s", r, err, r.replied)
					}
					if len(r.replied) > 0 && r.replied[0] == '{' {
						r.replied = []byte(`{"id":"not a number","status":"not a number","title":1}`)
						if check(r) == nil {
							t.Errorf("%v: the validator accepts any reply", r)
						}
					}
				}
			})
		}
	}
}

// wantAllCalled wants a successful call of each operation. Only the stream is left out: the
// validators read no bodies without an end.
func wantAllCalled(t *testing.T, document []byte, all []recording) {
	t.Helper()
	api, router := kinRouter(t, document)
	called := map[*openapi3.Operation]bool{api.Paths.Value("/api/notes/changes/").Get: true}
	for _, r := range all {
		if route, _, err := router.FindRoute(r.request); err == nil && r.reply.StatusCode < 400 {
			called[route.Operation] = true
		}
	}
	for path, item := range api.Paths.Map() {
		for method, operation := range item.Operations() {
			if !called[operation] {
				t.Errorf("%s %s was not called", method, path)
			}
		}
	}
}

func kinRouter(t *testing.T, document []byte) (*openapi3.T, routers.Router) {
	t.Helper()
	api, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	api.Servers = nil // relative
	router, err := gorillamux.NewRouter(api)
	if err != nil {
		t.Fatal(err)
	}
	return api, router
}

func kinOpenAPI(t *testing.T, document []byte) func(recording) error {
	_, router := kinRouter(t, document)
	return func(r recording) error {
		request, reply := r.again()
		route, parameters, err := router.FindRoute(request)
		if err != nil {
			return err
		}
		input := &openapi3filter.RequestValidationInput{
			Request: request, PathParams: parameters, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
		}
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil && reply.StatusCode < 400 {
			return err
		}
		return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: reply.StatusCode, Header: reply.Header, Body: reply.Body,
		})
	}
}

func libopenapiReplies(t *testing.T, document []byte) func(recording) error {
	model, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	v, mistakes := validator.NewValidator(model)
	if len(mistakes) > 0 {
		t.Fatal(errors.Join(mistakes...))
	}
	return func(r recording) error {
		request, reply := r.again()
		if ok, mistakes := v.ValidateHttpRequest(request); !ok && reply.StatusCode < 400 {
			return fmt.Errorf("%s: %s", mistakes[0].Message, mistakes[0].Reason)
		}
		if ok, mistakes := v.ValidateHttpResponse(request, reply); !ok {
			return fmt.Errorf("%s: %s", mistakes[0].Message, mistakes[0].Reason)
		}
		return nil
	}
}
