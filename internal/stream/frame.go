package stream

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Head is what an event has besides its data.
type Head struct {
	ID, Name string
	Retry    time.Duration
}

// Append appends the fields of an event that are set. A field with a line break would
// begin another field, so it is an error.
func (h *Head) Append(dst []byte) ([]byte, error) {
	for _, field := range [...]struct{ name, value string }{{"id", h.ID}, {"event", h.Name}} {
		if field.value == "" {
			continue
		}
		if strings.ContainsAny(field.value, "\r\n\x00") || !utf8.ValidString(field.value) {
			return dst, fmt.Errorf("rest: the field %s of an event has a line break or a NUL, or is not UTF-8: %q", field.name, field.value)
		}
		dst = append(append(append(append(dst, field.name...), ": "...), field.value...), '\n')
	}
	switch {
	case h.Retry < 0:
		return dst, fmt.Errorf("rest: the field retry of an event is negative: %v", h.Retry)
	case h.Retry > 0:
		dst = append(dst, "retry: "...)
		dst = append(strconv.AppendInt(dst, int64((h.Retry+time.Millisecond-1)/time.Millisecond), 10), '\n')
	}
	return dst, nil
}

// OneLine replaces the line breaks in JSON, where they are white space, by spaces.
func OneLine(json []byte) {
	for {
		i := bytes.IndexAny(json, "\r\n")
		if i < 0 {
			return
		}
		json[i] = ' '
		json = json[i+1:]
	}
}
