package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type (
	uploadStream struct {
		Body io.Reader `body:"application/octet-stream" doc:"A file."`
	}
	uploadImage struct {
		Body []byte `body:"image/png,image/*"`
	}
	uploadText struct {
		Body string `body:"text/plain"`
	}
	uploadAny struct {
		Body io.Reader `body:"*/*"`
	}
)

func countStream(_ context.Context, in uploadStream) (int64, error) {
	return io.Copy(io.Discard, in.Body)
}

func echoImage(_ context.Context, in uploadImage) (string, error) { return string(in.Body), nil }
func echoText(_ context.Context, in uploadText) (string, error)   { return in.Body, nil }

func countAny(_ context.Context, in uploadAny) (int64, error) { return io.Copy(io.Discard, in.Body) }

func uploads(t *testing.T) *rest.API {
	t.Helper()
	s := settings()
	s.MaxBody = 100
	return newAPI(t, s,
		rest.Controller{Path: "/stream", Auth: auth.Public, Put: rest.Handle(countStream)},
		rest.Controller{Path: "/image", Auth: auth.Public, Put: rest.Handle(echoImage)},
		rest.Controller{Path: "/text", Auth: auth.Public, Put: rest.Handle(echoText)},
		rest.Controller{Path: "/any", Auth: auth.Public, Put: rest.Handle(countAny)})
}

func TestUploadsAreEnforced(t *testing.T) {
	api := uploads(t)
	long := strings.Repeat("x", 101)
	tooLong := `{"detail":[{"msg":"The body is larger than 100 bytes","type":"value_error"}]}`
	missing := `{"detail":[{"msg":"Content-Type is missing, expected: %s","type":"value_error"}]}`
	for _, test := range []struct {
		name, path, contentType, body string
		chunked                       bool
		status                        int
		want                          string
	}{
		{"stream", "/stream", "application/octet-stream", "\x00\xff", false, 200, `2`},
		{"stream of nothing", "/stream", "application/octet-stream", "", false, 200, `0`},
		{"type with parameters and capitals", "/stream", "Application/Octet-Stream; a=b", "xy", false, 200, `2`},
		{"chunked stream", "/stream", "application/octet-stream", "xyz", true, 200, `3`},
		{"stream of another type", "/stream", "image/png", "x", false, 415, `{"detail":[{"msg":"The body has the type 'image/png', expected: application/octet-stream","type":"value_error"}]}`},
		{"stream of no type", "/stream", "", "x", false, 415, fmt.Sprintf(missing, "application/octet-stream")},
		{"stream that is announced too long", "/stream", "application/octet-stream", long, false, 413, tooLong},
		{"stream that becomes too long", "/stream", "application/octet-stream", long, true, 413, tooLong},
		{"bytes", "/image", "image/png", "\xff", false, 200, `"` + "\uFFFD" + `"`},
		{"bytes of a type in the range", "/image", "image/webp", "x", false, 200, `"x"`},
		{"bytes of another type", "/image", "text/image", "x", false, 415, `{"detail":[{"msg":"The body has the type 'text/image', expected: image/png, image/*","type":"value_error"}]}`},
		{"bytes that become too many", "/image", "image/png", long, true, 413, tooLong},
		{"text", "/text", "text/plain", "ä\n", false, 200, `"ä\n"`},
		{"text that is not UTF-8", "/text", "text/plain", "\xff", false, 400, `{"detail":[{"msg":"Expected valid UTF-8","type":"value_error","loc":["parsed_body"]}]}`},
		{"any type", "/any", "x/y", "x", false, 200, `1`},
		{"any type, but one", "/any", "", "x", false, 415, fmt.Sprintf(missing, "*/*")},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("PUT", test.path, strings.NewReader(test.body))
			if test.chunked {
				r.ContentLength = -1
			}
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			w := httptest.NewRecorder()
			if api.ServeHTTP(w, r); w.Code != test.status || w.Body.String() != test.want {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, test.status, test.want)
			}
		})
	}
}

