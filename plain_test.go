package rest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type roomIn struct {
	Room string `path:"room" maxLength:"4"`
	User *user  `auth:""`
}

// TestHandleHTTP: everything that the levels say holds for plain handlers, in each of the
// three ways to have one.
func TestHandleHTTP(t *testing.T) {
	plain := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("do") {
		case "panic":
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("X-Frame-Options", "SAMEORIGIN")
			panic("boom")
		case "half":
			_, _ = io.WriteString(w, "half")
			panic("boom")
		case "read":
			_, err := io.ReadAll(r.Body)
			_, _ = fmt.Fprint(w, err)
		case "nothing":
		default:
			caller, _ := auth.PrincipalFrom[*user](r.Context())
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			_, _ = fmt.Fprint(w, r.PathValue("room"), " ", r.Pattern, " ", caller.Name)
		}
	}
	conflict := &rest.Error{Status: 409, Msg: "Taken"}
	api, err := rest.New(settings(), rest.Router{Path: "/v1", Auth: alice, MaxBody: 5, Headers: http.Header{"X-Level": {"1"}}, ErrorFormat: rest.Problem,
		Controllers: []rest.Controller{
			{Path: "/plain/{room}", Get: rest.HandleHTTP(plain, rest.Op{Summary: "Plain"}), Post: rest.HandleHTTP(plain)},
			{Path: "/typed/{room}", Get: rest.Handle(typed(plain)), Post: rest.Handle(typed(plain), rest.Op{Errors: []error{conflict}, Status: 202})},
		},
		Mounts: []rest.Mount{{Path: "/mount/{room}/", Handler: http.HandlerFunc(plain), Methods: []string{"GET", "POST"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"plain", "typed", "mount"} {
		path := "/v1/" + kind + "/r1"
		pattern := "GET /v1/" + kind + "/{room}"
		if kind == "mount" {
			path, pattern = path+"/", "/v1/mount/{room}/"
		}
		get := func(query string) *httptest.ResponseRecorder {
			return send(api, "GET", path+"?"+query, "", "Authorization", credential)
		}
		if w := get(""); w.Code != 202 || w.Body.String() != "r1 "+pattern+" alice" || w.Header().Get("X-Level") != "1" || w.Header().Get("Content-Type") != "text/plain" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: got %d %v %s", kind, w.Code, w.Header(), w.Body)
		}
		if w := send(api, "GET", path, ""); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s without a credential: got %d %v", kind, w.Code, w.Header())
		}
		if w := get("do=panic"); w.Code != 500 || strings.Contains(w.Body.String(), "boom") || w.Header().Get("Content-Length") == "1000" || w.Header().Get("X-Frame-Options") != "DENY" || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s that panics: got %d %v %s", kind, w.Code, w.Header(), w.Body)
		}
		if w := get("do=nothing"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("X-Level") != "1" {
			t.Errorf("%s that writes nothing: got %d %v", kind, w.Code, w.Header())
		}
		if w := send(api, "POST", path+"?do=read", "123456", "Authorization", credential); !strings.Contains(w.Body.String(), "too large") {
			t.Errorf("%s that reads too much: got %d %s", kind, w.Code, w.Body)
		}
		func() {
			defer func() {
				if fault := recover(); fault != http.ErrAbortHandler {
					t.Errorf("%s that panics after its first byte: got %v, want the connection aborted", kind, fault)
				}
			}()
			get("do=half")
		}()
	}
	if w := send(api, "GET", "/v1/typed/toolong", "", "Authorization", credential); w.Code != 400 {
		t.Errorf("a typed handler with a wrong parameter: got %d %s", w.Code, w.Body)
	}
	if w := send(api, "POST", "/v1/typed/full", "", "Authorization", credential); w.Code != 409 {
		t.Errorf("a typed handler that returns an error: got %d %s", w.Code, w.Body)
	}
	doc := api.Document()
	op := doc.Paths["/v1/plain/{room}"].Get
	if p := op.Parameters; len(p) != 1 || p[0].Name != "room" || p[0].In != "path" || p[0].Schema.Type != "string" || op.Summary != "Plain" {
		t.Errorf("the document has the parameters %+v", p)
	}
	if len(op.Security) != 1 || op.Responses["401"] == nil || op.Responses["default"] == nil || op.Responses["406"] != nil || op.Responses["422"] != nil {
		t.Errorf("the document has the replies %v", op.Responses)
	}
	if responses := doc.Paths["/v1/typed/{room}"].Post.Responses; responses["202"] == nil || responses["default"] != nil || responses["400"] == nil || responses["409"] == nil {
		t.Errorf("the document of a typed one has the replies %v", responses)
	}
	if len(doc.Paths) != 2 {
		t.Errorf("the document has the paths of mounts: %v", doc.Paths)
	}
}

func typed(plain http.HandlerFunc) func(context.Context, roomIn) (http.Handler, error) {
	return func(_ context.Context, in roomIn) (http.Handler, error) {
		if in.Room == "full" {
			return nil, &rest.Error{Status: 409, Msg: "Taken"}
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.SetPathValue("room", in.Room)
			plain(w, r)
		}), nil
	}
}

