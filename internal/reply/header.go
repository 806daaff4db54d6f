package reply

import (
	"encoding"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// header is a field that becomes a header of the reply.
type header struct {
	name, doc string
	field     string // in the Go type
	format    string
	offset    uintptr
	value     *schema.Value // checks and documents the field
	typ       reflect.Type
	text      textOf       // of the field, or of an element of the list
	elem      reflect.Type // of a list, otherwise nil
}

// textOf returns a value as the text of a header. It reports false if the value is left out.
type textOf func(at unsafe.Pointer) (text string, sent bool, err error)

func (p *Plan) addHeader(c *schema.Compiler, f reflect.StructField, at uintptr) error {
	name := http.CanonicalHeaderKey(f.Tag.Get("header"))
	if err := CheckName(name); err != nil && name != "Content-Type" { // see checkContentType
		return err
	}
	if slices.ContainsFunc(p.headers, func(h header) bool { return h.name == name }) {
		return fmt.Errorf("the output has the header %s twice", name)
	}
	h := header{name: name, field: f.Name, doc: f.Tag.Get("doc"), format: f.Tag.Get("format"), typ: f.Type, offset: at}
	switch name {
	case "Set-Cookie":
		return errors.New("a cookie is a field tagged `cookie`, an *http.Cookie or []*http.Cookie, so that it is documented")
	case "Content-Type":
		p.typeAt = len(p.headers)
	case "Etag":
		p.etag = len(p.headers)
	case "Last-Modified":
		p.modified = len(p.headers)
	}
	if (name == "Content-Type" || name == "Etag") && f.Type.Kind() != reflect.String {
		return fmt.Errorf("the header %s must be a string; the field has the type %v", f.Tag.Get("header"), f.Type)
	}
	if name == "Last-Modified" && (f.Type != reflect.TypeFor[time.Time]() || f.Tag.Get("format") != "") {
		return fmt.Errorf("the header Last-Modified must be a time.Time without a format; the field has the type %v", f.Type)
	}
	var err error
	if h.value, err = c.CompileField(f.Type, f.Tag); err != nil {
		return err
	}
	if err := checkOutputTags(f.Tag); err != nil {
		return err
	}
	element := f.Type
	if list := h.value.Node.ListOf(); list != nil {
		h.elem, element = f.Type.Elem(), f.Type.Elem()
	}
	if h.text = textFor(element, h.value, f.Tag.Get("format") != "" && h.elem == nil); h.text == nil {
		return fmt.Errorf("a header is a string, a number, a bool, a time.Time, a text marshaler or a list of them, not a %v", f.Type)
	}
	p.headers = append(p.headers, h)
	return nil
}

// textFor returns how values of a type become text; nil if they cannot.
func textFor(t reflect.Type, value *schema.Value, formatted bool) textOf {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return timeText(value, formatted)
	case t == reflect.TypeFor[time.Duration]() && formatted:
		return func(at unsafe.Pointer) (string, bool, error) {
			text, err := value.Text(at)
			return text, true, err
		}
	case t.Kind() == reflect.Pointer:
		inner := textFor(t.Elem(), value, formatted)
		if inner == nil || t.Elem().Kind() == reflect.Pointer {
			return nil
		}
		return func(at unsafe.Pointer) (string, bool, error) {
			target := *(*unsafe.Pointer)(at)
			if target == nil {
				return "", false, nil
			}
			return inner(target)
		}
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return func(at unsafe.Pointer) (string, bool, error) {
			text, err := reflect.NewAt(t, at).Interface().(encoding.TextMarshaler).MarshalText()
			return string(text), len(text) > 0, err
		}
	}
	return plainText(t)
}

