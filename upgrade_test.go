package rest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest"
)

// TestHandshakeOfAnotherOrigin: an operation answers it as the credential says, with 403.
func TestHandshakeOfAnotherOrigin(t *testing.T) {
	session := newSessionSite(t)
	api := newAPI(t, settings(), rest.Controller{Path: "/x", Auth: session.auth, Get: rest.Handle(hello)})
	for origin, want := range map[string]int{"https://evil.example": 403, "https://api.example": 200, "": 200} {
		r := httptest.NewRequest("GET", "https://api.example/x", nil)
		r.Header.Set("Cookie", session.cookie)
		r.Header.Set("Upgrade", "websocket")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: got %d %s, want %d", origin, w.Code, w.Body, want)
		}
	}
}
