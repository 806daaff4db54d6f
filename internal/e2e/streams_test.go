package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// openStreams is how many streams are open at once.
const openStreams = 300

// streamServer serves streams under /x that yield one number and then wait for their end.
// The causes of the ends are counted.
type streamServer struct {
	*httptest.Server
	causes sync.Map // error to *atomic.Int32
}

func newStreamServer(t *testing.T, a auth.Authenticator, op rest.Op, controllers ...rest.Controller) *streamServer {
	t.Helper()
	s := &streamServer{}
	controllers = append(controllers, rest.Controller{Path: "/x", Auth: a, Get: rest.Handle(func(ctx context.Context, _ rest.None) (rest.Stream[int], error) {
		return func(yield func(int, error) bool) {
			yield(1, nil)
			<-ctx.Done()
			count, _ := s.causes.LoadOrStore(kindOfEnd(context.Cause(ctx)), new(atomic.Int32))
			count.(*atomic.Int32).Add(1)
		}, nil
	}, op)})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.DiscardHandler)}, rest.Router{Controllers: controllers})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewUnstartedServer(api)
	t.Cleanup(func() { s.Close() })
	return s
}

func kindOfEnd(cause error) error {
	for _, kind := range []error{rest.ErrShutdown, rest.ErrExpired, rest.ErrRevoked, context.Canceled} {
		if errors.Is(cause, kind) {
			return kind
		}
	}
	return cause
}

// open opens the streams, and returns a channel that is closed when all of them have ended
// as a reply should.
func (s *streamServer) open(t *testing.T, header http.Header) (ended chan struct{}) {
	t.Helper()
	var reading sync.WaitGroup
	begun := make(chan error, openStreams)
	for range openStreams {
		reading.Go(func() {
			body, err := s.begin(header)
			begun <- err
			if err != nil {
				return
			}
			defer body.Close()
			if rest, err := io.ReadAll(body); err != nil || strings.Trim(string(rest), ":\n") != "" {
				t.Errorf("got %q and %v until the end", rest, err)
			}
		})
	}
	for range openStreams {
		if err := <-begun; err != nil {
			t.Fatal(err)
		}
	}
	ended = make(chan struct{})
	go func() {
		reading.Wait()
		close(ended)
	}()
	return ended
}

// begin asks for a stream and reads its first item.
func (s *streamServer) begin(header http.Header) (io.ReadCloser, error) {
	r, err := http.NewRequest("GET", s.URL+"/x", nil)
	if err != nil {
		return nil, err
	}
	r.Header = header
	reply, err := s.Client().Do(r)
	if err != nil {
		return nil, err
	}
	first := make([]byte, len("data: 1\n\n"))
	if _, err := io.ReadFull(reply.Body, first); err != nil || string(first) != "data: 1\n\n" {
		_ = reply.Body.Close()
		return nil, fmt.Errorf("got %d %q %w", reply.StatusCode, first, err)
	}
	return reply.Body, nil
}

// ends checks that the streams end in time, all with one cause.
func (s *streamServer) ends(t *testing.T, ended chan struct{}, limit time.Duration, cause error) {
	t.Helper()
	select {
	case <-ended:
	case <-time.After(limit):
		t.Errorf("some streams have not ended after %v", limit)
		s.CloseClientConnections()
		<-ended
	}
	if n, ok := s.causes.Load(cause); !ok || n.(*atomic.Int32).Load() != openStreams {
		t.Errorf("got %v streams that ended with %v, want %d", n, cause, openStreams)
	}
}

// TestStreamsEndAtShutdown: the server of HTTP/1.1 is then down. That of HTTP/2 may wait for
// its idle connections, also with handlers that are not of this module.
func TestStreamsEndAtShutdown(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newStreamServer(t, auth.Public, rest.Op{})
		if s.EnableHTTP2 = http2; http2 {
			s.StartTLS()
		} else {
			s.Start()
		}
		ended := s.open(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		down := make(chan error, 1)
		go func() { down <- s.Config.Shutdown(ctx) }()
		s.ends(t, ended, time.Second, rest.ErrShutdown)
		if err := <-down; err != nil && !http2 {
			t.Errorf("the server does not shut down: %v", err)
		}
		cancel()
	}
}

