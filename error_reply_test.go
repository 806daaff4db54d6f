package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// maxErrorReply is the promise: no request is answered with a longer error.
const maxErrorReply = 16 << 10

type (
	greedyMap struct {
		Body map[string][]string `body:""`
	}
	greedyList struct {
		Body []strictItem `body:""`
	}
	strictItem struct {
		_    struct{} `additionalProperties:"false"`
		Name string   `json:"name" maxLength:"3" pattern:"^[a-z]+$"`
		Kind string   `json:"kind" enum:"alpha,beta,gamma,delta,epsilon,zeta,eta,theta,iota,kappa,lambda,mu,nu,xi,omicron,pi,rho,sigma,tau,upsilon,phi,chi,psi,omega"`
	}
	greedyTree struct {
		Body map[string]map[string]map[string]map[string]map[string]int `body:""`
	}
	greedyForm struct {
		Count int      `form:"count" maximum:"3"`
		Names []string `form:"names" maxItems:"2" items.enum:"alpha,beta,gamma"`
	}
	greedyFile struct {
		File  rest.File `form:"file"`
		Names []string  `form:"names" items.enum:"alpha,beta,gamma"`
	}
	greedyParameters struct {
		ID     int      `path:"id"`
		Count  int      `query:"count" maximum:"3"`
		Names  []string `query:"names" items.enum:"alpha,beta,gamma"`
		Header int      `header:"X-Count"`
		Cookie int      `cookie:"count"`
	}
)

func takes[In any]() *rest.Endpoint {
	return rest.Handle(func(context.Context, In) (string, error) { return "ok", nil })
}

// swelling writes five bytes for each of the JSON.
var swelling = rest.Codec{
	MediaType: "text/plain",
	FromJSON:  func(text []byte) ([]byte, error) { return bytes.Repeat(text, 5), nil },
	ToJSON:    func(text []byte) ([]byte, error) { return text, nil },
}

