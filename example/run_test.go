//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/go-modern-rest/rest/store/sqlite"
)

// program is the example in a process of its own.
type program struct {
	*testing.T
	cmd  *exec.Cmd
	addr string
}

// start starts the example with an empty folder for its data, and waits until it listens.
func start(t *testing.T, data string, env ...string) *program {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMainProgram$")
	cmd.Env = append(append(os.Environ(), "EXAMPLE_DATA="+data), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	greeting, err := bufio.NewReader(out).ReadString('\n')
	addr := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(greeting)
	if err != nil || addr == "" {
		t.Fatalf("got the greeting %q, %v", greeting, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return &program{t, cmd, addr}
}

// TestMainProgram is the example, when start runs it.
func TestMainProgram(t *testing.T) {
	if data := os.Getenv("EXAMPLE_DATA"); data != "" {
		if err := run(options{addr: "127.0.0.1:0", data: data, store: "sqlite"}); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *program) signal() {
	p.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.Fatal(err)
	}
}

const loginBody = `{"username":"alice","password":"alice-pass"}`

// beginLogin sends a login without its body, and waits until the program wants that.
func (p *program) beginLogin() (net.Conn, *bufio.Reader) {
	p.Helper()
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "POST /api/session/login/ HTTP/1.1\r\nHost: "+p.addr+
		"\r\nContent-Type: application/json\r\nContent-Length: 44\r\nExpect: 100-continue\r\n\r\n")
	if err != nil {
		p.Fatal(err)
	}
	replies := bufio.NewReader(conn)
	if reply, err := http.ReadResponse(replies, nil); err != nil || reply.StatusCode != http.StatusContinue {
		p.Fatalf("got %v, %v, want 100", reply, err)
	}
	return conn, replies
}

// waitUntilClosed waits until nothing listens any more.
func (p *program) waitUntilClosed() {
	for {
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			return
		}
		_ = conn.Close()
	}
}

func TestShutdownAnswersWhatBegan(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "data"))
	conn, replies := p.beginLogin()
	p.signal()
	p.waitUntilClosed()
	if _, err := io.WriteString(conn, loginBody); err != nil {
		t.Fatal(err)
	}
	if reply, err := http.ReadResponse(replies, nil); err != nil || reply.StatusCode != http.StatusOK {
		t.Errorf("a login in flight: got %v, %v, want 200", reply, err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("got %v, want an orderly end", err)
	}
}

// TestShutdownEndsStreams: a client that watches notes gets each one at once, and its stream
// ends in order when the program shuts down.
func TestShutdownEndsStreams(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "data"))
	alice := newClient(t, "http://"+p.addr)
	if got := alice.send("POST", "/api/session/login/", loginBody); got != 200 {
		t.Fatalf("login: got %d", got)
	}
	stream, err := alice.http.Get(alice.base + "/api/notes/changes/")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if kind := stream.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("got %d with the type %q", stream.StatusCode, kind)
	}
	if got := alice.send("POST", "/api/notes/", `{"title":"Milk"}`); got != 201 {
		t.Fatalf("create: got %d", got)
	}
	lines := bufio.NewScanner(stream.Body)
	var event []string
	for lines.Scan() && (lines.Text() != "" || len(event) == 0) {
		if text := lines.Text(); text != "" && text[0] != ':' {
			event = append(event, text)
		}
	}
	if got := strings.Join(event, "\n"); !strings.Contains(got, "event: note") || !strings.Contains(got, `"title":"Milk"`) {
		t.Errorf("got the event %q", got)
	}
	p.signal()
	if rest, err := io.ReadAll(stream.Body); err != nil {
		t.Errorf("got %q, %v, want the end of the stream", rest, err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("got %v, want an orderly end", err)
	}
}

func TestSecondSignalEnds(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "data"))
	p.beginLogin()
	p.signal()
	p.waitUntilClosed()
	p.signal()
	exit, ended := errors.AsType[*exec.ExitError](p.cmd.Wait())
	if !ended || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("got %v, want the end by the second signal", exit)
	}
}

// TestFolderIsMade starts with the secret in the environment: the folder is made even so,
// and no secret in it.
func TestFolderIsMade(t *testing.T) {
	data := filepath.Join(t.TempDir(), "a", "b")
	p := start(t, data, "SECRET="+strings.Repeat("s", 50))
	p.signal()
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v, want 0700", info, err)
	}
	if _, err := os.Stat(filepath.Join(data, "secret")); err == nil {
		t.Error("a secret was made beside the one of the environment")
	}
}

// TestFirstSweep starts with a session that expired.
func TestFirstSweep(t *testing.T) {
	data := t.TempDir()
	db, err := sqlite.Open(t.Context(), filepath.Join(data, "notes.sqlite3"), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Writer().Exec(`INSERT INTO django_session VALUES ('k', '', '2020-01-01 00:00:00')`); err != nil {
		t.Fatal(err)
	}
	p := start(t, data)
	for n := 1; n > 0; {
		if n, err = db.Sessions().Count(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p.signal()
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