// users returns a table with one user.
func users(t *testing.T) (*memory.DB, auth.Account) {
	t.Helper()
	db := memory.New()
	user, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	return db, auth.Account{ID: user.ID, Username: "alice", Active: true}
}

func TestStreamsEndWithTheirCredential(t *testing.T) {
	db, alice := users(t)
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte(strings.Repeat("s", 32)), Lifetime: 3 * time.Second, Families: db.Families()})
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	s := newStreamServer(t, tokens.Header(), rest.Op{})
	s.Start()
	s.ends(t, s.open(t, http.Header{"Authorization": {"Bearer " + pair.Access}}), 4*time.Second, rest.ErrExpired)
}

// TestStreamsEndAfterLogout: the streams of a session end when its next recheck finds it
// gone, and those of another session go on.
func TestStreamsEndAfterLogout(t *testing.T) {
	const recheck = 500 * time.Millisecond
	db, alice := users(t)
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 32)), Idle: time.Hour})
	type request struct{ R *http.Request }
	type reply struct {
		Cookies []*http.Cookie `cookie:""`
	}
	cookies := rest.Op{OptionalCookies: map[string]string{"sessionid": "", "csrftoken": ""}, Status: 204}
	s := newStreamServer(t, session, rest.Op{Recheck: recheck},
		rest.Controller{Path: "/login", Auth: auth.Public, Get: rest.Handle(func(_ context.Context, in request) (reply, error) {
			set, err := session.Begin(in.R, alice)
			return reply{set}, err
		}, cookies)},
		rest.Controller{Path: "/logout", Auth: auth.Public, Get: rest.Handle(func(_ context.Context, in request) (reply, error) {
			set, err := session.End(in.R)
			return reply{set}, err
		}, cookies)})
	s.Start()
	get := func(path string, header http.Header) http.Header {
		r, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		reply, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = reply.Body.Close()
		if reply.StatusCode != http.StatusNoContent {
			t.Fatalf("%s: got %d", path, reply.StatusCode)
		}
		sent := http.Header{}
		for _, cookie := range reply.Cookies() {
			sent.Add("Cookie", cookie.Name+"="+cookie.Value)
		}
		return sent
	}
	ended, other := get("/login", http.Header{}), get("/login", http.Header{})
	stays, err := s.begin(other)
	if err != nil {
		t.Fatal(err)
	}
	streams := s.open(t, ended)
	get("/logout", ended)
	s.ends(t, streams, recheck+time.Second, rest.ErrRevoked)
	if _, gone := s.causes.Load(context.Canceled); gone {
		t.Error("the stream of the other session ended")
	}
	_ = stays.Close()
}

// TestStreamsOfClientsThatDoNotRead: a stream whose client has stopped reading ends with the
// server. leaktest sees that no goroutine is left.
func TestStreamsOfClientsThatDoNotRead(t *testing.T) {
	blocked := make(chan struct{})
	ended := make(chan error, 1)
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Controllers: []rest.Controller{{Path: "/x", Auth: auth.Public,
		Get: rest.Handle(func(ctx context.Context, _ rest.None) (rest.Stream[string], error) {
			text := strings.Repeat("x", 1<<20)
			return func(yield func(string, error) bool) {
				for yield(text, nil) {
					select {
					case blocked <- struct{}{}:
					default:
					}
				}
				ended <- context.Cause(ctx)
			}, nil
		})}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for full := false; !full; { // until nothing is taken any more
		select {
		case <-blocked:
		case <-time.After(300 * time.Millisecond):
			full = true
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("the server does not shut down: %v", err)
		_ = conn.Close()
	}
	if cause := <-ended; !errors.Is(cause, rest.ErrShutdown) {
		t.Errorf("got the cause %v", cause)
	}
}
