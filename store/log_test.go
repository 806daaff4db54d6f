package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// TestRecordsHideTheirSecrets writes each record in every way that a program may log
// it by accident.
func TestRecordsHideTheirSecrets(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		name, shown string
		record      slog.LogValuer
	}{
		{"User", "alice", store.User{ID: "7", Username: "alice", Password: "a-secret"}},
		{"Session", "user-9", store.Session{Key: "a-secret", Data: "a-secret", UserID: "user-9", Expires: at}},
		{"BlockedToken", "jti-9", store.BlockedToken{ID: "jti-9", Expires: at}},
		{"Family", "family-9", store.Family{ID: "family-9", Current: "a-secret", Previous: "a-secret", Bound: "a-secret"}},
		{"Token", "laptop", store.Token{Name: "laptop", Hash: "a-secret", Expires: at}},
	} {
		pointer := reflect.New(reflect.TypeOf(c.record))
		pointer.Elem().Set(reflect.ValueOf(c.record))
		list := reflect.Append(reflect.MakeSlice(reflect.SliceOf(pointer.Elem().Type()), 0, 1), pointer.Elem())
		for form, value := range map[string]any{
			"value": c.record, "pointer": pointer.Interface(), "list": list.Interface(), "map": map[string]any{"x": c.record},
		} {
			var logged bytes.Buffer
			slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "record", value)
			slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "record", value)
			fmt.Fprintf(&logged, "print %v %+v %s\n", value, value, value)
			if err := json.NewEncoder(&logged).Encode(value); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(logged.String()) {
				if strings.Contains(line, "a-secret") || !strings.Contains(line, c.shown) {
					t.Errorf("%s, %s: got %s, want %s and no secret", c.name, form, strings.TrimSpace(line), c.shown)
				}
			}
		}
	}
}