func TestUploadsAreDocumented(t *testing.T) {
	doc := uploads(t).Document()
	for path, want := range map[string]string{
		"/stream": `{"description":"A file.","content":{"application/octet-stream":{"schema":{"type":"string","format":"binary"}}},"required":true}`,
		"/image":  `{"content":{"image/*":{"schema":{"type":"string","format":"binary"}},"image/png":{"schema":{"type":"string","format":"binary"}}},"required":true}`,
		"/text":   `{"content":{"text/plain":{"schema":{"type":"string"}}},"required":true}`,
		"/any":    `{"content":{"*/*":{"schema":{"type":"string","format":"binary"}}},"required":true}`,
	} {
		put := doc.Paths[path].Put
		got, err := json.Marshal(put.RequestBody)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s %v\nwant %s", path, got, err, want)
		}
		for _, status := range []string{"400", "413", "415"} {
			if put.Responses[status] == nil {
				t.Errorf("%s: no %s", path, status)
			}
		}
	}
}

// The handler of a stream runs while the body arrives, and the read error of a client
// that leaves in the middle is the client's mistake.
func TestUploadsArriveWhileTheyAreRead(t *testing.T) {
	first, failed := make(chan string), make(chan error, 1)
	read := func(_ context.Context, in uploadStream) (int, error) {
		start := make([]byte, 5)
		if _, err := io.ReadFull(in.Body, start); err != nil {
			return 0, err
		}
		first <- string(start)
		_, err := io.Copy(io.Discard, in.Body)
		failed <- err
		return 0, err
	}
	server := httptest.NewServer(newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Put: rest.Handle(read)}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT /x HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\nhello")
	if got := <-first; got != "hello" {
		t.Errorf("got %q", got)
	}
	conn.Close()
	e, ok := errors.AsType[*rest.Error](<-failed)
	if !ok || e.Status != 400 || !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want a 400 that wraps io.ErrUnexpectedEOF", e)
	}
}

type signed struct {
	Sent []byte `body:"raw"`
	Body struct {
		A int `json:"a"`
	} `body:""`
}

type signedForm struct {
	Sent []byte `body:"raw"`
	A    int    `form:"a"`
}

// The bytes are those of the client, before any codec, and the handler's own.
func TestSentIsEnforced(t *testing.T) {
	var kept [][]byte
	hook := func(_ context.Context, in signed) (string, error) {
		kept = append(kept, in.Sent)
		return string(in.Sent), nil
	}
	form := func(_ context.Context, in signedForm) (string, error) {
		return fmt.Sprintf("%s %d", in.Sent, in.A), nil
	}
	lines := rest.Codec{MediaType: "text/x-lines", ToJSON: func(text []byte) ([]byte, error) {
		return []byte(`{"a":` + strings.TrimPrefix(string(text), "a=") + `}`), nil
	}}
	s := settings()
	s.Codecs, s.MaxBody = []rest.Codec{{MediaType: "application/json"}, lines}, 100
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(hook)}, rest.Controller{Path: "/form", Auth: auth.Public, Post: rest.Handle(form)})
	for _, test := range []struct {
		name, path, contentType, body string
		status                        int
		want                          string
	}{
		{"json", "/x", "application/json", ` {"a": 1} `, 201, `" {\"a\": 1} "`},
		{"another codec", "/x", "text/x-lines", `a=2`, 201, `"a=2"`},
		{"a mistake", "/x", "application/json", `{"a":"x"}`, 400, `{"detail":[{"msg":"Expected an integer","type":"value_error","loc":["parsed_body","a"]}]}`},
		{"too long", "/x", "application/json", strings.Repeat(" ", 101), 413, `{"detail":[{"msg":"The body is larger than 100 bytes","type":"value_error"}]}`},
		{"form", "/form", "application/x-www-form-urlencoded", "a=%31&b=2", 201, `"a=%31&b=2 1"`},
	} {
		if w := send(api, "POST", test.path, test.body, "Content-Type", test.contentType); w.Code != test.status || w.Body.String() != test.want {
			t.Errorf("%s: got %d %s, want %d %s", test.name, w.Code, w.Body, test.status, test.want)
		}
	}
	if want := [][]byte{[]byte(` {"a": 1} `), []byte("a=2")}; !cmp.Equal(kept, want) {
		t.Errorf("after later requests the bytes are %q, want %q", kept, want)
	}
}

