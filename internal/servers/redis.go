package servers

import (
	"net"
	"strings"
	"testing"
	"time"
)

// Redis starts a Redis server that writes each change to its disk before it answers. The
// arguments are those of redis-server, such as "--appendfsync", "everysec", and win over
// the defaults.
func Redis(t testing.TB, args ...string) *Server {
	t.Helper()
	program, err := find("redis-server")
	if err != nil {
		lacking(t, "redis-server")
	}
	dir, port := directory(t), freePort(t)
	address := "127.0.0.1:" + port
	command := append([]string{program, "--bind", "127.0.0.1", "--port", port, "--dir", dir,
		"--save", "", "--appendonly", "yes", "--appendfsync", "always"}, args...)
	return (&Server{URL: "redis://" + address, Dir: dir, t: t, command: command, ready: answersPing(address)}).run()
}

// dials returns a check that a server accepts connections at an address.
func dials(address string) func(int) bool {
	return func(int) bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
}

// answersPing returns a check that a Redis server at an address has loaded its data. One
// that wants a password answers that.
func answersPing(address string) func(int) bool {
	return func(int) bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return false
		}
		var answer [64]byte
		n, err := conn.Read(answer[:])
		text := string(answer[:n])
		return err == nil && (strings.HasPrefix(text, "+PONG") || strings.HasPrefix(text, "-NOAUTH"))
	}
}
