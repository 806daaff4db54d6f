package rest_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
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

// TestProxyZones: a link-local proxy is trusted whatever its interface is called.
func TestProxyZones(t *testing.T) {
	s := settings()
	s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("fe80::/10")}
	r := httptest.NewRequest("GET", "/x", nil)
	r.RemoteAddr = "[fe80::1%eth0]:1234"
	r.Header.Set("X-Forwarded-For", "203.0.113.9, fe80::2%wlan0")
	w := httptest.NewRecorder()
	if clientOf(t, s).ServeHTTP(w, r); w.Body.String() != `"203.0.113.9"` {
		t.Errorf("got %s", w.Body)
	}
}

// TestForwardedProto: the scheme of the client stands as far from the end of its list as
// the client's address does; what a client writes in front of it counts for nothing.
func TestForwardedProto(t *testing.T) {
	s := settings()
	s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	session := newSessionSite(t)
	api := newAPI(t, s, rest.Controller{Path: "/x", Auth: session.auth, Post: rest.Handle(hello)})
	for _, test := range []struct {
		name, forwarded string
		protos          []string
		secure          bool
	}{
		{"one proxy", "192.0.2.1", []string{"https"}, true},
		{"one proxy, plain", "192.0.2.1", []string{"http"}, false},
		{"the client lies", "192.0.2.1", []string{"https, http"}, false},
		{"two proxies", "192.0.2.1, 10.0.0.2", []string{"https, http"}, true},
		{"two proxies, two lines", "192.0.2.1, 10.0.0.2", []string{"https", "http"}, true},
		{"two proxies, plain", "192.0.2.1, 10.0.0.2", []string{"http, https"}, false},
		{"two proxies, the client lies", "6.6.6.6, 192.0.2.1, 10.0.0.2", []string{"https, http, https"}, false},
		{"two proxies, written by the outer one", "192.0.2.1, 10.0.0.2", []string{"https"}, true},
		{"no addresses", "", []string{"https"}, true},
	} {
		r := session.post("http://api.example/x")
		r.RemoteAddr = "10.0.0.1:1"
		r.Header["X-Forwarded-Proto"] = test.protos
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		r.Header.Set("Origin", "https://api.example") // that of the API if the client used https
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); (w.Code == 201) != test.secure {
			t.Errorf("%s: got %d %s, want secure %v", test.name, w.Code, w.Body, test.secure)
		}
	}
}

// TestUntrustedForwardedIsReported: where a proxy is not named in the settings, the log
// says so once, with what to write.
func TestUntrustedForwardedIsReported(t *testing.T) {
	for _, trusted := range [][]netip.Prefix{nil, {netip.MustParsePrefix("10.0.0.0/8")}} {
		var log bytes.Buffer
		s := settings()
		s.TrustedProxies, s.Logger = trusted, slog.New(slog.NewTextHandler(&log, nil))
		api := clientOf(t, s)
		send(api, "GET", "/x", "")
		if log.Len() > 0 {
			t.Errorf("without forwarded headers: got %s", &log)
		}
		for range 3 {
			send(api, "GET", "/x", "", "X-Forwarded-For", "198.51.100.1")
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "TrustedProxies") || !strings.Contains(text, "192.0.2.1") {
			t.Errorf("got %q, want one line that names the peer and the setting", text)
		}
	}
}

func TestTrustedProxiesOfAll(t *testing.T) {
	for _, prefix := range []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"), netip.MustParsePrefix("::ffff:10.0.0.0/104"), {}} {
		s := settings()
		s.TrustedProxies = []netip.Prefix{prefix}
		_, err := rest.New(s, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
		if err == nil || !strings.Contains(err.Error(), "TrustedProxies") {
			t.Errorf("%v: got %v", prefix, err)
		}
	}
}

// sessionSite is a user with a session and its CSRF token.
type sessionSite struct {
	auth   *sessionauth.Auth[*store.User]
	cookie string
	token  string
}

func newSessionSite(t *testing.T) sessionSite {
	t.Helper()
	db := memory.New()
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true}); err != nil {
		t.Fatal(err)
	}
	s := sessionSite{auth: sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 40))})}
	cookies, err := s.auth.Begin(httptest.NewRequest("POST", "/", nil), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for _, c := range cookies {
		pairs = append(pairs, c.Name+"="+c.Value)
		if c.Name == "csrftoken" {
			s.token = c.Value
		}
	}
	s.cookie = strings.Join(pairs, "; ")
	return s
}

func (s sessionSite) post(target string) *http.Request {
	r := httptest.NewRequest("POST", target, http.NoBody)
	r.Header.Set("Cookie", s.cookie)
	r.Header.Set("X-CSRFToken", s.token)
	return r
}
