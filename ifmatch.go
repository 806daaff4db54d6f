package rest

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/reply"
)

// IfMatch is the precondition of a write: the header If-Match (RFC 9110 §13.1.1). As a
// field of an input it is required, and a request without it is answered with 428; as a
// pointer it is optional.
//
//	type Edit struct {
//		IfMatch rest.IfMatch `header:"If-Match"`
//		Body    Note         `body:""`
//	}
//
// Handlers compare it with the entity tag of what they are about to change:
//
//	if err := in.IfMatch.Check(note.ETag); err != nil {
//		return Note{}, err
//	}
type IfMatch struct{ lines []string }

// Check returns an [*Error] with the status 412 unless the precondition holds for a
// resource whose entity tag is etag, with its quotes: "\"v7\"". The comparison is strong,
// so a weak entity tag never matches. The precondition * holds for every resource that
// exists; an empty etag stands for one that does not. A nil IfMatch holds always.
func (m *IfMatch) Check(etag string) error {
	if m == nil || m.lines == nil || etag != "" && reply.Match(m.lines, etag, false) {
		return nil
	}
	return newError(http.StatusPreconditionFailed, codePrecondition, msgPrecondition)
}

// String returns the header as it was sent.
func (m *IfMatch) String() string { return strings.Join(m.lines, ", ") }

// UnmarshalText reads the value of the header.
func (m *IfMatch) UnmarshalText(text []byte) error {
	lines := []string{string(text)}
	if !reply.ValidMatch(lines) {
		return errors.New("want entity tags in double quotes, or *")
	}
	m.lines = lines
	return nil
}

// MarshalText returns the header as it was sent.
func (m *IfMatch) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ifMatchField is the field of an input that has the type IfMatch.
type ifMatchField struct {
	offset   uintptr
	required bool
}

// findIfMatch returns the field of an input that has the type IfMatch or *IfMatch.
func findIfMatch(t reflect.Type, base uintptr) *ifMatchField {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		at := base + f.Offset
		_, header := f.Tag.Lookup("header")
		switch {
		case header && f.Type == reflect.TypeFor[IfMatch]():
			return &ifMatchField{at, true}
		case header && f.Type == reflect.TypeFor[*IfMatch]():
			return &ifMatchField{at, false}
		case f.Anonymous:
			if found := findIfMatch(f.Type, at); found != nil {
				return found
			}
		}
	}
	return nil
}

// check refuses a request without a precondition that is required.
func (f *ifMatchField) check(h http.Header) error {
	if f != nil && f.required && len(h["If-Match"]) == 0 {
		return newError(http.StatusPreconditionRequired, codePreconditionRequired, msgPreconditionRequired)
	}
	return nil
}

// join reads a precondition that was sent in several lines, which are one list (RFC 9110
// §5.3).
func (f *ifMatchField) join(input unsafe.Pointer, h http.Header) {
	lines := h["If-Match"]
	if f == nil || len(lines) < 2 {
		return
	}
	at := unsafe.Add(input, f.offset)
	if !f.required {
		at = *(*unsafe.Pointer)(at)
	}
	(*IfMatch)(at).lines = lines
}
