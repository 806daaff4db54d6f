package faults_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

var (
	secret  = []byte(strings.Repeat("k", 40))
	basic   = basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	quiet   = slog.New(slog.DiscardHandler)
	hasher  = &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	hello   = func(context.Context, rest.None) (string, error) { return "hello", nil }
	general = rest.Settings{Title: "T", Version: "1", Logger: quiet}
)

// build makes an API that must start.
func build(t *testing.T, s rest.Settings, routers ...rest.Router) *rest.API {
	t.Helper()
	api, err := rest.New(s, routers...)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// public makes an API of public controllers that must start.
func public(t *testing.T, controllers ...rest.Controller) *rest.API {
	t.Helper()
	return build(t, general, rest.Router{Auth: auth.Public, Controllers: controllers})
}

type bodyOf[T any] struct {
	Body T `body:""`
}

func echo[T any](_ context.Context, in bodyOf[T]) (T, error) { return in.Body, nil }

// echoes makes an API that returns the bodies of POST /x. It need not start.
func echoes[T any]() (*rest.API, error) {
	return rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Post: rest.Handle(echo[T])}}})
}

// reads makes an API whose GET /x has the input In.
func reads[In any](t *testing.T) *rest.API {
	t.Helper()
	return public(t, rest.Controller{Path: "/x", Get: rest.Handle(func(context.Context, In) (string, error) { return "ok", nil })})
}

// replies makes an API whose GET /x replies with out.
func replies[Out any](t *testing.T, out Out) *rest.API {
	t.Helper()
	return public(t, rest.Controller{Path: "/x", Get: rest.Handle(func(context.Context, rest.None) (Out, error) { return out, nil })})
}

// send sends a request with headers in pairs; a body is JSON unless a Content-Type is
// given, and an empty one leaves it out. A connection that is cut off has the status 0.
func send(h http.Handler, method, target, body string, header ...string) (w *httptest.ResponseRecorder) {
	return serve(h, request(method, target, body, header...))
}

func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" && !slices.Contains(header, "Content-Type") {
		header = append(header, "Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i+1] != "" {
			r.Header.Add(header[i], header[i+1])
		}
	}
	return r
}

func serve(h http.Handler, r *http.Request) (w *httptest.ResponseRecorder) {
	w = httptest.NewRecorder()
	defer func() {
		if fault := recover(); fault != nil {
			w.Code = 0
		}
	}()
	h.ServeHTTP(w, r)
	return w
}

// accepts posts JSON bodies that must be accepted, and refuses those that must not.
func accepts[T any](t *testing.T, bodies ...string) { t.Helper(); decides[T](t, true, bodies) }
func refuses[T any](t *testing.T, bodies ...string) { t.Helper(); decides[T](t, false, bodies) }

func decides[T any](t *testing.T, want bool, bodies []string) {
	t.Helper()
	api, err := echoes[T]()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		w := send(api, "POST", "/x", body)
		if got := w.Code == 201; got != want || !got && (w.Code < 400 || w.Code > 499) {
			t.Errorf("%s: got %d %s", body, w.Code, short(w.Body.String()))
		}
	}
}

func short(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// clientError fails unless the status is 4xx.
func clientError(t *testing.T, what string, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code < 400 || w.Code > 499 {
		t.Errorf("%s: got %d %s, want a 4xx", what, w.Code, short(w.Body.String()))
	}
}

// tree is a part of an OpenAPI document as JSON.
type tree struct{ v any }

func document(t *testing.T, api *rest.API) tree {
	t.Helper()
	text, err := json.Marshal(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return tree{v}
}

// at goes down members; a member that is not there is null.
func (d tree) at(names ...string) tree {
	for _, name := range names {
		m, _ := d.v.(map[string]any)
		d = tree{m[name]}
	}
	return d
}

func (d tree) has(name string) bool {
	m, _ := d.v.(map[string]any)
	_, ok := m[name]
	return ok
}

func (d tree) String() string {
	text, _ := json.Marshal(d.v)
	return string(text)
}

// parameter is the parameter of GET /x.
func parameter(t *testing.T, api *rest.API, name string) tree {
	t.Helper()
	list, _ := document(t, api).at("paths", "/x", "get", "parameters").v.([]any)
	for _, p := range list {
		if (tree{p}).at("name").v == name {
			return tree{p}
		}
	}
	t.Fatalf("no parameter %q in the document", name)
	return tree{}
}

// property is the schema of a member of the body of POST /x, which is an object of one's own.
func property(t *testing.T, api *rest.API, name string) tree {
	t.Helper()
	d := document(t, api)
	s := d.at("paths", "/x", "post", "requestBody", "content", "application/json", "schema")
	if ref, ok := s.at("$ref").v.(string); ok {
		s = d.at("components", "schemas", ref[strings.LastIndexByte(ref, '/')+1:])
	}
	return s.at("properties", name)
}

// addUser puts an active user into a table.
func addUser(t *testing.T, db *memory.DB, name, pass string) (*store.User, auth.Account) {
	t.Helper()
	encoded, err := hasher.Hash(t.Context(), pass)
	if err != nil {
		t.Fatal(err)
	}
	u, err := db.Users().Create(t.Context(), store.User{Username: name, Password: encoded, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	_, account, err := db.Users().ByID(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return u, account
}

// cookieOf returns the cookie of a name among those of a login.
func cookieOf(t *testing.T, cookies []*http.Cookie, name string) *http.Cookie {
	t.Helper()
	for _, c := range cookies {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no cookie %q", name)
	return nil
}

func withCookie(method, target string, c *http.Cookie) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	return r
}

// survives runs the calling test again in a process of its own, with a name for what to
// do there, and fails when that process dies. It is for faults that no recover catches.
func survives(t *testing.T, tasks map[string]func()) {
	t.Helper()
	if task := os.Getenv("FAULTS_TASK"); task != "" {
		debug.SetMaxStack(32 << 20)
		tasks[task]()
		return
	}
	for name := range tasks {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "FAULTS_TASK="+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			line, _, _ := strings.Cut(string(out), "\n")
			t.Errorf("%s: %v: %s", name, err, short(line))
		}
	}
}
