package forwarded_test

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest/internal/forwarded"
)

func TestSecure(t *testing.T) {
	plain := httptest.NewRequest("GET", "http://api.example/", nil)
	plain.Header.Set("X-Forwarded-Proto", "https") // anybody can write this
	if forwarded.Secure(plain) {
		t.Error("plain request with a forged header: got secure")
	}
	if !forwarded.Secure(plain.WithContext(forwarded.With(plain.Context(), true))) {
		t.Error("behind a trusted proxy: got insecure")
	}
	if forwarded.Secure(plain.WithContext(forwarded.With(plain.Context(), false))) {
		t.Error("http to a trusted proxy: got secure")
	}
	plain.TLS = &tls.ConnectionState{}
	if !forwarded.Secure(plain) {
		t.Error("own TLS: got insecure")
	}
}
