package measure

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// Target serves one workload.
type Target interface {
	// Call serves the workload once and returns the reply, which the next call overwrites.
	Call() (status int, body []byte, err error)
	// Run serves it n times and returns what that cost.
	Run(n int) (cpu time.Duration, err error)
}

// Server is a peer that was started on a site.
type Server struct {
	http http.Handler
	fast fasthttp.RequestHandler
}

// Start makes the handler of a peer.
func Start(p peers.Peer, s *site.Site) (*Server, error) {
	var server Server
	var err error
	if p.Fast != nil {
		server.fast, err = p.Fast(s)
	} else {
		server.http, err = p.HTTP(s)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return &server, nil
}

// Handler is a server that is a handler.
func Handler(h http.Handler) *Server { return &Server{http: h} }

// Target returns a workload of the server.
func (s *Server) Target(w workload.Workload) Target {
	if s.fast != nil {
		return inProcess{fastCall(s.fast, w)}
	}
	if w.Clients > 0 {
		return inProcess{manyClients(s.http, w)}
	}
	return inProcess{httpCall(s.http, w)}
}

// inProcess is a target in this process: a function that serves the workload once.
type inProcess struct{ call func() (int, []byte) }

func (t inProcess) Call() (int, []byte, error) {
	status, body := t.call()
	return status, body, nil
}

func (t inProcess) Run(n int) (time.Duration, error) {
	start := CPU()
	for range n {
		t.call()
	}
	return CPU() - start, nil
}

// recorder is a ResponseWriter that is used again and again.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}

func (r *recorder) Flush()                           {}
func (r *recorder) SetReadDeadline(time.Time) error  { return nil }
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }

func (r *recorder) reset() {
	clear(r.header)
	r.status, r.body = 0, r.body[:0]
}

type requestBody struct{ strings.Reader }

func (*requestBody) Close() error { return nil }

// httpCall returns a function that lets a handler serve the workload, always with the same request.
func httpCall(h http.Handler, w workload.Workload) func() (int, []byte) {
	r := newRequest(w)
	reply := &recorder{header: http.Header{}}
	body := &requestBody{}
	return func() (int, []byte) {
		reply.reset()
		if w.Body != "" {
			body.Reset(w.Body)
			r.Body, r.ContentLength = body, int64(len(w.Body))
		}
		h.ServeHTTP(reply, r)
		return reply.status, reply.body
	}
}

func newRequest(w workload.Workload) *http.Request {
	r := httptest.NewRequest(w.Method, "http://localhost"+w.Path, nil)
	r.URL, r.RequestURI = &url.URL{Path: w.Path}, w.Path // as a server makes it
	for name, value := range w.Header {
		r.Header.Set(name, value)
	}
	return r
}

// manyClients returns a function that lets all clients of a workload call at once. It returns the
// reply that the last client got.
func manyClients(h http.Handler, w workload.Workload) func() (int, []byte) {
	calls := make([]func() (int, []byte), w.Clients)
	for i := range calls {
		calls[i] = httpCall(h, w)
	}
	return func() (status int, body []byte) {
		var clients sync.WaitGroup
		for _, call := range calls[1:] {
			clients.Go(func() { call() })
		}
		status, body = calls[0]()
		clients.Wait()
		return status, body
	}
}

func fastCall(h fasthttp.RequestHandler, w workload.Workload) func() (int, []byte) {
	var r fasthttp.Request
	r.Header.SetMethod(w.Method)
	r.SetRequestURI(w.Path)
	r.Header.SetHost("localhost")
	for name, value := range w.Header {
		r.Header.Set(name, value)
	}
	if w.Body != "" {
		r.SetBodyString(w.Body)
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&r, nil, nil)
	return func() (int, []byte) {
		ctx.Response.Reset()
		ctx.ResetUserValues()
		h(&ctx)
		return ctx.Response.StatusCode(), ctx.Response.Body()
	}
}

// Workload checks the reply of a target and makes a subject of it.
func Workload(peer string, w workload.Workload, t Target) (Subject, error) {
	status, body, err := t.Call()
	if err == nil {
		err = w.Check(status, body)
	}
	if err != nil {
		return Subject{}, fmt.Errorf("%s: %w", peer, err)
	}
	return Subject{Name: peer, Per: w.Per(), Run: t.Run}, nil
}
