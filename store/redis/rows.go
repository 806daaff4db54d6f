package redis

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// encodeSession returns the value of a session: Created, Seen, Expires and the length of UserID in
// decimal, each with a space after it, then UserID and Data. The scripts read it as well.
func encodeSession(row store.Session) string {
	text := make([]byte, 0, 56+len(row.UserID)+len(row.Data))
	for _, n := range [...]int64{microseconds(row.Created), microseconds(row.Seen), microseconds(row.Expires), int64(len(row.UserID))} {
		text = append(strconv.AppendInt(text, n, 10), ' ')
	}
	return string(append(append(text, row.UserID...), row.Data...))
}

var errForeign = errors.New("redis: session: the value was not written by this package")

func decodeSession(key, text string) (store.Session, error) {
	var numbers [4]int64
	for i := range numbers {
		digits, rest, _ := strings.Cut(text, " ")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return store.Session{}, errForeign // without the value, which has the data
		}
		numbers[i], text = n, rest
	}
	if n := numbers[3]; n < 0 || n > int64(len(text)) {
		return store.Session{}, errForeign
	}
	return store.Session{
		Key: key, UserID: text[:numbers[3]], Data: text[numbers[3]:],
		Created: moment(numbers[0]), Seen: moment(numbers[1]), Expires: moment(numbers[2]),
	}, nil
}

// microseconds returns a time as rows have it: microseconds since 1970, or 0 for the zero time.
func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func micro(t time.Time) string { return strconv.FormatInt(microseconds(t), 10) }

func moment(microseconds int64) time.Time {
	if microseconds == 0 {
		return time.Time{}
	}
	return time.UnixMicro(microseconds).UTC()
}

// removal returns when Redis removes a row that expires at t: milliseconds since 1970.
func removal(t time.Time) int64 { return max(1, t.Add(slack).UnixMilli()) }

func until(t time.Time) string { return strconv.FormatInt(removal(t), 10) }

func notFound(what string) error { return fmt.Errorf("redis: %s: %w", what, store.ErrNotFound) }
