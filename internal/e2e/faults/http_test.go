package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
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

// A client that closes its sending half still reads the reply: a handler that failed is no 200 (RFC 9110 §15.3).
func TestHalfClosedConnectionIsNoSuccess(t *testing.T) {
	began := make(chan struct{})
	api := public(t, rest.Controller{Path: "/wait", Get: rest.Handle(func(ctx context.Context, _ rest.None) (string, error) {
		close(began)
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(5 * time.Second):
			return "done", nil
		}
	})})
	server := httptest.NewServer(api)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-began
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return // cut off: nobody takes it for a success
	}
	defer reply.Body.Close()
	if text, _ := io.ReadAll(reply.Body); reply.StatusCode < 300 && string(text) != `"done"` {
		t.Errorf("the handler returned an error, the client reads %s %q", reply.Status, text)
	}
}

// lookups are users that tell of each name that is looked up.
type lookups struct {
	*memory.Users
	names chan string
}

func (l lookups) ByUsername(ctx context.Context, name string) (*store.User, auth.Account, error) {
	l.names <- name
	return l.Users.ByUsername(ctx, name)
}

func (l lookups) Accounts() any { return auth.AccountsOf(l.Users) }

// A login with a wrong password is no 200 either, when the client half-closes while the hash waits its turn.
func TestHalfClosedLoginIsNoSuccess(t *testing.T) {
	db := memory.New()
	slow := &password.Hasher{MaxConcurrent: 1, Argon2: password.Argon2Cost{Memory: 100 << 10, Time: 3}}
	addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	lines := make(chan string, 3)
	users := lookups{db.Users(), make(chan string, cap(lines))}
	api := build(t, general, account.New(password.NewChecker[*store.User](users, slow), account.Config{InsecureUnlimited: true}).Session("/session", session))
	server := httptest.NewServer(api)
	defer server.Close()
	body := `{"username":"nobody","password":"wrong"}`
	for range cap(lines) {
		go func() {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				lines <- err.Error()
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST /session/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			<-users.names
			conn.(*net.TCPConn).CloseWrite()
			conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			line, _ := bufio.NewReader(conn).ReadString('\n')
			lines <- line
		}()
	}
	for range cap(lines) {
		if line := <-lines; strings.HasPrefix(line, "HTTP/1.1 2") {
			t.Errorf("a wrong password is answered with %q", line)
		}
	}
}