// What is documented is the typed body alone.
func TestSentIsDocumented(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(func(context.Context, signed) (rest.None, error) { return rest.None{}, nil })})
	got, err := json.Marshal(api.Document().Paths["/x"].Post.RequestBody)
	want := `{"content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"integer","format":"int64"}},"required":["a"]}}},"required":true}`
	if err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
}

// Beside a typed body or a whole one the request has the bytes again.
func TestRequestBesideABody(t *testing.T) {
	type typed struct {
		Request *http.Request
		Body    map[string]int `body:""`
	}
	type whole struct {
		Request *http.Request
		Body    []byte `body:"text/plain"`
	}
	api := newAPI(t, settings(),
		rest.Controller{Path: "/typed", Auth: auth.Public, Post: rest.Handle(func(_ context.Context, in typed) (string, error) {
			text, err := io.ReadAll(in.Request.Body)
			return string(text), err
		})},
		rest.Controller{Path: "/whole", Auth: auth.Public, Post: rest.Handle(func(_ context.Context, in whole) (string, error) {
			text, err := io.ReadAll(in.Request.Body)
			return string(append(text, in.Body...)), err
		})})
	if w := send(api, "POST", "/typed", `{"a": 1}`); w.Body.String() != `"{\"a\": 1}"` {
		t.Errorf("typed: got %d %s", w.Code, w.Body)
	}
	if w := send(api, "POST", "/whole", "ab", "Content-Type", "text/plain"); w.Body.String() != `"abab"` {
		t.Errorf("whole: got %d %s", w.Code, w.Body)
	}
}

// MaxBody bounds the request's own reader, and a handler that returns the error answers
// 413.
func TestMaxBodyOfTheRequest(t *testing.T) {
	type in struct{ Request *http.Request }
	s := settings()
	s.MaxBody = 10
	read := -1
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Post: rest.Handle(func(_ context.Context, in in) (int, error) {
		text, err := io.ReadAll(in.Request.Body)
		read = len(text)
		return read, err
	})})
	for body, want := range map[string]int{strings.Repeat("x", 10): 201, strings.Repeat("x", 11): 413} {
		if w := send(api, "POST", "/x", body); w.Code != want || read != 10 {
			t.Errorf("%d bytes: got %d, read %d", len(body), w.Code, read)
		}
	}
}

type search struct {
	IDs    []int    `query:"ids" explode:"false" maxItems:"3"`
	Tags   []string `query:"tag"`
	Need   []string `query:"need" minItems:"1" default:"[\"a\"]"`
	Langs  []string `header:"X-Lang" items.minLength:"2" maxItems:"3"`
	Limit  *int     `query:"limit" minimum:"1"`
	Filter struct {
		Name  *string  `json:"name" minLength:"2"`
		Kinds []string `json:"kind,omitzero"`
		Size  int      `json:"size" default:"7"`
		_     struct{} `additionalProperties:"false"`
	} `query:"filter"`
	Sort *struct {
		By   string `json:"by" enum:"name,size"`
		Down bool   `json:"down,omitzero"`
	} `query:"sort"`
}

func find(_ context.Context, in search) (string, error) {
	text, err := json.Marshal(in)
	return string(text), err
}

