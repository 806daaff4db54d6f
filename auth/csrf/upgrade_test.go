package csrf_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
)

// TestUpgrade: the handshake of a WebSocket from a page of another origin is refused,
// although its method is safe; it needs no token, and clients that are not browsers pass.
func TestUpgrade(t *testing.T) {
	p := csrf.New(csrf.Config{TrustedOrigins: []string{"https://trusted.example"}})
	guard := csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: []string{"https://trusted.example"}})
	inSession := csrf.New(csrf.Config{Secrets: noSecrets{}})
	for _, test := range []struct {
		name, method, upgrade, origin, site string
		refused                             bool
	}{
		{"no browser", "GET", "websocket", "", "", false},
		{"the page itself", "GET", "websocket", "https://app.example", "same-origin", false},
		{"a browser without Sec-Fetch-Site", "GET", "websocket", "https://app.example", "", false},
		{"a sibling", "GET", "websocket", "https://evil.app.example", "same-site", true},
		{"another port", "GET", "websocket", "https://app.example:8443", "same-site", true},
		{"another site", "GET", "websocket", "https://evil.example", "cross-site", true},
		{"another site, old browser", "GET", "websocket", "https://evil.example", "", true},
		{"an opaque origin", "GET", "websocket", "null", "cross-site", true},
		{"no origin, another site", "GET", "websocket", "", "cross-site", true},
		{"not an upgrade", "GET", "", "https://evil.example", "cross-site", false},
	} {
		r := httptest.NewRequest(test.method, "https://app.example/ws", nil)
		for name, value := range map[string]string{"Upgrade": test.upgrade, "Origin": test.origin, "Sec-Fetch-Site": test.site} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		_, guarded := guard.Authenticate(r)
		passed := false
		w := httptest.NewRecorder()
		p.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(w, r)
		for name, err := range map[string]error{"Check": p.Check(r), "CheckSecret": inSession.CheckSecret(r, ""), "CrossOrigin": guarded} {
			e, refused := errors.AsType[*auth.Error](err)
			if refused != test.refused || refused && e.HTTPStatus() != 403 {
				t.Errorf("%s: %s: got %v", test.name, name, err)
			}
		}
		if passed == test.refused {
			t.Errorf("%s: Middleware: got %d", test.name, w.Code)
		}
	}
	r := httptest.NewRequest("GET", "https://app.example/ws", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Origin", "https://trusted.example")
	if _, err := guard.Authenticate(r); err != nil || p.Check(r) != nil {
		t.Errorf("a trusted origin: got %v, %v", err, p.Check(r))
	}
}

// noSecrets keeps secrets nowhere.
type noSecrets struct{}

func (noSecrets) CSRFSecret(*http.Request) (string, error)                    { return "", nil }
func (noSecrets) SetCSRFSecret(*http.Request, string) ([]*http.Cookie, error) { return nil, nil }
func (noSecrets) CookieNames() map[string]string                              { return nil }