// timeText writes a time in its format, or as an HTTP date (RFC 9110 §5.6.7). A zero time
// is left out.
func timeText(value *schema.Value, formatted bool) textOf {
	return func(at unsafe.Pointer) (string, bool, error) {
		moment := *(*time.Time)(at)
		switch {
		case moment.IsZero():
			return "", false, nil
		case formatted:
			text, err := value.Text(at)
			return text, true, err
		}
		return moment.UTC().Format(http.TimeFormat), true, nil
	}
}

// plainText writes a value of a basic kind. An empty string is left out.
func plainText(t reflect.Type) textOf {
	var write func(reflect.Value) string
	switch t.Kind() {
	case reflect.String:
		return func(at unsafe.Pointer) (string, bool, error) {
			text := *(*string)(at)
			return text, text != "", nil
		}
	case reflect.Bool:
		write = func(v reflect.Value) string { return strconv.FormatBool(v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		write = func(v reflect.Value) string { return strconv.FormatInt(v.Int(), 10) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		write = func(v reflect.Value) string { return strconv.FormatUint(v.Uint(), 10) }
	case reflect.Float32, reflect.Float64:
		write = func(v reflect.Value) string { return strconv.FormatFloat(v.Float(), 'f', -1, t.Bits()) }
	default:
		return nil
	}
	return func(at unsafe.Pointer) (string, bool, error) {
		return write(reflect.NewAt(t, at).Elem()), true, nil
	}
}

// get returns the text of the header in a result; empty if it is left out.
func (h *header) get(value unsafe.Pointer) (string, error) {
	at := unsafe.Add(value, h.offset)
	if h.elem == nil {
		text, _, err := h.text(at)
		return text, err
	}
	list := reflect.NewAt(h.typ, at).Elem()
	var items []string
	for i := range list.Len() {
		text, sent, err := h.text(list.Index(i).Addr().UnsafePointer())
		if err != nil {
			return "", err
		}
		if sent {
			items = append(items, listItem(text))
		}
	}
	return strings.Join(items, ", "), nil
}

// listItem writes an element of a list (RFC 9110 §5.6.1). An element with a comma is
// quoted, unless it has quotes or angle brackets of its own, as the elements of Link do.
func listItem(text string) string {
	if strings.Contains(text, ",") && !strings.ContainsAny(text, `"<\`) {
		return `"` + text + `"`
	}
	return text
}

func (h *header) validate(value unsafe.Pointer, issues *schema.Issues) {
	if !h.value.Constrained() {
		return
	}
	if text, err := h.get(value); err == nil && text != "" {
		h.value.Validate(unsafe.Add(value, h.offset), []any{"headers", h.name}, issues)
	}
}

// HasHeader reports whether WriteHeader may write something.
func (p *Plan) HasHeader() bool { return len(p.headers) > 0 || len(p.cookies) > 0 }

// WriteHeader writes the headers and cookies of a result. Empty strings and lists, nil
// pointers and zero times are left out.
func (p *Plan) WriteHeader(h http.Header, value unsafe.Pointer) error {
	for i := range p.headers {
		field := &p.headers[i]
		if i == p.typeAt {
			continue // see ContentType
		}
		text, err := field.get(value)
		if err != nil {
			return fmt.Errorf("rest: header %s: %w", field.name, err)
		}
		if text == "" {
			continue
		}
		if strings.ContainsAny(text, "\r\n\x00") {
			return fmt.Errorf("rest: the value of header %s has a line break", field.name)
		}
		if field.name == "Vary" {
			h[field.name] = append(slices.Clip(h[field.name]), text)
		} else {
			h[field.name] = []string{text}
		}
	}
	return p.writeCookies(h, value)
}

// TakeBack removes from h what WriteHeader wrote before it failed. h had the given number
// of cookies before.
func (p *Plan) TakeBack(h http.Header, cookies int) {
	for i := range p.headers {
		delete(h, p.headers[i].name)
	}
	if h["Set-Cookie"] = h["Set-Cookie"][:cookies]; cookies == 0 {
		delete(h, "Set-Cookie")
	}
}