func TestListsAndObjectsOfParametersAreEnforced(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(find)})
	for _, test := range []struct {
		name, query string
		headers     []string
		want        string
	}{
		{"nothing", "", nil, `{"IDs":null,"Tags":null,"Need":["a"],"Langs":null,"Limit":null,"Filter":{"name":null,"size":7},"Sort":null}`},
		{"lists", "ids=1,2&ids=3&tag=a,b&tag=c&need=x", []string{"de, en-GB", `"a, \"b\""`},
			`{"IDs":[1,2,3],"Tags":["a,b","c"],"Need":["x"],"Langs":["de","en-GB","a, \"b\""],"Limit":null,"Filter":{"name":null,"size":7},"Sort":null}`},
		{"commas of programs that escape them", "ids=1%2C2", nil, `{"IDs":[1,2],"Tags":null,"Need":["a"],"Langs":null,"Limit":null,"Filter":{"name":null,"size":7},"Sort":null}`},
		{"empty lists", "ids=&tag=", []string{" , ,"}, `{"IDs":[],"Tags":[""],"Need":["a"],"Langs":[],"Limit":null,"Filter":{"name":null,"size":7},"Sort":null}`},
		{"objects", "filter[name]=ab&filter%5Bkind%5D=a&filter[kind]=b&filter[size]=1&sort[by]=size&sort[down]=true", nil,
			`{"IDs":null,"Tags":null,"Need":["a"],"Langs":null,"Limit":null,"Filter":{"name":"ab","kind":["a","b"],"size":1},"Sort":{"by":"size","down":true}}`},
		{"mistakes", "ids=1,x&filter[name]=a&filter[other]=1&sort[down]=maybe", []string{"a,b,c,d"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/x?"+test.query, nil)
			r.Header["X-Lang"] = test.headers
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			var got string
			if err := json.Unmarshal(w.Body.Bytes(), &got); test.want != "" && (err != nil || got != test.want) {
				t.Errorf("got %d %s\nwant %s", w.Code, w.Body, test.want)
			}
			if test.want != "" {
				return
			}
			var mistakes struct {
				Detail []struct {
					Msg string
					Loc []any
				}
			}
			if err := json.Unmarshal(w.Body.Bytes(), &mistakes); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, d := range mistakes.Detail {
				lines = append(lines, fmt.Sprint(d.Loc, " ", d.Msg))
			}
			want := []string{
				"[parsed_query ids 1] Expected an integer",
				"[parsed_query filter name] Expected at least 2 characters", "[parsed_query filter other] This member is unknown",
				"[parsed_query sort by] A value is required", "[parsed_query sort down] Expected true or false",
				"[parsed_headers X-Lang 0] Expected at least 2 characters", "[parsed_headers X-Lang 1] Expected at least 2 characters",
				"[parsed_headers X-Lang 2] Expected at least 2 characters", "[parsed_headers X-Lang 3] Expected at least 2 characters",
				"[parsed_headers X-Lang] Expected at most 3 items, got 4",
			}
			if diff := cmp.Diff(want, lines); w.Code != 400 || diff != "" {
				t.Errorf("got %d (-want +got):\n%s", w.Code, diff)
			}
		})
	}
}

