// Package servers starts the database servers that tests talk to: PostgreSQL, PgBouncer
// and Redis. A machine that lacks one of them skips the test, or fails it if CI=true.
//
// The servers listen on 127.0.0.1. They end with the test, and with the test binary if it
// is killed.
package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start or to end.
const patience = 30 * time.Second

// Server is a running server.
type Server struct {
	// URL is where clients connect: a connection string of PostgreSQL or Redis.
	URL string
	// Dir has the data and the log of the server.
	Dir string

	t       testing.TB
	shared  bool // other tests use it as well
	command []string
	ready   func(pid int) bool

	process *exec.Cmd
	ended   chan struct{} // closed when process has ended
	keeper  io.WriteCloser
}

// Start starts the server again after Kill or Stop, on the same port and with the same data.
// It returns when the server accepts connections.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends all processes of the server at once, as if the machine had failed.
func (s *Server) Kill() {
	s.t.Helper()
	s.own("Kill")
	pids := s.stop()
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	s.await()
	for _, pid := range pids { // PostgreSQL does not start while a child lives
		for deadline := time.Now().Add(patience); alive(pid) && time.Now().Before(deadline); {
			<-time.After(time.Millisecond)
		}
	}
}

// alive reports whether a process holds anything. A zombie does not.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// Revive starts the server again if it has ended by itself.
func (s *Server) Revive() {
	s.t.Helper()
	select {
	case <-s.ended:
		s.await()
		s.Start()
	default:
	}
}

// Pause stops all processes of the server: its connections stay open and nothing answers.
func (s *Server) Pause() {
	s.t.Helper()
	s.own("Pause")
	s.stop()
}

// Resume continues a server that Pause stopped.
func (s *Server) Resume() {
	s.t.Helper()
	for _, pid := range s.processes() {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// Stop ends the server in order. Its data remain until the end of the test.
func (s *Server) Stop() {
	s.t.Helper()
	s.own("Stop")
	if s.process == nil {
		return
	}
	s.Resume()
	_ = s.process.Process.Signal(syscall.SIGINT) // PostgreSQL: without waiting for its clients
	s.await()
}

// own fails the test if its server is used by other tests as well.
func (s *Server) own(method string) {
	s.t.Helper()
	if s.shared {
		s.t.Fatalf("servers: %s of a server that other tests use: call OwnPostgres", method)
	}
}

func (s *Server) start() error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	process := exec.Command(s.command[0], s.command[1:]...) //nolint:gosec // the test names the program
	process.Stdout, process.Stderr = log, log
	process.Dir = s.Dir
	if err := process.Start(); err != nil {
		return fmt.Errorf("servers: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	s.process, s.ended = process, ended
	if s.keeper, err = keep(process.Process.Pid, s.Dir); err != nil {
		return err
	}
	return s.answers()
}

// answers waits until the server accepts connections.
func (s *Server) answers() error {
	deadline, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		if s.ready(s.process.Process.Pid) {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("servers: %s ended at its start: %s", s.command[0], s.said())
		case <-deadline.Done():
			return fmt.Errorf("servers: %s does not answer: %s", s.command[0], s.said())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// await waits for the end of the server, which was asked to end.
func (s *Server) await() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Fatalf("servers: %s does not end: %s", s.command[0], s.said())
	}
	_, _ = io.WriteString(s.keeper, "ended\n")
	_ = s.keeper.Close()
	s.process = nil
}

// keep starts a shell that ends the server and removes its directory when this process
// ends in any way. A line on the pipe says that there is nothing left to do.
func keep(pid int, dir string) (io.WriteCloser, error) {
	const script = `trap '' HUP INT TERM
read -r line && exit
kill -CONT "$1"; kill -QUIT "$1"
for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" || break; sleep 0.2; done
kill -KILL "$1"; rm -rf "$2"`
	keeper := exec.Command("sh", "-c", script, "sh", strconv.Itoa(pid), dir) //nolint:gosec // our own script
	pipe, err := keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := keeper.Start(); err != nil {
		return nil, err
	}
	go func() { _ = keeper.Wait() }()
	return pipe, nil
}

// stop stops the server and its children, and returns their process ids.
func (s *Server) stop() []int {
	s.t.Helper()
	if s.process == nil {
		s.t.Fatal("servers: the server does not run")
	}
	_ = s.process.Process.Signal(syscall.SIGSTOP) // first, so that it starts no more children
	pids := s.processes()
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	return pids
}

// processes returns the ids of the server's process and of its children.
func (s *Server) processes() []int {
	s.t.Helper()
	if s.process == nil {
		return nil
	}
	parent := s.process.Process.Pid
	pids := []int{parent}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		s.t.Skip("servers: no /proc, so the processes of a server cannot be found")
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat) //nolint:gosec // a file of the system
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // state, parent, ...
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(stat))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

func (s *Server) log() string { return filepath.Join(s.Dir, "log") }

// said returns the last lines of the log.
func (s *Server) said() string {
	text, _ := os.ReadFile(s.log())
	return string(text[max(0, len(text)-2000):])
}

// run starts a server that ends with the test.
func (s *Server) run() *Server {
	s.t.Helper()
	s.t.Cleanup(func() {
		s.Stop()
		_ = os.RemoveAll(s.Dir)
	})
	s.Start()
	return s
}

// lacking skips a test, or fails it where nothing may be skipped.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: run .ci/tools", what)
	}
	t.Skipf("%s is not installed: .ci/tools installs it", what)
}

// find returns the path of a program: of PATH, or of the places where Debian puts it.
func find(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/sbin/"} {
		if found, _ := filepath.Glob(pattern + name); len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("servers: %s: %w", name, exec.ErrNotFound)
}

// unprivileged returns a command that runs as nobody if the tests run as root, and gives
// the directory to nobody: PostgreSQL and PgBouncer refuse to run as root.
func unprivileged(dir string, command ...string) ([]string, error) {
	if os.Geteuid() != 0 {
		return command, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	setpriv, err := find("setpriv")
	if err != nil {
		return nil, err
	}
	uid, errUID := strconv.Atoi(nobody.Uid)
	gid, errGID := strconv.Atoi(nobody.Gid)
	if err := errors.Join(errUID, errGID, os.Chown(dir, uid, gid)); err != nil {
		return nil, err
	}
	return append([]string{setpriv, "--reuid=" + nobody.Uid, "--regid=" + nobody.Gid, "--clear-groups"}, command...), nil
}

// directory makes a short path, because sockets are in it, that nobody can reach.
func directory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "rest-") //nolint:usetesting // the parent of t.TempDir is closed to nobody
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// freePort returns a port that is free now. It is below the ports that the system gives to
// clients, so that it stays free while a server is down.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(15000 + rand.IntN(17000)) //nolint:gosec // no secret
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("servers: no free port")
	return ""
}
