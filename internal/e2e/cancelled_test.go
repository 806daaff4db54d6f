package e2e_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// waiting are users whose table answers only when the request has ended.
type waiting struct {
	*memory.Users
	asked chan struct{}
}

func (w waiting) wait(ctx context.Context) error {
	w.asked <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

func (w waiting) ByID(ctx context.Context, _ string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, w.wait(ctx)
}

func (w waiting) ByUsername(ctx context.Context, _ string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, w.wait(ctx)
}

// cancelledSite serves requests that wait until they are cancelled.
type cancelledSite struct {
	users   waiting
	address string
	server  *http.Server
	cancel  context.CancelFunc // of BaseContext
	token   string
}

func newCancelledSite(t *testing.T) *cancelledSite {
	t.Helper()
	site := &cancelledSite{users: waiting{memory.New().Users(), make(chan struct{}, 16)}}
	secret := []byte(strings.Repeat("s", 40))
	tokens := jwtauth.New[*store.User](site.users, jwtauth.Config{Secret: secret})
	session := sessionauth.New[*store.User](site.users, memory.New().Sessions(), sessionauth.Config{Secret: secret})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	site.token = pair.Access
	slow := func(ctx context.Context, _ rest.None) (string, error) { return "", site.users.wait(ctx) }
	accounts := account.New(password.NewChecker[*store.User](site.users, nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.DiscardHandler)}, rest.Router{
		Controllers: []rest.Controller{
			{Path: "/handler", Auth: auth.Public, Get: rest.Handle(slow)},
			{Path: "/protected", Auth: tokens.Header(), Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "secret", nil })},
		},
		Mounts:  []rest.Mount{{Path: "/verdict", Auth: tokens.Header(), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}},
		Routers: []rest.Router{accounts.Session("/session", session)},
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	site.address, site.cancel = listener.Addr().String(), cancel
	site.server = &http.Server{Handler: api, BaseContext: func(net.Listener) context.Context { return ctx }, ReadHeaderTimeout: time.Minute}
	go func() { _ = site.server.Serve(listener) }()
	t.Cleanup(func() {
		cancel()
		_ = site.server.Close()
	})
	return site
}

// requests are those that wait, in the handler, in the authenticator, in front of a mount
// and in a login.
func (s *cancelledSite) requests() map[string]string {
	body := `{"username":"alice","password":"wrong"}`
	return map[string]string{
		"handler":   "GET /handler HTTP/1.1\r\nHost: x\r\n\r\n",
		"protected": "GET /protected HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\n\r\n",
		"verdict":   "GET /verdict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token + "\r\n\r\n",
		"login":     "POST /session/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 39\r\n\r\n" + body,
	}
}

// begin sends a request and returns when it waits.
func (s *cancelledSite) begin(t *testing.T, request string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.users.asked:
	case <-time.After(20 * time.Second):
		t.Fatalf("%.20s: the request did not arrive", request)
	}
	return conn.(*net.TCPConn)
}

func status(t *testing.T, conn net.Conn) int {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no reply: %v", err)
	}
	defer reply.Body.Close()
	return reply.StatusCode
}

// TestHalfClosedIsNoSuccess: a client that closes its sending half cancels the request,
// and still reads the reply. It must not read an empty 200.
func TestHalfClosedIsNoSuccess(t *testing.T) {
	site := newCancelledSite(t)
	for name, request := range site.requests() {
		conn := site.begin(t, request)
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := status(t, conn); got != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want 503", name, got)
		}
	}
}

// TestShutdownInFlight: what was begun when a server ends its BaseContext gets a reply
// that does not look like a success, and Shutdown waits for it.
func TestShutdownInFlight(t *testing.T) {
	site := newCancelledSite(t)
	conns := map[string]net.Conn{}
	for name, request := range site.requests() {
		conns[name] = site.begin(t, request)
	}
	done := make(chan error, 1)
	go func() { done <- site.server.Shutdown(context.Background()) }()
	site.cancel()
	for name, conn := range conns {
		if got := status(t, conn); got != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want 503", name, got)
		}
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}