func greedyAPI(t *testing.T, format rest.ErrorFormat, codecs ...rest.Codec) http.Handler {
	long := strings.Repeat("<ü>", 20_000)
	s := settings()
	s.ErrorFormat, s.Codecs = format, codecs
	fails := func(err error) *rest.Endpoint {
		return rest.Handle(func(context.Context, rest.None) (string, error) { return "", err }, rest.Op{Errors: []error{&rest.Error{Status: 409}}})
	}
	var details []rest.Detail
	for range 5000 {
		details = append(details, rest.Detail{Msg: "<one of many>", Code: "t", Loc: []any{long, 1}})
	}
	reply := func(context.Context, rest.None) (map[string]strictItem, error) {
		return map[string]strictItem{long: {Name: long}, "b": {Kind: long}}, nil
	}
	api, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/map", Post: takes[greedyMap]()},
		{Path: "/list", Post: takes[greedyList]()},
		{Path: "/tree", Post: takes[greedyTree]()},
		{Path: "/form", Post: takes[greedyForm]()},
		{Path: "/file", Post: takes[greedyFile]()},
		{Path: "/items/{id}", Get: takes[greedyParameters]()},
		{Path: "/message", Get: fails(&rest.Error{Status: 409, Msg: long, Code: long, Loc: []any{long, long}})},
		{Path: "/steps", Get: fails(&rest.Error{Status: 409, Msg: "m", Loc: make([]any, 100_000)})},
		{Path: "/details", Get: fails(&rest.Error{Status: 409, Details: details})},
		{Path: "/fault", Get: fails(errors.New(long))},
		{Path: "/reply", Get: rest.Handle(reply)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

type greedyRequest struct{ name, method, target, contentType, body string }

func greedyRequests() []greedyRequest {
	const million = 1_000_000
	part := "--x\r\nContent-Disposition: form-data; name=\"names\"\r\n\r\n%s\r\n"
	var parts strings.Builder
	for range 500 {
		fmt.Fprintf(&parts, part, strings.Repeat("<", 100))
	}
	parts.WriteString("--x--\r\n")
	tree := "1"
	for range 5 {
		tree = `{"` + strings.Repeat(`\u0001`, 30_000) + `":` + tree + "}"
	}
	inner := `{"` + strings.Repeat("é", 100_000) + `":[` + strings.Repeat("1,", 99) + `1]}`
	query := "?count=" + strings.Repeat("9", 100_000) + "x" + strings.Repeat("&names=%3Cdelta", 20_000)
	return []greedyRequest{
		{"a long key over many mistakes", "POST", "/map", "", `{"` + strings.Repeat("a", 900_000) + `":[` + strings.Repeat("1,", 999) + `1]}`},
		{"a key that grows when it is escaped", "POST", "/map", "", `{"` + strings.Repeat("<", 900_000) + `":[` + strings.Repeat("1,", 999) + `1]}`},
		{"many keys", "POST", "/map", "", `{` + manyKeys(20_000) + `}`},
		{"long keys inside long keys", "POST", "/tree", "", strings.Replace(tree, "1}", `"x"}`, 1)},
		{"a list with mistakes alone", "POST", "/list", "", `[` + strings.Repeat("1,", million/2) + `1]`},
		{"items with an enum", "POST", "/list", "", `[` + strings.Repeat(`{"name":"ABCD","kind":"x"},`, 20_000) + `{}]`},
		{"unknown members", "POST", "/list", "", `[{` + manyKeys(20_000) + `}]`},
		{"a long unknown member", "POST", "/list", "", `[` + inner + `]`},
		{"broken JSON", "POST", "/list", "", `["` + strings.Repeat("x", million)},
		{"a form", "POST", "/form", "application/x-www-form-urlencoded", "count=" + strings.Repeat("<", 100_000) + strings.Repeat("&names=<", 50_000)},
		{"a multipart form", "POST", "/file", "multipart/form-data; boundary=x", parts.String()},
		{"parameters", "GET", "/items/" + strings.Repeat("a", 100_000) + query, "", ""},
		{"a path", "GET", "/nowhere/" + strings.Repeat("%3C", 100_000), "", ""},
		{"a method", strings.Repeat("M", 100_000), "/map", "", ""},
		{"a content type", "POST", "/map", "x/" + strings.Repeat("<", 100_000), "{}"},
		{"a long message of the handler", "GET", "/message", "", ""},
		{"a long location of the handler", "GET", "/steps", "", ""},
		{"many details of the handler", "GET", "/details", "", ""},
		{"a fault", "GET", "/fault", "", ""},
		{"a reply that breaks its schema", "GET", "/reply", "", ""},
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%s%d":[1],`, strings.Repeat("k", 20), i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// TestErrorRepliesAreBounded is the promise that an error reply has a constant size,
// whatever the request, in every format.
func TestErrorRepliesAreBounded(t *testing.T) {
	json := rest.Codec{MediaType: "application/json"}
	problem := rest.Codec{MediaType: "application/problem+json", ReplyOnly: true}
	for name, api := range map[string]http.Handler{
		"details": greedyAPI(t, rest.Details), "problem": greedyAPI(t, rest.Problem),
		"negotiated": greedyAPI(t, rest.Problem, json, problem), "codec": greedyAPI(t, rest.Details, json, swelling),
	} {
		for _, request := range greedyRequests() {
			for _, accept := range []string{"", "application/problem+json", "text/plain", strings.Repeat("x/<,", 10_000)} {
				r := httptest.NewRequest("POST", request.target, strings.NewReader(request.body))
				r.Method = request.method
				r.Header = http.Header{"Content-Type": {request.contentType}, "Cookie": {"count=" + strings.Repeat("<", 50_000)}, "X-Count": {strings.Repeat("<", 50_000)}}
				if request.contentType == "" {
					r.Header.Set("Content-Type", "application/json")
				}
				if accept != "" {
					r.Header.Set("Accept", accept)
				}
				w := httptest.NewRecorder()
				api.ServeHTTP(w, r)
				if w.Code < 400 || w.Body.Len() == 0 || w.Body.Len() > maxErrorReply || !utf8.Valid(w.Body.Bytes()) {
					t.Errorf("%s, %s, Accept %.20q: got %d with %d bytes: %.200s", name, request.name, accept, w.Code, w.Body.Len(), w.Body)
				}
			}
		}
	}
}

// TestErrorRepliesSayThatTheyAreCut reads the last mistake of replies that do not
// list all of them, and finds none of that in replies that do.
func TestErrorRepliesSayThatTheyAreCut(t *testing.T) {
	api := greedyAPI(t, rest.Details)
	read := func(body string) []rest.ErrorDetail {
		t.Helper()
		w := send(api, "POST", "/list", body, "Accept-Language", "de")
		var model rest.ErrorModel
		if err := json.Unmarshal(w.Body.Bytes(), &model); err != nil || w.Code != 400 {
			t.Fatalf("got %d %s %v", w.Code, w.Body, err)
		}
		return model.Detail
	}
	const more = "Es gibt weitere Fehler, die hier nicht aufgeführt sind"
	for name, body := range map[string]string{
		"more than 100": `[` + strings.Repeat("1,", 100) + `1]`, "more than fit": `[` + strings.Repeat(`{"name":"ABCD","kind":"x"},`, 49) + `{"name":"ABCD","kind":"x"}]`,
	} {
		got := read(body)
		if last := got[len(got)-1]; last.Msg != more || last.Type != "value_error" || last.Loc != nil || got[len(got)-2].Msg == more {
			t.Errorf("%s: got %d mistakes, the last is %+v", name, len(got), last)
		}
	}
	if got := read(`[` + strings.Repeat("1,", 99) + `1]`); len(got) != 100 || got[99].Msg == more {
		t.Errorf("100 mistakes: got %d, the last is %+v", len(got), got[len(got)-1])
	}
}

// TestClientTextIsCut looks for a client's text of 65 bytes and more in error replies.
func TestClientTextIsCut(t *testing.T) {
	long := strings.Repeat("x", 63) + "é" + strings.Repeat("x", 100) // a cut after 64 bytes would split the é
	want := strings.Repeat("x", 63) + "…"
	api := greedyAPI(t, rest.Details)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"map key":        send(api, "POST", "/map", `{"`+long+`":1}`),
		"unknown member": send(api, "POST", "/list", `[{"`+long+`":1,"name":"a","kind":"pi"}]`),
		"content type":   send(api, "POST", "/map", `{}`, "Content-Type", long),
		"accept":         send(api, "POST", "/map", `{}`, "Accept", long),
	} {
		if body := w.Body.String(); strings.Contains(body, want+"x") || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %s", name, w.Code, body)
		}
	}
	r := httptest.NewRequest("GET", "/map", http.NoBody)
	r.Method = strings.Repeat("M", 200)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "'"+strings.Repeat("M", 64)+"…'") {
		t.Errorf("method: got %s", w.Body)
	}
	short := strings.Repeat("y", 64)
	if w := send(api, "POST", "/map", `{"`+short+`":1}`); !strings.Contains(w.Body.String(), `"`+short+`"`) {
		t.Errorf("64 bytes are cut: %s", w.Body)
	}
}

// TestMistakesPastTheCapCostLittle counts what a body full of mistakes allocates.
func TestMistakesPastTheCapCostLittle(t *testing.T) {
	api := greedyAPI(t, rest.Details)
	body := `[` + strings.Repeat(`{"name":"ABCD","kind":"x"},`, 30_000) + `{}]`
	got := testing.AllocsPerRun(3, func() {
		r := httptest.NewRequest("POST", "/list", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		api.ServeHTTP(&discard{}, r)
	})
	if t.Log(got); got > 5*30_000 {
		t.Errorf("got %v allocations for 30000 wrong items", got)
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header {
	if d.header == nil {
		d.header = http.Header{}
	}
	return d.header
}
func (*discard) WriteHeader(int)             {}
func (*discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }
