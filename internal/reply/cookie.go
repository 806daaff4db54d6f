package reply

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/field"
	"github.com/go-modern-rest/rest/internal/schema"
)

// cookie is a field with one cookie, or with several.
type cookie struct {
	name   string // empty if the field holds several
	doc    string
	many   bool
	offset uintptr
}

func (p *Plan) addCookie(f reflect.StructField, at uintptr) error {
	name, many := f.Tag.Get("cookie"), f.Type == reflect.TypeFor[[]*http.Cookie]()
	switch {
	case !many && f.Type != reflect.TypeFor[*http.Cookie]():
		return fmt.Errorf("a cookie is an *http.Cookie or []*http.Cookie, not a %v", f.Type)
	case many && name != "":
		return errors.New("a field with several cookies has no name of its own; write cookie:\"\" and name the cookies in Op.Cookies or Op.OptionalCookies")
	case name != "" && !field.IsToken(name):
		return fmt.Errorf("%q cannot be the name of a cookie; want a token (RFC 9110 §5.6.2)", name)
	}
	p.cookies = append(p.cookies, cookie{name, f.Tag.Get("doc"), many, at})
	return schema.TagError(f.Tag, "doc")
}

// each calls f with the cookies of a result that are not nil, until f returns false.
func (c *cookie) each(value unsafe.Pointer, f func(*http.Cookie) bool) {
	at := unsafe.Add(value, c.offset)
	if !c.many {
		if set := *(**http.Cookie)(at); set != nil {
			f(set)
		}
		return
	}
	for _, set := range *(*[]*http.Cookie)(at) {
		if set != nil && !f(set) {
			return
		}
	}
}

// UndeclaredCookie returns the name of a cookie of a result that is neither that of its
// field nor declared; empty if there is none.
func (p *Plan) UndeclaredCookie(value unsafe.Pointer, declared func(name string) bool) string {
	undeclared := ""
	for i := range p.cookies {
		field := &p.cookies[i]
		field.each(value, func(set *http.Cookie) bool {
			if (field.many || set.Name != field.name) && !declared(set.Name) {
				undeclared = set.Name
			}
			return undeclared == ""
		})
	}
	return undeclared
}

func (p *Plan) writeCookies(h http.Header, value unsafe.Pointer) error {
	var err error
	for i := range p.cookies {
		p.cookies[i].each(value, func(set *http.Cookie) bool {
			text := set.String()
			if text == "" {
				err = fmt.Errorf("rest: the cookie %q is not valid", set.Name)
				return false
			}
			h["Set-Cookie"] = append(h["Set-Cookie"], text)
			return true
		})
		if err != nil {
			return err
		}
	}
	return nil
}
