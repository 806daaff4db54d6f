package jwtauth_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth/jwtauth"
)

// TestPairHidesItsTokens writes a pair in each way that a program may log it.
func TestPairHidesItsTokens(t *testing.T) {
	pair := jwtauth.Pair{Access: "a-secret", Refresh: "a-secret", AccessExpires: now, RefreshExpires: now}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "pair", pair)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "pair", &pair)
	fmt.Fprintf(&logged, "print %v %+v %s\n", pair, &pair, []jwtauth.Pair{pair})
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, "a-secret") || !strings.Contains(line, "refresh_expires") {
			t.Errorf("got %s, want the times and no token", strings.TrimSpace(line))
		}
	}
}
