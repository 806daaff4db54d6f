package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// lyingHeaders are what a program must not set: a reply with them would be read as
// another one.
var lyingHeaders = http.Header{
	"Content-Length": {"5"}, "Transfer-Encoding": {"chunked"}, "connection": {"close"}, "Trailer": {"X"}, "Upgrade": {"x"}, "Content-Type": {"text/html"}, "X Y": {"1"},
	"X-Fine": {"yes"},
}

type headerLiar struct{}

func (headerLiar) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, &auth.Error{Header: lyingHeaders}
}

func (headerLiar) Declare(string) (auth.Declaration, error) { return basic("a", nil).Declare("GET") }

// TestOutputsCannotSetOwnedHeaders finds at start what a program cannot set, in the
// results of handlers, in declared errors and in the settings.
func TestOutputsCannotSetOwnedHeaders(t *testing.T) {
	type length struct {
		N int `header:"content-length"`
	}
	type encoding struct {
		S string `header:"Transfer-Encoding"`
	}
	type connection struct {
		S string `header:"Connection"`
	}
	type contentType struct {
		S    string `header:"Content-Type"`
		Body []byte `body:""`
	}
	type cookie struct {
		S string `header:"Set-Cookie"`
	}
	type space struct {
		S string `header:"X Y"`
	}
	for name, test := range map[string]struct {
		endpoint *rest.Endpoint
		want     string
	}{
		"Content-Length":    {gives(length{}), "length.N: the header Content-Length cannot be set: it is counted"},
		"Transfer-Encoding": {gives(encoding{}), "encoding.S: the header Transfer-Encoding cannot be set"},
		"Connection":        {gives(connection{}), "connection.S: the header Connection cannot be set"},
		"Content-Type":      {gives(contentType{}), "contentType: field S: the header Content-Type cannot be set: it is that of the codec"},
		"Set-Cookie":        {gives(cookie{}), "cookie.S: a cookie is a field tagged `cookie`"},
		"no token":          {gives(space{}), `space.S: "X Y" cannot be the name of a header`},
		"declared error": {rest.Handle(hello, rest.Op{Errors: []error{&rest.Error{Status: 409, Header: http.Header{"Content-Length": {"1"}}}}}),
			"Errors[0], status 409: the header Content-Length cannot be set"},
	} {
		_, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{Path: "/x", Auth: auth.Public, Get: test.endpoint}}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
	s := settings()
	s.Headers = http.Header{"Connection": {"close"}}
	if _, err := rest.New(s); err == nil || !strings.Contains(err.Error(), "Headers: the header Connection cannot be set") {
		t.Errorf("settings: got %v", err)
	}
}

// gives is an endpoint whose result has a type.
func gives[Out any](out Out, op ...rest.Op) *rest.Endpoint {
	return rest.Handle(func(context.Context, rest.None) (Out, error) { return out, nil }, op...)
}

// TestOwnedHeadersAreLeftOutOfErrors sends errors whose header would break the reply.
func TestOwnedHeadersAreLeftOutOfErrors(t *testing.T) {
	var log bytes.Buffer
	s := settings()
	s.Logger = slog.New(slog.NewTextHandler(&log, nil))
	s.Replies = rest.Unchecked
	fails := func(context.Context, rest.None) (string, error) {
		return "", &rest.Error{Status: 409, Msg: "a conflict", Header: lyingHeaders}
	}
	api := newAPI(t, s,
		rest.Controller{Path: "/error", Auth: auth.Public, Get: rest.Handle(fails)},
		rest.Controller{Path: "/auth", Auth: headerLiar{}, Get: rest.Handle(hello)})
	server := httptest.NewServer(api)
	defer server.Close()
	for path, status := range map[string]int{"/error": 409, "/auth": 401} {
		log.Reset()
		reply, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		var model rest.ErrorModel
		err = json.NewDecoder(reply.Body).Decode(&model)
		_ = reply.Body.Close()
		if err != nil || reply.StatusCode != status || reply.Header.Get("X-Fine") != "yes" || reply.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %d %v %v", path, reply.StatusCode, reply.Header, err)
		}
		if reply.Close || reply.TransferEncoding != nil || len(reply.Trailer) > 0 || reply.Header.Get("Upgrade") != "" {
			t.Errorf("%s: got %v, trailer %v, close %v", path, reply.Header, reply.Trailer, reply.Close)
		}
		if !strings.Contains(log.String(), "the header Content-Length cannot be set") {
			t.Errorf("%s: not logged: %s", path, &log)
		}
	}
}

// TestStatusesWithoutBody sends replies that end after their header.
func TestStatusesWithoutBody(t *testing.T) {
	type reply struct {
		Status int    `status:"200,204,205,304"`
		Tag    string `header:"X-Tag"`
		Body   string `body:"" maxLength:"3"`
	}
	for _, status := range []int{204, 205, 304} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(reply{status, "t", "too long"})})
		w := send(api, "GET", "/x", "")
		if h := w.Header(); w.Code != status || w.Body.Len() > 0 || h.Get("X-Tag") != "t" || h.Get("Content-Type") != "" || h.Get("Content-Length") != "" {
			t.Errorf("%d: got %d %q %v", status, w.Code, w.Body, h)
		}
		for key, response := range repliesOf(api, "GET") {
			if want := key != "204" && key != "205" && key != "304"; want != (response.Content != nil) {
				t.Errorf("%s: documented with the content %v", key, response.Content)
			}
		}
	}
}