func TestListsAndObjectsOfParametersAreDocumented(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(find)})
	var got bytes.Buffer
	for _, parameter := range api.Document().Paths["/x"].Get.Parameters {
		text, err := json.Marshal(parameter)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(text, '\n'))
	}
	want := `{"name":"ids","in":"query","style":"form","explode":false,"schema":{"type":"array","items":{"type":"integer","format":"int64"},"maxItems":3}}
{"name":"tag","in":"query","schema":{"type":"array","items":{"type":"string"}}}
{"name":"need","in":"query","schema":{"type":"array","items":{"type":"string"},"minItems":1,"default":["a"]}}
{"name":"limit","in":"query","schema":{"type":"integer","format":"int64","minimum":1}}
{"name":"filter","in":"query","style":"deepObject","explode":true,"schema":{"type":"object","properties":{"name":{"type":"string","minLength":2},"kind":{"type":"array","items":{"type":"string"}},"size":{"type":"integer","format":"int64","default":7}},"additionalProperties":false}}
{"name":"sort","in":"query","style":"deepObject","explode":true,"schema":{"type":"object","properties":{"by":{"type":"string","enum":["name","size"]},"down":{"type":"boolean"}},"required":["by"]}}
{"name":"X-Lang","in":"header","schema":{"type":"array","items":{"type":"string","minLength":2},"maxItems":3}}
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// An optional parameter is its type alone, and not required: a text cannot be null.
func TestOptionalParametersAreDocumented(t *testing.T) {
	type in struct {
		A *int                  `query:"a"`
		B rest.Optional[string] `header:"X-B"`
		C *string               `cookie:"c"`
		D []*int                `query:"d"`
		E *float64              `query:"e" default:"1.5"`
	}
	type form struct {
		F *bool               `form:"f"`
		G rest.Optional[bool] `form:"g"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public,
		Get:  rest.Handle(func(context.Context, in) (string, error) { return "", nil }),
		Post: rest.Handle(func(context.Context, form) (string, error) { return "", nil }),
	})
	item := api.Document().Paths["/x"]
	got, err := json.Marshal([]any{item.Get.Parameters, item.Post.RequestBody.Content["multipart/form-data"]})
	want := `[[{"name":"a","in":"query","schema":{"type":"integer","format":"int64"}},{"name":"d","in":"query","schema":{"type":"array","items":{"type":"integer","format":"int64"}}},` +
		`{"name":"e","in":"query","schema":{"type":"number","format":"double","default":1.5}},{"name":"X-B","in":"header","schema":{"type":"string"}},{"name":"c","in":"cookie","schema":{"type":"string"}}],` +
		`{"schema":{"type":"object","properties":{"f":{"type":"boolean"},"g":{"type":"boolean"}}}}]`
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// A list that may not be empty is required, in the document and on the wire.
func TestListsThatMayNotBeEmpty(t *testing.T) {
	type in struct {
		IDs []int `query:"ids" minItems:"1"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, in) (string, error) { return "", nil })})
	if !api.Document().Paths["/x"].Get.Parameters[0].Required {
		t.Error("the parameter is not documented as required")
	}
	if w := send(api, "GET", "/x", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "A value is required") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestInvalidUTF8IsRefusedEverywhere sends texts that are not UTF-8 from each source. The
// path of a plain handler is checked as well, because it is documented as a string.
func TestInvalidUTF8IsRefusedEverywhere(t *testing.T) {
	type in struct {
		Path   string   `path:"p"`
		Query  []string `query:"q"`
		Header string   `header:"X-H" default:""`
		Cookie *string  `cookie:"c"`
	}
	type form struct {
		A string `form:"a"`
	}
	api := newAPI(t, settings(),
		rest.Controller{Path: "/in/{p}", Auth: auth.Public, Get: rest.Handle(func(context.Context, in) (string, error) { return "", nil })},
		rest.Controller{Path: "/form", Auth: auth.Public, Post: rest.Handle(func(context.Context, form) (string, error) { return "", nil })},
		rest.Controller{Path: "/plain/{p}", Auth: auth.Public, Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })})
	for _, test := range []struct {
		name, method, target, body string
		header                     []string
		want                       int
	}{
		{"fine", "GET", "/in/%C3%A4?q=%C3%A4", "", []string{"X-H", "ä", "Cookie", "c=ä"}, 200},
		{"path", "GET", "/in/%ff", "", nil, 400},
		{"query", "GET", "/in/a?q=a&q=%ff", "", nil, 400},
		{"header", "GET", "/in/a", "", []string{"X-H", "\xff"}, 400},
		{"cookie", "GET", "/in/a", "", []string{"Cookie", "c=\xff"}, 400},
		{"form", "POST", "/form", "a=%ff", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400},
		{"path of a plain handler", "GET", "/plain/%ff", "", nil, 400},
		{"path of a plain handler, fine", "GET", "/plain/%C3%A4", "", nil, 204},
	} {
		if w := send(api, test.method, test.target, test.body, test.header...); w.Code != test.want {
			t.Errorf("%s: got %d %s, want %d", test.name, w.Code, w.Body, test.want)
		}
	}
}
