//go:build !race

package sqlite_test

import "testing"

// TestAllocations: a read by key costs a few allocations of database/sql and the driver, the text of
// the row and what is returned.
func TestAllocations(t *testing.T) {
	db, user := filled(t)
	ctx := t.Context()
	for _, c := range []struct {
		name string
		most float64
		read func() error
	}{
		{"user", 10, func() error { _, _, err := db.Users().ByID(ctx, user.ID); return err }},
		{"session with user", 12, func() error { _, _, _, err := db.Sessions().WithUser(ctx, "s"); return err }},
		{"token with user", 13, func() error { _, _, _, err := db.Tokens().WithUser(ctx, "h"); return err }},
		{"family with user", 12, func() error { _, _, _, err := db.Families().WithUser(ctx, "f"); return err }},
	} {
		if err := c.read(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got := testing.AllocsPerRun(100, func() { _ = c.read() })
		if got > c.most {
			t.Errorf("%s: got %v allocations, want %v at most", c.name, got, c.most)
		}
	}
}
