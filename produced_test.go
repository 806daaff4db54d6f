package rest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// file is a reader that knows whether it was closed.
type file struct {
	io.ReadSeeker
	closed   int
	closeErr error
}

func (f *file) Close() error { f.closed++; return f.closeErr }

func fileOf(text string) *file { return &file{ReadSeeker: strings.NewReader(text)} }

// failingAt reads until an offset.
type failingAt struct {
	*strings.Reader
	at  int
	err func() error
}

func (f *failingAt) Read(p []byte) (int, error) {
	read := int(f.Size()) - f.Len()
	if read >= f.at {
		return 0, f.err()
	}
	return f.Reader.Read(p[:min(len(p), f.at-read)])
}

var errDisk = errors.New("the disk is broken")

func diskBreaks() error { return errDisk }

type report struct {
	Pages int       `header:"X-Pages"`
	Body  io.Reader `body:"application/pdf"`
}

type sheet struct {
	Body func(io.Writer) error `body:"text/csv"`
}

type download struct {
	ETag string       `header:"ETag"`
	Body rest.Content `body:"application/octet-stream"`
}

// logged returns settings whose log is written to a buffer.
func logged() (rest.Settings, *bytes.Buffer) {
	var log bytes.Buffer
	s := settings()
	s.Logger = slog.New(slog.NewTextHandler(&log, nil))
	return s, &log
}

// TestProducedBodies: an error before the first byte is an ordinary reply, a later one
// aborts the connection, and readers are closed in any case.
func TestProducedBodies(t *testing.T) {
	conflict := &rest.Error{Status: 409, Msg: "A conflict"}
	long := strings.Repeat("0123456789", 10000)
	writes := func(f func(io.Writer) error) func(*file) *rest.Endpoint {
		return func(*file) *rest.Endpoint { return gives(sheet{f}, rest.Op{Errors: []error{conflict}}) }
	}
	reads := func(op ...rest.Op) func(*file) *rest.Endpoint {
		return func(f *file) *rest.Endpoint { return gives(report{3, f}, op...) }
	}
	content := func(f *file) *rest.Endpoint { return gives(download{Body: rest.Content{Reader: f}}) }
	for _, test := range []struct {
		name     string
		file     *file
		endpoint func(*file) *rest.Endpoint
		status   int
		body     string
		aborted  bool
		log      string
	}{
		{"a reader", fileOf(long), reads(), 200, long, false, ""},
		{"an empty reader", fileOf(""), reads(), 200, "", false, ""},
		{"a reader that fails first", &file{ReadSeeker: &failingAt{strings.NewReader("hello"), 0, diskBreaks}}, reads(), 500, "", false, "disk is broken"},
		{"a reader that fails later", &file{ReadSeeker: &failingAt{strings.NewReader(long), 50000, diskBreaks}}, reads(), 200, long[:50000], true, "disk is broken"},
		{"a reader that panics first", &file{ReadSeeker: &failingAt{strings.NewReader("hello"), 0, func() error { panic("oh no") }}}, reads(), 500, "", false, "oh no"},
		{"a reader that panics later", &file{ReadSeeker: &failingAt{strings.NewReader(long), 50000, func() error { panic("oh no") }}}, reads(), 200, long[:50000], true, "oh no"},
		{"a reader that does not close", &file{ReadSeeker: strings.NewReader("hello"), closeErr: errDisk}, reads(), 0, "", true, "disk is broken"},
		{"a reader of a failing handler", fileOf("hello"), func(f *file) *rest.Endpoint {
			return rest.Handle(func(context.Context, rest.None) (report, error) { return report{Body: f}, conflict }, rest.Op{Errors: []error{conflict}})
		}, 409, "", false, ""},
		{"no reader", fileOf(""), func(f *file) *rest.Endpoint { f.closed++; return gives(report{}) }, 500, "", false, "nil io.Reader"},
		{"a function", nil, writes(func(w io.Writer) error { _, err := io.WriteString(w, "a,b\n"); return err }), 200, "a,b\n", false, ""},
		{"a function that copies", nil, writes(func(w io.Writer) error { _, err := io.Copy(w, strings.NewReader(long)); return err }), 200, long, false, ""},
		{"a function that writes nothing", nil, writes(func(io.Writer) error { return nil }), 200, "", false, ""},
		{"a function that fails first", nil, writes(func(io.Writer) error { return conflict }), 409, "", false, ""},
		{"a function that fails later", nil, writes(func(w io.Writer) error { _, _ = io.WriteString(w, "a,b\n"); return errDisk }), 0, "", true, "disk is broken"},
		{"a function that panics first", nil, writes(func(io.Writer) error { panic("oh no") }), 500, "", false, "oh no"},
		{"no function", nil, writes(nil), 500, "", false, "nil function"},
		{"content", fileOf(long), content, 200, long, false, ""},
		{"empty content", fileOf(""), content, 200, "", false, ""},
		{"content that fails first", &file{ReadSeeker: &failingAt{strings.NewReader("hello"), 0, diskBreaks}}, content, 500, "", false, "disk is broken"},
		{"content that fails later", &file{ReadSeeker: &failingAt{strings.NewReader(long), 50000, diskBreaks}}, content, 200, long[:50000], true, "disk is broken"},
		{"content that shrinks", &file{ReadSeeker: &failingAt{strings.NewReader(long), 50000, func() error { return io.EOF }}}, content, 200, long[:50000], true, "ended after 50000 of 100000 bytes"},
		{"content that cannot seek", &file{ReadSeeker: unseekable{}}, content, 500, "", false, "cannot seek"},
		{"no content", fileOf(""), func(f *file) *rest.Endpoint { f.closed++; return gives(download{}) }, 500, "", false, "without a Reader"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, log := logged()
			var endpoint *rest.Endpoint
			if test.endpoint != nil {
				endpoint = test.endpoint(test.file)
			}
			server := httptest.NewServer(newAPI(t, s, public(endpoint)))
			status, header, body, err := fetch(server.URL + "/x")
			server.Close()
			if status != test.status || (err != nil) != test.aborted || status == 200 && body != test.body {
				t.Errorf("got %d and %d bytes, %v; want %d and %d bytes, aborted %v", status, len(body), err, test.status, len(test.body), test.aborted)
			}
			if status >= 400 && (header.Get("Content-Type") != "application/json" || header.Get("X-Pages") != "" || header.Get("Accept-Ranges") != "") {
				t.Errorf("an error with %v", header)
			}
			if test.file != nil && test.file.closed != 1 {
				t.Errorf("closed %d times", test.file.closed)
			}
			if !strings.Contains(log.String(), test.log) || test.log == "" && log.Len() > 0 || strings.Count(log.String(), "level=ERROR") > 1 {
				t.Errorf("logged %s, want %q", log, test.log)
			}
		})
	}
}