// TestLineBreaksInReplyHeaders: a text of a client in a header does not begin another
// header, and the reply is a fault of the program.
func TestLineBreaksInReplyHeaders(t *testing.T) {
	type reply struct {
		One  string   `header:"X-One"`
		Many []string `header:"X-Many"`
	}
	for _, end := range []string{"\r\n", "\n", "\r", "\x00"} {
		for _, value := range []reply{{One: "a" + end + "Set-Cookie: b=1"}, {Many: []string{"a", "b" + end}}} {
			api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(value)})
			if w := send(api, "GET", "/x", ""); w.Code != 500 || w.Header()["Set-Cookie"] != nil {
				t.Errorf("%q: got %d %v", value, w.Code, w.Header())
			}
		}
		teapot := &rest.Error{Status: 418, Header: http.Header{"X-One": {"a" + end + "Set-Cookie: b=1"}}}
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (string, error) {
			return "", teapot
		}, rest.Op{Errors: []error{teapot}})})
		if w := send(api, "GET", "/x", ""); w.Code != 418 || w.Header()["X-One"] != nil {
			t.Errorf("%q in an error: got %d %v", end, w.Code, w.Header())
		}
	}
}

// TestVaryIsKept: what middleware around the API and the levels write to Vary stays; caches
// would mix up replies without it.
func TestVaryIsKept(t *testing.T) {
	s := settings()
	s.Headers = http.Header{"Vary": {"X-Level"}}
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(hello)},
		rest.Controller{Path: "/http", Auth: auth.Public, Get: rest.HandleHTTP(func(http.ResponseWriter, *http.Request) { panic("boom") })})
	for path, want := range map[string]string{
		"/x": "Origin, X-Level", "/http": "Origin, X-Level, Accept-Language", "/nowhere": "Origin, X-Level, Accept-Language",
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Vary", "Origin")
		api.ServeHTTP(w, httptest.NewRequest("GET", path, http.NoBody))
		if got := strings.Join(w.Header()["Vary"], ", "); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// TestLanguageOfReplies: only a reply whose text is translated depends on the language of the
// client. Caches can share the others.
func TestLanguageOfReplies(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(hello)},
		rest.Controller{Path: "/protected", Auth: basic("alice", map[string]string{"alice": "a"}), Get: rest.Handle(hello)},
		rest.Controller{Path: "/invalid", Auth: auth.Public, Post: rest.Handle(func(context.Context, struct {
			Body struct{ N int } `body:""`
		}) (string, error) {
			return "", nil
		})},
		rest.Controller{Path: "/stream", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (rest.Stream[int], error) {
			return func(func(int, error) bool) {}, nil // an error could end it
		})})
	for _, test := range []struct {
		method, path, language, vary string
		status                       int
	}{
		{"GET", "/x", "", "", 200},
		{"GET", "/protected", "de", "Accept-Language", 401},
		{"POST", "/invalid", "de", "Accept-Language", 400},
		{"POST", "/x", "de", "Accept-Language", 405},
		{"GET", "/nowhere", "de", "Accept-Language", 404},
		{"GET", "/stream", "de", "Accept-Language", 200},
	} {
		w := send(api, test.method, test.path, "", "Accept-Language", "de, en;q=0.5")
		vary, _, _ := strings.Cut(w.Header().Get("Vary"), ", ")
		if w.Code != test.status || w.Header().Get("Content-Language") != test.language || vary != test.vary {
			t.Errorf("%s %s: got %d %v, want %d in %q, Vary: %q", test.method, test.path, w.Code, w.Header(), test.status, test.language, test.vary)
		}
	}
}

// TestUntranslatedReply: a reply that a codec cannot write has nothing of the success.
func TestUntranslatedReply(t *testing.T) {
	type output struct {
		ETag    string       `header:"ETag"`
		Session *http.Cookie `cookie:"session"`
		Body    string       `body:""`
	}
	s := settings()
	s.Codecs = []rest.Codec{{MediaType: "application/x-broken", FromJSON: func([]byte) ([]byte, error) { return nil, errors.New("broken") }}}
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (output, error) {
		return output{`"v1"`, &http.Cookie{Name: "session", Value: "secret"}, "text"}, nil
	})})
	w := send(api, "GET", "/x", "")
	if h := w.Header(); w.Code != 500 || h.Get("Set-Cookie") != "" || h.Get("ETag") != "" || h.Get("X-Frame-Options") == "" {
		t.Errorf("got %d %v", w.Code, h)
	}
}

