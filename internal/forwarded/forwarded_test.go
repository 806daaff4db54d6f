package forwarded_test

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/go-modern-rest/rest/internal/forwarded"
)

func TestSecure(t *testing.T) {
	plain := httptest.NewRequest("GET", "http://api.example/", nil)
	plain.Header.Set("X-Forwarded-Proto", "https") // anybody can write this
	if forwarded.Secure(plain) {
		t.Error("plain request with a forged header: got secure")
	}
	if !forwarded.Secure(plain.WithContext(forwarded.WithSecure(plain.Context(), true))) {
		t.Error("behind a trusted proxy: got insecure")
	}
	if forwarded.Secure(plain.WithContext(forwarded.WithSecure(plain.Context(), false))) {
		t.Error("http to a trusted proxy: got secure")
	}
	plain.TLS = &tls.ConnectionState{}
	if !forwarded.Secure(plain) {
		t.Error("own TLS: got insecure")
	}
}

func TestClient(t *testing.T) {
	for _, test := range []struct{ name, peer, want string }{
		{"IPv4", "192.0.2.1:4711", "192.0.2.1"},
		{"IPv6", "[2001:db8::1]:4711", "2001:db8::1"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.1]:4711", "192.0.2.1"},
		{"without port", "192.0.2.1", "192.0.2.1"},
		{"Unix socket", "@", "invalid IP"},
		{"none", "", "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.peer
		r.Header.Set("X-Forwarded-For", "203.0.113.9") // anybody can write this
		if got := forwarded.Client(r).String(); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		named := netip.MustParseAddr("198.51.100.7")
		if got := forwarded.Client(r.WithContext(forwarded.WithClient(r.Context(), named))); got != named {
			t.Errorf("%s: got %s, want the address that the proxy named", test.name, got)
		}
	}
}