// fetch reads a reply. The status is zero if the connection ended before the header, which
// the server sends with the first few kilobytes.
func fetch(url string) (status int, header http.Header, body string, err error) {
	r, err := http.Get(url)
	if err != nil {
		return 0, nil, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, r.Header, string(text), err
}

type unseekable struct{ io.Reader }

func (unseekable) Seek(int64, int) (int64, error) { return 0, errors.New("a pipe") }

// TestProducedBodiesAreSentAsDeclared: a result that breaks its declaration is refused before
// its body begins.
func TestProducedBodiesAreSentAsDeclared(t *testing.T) {
	type reply struct {
		Status int       `status:"200,201,204"`
		Type   string    `header:"Content-Type"`
		Count  int       `header:"X-Count" maximum:"3"`
		Body   io.Reader `body:"image/*,text/csv"`
	}
	for _, test := range []struct {
		name  string
		value reply
		want  int
		media string
		body  string
	}{
		{"fine", reply{Status: 201, Type: "text/csv"}, 201, "text/csv", "hello"},
		{"without a body", reply{Status: 204}, 204, "", ""},
		{"no type for a range", reply{}, 422, "application/json", ""},
		{"another type", reply{Type: "text/html"}, 422, "application/json", ""},
		{"another status", reply{Status: 203, Type: "text/csv"}, 422, "application/json", ""},
		{"a wrong header", reply{Type: "text/csv", Count: 4}, 422, "application/json", ""},
		{"a line break in a header", reply{Type: "image/png\nX: y"}, 422, "application/json", ""},
	} {
		f := fileOf("hello")
		test.value.Body = f
		w := send(newAPI(t, settings(), public(gives(test.value))), "GET", "/x", "")
		if w.Code != test.want || w.Header().Get("Content-Type") != test.media || test.want < 300 && w.Body.String() != test.body || f.closed != 1 {
			t.Errorf("%s: got %d %s %v, closed %d times", test.name, w.Code, w.Body, w.Header(), f.closed)
		}
	}
}

// TestHeadOfProducedBodies: HEAD runs the handler, writes no body and closes the reader.
func TestHeadOfProducedBodies(t *testing.T) {
	f, c := fileOf("hello"), fileOf("hello")
	wrote := false
	for name, test := range map[string]struct {
		endpoint *rest.Endpoint
		file     *file
		length   string
	}{
		"reader":   {gives(report{3, f}), f, ""},
		"content":  {gives(download{Body: rest.Content{Reader: c}}), c, "5"},
		"function": {gives(sheet{func(io.Writer) error { wrote = true; return nil }}), nil, ""},
	} {
		w := send(newAPI(t, settings(), public(test.endpoint)), "HEAD", "/x", "")
		if w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("Content-Length") != test.length || test.file != nil && test.file.closed != 1 {
			t.Errorf("%s: got %d %q %v", name, w.Code, w.Body, w.Header())
		}
	}
	if wrote {
		t.Error("the function was called")
	}
}

// TestAroundCoversProducedBodies: next returns when the body is sent, with its error. A
// failure afterwards aborts the reply.
func TestAroundCoversProducedBodies(t *testing.T) {
	errCommit := errors.New("the transaction does not commit")
	for _, test := range []struct {
		name    string
		write   func(io.Writer) error
		commit  error
		want    error
		aborted bool
	}{
		{"sent", func(w io.Writer) error { _, err := io.WriteString(w, "a"); return err }, nil, nil, false},
		{"failed", func(w io.Writer) error { _, _ = io.WriteString(w, "a"); return errDisk }, nil, errDisk, true},
		{"sent, but not committed", func(w io.Writer) error { _, err := io.WriteString(w, "a"); return err }, errCommit, nil, true},
	} {
		var events []string
		var seen error
		op := rest.Op{Around: func(ctx context.Context, next func(context.Context) error) error {
			events = append(events, "begin")
			seen = next(ctx)
			events = append(events, "end")
			return errors.Join(seen, test.commit)
		}}
		server := httptest.NewServer(newAPI(t, settings(), public(gives(sheet{func(w io.Writer) error {
			events = append(events, "write")
			return test.write(w)
		}}, op))))
		_, _, _, err := fetch(server.URL + "/x")
		server.Close()
		if (err != nil) != test.aborted || !errors.Is(seen, test.want) || !slices.Equal(events, []string{"begin", "write", "end"}) {
			t.Errorf("%s: got %v, next returned %v, %v", test.name, err, seen, events)
		}
	}
}

// TestClientsThatLeaveAreNotLogged: a client that reads half a file is no fault.
func TestClientsThatLeaveAreNotLogged(t *testing.T) {
	s, log := logged()
	returned := make(chan error, 1)
	api := newAPI(t, s, public(gives(sheet{func(w io.Writer) error {
		for {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				returned <- err
				return nil // a careless function
			}
		}
	}})))
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		api.ServeHTTP(w, r)
	}))
	defer server.Close()
	r, err := http.Get(server.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if err := <-returned; err == nil {
		t.Error("the write did not fail")
	}
	<-done
	if log.Len() > 0 {
		t.Errorf("logged %s", log)
	}
}

