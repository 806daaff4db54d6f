package rest

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// outputPlan is how a handler's result becomes a reply.
type outputPlan struct {
	body    *schema.Value // nil: no body
	offset  uintptr
	headers []outputHeader
	cookies []outputCookie
}

type outputHeader struct {
	name, doc string
	typ       reflect.Type
	value     *schema.Value // of a header with a format, otherwise nil
	offset    uintptr
}

type outputCookie struct {
	name   string // empty: the field holds several
	many   bool
	offset uintptr
}

// compileOutput reads the type of a result: a struct with fields tagged body,
// header or cookie is a reply, anything else is the body itself.
func compileOutput(c *schema.Compiler, t reflect.Type) (*outputPlan, error) {
	p := &outputPlan{}
	if t == reflect.TypeFor[None]() {
		return p, nil
	}
	var err error
	if !isReply(t) {
		p.body, err = c.CompileField(t, "")
		return p, err
	}
	var errs []error
	for i := range t.NumField() {
		for _, err := range schema.Mistakes(p.field(c, t.Field(i))) {
			errs = append(errs, fmt.Errorf("output %s.%s: %w", schema.TypeName(t), t.Field(i).Name, err))
		}
	}
	return p, errors.Join(errs...)
}

func isReply(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		for _, key := range []string{"body", "header", "cookie"} {
			if _, ok := t.Field(i).Tag.Lookup(key); ok {
				return true
			}
		}
	}
	return false
}

func (p *outputPlan) field(c *schema.Compiler, f reflect.StructField) error {
	_, body := f.Tag.Lookup("body")
	header, isHeader := f.Tag.Lookup("header")
	cookie, isCookie := f.Tag.Lookup("cookie")
	switch {
	case !f.IsExported():
		return errors.New("the field is not exported")
	case body && p.body != nil:
		return errors.New("a second body")
	case body:
		var err error
		p.body, err = c.CompileField(f.Type, f.Tag)
		p.offset = f.Offset
		return err
	case isHeader:
		return p.addHeader(c, f, header)
	case isCookie:
		many := f.Type == reflect.TypeFor[[]*http.Cookie]()
		if !many && f.Type != reflect.TypeFor[*http.Cookie]() {
			return fmt.Errorf("a cookie is an *http.Cookie or []*http.Cookie, not %v", f.Type)
		}
		p.cookies = append(p.cookies, outputCookie{cookie, many, f.Offset})
	default:
		return errors.New("the field is neither body nor header nor cookie")
	}
	return nil
}

func (p *outputPlan) addHeader(c *schema.Compiler, f reflect.StructField, name string) error {
	if err := checkReplyHeader(name); err != nil {
		return err
	}
	name = http.CanonicalHeaderKey(name)
	switch {
	case name == "Set-Cookie":
		return errors.New("a cookie is a field tagged `cookie`, an *http.Cookie or []*http.Cookie, so that it is documented")
	case !headerKind(f.Type):
		return fmt.Errorf("a header is a string, a number, a time.Time or []string, not %v", f.Type)
	}
	h := outputHeader{name: name, doc: f.Tag.Get("doc"), typ: f.Type, offset: f.Offset}
	if f.Tag.Get("format") != "" {
		var err error
		if h.value, err = c.CompileField(f.Type, f.Tag); err != nil {
			return err
		}
	}
	p.headers = append(p.headers, h)
	return nil
}

func headerKind(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint, reflect.Uint64, reflect.Bool:
		return true
	}
	return t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[[]string]()
}

// validate checks the body against its schema.
func (p *outputPlan) validate(value unsafe.Pointer, issues *schema.Issues) *Error {
	if p.body == nil {
		return nil
	}
	p.body.Validate(unsafe.Add(value, p.offset), []any{}, issues)
	if issues.Len() == 0 {
		return nil
	}
	return issuesError(http.StatusUnprocessableEntity, codeReply, issues)
}

func (p *outputPlan) append(dst []byte, value unsafe.Pointer) ([]byte, error) {
	if p.body == nil {
		return dst, nil
	}
	return p.body.Append(dst, unsafe.Add(value, p.offset))
}

// header writes the header fields and cookies of a result. A zero string or time,
// and an empty list, are left out.
func (p *outputPlan) header(h http.Header, value unsafe.Pointer) error {
	for i := range p.headers {
		f := &p.headers[i]
		field := reflect.NewAt(f.typ, unsafe.Add(value, f.offset)).Elem()
		var values []string
		switch v := field.Interface().(type) {
		case time.Time:
			switch {
			case v.IsZero():
			case f.value != nil:
				text, err := f.value.Text(unsafe.Add(value, f.offset))
				if err != nil {
					return fmt.Errorf("rest: header %s: %w", f.name, err)
				}
				values = []string{text}
			default:
				values = []string{v.UTC().Format(http.TimeFormat)}
			}
		case time.Duration:
			text := strconv.FormatInt(int64(v), 10)
			if f.value != nil {
				var err error
				if text, err = f.value.Text(unsafe.Add(value, f.offset)); err != nil {
					return fmt.Errorf("rest: header %s: %w", f.name, err)
				}
			}
			values = []string{text}
		case []string:
			values = v
		default:
			if text := headerText(field); text != "" {
				values = []string{text}
			}
		}
		if err := checkReplyValues(f.name, values); err != nil {
			return err
		}
		if len(values) > 0 {
			addHeader(h, f.name, values)
		}
	}
	for _, f := range p.cookies {
		at := unsafe.Add(value, f.offset)
		cookies := []*http.Cookie{nil}
		if f.many {
			cookies = *(*[]*http.Cookie)(at)
		} else {
			cookies[0] = *(**http.Cookie)(at)
		}
		for _, cookie := range cookies {
			if cookie == nil {
				continue
			}
			text := cookie.String()
			if text == "" {
				return fmt.Errorf("rest: the cookie %q is not valid", cookie.Name)
			}
			h["Set-Cookie"] = append(h["Set-Cookie"], text)
		}
	}
	return nil
}

// takeBack removes what header has written before it failed. cookies is how many the
// reply had before.
func (p *outputPlan) takeBack(h http.Header, cookies int) {
	for i := range p.headers {
		delete(h, p.headers[i].name)
	}
	if h["Set-Cookie"] = h["Set-Cookie"][:cookies]; cookies == 0 {
		delete(h, "Set-Cookie")
	}
}

// undeclaredCookie names a cookie of a result that the document does not; empty if
// there is none.
func (p *outputPlan) undeclaredCookie(value unsafe.Pointer, op *Op) string {
	for _, f := range p.cookies {
		at := unsafe.Add(value, f.offset)
		if !f.many {
			if cookie := *(**http.Cookie)(at); cookie != nil && cookie.Name != f.name && !op.declaresCookie(cookie.Name) {
				return cookie.Name
			}
			continue
		}
		for _, cookie := range *(*[]*http.Cookie)(at) {
			if cookie != nil && !op.declaresCookie(cookie.Name) {
				return cookie.Name
			}
		}
	}
	return ""
}

func (op *Op) declaresCookie(name string) bool {
	_, always := op.Cookies[name]
	_, sometimes := op.OptionalCookies[name]
	return always || sometimes
}

func headerText(v reflect.Value) string {
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return v.String()
}
