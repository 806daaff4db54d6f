package auth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
)

// TestAccountHidesItsPassword writes an account in each way that a program may log it.
func TestAccountHidesItsPassword(t *testing.T) {
	account := auth.Account{ID: "7", Username: "alice", Email: "a-secret", Password: "a-secret", Active: true}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "account", account)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "account", &account)
	fmt.Fprintf(&logged, "print %v %+v %s\n", account, &account, []auth.Account{account})
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, "a-secret") || !strings.Contains(line, "alice") {
			t.Errorf("got %s, want alice and no secret", strings.TrimSpace(line))
		}
	}
	written, err := json.Marshal(auth.Account{Username: "alice", Password: "a-secret"})
	if err != nil || strings.Contains(string(written), "a-secret") {
		t.Errorf("JSON: got %s, %v", written, err)
	}
}