// TestProducedAgain: an Around may call next again after a reply that broke its declaration.
func TestProducedAgain(t *testing.T) {
	type output struct {
		Count int       `header:"X-Count" minimum:"2"`
		Body  io.Reader `body:"text/plain"`
	}
	count := 0
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public,
		Around: func(ctx context.Context, next func(context.Context) error) error {
			if next(ctx) == nil {
				return errors.New("the first reply kept its declaration")
			}
			return next(ctx)
		},
		Get: rest.Handle(func(context.Context, rest.None) (output, error) {
			count++
			return output{count, strings.NewReader("text")}, nil
		})})
	if w := send(api, "GET", "/x", ""); w.Code != 200 || w.Body.String() != "text" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// TestWriterKept: a writer that a function kept reads nothing after the reply, because
// another request has its memory.
func TestWriterKept(t *testing.T) {
	type output struct {
		Body func(io.Writer) error `body:"text/plain"`
	}
	var kept io.Writer
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: gives(output{func(w io.Writer) error { kept = w; return nil }})})
	send(api, "GET", "/x", "")
	rest := strings.NewReader("late")
	if n, err := kept.(io.ReaderFrom).ReadFrom(rest); n != 0 || err == nil || rest.Len() != 4 {
		t.Errorf("got %d, %v and read %d bytes", n, err, 4-rest.Len())
	}
}