// A request whose context has ended has no success: an empty 200 would say that all is well.
func TestCancelledHandlerIsNoSuccess(t *testing.T) {
	api := public(t, rest.Controller{Path: "/x", Get: rest.Handle(func(ctx context.Context, _ rest.None) (string, error) { return "", ctx.Err() })})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w := serve(api, httptest.NewRequestWithContext(ctx, "GET", "/x", nil)); w.Code >= 200 && w.Code < 300 {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

type heedful struct{ *memory.Users }

func (u heedful) ByID(ctx context.Context, id string) (*store.User, auth.Account, error) {
	if err := ctx.Err(); err != nil {
		return nil, auth.Account{}, err
	}
	return u.Users.ByID(ctx, id)
}

// A server that shuts down ends its BaseContext: clients that wait read a 5xx or nothing, never a 200 of a handler that did not run.
func TestShutdownDuringAuthIsNoSuccess(t *testing.T) {
	db := memory.New()
	_, account := addUser(t, db, "alice", "alice-pass")
	tokens := jwtauth.New[*store.User](heedful{db.Users()}, jwtauth.Config{Secret: secret})
	pair, err := tokens.Issue(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	s := general
	s.Auth = tokens.Header()
	api := build(t, s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "GET", "/x", nil)
	r.Header.Set("Authorization", "Bearer "+pair.Access)
	if w := serve(api, r); w.Code >= 200 && w.Code < 300 && !strings.Contains(w.Body.String(), "hello") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

// A reply about mistakes is not much larger than a page: one request of 1 MB must not cost 100 MB (CWE-405).
func TestErrorReplyDoesNotGrowWithMapKeys(t *testing.T) {
	api, err := echoes[map[string][]string]()
	if err != nil {
		t.Fatal(err)
	}
	w := send(api, "POST", "/x", `{"`+strings.Repeat("a", 900_000)+`":[`+strings.Repeat("1,", 99)+`1]}`)
	clientError(t, "a body with 100 mistakes under a long key", w)
	if w.Body.Len() > 64<<10 {
		t.Errorf("the reply has %d bytes", w.Body.Len())
	}
}

// The same for keys that JSON escapes: what is cut must be cut as it is written.
func TestErrorReplyDoesNotGrowWithEscapedKeys(t *testing.T) {
	api, err := echoes[map[string][]string]()
	if err != nil {
		t.Fatal(err)
	}
	w := send(api, "POST", "/x", `{"`+strings.Repeat("<", 500_000)+`":[`+strings.Repeat("1,", 9)+`1]}`)
	clientError(t, "a body with 10 mistakes under a long key", w)
	if w.Body.Len() > 64<<10 {
		t.Errorf("the reply has %d bytes", w.Body.Len())
	}
}

// The same for members that are not permitted: their names are the client's.
func TestErrorReplyDoesNotGrowWithUnknownMembers(t *testing.T) {
	type strict struct {
		_ struct{} `additionalProperties:"false"`
		A *string  `json:"a"`
	}
	api, err := echoes[strict]()
	if err != nil {
		t.Fatal(err)
	}
	w := send(api, "POST", "/x", `{"`+strings.Repeat("x", 900_000)+`":1}`)
	clientError(t, "a member that is not permitted", w)
	if w.Body.Len() > 64<<10 {
		t.Errorf("the reply has %d bytes", w.Body.Len())
	}
}

type transfer struct {
	User string `auth:""`
	Body struct {
		To string `json:"to"`
	} `body:""`
}

func paying(t *testing.T) *rest.API {
	s := general
	s.Auth = basic
	return build(t, s, rest.Router{Controllers: []rest.Controller{
		{Path: "/pay", Post: rest.Handle(func(_ context.Context, in transfer) (string, error) { return in.User + " pays", nil })},
	}})
}

// A browser adds HTTP Basic by itself, as it does cookies: what a page of another site sends without a Content-Type (a Blob, which needs no preflight) is refused.
func TestBasicFromAnotherSiteWithoutContentType(t *testing.T) {
	w := send(paying(t), "POST", "http://bank.example/pay", `{"to":"mallory"}`, "Content-Type", "", "Authorization", "Basic YWxpY2U6YWxpY2UtcGFzcw==",
		"Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
	clientError(t, "no Content-Type, cross-site", w)
}

// A port or subdomain of the same site is another origin: a browser sends the password along to it, too (seen with Chromium).
func TestBasicFromASiblingOrigin(t *testing.T) {
	w := send(paying(t), "POST", "http://localhost:8000/pay", `{"to":"mallory"}`, "Content-Type", "", "Authorization", "Basic YWxpY2U6YWxpY2UtcGFzcw==",
		"Origin", "http://localhost:9000", "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors")
	clientError(t, "no Content-Type, same-site", w)
}

// Programs send HTTP Basic without Origin and Sec-Fetch-Site: they must go on working.
func TestBasicOfProgramsWorks(t *testing.T) {
	if w := send(paying(t), "POST", "http://bank.example/pay", `{"to":"bob"}`, "Authorization", "Basic YWxpY2U6YWxpY2UtcGFzcw=="); w.Code != 201 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A public mount must not serve what a mount below it protects: an escaped slash is a slash to the handler (CWE-22; http.ServeMux redirects or refuses).
func TestEscapedSlashDoesNotPassAnInnerMount(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "private", "secret.txt"), []byte("TOP SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := http.StripPrefix("/files/", http.FileServer(http.Dir(dir)))
	api := build(t, general, rest.Router{Mounts: []rest.Mount{
		{Path: "/files/", Auth: auth.Public, Handler: files},
		{Path: "/files/private/", Auth: basic, Handler: files},
	}})
	for _, path := range []string{"/files/private/secret.txt", "/files/private%2Fsecret.txt", "/files/private%2fsecret.txt"} {
		if w := send(api, "GET", path, ""); w.Code == 200 || strings.Contains(w.Body.String(), "SECRET") {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
}

// A mount whose path has a parameter passes it on: a handler reads r.PathValue, as behind http.ServeMux; or New refuses the path.
func TestMountPassesPathValues(t *testing.T) {
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Mounts: []rest.Mount{{Path: "/books/{id}/cover", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PathValue("id"))
	})}}})
	if err != nil {
		return
	}
	if w := send(api, "GET", "/books/7/cover", ""); w.Body.String() != "7" {
		t.Errorf("got %q", w.Body)
	}
}

// Settings.Headers "join every reply": those of mounts, and the refusals in front of them, too; a page is what can be framed.
func TestHeadersJoinTheRepliesOfMounts(t *testing.T) {
	s := general
	s.Headers = http.Header{"X-Frame-Options": {"DENY"}}
	api := build(t, s, rest.Router{Mounts: []rest.Mount{
		{Path: "/panel", Auth: auth.Public, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<button>") })},
		{Path: "/locked", Auth: basic, Handler: http.NotFoundHandler()},
	}})
	for _, path := range []string{"/panel", "/locked"} {
		if got := send(api, "GET", path, "").Header().Get("X-Frame-Options"); got != "DENY" {
			t.Errorf("%s: got %q", path, got)
		}
	}
}

// A refusal in front of a mount has the format that the router says, as everywhere else.
func TestMountRefusalHasTheFormatOfTheRouter(t *testing.T) {
	s := general
	s.ErrorFormat = rest.Problem
	api := build(t, s, rest.Router{Mounts: []rest.Mount{{Path: "/locked", Auth: basic, Handler: http.NotFoundHandler()}}})
	w := send(api, "GET", "/locked", "")
	if w.Code != 401 || !strings.Contains(w.Body.String(), `"status":401`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A mounted handler that panics before it wrote anything is a 500, as an endpoint that does: the client is not cut off.
func TestMountThatPanicsIsA500(t *testing.T) {
	api := build(t, general, rest.Router{Auth: auth.Public, Mounts: []rest.Mount{{Path: "/x", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })}}})
	if w := send(api, "GET", "/x", ""); w.Code != 500 || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

// A mount under a session cookie refuses methods that nobody knows without the CSRF token: whatever is not safe is unsafe (RFC 9110 §9.2.1).
func TestMountChecksUnknownMethods(t *testing.T) {
	db := memory.New()
	_, account := addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), account)
	if err != nil {
		t.Fatal(err)
	}
	api := build(t, general, rest.Router{Auth: session, Mounts: []rest.Mount{{Path: "/x", Methods: []string{"*"}, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}}})
	for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 403, "DELETE": 403, "PROPFIND": 403, "MKCOL": 403} {
		if w := serve(api, withCookie(method, "/x", cookieOf(t, cookies, "sessionid"))); w.Code != want {
			t.Errorf("%s: got %d, want %d", method, w.Code, want)
		}
	}
}

// Metrics and traces around the API read the route in r.Pattern of the request that they passed on, as they do around http.ServeMux.
func TestPatternIsSetOnTheRequest(t *testing.T) {
	type in struct {
		ID int `path:"id"`
	}
	api := public(t, rest.Controller{Path: "/notes/{id}", Get: rest.Handle(func(context.Context, in) (string, error) { return "", nil })})
	r := httptest.NewRequest("GET", "/notes/7", nil)
	serve(api, r)
	if !strings.Contains(r.Pattern, "/notes/{id}") {
		t.Errorf("got %q", r.Pattern)
	}
}

// MaxBody is "the largest body in bytes": also for a handler that reads the request itself.
func TestMaxBodyHoldsForTheRequestItself(t *testing.T) {
	type in struct{ Request *http.Request }
	s := general
	s.MaxBody = 1000
	read := 0
	api := build(t, s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Post: rest.Handle(func(_ context.Context, in in) (int, error) {
		text, err := io.ReadAll(in.Request.Body)
		read = len(text)
		return read, err
	})}}})
	w := send(api, "POST", "/x", strings.Repeat("x", 1_000_000), "Content-Type", "text/plain")
	if read > 64<<10 || w.Code < 400 {
		t.Errorf("the handler read %d bytes, the client reads %d", read, w.Code)
	}
}

