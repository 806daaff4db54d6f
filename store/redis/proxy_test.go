package redis_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy passes bytes between clients and a server, and can fail in the ways of a network.
type proxy struct {
	URL string

	listener net.Listener
	target   string

	mu    sync.Mutex
	mode  mode
	conns []net.Conn
}

type mode int

const (
	passing    mode = iota
	swallowing      // the server gets what clients send; its next reply is lost and the connection ends
	silent          // nothing is passed, and connections stay open
	refusing        // connections end at once
)

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	parsed, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{URL: "redis://" + listener.Addr().String(), listener: listener, target: parsed.Host}
	var wg sync.WaitGroup
	wg.Go(func() { p.accept(&wg) })
	t.Cleanup(func() {
		_ = listener.Close()
		p.set(refusing)
		wg.Wait()
	})
	return p
}

func (p *proxy) accept(wg *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil || p.now() == refusing {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		wg.Go(func() { p.pass(server, client, false) })
		wg.Go(func() { p.pass(client, server, true) })
	}
}

// pass copies until a connection ends.
func (p *proxy) pass(to, from net.Conn, replies bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		switch mode := p.now(); {
		case mode == swallowing && replies:
			p.set(passing)
			return
		case mode == silent:
			continue // the bytes are lost
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) now() mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

// set changes the mode. Connections end when the proxy begins to refuse them.
func (p *proxy) set(m mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	if m == refusing {
		for _, conn := range p.conns {
			_ = conn.Close()
		}
		p.conns = nil
	}
}
