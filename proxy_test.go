package rest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// clientOf answers with the address that limits and logs go by.
func clientOf(t *testing.T, s rest.Settings) *rest.API {
	t.Helper()
	return newAPI(t, s, rest.Controller{Path: "/x", Auth: auth.Public, Get: rest.Handle(func(_ context.Context, in struct{ R *http.Request }) (string, error) {
		return rest.ClientAddr(in.R).String(), nil
	})})
}

func TestTrustedProxies(t *testing.T) {
	trusting := settings()
	trusting.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, test := range []struct{ name, peer, forwarded, trusted, otherwise string }{
		{"a proxy", "10.0.0.1:1", "198.51.100.1", "198.51.100.1", "10.0.0.1"},
		{"a client", "192.0.2.1:1", "198.51.100.1", "192.0.2.1", "192.0.2.1"},
		{"two proxies", "10.0.0.1:1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1", "10.0.0.1"},
		{"with a port", "10.0.0.1:1", "198.51.100.1:4711", "198.51.100.1", "10.0.0.1"},
		{"IPv6", "[2001:db8::1]:1", "2606:4700::1", "2606:4700::1", "2001:db8::1"},
		{"IPv6 with a port", "[2001:db8::1]:1", "[2606:4700::1]:4711", "2606:4700::1", "2001:db8::1"},
		{"IPv6 in brackets", "[2001:db8::1]:1", "[2606:4700::1]", "2606:4700::1", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:1", "::ffff:198.51.100.1", "198.51.100.1", "10.0.0.1"},
		{"what is no address", "10.0.0.1:1", "198.51.100.1, unknown", "10.0.0.1", "10.0.0.1"},
		{"nothing", "10.0.0.1:1", "", "10.0.0.1", "10.0.0.1"},
		{"no peer", "@", "198.51.100.1", "invalid IP", "invalid IP"},
	} {
		for i, s := range []rest.Settings{trusting, settings()} {
			want := []string{test.trusted, test.otherwise}[i]
			r := httptest.NewRequest("GET", "/x", nil)
			r.RemoteAddr = test.peer
			if test.forwarded != "" {
				r.Header.Set("X-Forwarded-For", test.forwarded)
			}
			w := httptest.NewRecorder()
			if clientOf(t, s).ServeHTTP(w, r); w.Body.String() != `"`+want+`"` {
				t.Errorf("%s, %v trusted: got %s, want %q", test.name, s.TrustedProxies, w.Body, want)
			}
		}
	}
}

// TestUnixProxy: nginx in front of a socket. Its own address nobody knows.
func TestUnixProxy(t *testing.T) {
	for want, trust := range map[string]bool{"198.51.100.1": true, "invalid IP": false} {
		s := settings()
		s.TrustUnixProxy = trust
		s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} // says nothing of sockets
		path := filepath.Join(t.TempDir(), "s")
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: clientOf(t, s)}
		go server.Serve(listener)
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://api/x", http.NoBody)
		r.Header.Set("X-Forwarded-For", "6.6.6.6, 198.51.100.1")
		reply, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		if err != nil || string(body) != `"`+want+`"` {
			t.Errorf("trusted %t: got %s, %v, want %q", trust, body, err, want)
		}
		reply.Body.Close()
		transport.CloseIdleConnections()
		server.Close()
	}
	s := settings()
	s.TrustUnixProxy = true
	r := httptest.NewRequest("GET", "/x", nil)
	r.Header.Set("X-Forwarded-For", "6.6.6.6")
	w := httptest.NewRecorder()
	if clientOf(t, s).ServeHTTP(w, r); w.Body.String() != `"192.0.2.1"` {
		t.Errorf("over TCP: got %s, want the peer", w.Body)
	}
}