// TestContent: ranges and conditional requests are answered as net/http does, but for the
// format of errors.
func TestContent(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const date, later, earlier = "Fri, 02 Jan 2026 03:04:05 GMT", "Sat, 03 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 GMT"
	for _, test := range []struct {
		name   string
		method string
		header []string
		want   int
		body   string
		ranges string
	}{
		{"whole", "GET", nil, 200, "0123456789", ""},
		{"a range", "GET", []string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{"the rest", "GET", []string{"Range", "bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{"the end", "GET", []string{"Range", "bytes=-2"}, 206, "89", "bytes 8-9/10"},
		{"no such range", "GET", []string{"Range", "bytes=10-"}, 416, "", "bytes */10"},
		{"the last 0 bytes", "GET", []string{"Range", "bytes=-0"}, 416, "", "bytes */10"},
		{"malformed", "GET", []string{"Range", "bytes=4-2"}, 416, "", "bytes */10"},
		{"another unit", "GET", []string{"Range", "lines=1-2"}, 200, "0123456789", ""},
		{"too many ranges", "GET", []string{"Range", "bytes=0-0" + strings.Repeat(",1-1", 32)}, 200, "0123456789", ""},
		{"too many ranges of the same", "GET", []string{"Range", "bytes=0-0" + strings.Repeat(",1-1", 32), "If-None-Match", `"v1"`}, 304, "", ""},
		{"a range of the same", "GET", []string{"Range", "bytes=2-4", "If-Range", `"v1"`}, 206, "234", "bytes 2-4/10"},
		{"a range of another", "GET", []string{"Range", "bytes=2-4", "If-Range", `"v0"`}, 200, "0123456789", ""},
		{"the same", "GET", []string{"If-None-Match", `W/"v1"`}, 304, "", ""},
		{"not modified", "GET", []string{"If-Modified-Since", later}, 304, "", ""},
		{"modified", "GET", []string{"If-Modified-Since", earlier}, 200, "0123456789", ""},
		{"another precondition", "GET", []string{"If-Match", `"v0"`}, 412, "", ""},
		{"changed meanwhile", "GET", []string{"If-Unmodified-Since", earlier}, 412, "", ""},
		{"HEAD", "HEAD", nil, 200, "", ""},
		{"HEAD has no ranges", "HEAD", []string{"Range", "bytes=2-4"}, 200, "", ""},
		{"HEAD of the same", "HEAD", []string{"If-None-Match", `"v1"`}, 304, "", ""},
		{"POST has no ranges", "POST", []string{"Range", "bytes=2-4", "If-None-Match", `"v1"`}, 201, "0123456789", ""},
	} {
		f := fileOf("0123456789")
		endpoint := gives(download{`"v1"`, rest.Content{Reader: f, Modified: at, Filename: "Übersicht.bin"}})
		w := send(newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: endpoint, Post: endpoint}), test.method, "/x", "", test.header...)
		h := w.Header()
		if w.Code != test.want || test.want < 400 && w.Body.String() != test.body || h.Get("Content-Range") != test.ranges || f.closed != 1 {
			t.Errorf("%s: got %d %s %v, want %d", test.name, w.Code, w.Body, h, test.want)
		}
		switch {
		case w.Code >= 400:
			if h.Get("Content-Type") != "application/json" || !strings.HasPrefix(w.Body.String(), `{"detail":[{"msg":`) || h.Get("ETag") != "" || h.Get("Content-Disposition") != "" {
				t.Errorf("%s: got %s %v", test.name, w.Body, h)
			}
		case w.Code == 304:
			if h.Get("ETag") != `"v1"` || h.Get("Content-Type") != "" || h.Get("Content-Length") != "" || h.Get("Content-Disposition") != "" {
				t.Errorf("%s: got %v", test.name, h)
			}
		default:
			if h.Get("Last-Modified") != date || h.Get("ETag") != `"v1"` || h.Get("Content-Type") != "application/octet-stream" ||
				h.Get("Content-Disposition") != `attachment; filename="_bersicht.bin"; filename*=UTF-8''%C3%9Cbersicht.bin` {
				t.Errorf("%s: got %v", test.name, h)
			}
		}
	}
}

// TestContentDocumented: what a client can ask of a file is documented, for GET.
func TestContentDocumented(t *testing.T) {
	endpoint := gives(download{})
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: auth.Public, Get: endpoint, Post: endpoint})
	get, post := repliesOf(api, "GET"), repliesOf(api, "POST")
	if keys := slices.Sorted(maps.Keys(get)); !slices.Equal(keys, []string{"200", "206", "304", "406", "412", "416", "422"}) {
		t.Errorf("GET: got %v", keys)
	}
	if keys := slices.Sorted(maps.Keys(post)); !slices.Equal(keys, []string{"201", "406", "422"}) {
		t.Errorf("POST: got %v", keys)
	}
	for name, ok := range map[string]bool{
		"the media type": len(get["200"].Content) == 1 && len(post["201"].Content) == 1 && len(get["206"].Content) == 2,
		"the headers":    get["200"].Headers["Content-Disposition"].Schema != nil && get["200"].Headers["Accept-Ranges"].Schema != nil,
		"a part":         get["206"].Headers["Content-Range"].Schema != nil,
		"a 304":          get["304"].Content == nil && get["304"].Headers["Etag"].Schema != nil && get["304"].Headers["Last-Modified"].Schema != nil && get["304"].Headers["Content-Disposition"].Schema == nil,
		"a 416":          get["416"].Headers["Content-Range"].Schema != nil && get["416"].Content["application/json"].Schema != nil,
	} {
		if !ok {
			t.Errorf("%s: not documented", name)
		}
	}
}

