package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// TestSentIsSigned receives what send sends.
func TestSentIsSigned(t *testing.T) {
	key := []byte("key")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, err := strconv.ParseInt(r.Header.Get("X-Timestamp"), 10, 64)
		if err != nil || r.Header.Get("X-Signature") != sign(key, at, body) {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer server.Close()
	if err := send(t.Context(), server.Client(), server.URL, key, Payment{ID: "p1", Cents: 5}); err != nil {
		t.Error(err)
	}
	if err := send(t.Context(), server.Client(), server.URL, []byte("other"), Payment{ID: "p1"}); err == nil {
		t.Error("another key: got no error")
	}
}
