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

type (
	optionalBody struct {
		Body *struct {
			Name string `json:"name"`
		} `body:""`
	}
	optionalForm struct {
		Name *string `form:"name"`
	}
	rawBody struct{ Request *http.Request }
)

// unsized hides how long a body is, so that it is sent in chunks.
type unsized struct{ io.Reader }

// readRaw reads the request itself and returns how much it got.
func readRaw(_ context.Context, in rawBody) (string, error) {
	text, err := io.ReadAll(in.Request.Body)
	if err != nil {
		return "", fmt.Errorf("reading the upload: %w", err)
	}
	return fmt.Sprint(len(text)), nil
}

func bodies(t *testing.T, s rest.Settings) *rest.API {
	t.Helper()
	s.MaxBody = 100
	api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/json", Post: rest.Handle(func(context.Context, optionalBody) (string, error) { return "ok", nil })},
		{Path: "/form", Post: rest.Handle(func(context.Context, optionalForm) (string, error) { return "ok", nil })},
		{Path: "/raw", Post: rest.Handle(readRaw)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestBodyHeaders(t *testing.T) {
	strict := bodies(t, settings())
	compat := settings()
	compat.Compat.AssumeJSON = true
	assuming := bodies(t, compat)
	long := strings.Repeat("x", 101)
	for _, test := range []struct {
		name, path, body string
		api              *rest.API
		header           http.Header
		want             int
	}{
		{"JSON", "/json", `{"name":"a"}`, strict, http.Header{"Content-Type": {"application/json"}}, 201},
		{"no type", "/json", `{"name":"a"}`, strict, nil, 415},
		{"an empty type", "/json", `{"name":"a"}`, strict, http.Header{"Content-Type": {""}}, 415},
		{"no type, as JSON", "/json", `{"name":"a"}`, assuming, nil, 201},
		{"null without type", "/json", "null", strict, nil, 415},
		{"nothing without type", "/json", "", strict, nil, 201},
		{"a form without type", "/form", "name=a", strict, nil, 415},
		{"an empty form without type", "/form", "", strict, nil, 201},
		{"an empty form of another type", "/form", "", strict, http.Header{"Content-Type": {"text/plain"}}, 415},
		{"a coding", "/json", `{"name":"a"}`, strict, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, 415},
		{"a coding of a form", "/form", "name=a", strict, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Content-Encoding": {"br"}}, 415},
		{"no coding at all", "/json", `{"name":"a"}`, strict, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity"}}, 201},
		{"two codings", "/json", `{"name":"a"}`, strict, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"identity", "gzip"}}, 415},
		{"too large", "/json", long, strict, http.Header{"Content-Type": {"application/json"}}, 413},
		{"read by the handler", "/raw", long[1:], strict, nil, 201},
		{"too large for the handler", "/raw", long, strict, nil, 413},
	} {
		for _, chunked := range []bool{false, true} {
			var body io.Reader = strings.NewReader(test.body)
			if chunked {
				body = unsized{body}
			}
			r := httptest.NewRequest("POST", test.path, body)
			for name, values := range test.header {
				r.Header[name] = values
			}
			w := httptest.NewRecorder()
			test.api.ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("%s (chunked: %v): got %d %s, want %d", test.name, chunked, w.Code, w.Body, test.want)
			}
			if coding := r.Header["Content-Encoding"]; w.Code == 415 && (len(coding) > 0) != (w.Header().Get("Accept-Encoding") == "identity") {
				t.Errorf("%s: got Accept-Encoding %q", test.name, w.Header().Get("Accept-Encoding"))
			}
		}
	}
	if w := send(bodies(t, settings()), "POST", "/raw", long); !strings.Contains(w.Body.String(), "larger than 100 bytes") {
		t.Errorf("the handler's 413: got %s", w.Body)
	}
}

// TestExpectContinue: a client that asks before it sends a body learns what is wrong
// with the headers at once, and is asked for a body that is wanted.
func TestExpectContinue(t *testing.T) {
	server := httptest.NewServer(bodies(t, settings()))
	defer server.Close()
	for _, test := range []struct{ name, headers, want string }{
		{"too large", "Content-Type: application/json\r\nContent-Length: 1000\r\n", "413"},
		{"another type", "Content-Type: text/csv\r\nContent-Length: 10\r\n", "415"},
		{"no type", "Content-Length: 10\r\n", "415"},
		{"no type, no length", "Transfer-Encoding: chunked\r\n", "415"},
		{"a coding", "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n", "415"},
		{"wanted", "Content-Type: application/json\r\nContent-Length: 12\r\n", "100"},
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"+test.headers+"\r\n"); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		if !strings.HasPrefix(line, "HTTP/1.1 "+test.want) {
			t.Errorf("%s: got %q, want %s", test.name, line, test.want)
		}
		conn.Close()
	}
}
