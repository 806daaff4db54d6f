package sqlite

import (
	"fmt"
	"time"
)

// Django writes times as text, in UTC, with six digits of a second where they are
// not zero. SQLite compares them as text, so no other form may be bound: with
// "T" in the middle an expired session would compare as a living one.
const (
	secondsLayout = "2006-01-02 15:04:05"
	microsLayout  = "2006-01-02 15:04:05.000000"
)

// formatTime writes a time as Django does. Time zero is NULL.
func formatTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format(secondsLayout)
	}
	return t.Format(microsLayout)
}

// parseTime reads what Django wrote; empty is time zero.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(secondsLayout, text) // reads a fraction, too
	if err != nil {
		return time.Time{}, fmt.Errorf("sqlite: time %q: want %q in UTC, as Django writes it", text, secondsLayout)
	}
	return t, nil
}
