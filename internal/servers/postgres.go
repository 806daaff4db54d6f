package servers

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// cluster is the PostgreSQL server that the tests of a binary share. It ends with the binary.
var cluster struct {
	once   sync.Once
	server *Server
	mu     sync.Mutex
	last   int // number of the last database
}

// Postgres returns a new database of a PostgreSQL server that all tests of the binary
// share. The user of the URL is a superuser. Without an fsync the server would lose data when
// the machine fails: tests of that call [OwnPostgres].
func Postgres(t testing.TB) *Server {
	t.Helper()
	cluster.once.Do(func() {
		server := newPostgres(t, "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200")
		server.Start()
		server.shared = true
		cluster.server = server
	})
	if cluster.server == nil {
		t.Fatal("servers: PostgreSQL did not start, see the first test that failed or was skipped")
	}
	cluster.mu.Lock()
	cluster.last++
	name := "rest" + strconv.Itoa(cluster.last)
	cluster.mu.Unlock()
	SQL(t, cluster.server.URL, "CREATE DATABASE "+name)
	server := *cluster.server
	server.t = t
	server.URL = strings.Replace(server.URL, "/postgres?", "/"+name+"?", 1)
	return &server
}

// OwnPostgres starts a PostgreSQL server for one test, with fsync. Settings are those of
// postgresql.conf, "name=value".
func OwnPostgres(t testing.TB, settings ...string) *Server {
	t.Helper()
	return newPostgres(t, settings...).run()
}

func newPostgres(t testing.TB, settings ...string) *Server {
	t.Helper()
	postgres, err := find("postgres")
	if err != nil {
		lacking(t, "postgres")
	}
	initdb, err := find("initdb")
	if err != nil {
		lacking(t, "initdb")
	}
	dir, port := directory(t), freePort(t)
	data := filepath.Join(dir, "data")
	create, err := unprivileged(dir, initdb, "--pgdata="+data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err != nil {
		lacking(t, "setpriv")
	}
	if out, err := exec.Command(create[0], create[1:]...).CombinedOutput(); err != nil { //nolint:gosec // found above
		_ = os.RemoveAll(dir)
		t.Fatalf("servers: initdb: %v\n%s", err, out)
	}
	command := []string{postgres, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=" + dir, "-c", "shared_buffers=32MB"}
	for _, setting := range settings {
		command = append(command, "-c", setting)
	}
	command, err = unprivileged(dir, command...)
	if err != nil {
		lacking(t, "setpriv")
	}
	return &Server{
		URL:     "postgres://postgres:secret@127.0.0.1:" + port + "/postgres?sslmode=disable",
		Dir:     dir,
		t:       t,
		command: command,
		ready: func(pid int) bool {
			text, err := os.ReadFile(filepath.Join(data, "postmaster.pid")) //nolint:gosec // our own directory
			lines := strings.Split(string(text), "\n")
			return err == nil && len(lines) > 7 && lines[0] == strconv.Itoa(pid) && strings.TrimSpace(lines[7]) == "ready"
		},
	}
}

// SQL runs statements in the database of a URL by psql, and returns what it prints: a line
// for each row, with | between its columns.
func SQL(t testing.TB, database, statements string) string {
	t.Helper()
	psql, err := find("psql")
	if err != nil {
		lacking(t, "psql")
	}
	out, err := exec.Command(psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statements).CombinedOutput() //nolint:gosec // a test
	if err != nil {
		t.Fatalf("servers: psql: %v\n%s", err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// PgBouncer starts a PgBouncer in transaction mode in front of the server of a URL. The
// URL of the result is the same one with the address of PgBouncer. Settings are those of
// its section pgbouncer, "name=value".
func PgBouncer(t testing.TB, database string, settings ...string) *Server {
	t.Helper()
	pgbouncer, err := find("pgbouncer")
	if err != nil {
		lacking(t, "pgbouncer")
	}
	target, err := url.Parse(database)
	if err != nil {
		t.Fatal("servers: PgBouncer: the URL is malformed")
	}
	dir, port := directory(t), freePort(t)
	config, users := filepath.Join(dir, "pgbouncer.ini"), filepath.Join(dir, "users.txt")
	password, _ := target.User.Password()
	write(t, users, fmt.Sprintf("%q %q\n", target.User.Username(), password))
	write(t, config, fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = transaction
max_client_conn = 500
default_pool_size = 10
%s
`, target.Hostname(), target.Port(), port, users, strings.Join(settings, "\n")))
	command, err := unprivileged(dir, pgbouncer, config)
	if err != nil {
		lacking(t, "setpriv")
	}
	target.Host = "127.0.0.1:" + port
	return (&Server{URL: target.String(), Dir: dir, t: t, command: command, ready: dials(target.Host)}).run()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // nobody reads it
		t.Fatal(err)
	}
}