// A trusted proxy on a link-local address is trusted whatever its zone is called.
func TestTrustedProxyWithAZone(t *testing.T) {
	type in struct{ R *http.Request }
	s := general
	s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("fe80::/10")}
	api := build(t, s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(_ context.Context, in in) (string, error) { return rest.ClientAddr(in.R).String(), nil })}}})
	r := request("GET", "/x", "", "X-Forwarded-For", "203.0.113.9")
	r.RemoteAddr = "[fe80::1%eth0]:1234"
	if w := serve(api, r); w.Body.String() != `"203.0.113.9"` {
		t.Errorf("got %s", w.Body)
	}
}

// A media range with a parameter says nothing about the type without it: JSON is acceptable here (RFC 9110 §12.5.1).
func TestAcceptWithParameters(t *testing.T) {
	api := replies(t, "hello")
	if w := send(api, "GET", "/x", "", "Accept", "application/json;version=2;q=0, application/json"); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// A reply that names its own Content-Type has it, or New says that it cannot: the header is not dropped without a word.
func TestContentTypeOfAReplyIsNotDropped(t *testing.T) {
	type reply struct {
		Type string `header:"Content-Type"`
		Body []byte `body:""`
	}
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(func(context.Context, rest.None) (reply, error) {
		return reply{"application/pdf", []byte("%PDF-1.7")}, nil
	})}}})
	if err != nil {
		return
	}
	if got := send(api, "GET", "/x", "").Header().Get("Content-Type"); got != "application/pdf" {
		t.Errorf("got %q", got)
	}
}

// A typed body beside the *http.Request: the handler reads the bytes again, to check a signature, or New says that it cannot. An empty read would sign nothing.
func TestRequestBesideATypedBody(t *testing.T) {
	type in struct {
		Request *http.Request
		Body    map[string]int `body:""`
	}
	read := ""
	api, err := rest.New(general, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Post: rest.Handle(func(_ context.Context, in in) (string, error) {
		text, err := io.ReadAll(in.Request.Body)
		read = string(text)
		return "", err
	})}}})
	if err != nil {
		return
	}
	if w := send(api, "POST", "/x", `{"a": 1}`); w.Code < 400 && read != `{"a": 1}` {
		t.Errorf("got %d, and the handler read %q", w.Code, read)
	}
}
