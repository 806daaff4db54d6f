package auth_test

import (
	"testing"

	"github.com/go-modern-rest/rest/auth"
)

func TestValidate(t *testing.T) {
	for name, table := range map[string]any{"nil": nil, "a nil pointer": (*Table)(nil), "a table without the method": 7, "a table that is there": &Table{}} {
		if err := auth.Validate(table); err != nil {
			t.Errorf("%s: got %v, want no error", name, err)
		}
	}
}