// TestPathOfReturnedHandler: an http.Handler that a typed handler returns reads the path.
func TestPathOfReturnedHandler(t *testing.T) {
	type input struct {
		ID int `path:"id"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x/{id}", Auth: auth.Public, Get: rest.Handle(func(context.Context, input) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.PathValue("id")+r.Pattern) }), nil
	})})
	if w := send(api, "GET", "/x/7", ""); w.Body.String() != "7GET /x/{id}" {
		t.Errorf("got %q", w.Body)
	}
}

// TestLongParameters: the parameters of a mistake are left out where they do not fit.
func TestLongParameters(t *testing.T) {
	s := settings()
	s.ErrorFormat = rest.Problem
	wrong := &rest.Error{Status: 400, Details: []rest.Detail{{Msg: "wrong", Code: "enum", Params: map[string]any{"enum": strings.Repeat("a", 20<<10)}}}}
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Errors: []error{wrong}, Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", wrong })})
	if w := send(api, "GET", "/x", ""); w.Code != 400 || w.Body.Len() > 16<<10 || !strings.Contains(w.Body.String(), `"detail":"wrong"`) {
		t.Errorf("got %d and %d bytes", w.Code, w.Body.Len())
	}
}

// TestAroundCoversPlainHandlers: next returns when the reply is written, and an error that
// comes later aborts the connection.
func TestAroundCoversPlainHandlers(t *testing.T) {
	var events []string
	around := func(ctx context.Context, next func(context.Context) error) error {
		err := next(ctx)
		events = append(events, "around")
		return errors.Join(err, errors.New("commit failed"))
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Around: around,
		Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
			events = append(events, "handler")
			_, _ = io.WriteString(w, "written")
		})})
	defer func() {
		if fault := recover(); fault != http.ErrAbortHandler || strings.Join(events, " ") != "handler around" {
			t.Errorf("got %v after %v", fault, events)
		}
	}()
	send(api, "GET", "/x", "")
}

// TestPlainHandlersOverTheWire: a handler can flush, hijack and read a file into the reply.
func TestPlainHandlersOverTheWire(t *testing.T) {
	release := make(chan struct{})
	api := newAPI(t, settings(), rest.Controller{Path: "/flush", Auth: auth.Public, Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-release
		_, _ = io.WriteString(w, "second\n")
	})}, rest.Controller{Path: "/hijack", Auth: auth.Public, Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		line, _ := buffered.ReadString('\n')
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\necho "+line)
	})}, rest.Controller{Path: "/file", Auth: auth.Public, Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
		n, err := io.Copy(w, strings.NewReader(strings.Repeat("x", 100_000)))
		if n != 100_000 || err != nil {
			t.Errorf("got %d %v", n, err)
		}
	})})
	server := httptest.NewServer(api)
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/flush")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(response.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" || err != nil {
		t.Errorf("got %q %v before the handler ended", line, err)
	}
	close(release)
	if line, _ := lines.ReadString('\n'); line != "second\n" {
		t.Errorf("got %q", line)
	}
	response.Body.Close()
	if response, err = server.Client().Get(server.URL + "/file"); err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); len(body) != 100_000 || err != nil {
		t.Errorf("got %d bytes, %v", len(body), err)
	}
	response.Body.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET /hijack HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n")
	if reply, _ := io.ReadAll(conn); !strings.HasSuffix(string(reply), "\r\n\r\necho hello\n") {
		t.Errorf("got %q", reply)
	}
}

// TestPlainMistakes: what New refuses.
func TestPlainMistakes(t *testing.T) {
	_, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/nil", Get: rest.HandleHTTP(nil)}, {Path: "/both", Get: rest.Handle(hello)},
	}, Mounts: []rest.Mount{{Path: "/m", Handler: http.HandlerFunc(nil)}, {Path: "/methods", Handler: http.NotFoundHandler(), Methods: []string{"get"}}, {Path: "/both", Handler: http.NotFoundHandler()}}},
		rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/methods", Get: rest.Handle(hello)}}})
	var got []string
	for e := range rest.ConfigErrors(err) {
		got = append(got, e.Operation+": "+e.Err.Error())
	}
	want := []string{
		"GET /nil: the handler function is nil",
		"/m: the mount's Handler is nil",
		`/methods: Methods has "get", want a method in capitals`,
		"/both: a controller has the path /both as well; give one of them another",
		"/methods: a mount has this path as well; give one of them another",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestMountMethods: a mount is asked for GET and HEAD, or for what it lists.
func TestMountMethods(t *testing.T) {
	asked := ""
	echo := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Method })
	api, err := rest.New(settings(), rest.Router{Auth: auth.Public, Mounts: []rest.Mount{
		{Path: "/read/", Handler: echo}, {Path: "/write/", Handler: echo, Methods: []string{"PUT"}}, {Path: "/all/", Handler: echo, Methods: []string{"*"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/read/", 200, ""}, {"HEAD", "/read/x", 200, ""}, {"POST", "/read/", 405, "GET, HEAD"}, {"PROPFIND", "/read/", 405, "GET, HEAD"},
		{"PUT", "/write/x", 200, ""}, {"GET", "/write/x", 405, "PUT"}, {"DELETE", "/all/x", 200, ""}, {"PROPFIND", "/all/x", 200, ""},
	} {
		asked = ""
		w := send(api, test.method, test.path, "")
		if w.Code != test.status || w.Header().Get("Allow") != test.allow || (asked == test.method) != (test.status == 200) {
			t.Errorf("%s %s: got %d %q, the handler was asked for %q", test.method, test.path, w.Code, w.Header().Get("Allow"), asked)
		}
	}
}