// TestCauseIsLogged: the cause of a 5xx that a handler returns is logged and not shown; an
// error of the client is not logged, and a status without a name has a text.
func TestCauseIsLogged(t *testing.T) {
	for _, test := range []struct {
		status int
		logged bool
	}{{500, true}, {503, true}, {409, false}, {499, false}} {
		var log strings.Builder
		s := settings()
		s.Logger = slog.New(slog.NewTextHandler(&log, nil))
		failed := &rest.Error{Status: test.status, Err: errors.New("the cause")}
		api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Errors: []error{failed},
			Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "", failed })})
		w := send(api, "GET", "/x", "")
		if w.Code != test.status || strings.Contains(log.String(), "the cause") != test.logged || strings.Contains(w.Body.String(), "the cause") || strings.Contains(w.Body.String(), `"msg":""`) {
			t.Errorf("%d: got %d %s and the log %q", test.status, w.Code, w.Body, log.String())
		}
	}
}

// TestVaryOfErrorsIsJoined: what an error adds to Vary does not replace what every
// reply of the operation says.
func TestVaryOfErrorsIsJoined(t *testing.T) {
	fails := func(context.Context, rest.None) (string, error) {
		return "", &rest.Error{Status: 409, Header: http.Header{"Vary": {"X-Kind"}}}
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: basic("alice", map[string]string{"alice": "a"}),
		Get: rest.Handle(fails, rest.Op{Errors: []error{&rest.Error{Status: 409}}})})
	r := httptest.NewRequest("GET", "/x", nil)
	r.SetBasicAuth("alice", "a")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	got := strings.Join(w.Header()["Vary"], ", ")
	for _, want := range []string{"Accept-Language", "X-Kind"} {
		if w.Code != 409 || !strings.Contains(got, want) {
			t.Errorf("got %d %q, want %s", w.Code, got, want)
		}
	}
}

// TestFaultsKeepNothingOfTheReply: a result whose header cannot be written leaves no
// cookie and no header in the 500.
func TestFaultsKeepNothingOfTheReply(t *testing.T) {
	type reply struct {
		Fine   string         `header:"X-Fine"`
		Broken string         `header:"X-Broken"`
		Login  *http.Cookie   `cookie:"login"`
		Others []*http.Cookie `cookie:""`
	}
	login := &http.Cookie{Name: "login", Value: "secret"}
	for name, value := range map[string]reply{
		"header": {Fine: "yes", Broken: "a\nb", Login: login}, "cookie": {Fine: "yes", Login: login, Others: []*http.Cookie{{Name: "a b"}}},
	} {
		s := settings()
		s.Replies = rest.Unchecked
		api := newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(value)})
		w := send(api, "GET", "/x", "")
		if h := w.Header(); w.Code != 500 || h["Set-Cookie"] != nil || h["X-Fine"] != nil {
			t.Errorf("%s: got %d %v", name, w.Code, h)
		}
	}
}

type momentReply struct {
	Changed time.Time     `header:"Last-Modified"`
	Day     time.Time     `header:"X-Day" format:"date"`
	Took    time.Duration `header:"X-Took" format:"duration"`
	Body    time.Time     `body:"" format:"date"`
}

// TestMomentsInReplies writes dates and durations in headers and as a body.
func TestMomentsInReplies(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	endpoint := gives(momentReply{at, at, 90 * time.Second, at})
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: endpoint})
	w := send(api, "GET", "/x", "")
	h := w.Header()
	got := []string{h.Get("Last-Modified"), h.Get("X-Day"), h.Get("X-Took"), w.Body.String()}
	if diff := cmp.Diff([]string{"Tue, 03 Feb 2026 04:05:06 GMT", "2026-02-03", "PT1M30S", `"2026-02-03"`}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	response := api.Document().Paths["/x"].Get.Responses["200"]
	documented := []string{response.Headers["X-Day"].Schema.Format, response.Headers["X-Took"].Schema.Format, response.Content["application/json"].Schema.Format}
	if diff := cmp.Diff([]string{"date", "duration", "date"}, documented); diff != "" {
		t.Errorf("documented (-want +got):\n%s", diff)
	}
	for name, value := range map[string]momentReply{"header": {Took: -1}, "date": {Day: at.AddDate(9000, 0, 0)}, "body": {Body: at.AddDate(9000, 0, 0)}} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(value)})
		if w := send(api, "GET", "/x", ""); w.Code != 500 {
			t.Errorf("%s: got %d %s %v, want 500", name, w.Code, w.Body, w.Header())
		}
	}
}

// TestBodiesOfRepliesAreConstrained: the tags of a result's body are checked and
// documented.
func TestBodiesOfRepliesAreConstrained(t *testing.T) {
	type reply struct {
		Body []string `body:"" maxItems:"1" items.minLength:"2"`
	}
	for want, body := range map[int][]string{200: {"ab"}, 422: {"ab", "c"}} {
		api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(reply{body})})
		w := send(api, "GET", "/x", "")
		if w.Code != want || want == 422 && (!strings.Contains(w.Body.String(), "at most 1 item") || !strings.Contains(w.Body.String(), "at least 2 characters")) {
			t.Errorf("%q: got %d %s, want %d", body, w.Code, w.Body, want)
		}
		if s := api.Document().Paths["/x"].Get.Responses["200"].Content["application/json"].Schema; s.MaxItems == nil || s.Items.MinLength == nil {
			t.Errorf("documented %+v", s)
		}
	}
}
