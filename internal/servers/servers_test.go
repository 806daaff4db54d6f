package servers_test

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/leaktest"
	"github.com/go-modern-rest/rest/internal/servers"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestPostgresSharesAServer(t *testing.T) {
	one, two := servers.Postgres(t), servers.Postgres(t)
	if one.URL == two.URL {
		t.Errorf("got the database %s twice", one.URL)
	}
	servers.SQL(t, one.URL, `CREATE TABLE here (id int)`)
	if got := servers.SQL(t, two.URL, `SELECT count(*) FROM pg_tables WHERE tablename = 'here'`); got != "0" {
		t.Errorf("got %q tables of the other database", got)
	}
}

func TestPostgresKeepsItsDataAfterKill(t *testing.T) {
	server := servers.OwnPostgres(t)
	if got := servers.SQL(t, server.URL, `SHOW fsync`); got != "on" {
		t.Errorf("got fsync %q, want on", got)
	}
	servers.SQL(t, server.URL, `CREATE TABLE here (id int); INSERT INTO here VALUES (7)`)
	server.Kill()
	if conn, err := net.Dial("tcp", host(t, server)); err == nil {
		conn.Close()
		t.Error("a killed server accepts a connection")
	}
	server.Start()
	if got := servers.SQL(t, server.URL, `SELECT id FROM here`); got != "7" {
		t.Errorf("got %q, want the row from before", got)
	}
	server.Stop()
	server.Start()
	if got := servers.SQL(t, server.URL, `SELECT id FROM here`); got != "7" {
		t.Errorf("got %q after Stop, want the row from before", got)
	}
}

func TestPgBouncer(t *testing.T) {
	server := servers.PgBouncer(t, servers.Postgres(t).URL)
	if got := servers.SQL(t, server.URL, `SELECT 1`); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestRedisPauses(t *testing.T) {
	server := servers.Redis(t)
	say := func(text string) string {
		conn, err := net.Dial("tcp", host(t, server))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(300 * time.Millisecond))
		conn.Write([]byte(text + "\r\n"))
		var answer [100]byte
		n, _ := conn.Read(answer[:])
		return string(answer[:n])
	}
	if got := say("SET a 1"); got != "+OK\r\n" {
		t.Errorf("got %q", got)
	}
	server.Pause()
	if got := say("GET a"); got != "" {
		t.Errorf("got %q of a server that is paused", got)
	}
	server.Resume()
	if got := say("GET a"); got != "$1\r\n1\r\n" {
		t.Errorf("got %q after Resume", got)
	}
	server.Kill()
	server.Start()
	if got := say("GET a"); got != "$1\r\n1\r\n" {
		t.Errorf("got %q after Kill, want what was written", got)
	}
}

// TestServersEndWithTheBinary kills a test binary that has a server.
func TestServersEndWithTheBinary(t *testing.T) {
	if os.Getenv("SERVERS_CHILD") != "" {
		server := servers.Redis(t)
		os.Stdout.WriteString("at " + server.URL + " " + server.Dir + "\n")
		select {}
	}
	servers.Redis(t) // skips
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(binary, "-test.run", "^TestServersEndWithTheBinary$")
	child.Env = append(os.Environ(), "SERVERS_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 200)
	n, _ := out.Read(text)
	words := strings.Fields(string(text[:n]))
	if len(words) < 3 {
		t.Fatalf("got %q", text[:n])
	}
	child.Process.Kill()
	child.Wait()
	deadline := time.After(20 * time.Second)
	for {
		if _, err := os.Stat(words[2]); os.IsNotExist(err) {
			break
		}
		select {
		case <-deadline:
			t.Fatal("the directory of the server is still there")
		case <-time.After(20 * time.Millisecond):
		}
	}
	address, _ := url.Parse(words[1])
	if conn, err := net.Dial("tcp", address.Host); err == nil {
		conn.Close()
		t.Error("the server still runs")
	}
}

func host(t *testing.T, server *servers.Server) string {
	t.Helper()
	where, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return where.Host
}
