package sqlite

import (
	"fmt"
	"time"
)

// Django writes times as text in UTC, with six digits of a second unless they are zero. SQLite
// compares them as text, so times in statements must have the same form: with a "T" in the
// middle, an expired session would not be older than the present time.
const (
	secondsLayout = "2006-01-02 15:04:05"
	microsLayout  = "2006-01-02 15:04:05.000000"
)

// formatTime writes a time as Django does. The zero time is NULL.
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

// parseTime reads a time that Django wrote. Empty is the zero time.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	const date = len("2006-01-02")
	var t time.Time
	ok := len(text) > date && text[date] == ' '
	if ok { // time.Time reads this format several times as fast as time.Parse reads others
		var buf [32]byte
		rfc3339 := append(append(append(append(buf[:0], text[:date]...), 'T'), text[date+1:]...), 'Z')
		ok = t.UnmarshalText(rfc3339) == nil
	}
	if !ok {
		return time.Time{}, fmt.Errorf("sqlite: time %q: want %q in UTC, as Django writes it", text, secondsLayout)
	}
	return t, nil
}