// TestContentDisposition: a header of the result counts before the name of the file.
func TestContentDisposition(t *testing.T) {
	type shown struct {
		Disposition string       `header:"Content-Disposition"`
		Body        rest.Content `body:"application/pdf"`
	}
	for name, test := range map[string]struct {
		value shown
		want  string
	}{
		"none":        {shown{}, ""},
		"a name":      {shown{Body: rest.Content{Filename: "a.pdf"}}, `attachment; filename="a.pdf"`},
		"one's own":   {shown{"inline", rest.Content{Filename: "a.pdf"}}, "inline"},
		"a bad name":  {shown{Body: rest.Content{Filename: "a\r\nX: y\".pdf"}}, `attachment; filename="aX: y_.pdf"; filename*=UTF-8''aX%3A%20y%22.pdf`},
		"just a path": {shown{Body: rest.Content{Filename: "/tmp/"}}, `attachment`},
	} {
		test.value.Body.Reader = strings.NewReader("hello")
		w := send(newAPI(t, settings(), public(gives(test.value))), "GET", "/x", "")
		if got := w.Header().Get("Content-Disposition"); w.Code != 200 || got != test.want {
			t.Errorf("%s: got %d %s, want %s", name, w.Code, got, test.want)
		}
	}
}

// TestReaderIsCopiedAsItComes: small pieces are sent, and io.Reader need be nothing else.
func TestReaderIsCopiedAsItComes(t *testing.T) {
	w := send(newAPI(t, settings(), public(gives(report{3, iotest.OneByteReader(strings.NewReader("hello"))}))), "GET", "/x", "")
	if w.Code != 200 || w.Body.String() != "hello" || w.Header().Get("X-Pages") != "3" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
}
