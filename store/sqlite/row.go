package sqlite

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/scan"
	"github.com/go-modern-rest/rest/store"
)

// packed returns expressions as the one column of a query: a JSON array, which a row reads. With a
// column for each, the driver would copy their names, declared types and values at each execution,
// which takes longer than to find a row by key.
func packed(expressions ...string) string {
	return `json_array(` + strings.Join(expressions, ", ") + `) a`
}

// row is a row of a query. Its methods return its values one after the other. A NULL is a zero value.
// Texts are parts of the text of the row, so each keeps all of it in memory.
type row struct {
	ids  store.IDType // of users
	left string       // what follows the last value
	err  error        // the first one
}

// set begins to read a row.
func (r *row) set(column any) {
	text, _ := column.(string)
	r.left, r.err = strings.TrimPrefix(text, "["), nil
}

// next returns a value as it is in the array, a text without its quotes.
func (r *row) next() (value string, quoted bool) {
	if quoted = strings.HasPrefix(r.left, `"`); quoted {
		value = r.quoted()
	} else if end := strings.IndexAny(r.left, ",]"); end >= 0 {
		value, r.left = r.left[:end], r.left[end:]
	}
	if r.left == "" || r.left[0] != ',' && r.left[0] != ']' {
		r.fail("is missing")
		r.left = ""
		return "", false
	}
	r.left = r.left[1:]
	return value, quoted
}

func (r *row) quoted() string {
	value, left, _ := strings.Cut(r.left[1:], `"`)
	if strings.IndexByte(value, '\\') >= 0 {
		end, found := scan.String(r.left, 0)
		if !found.OK() {
			r.left = ""
			return ""
		}
		unescaped, _ := scan.Unescape(nil, r.left[1:end-1]) // SQLite escapes only quotes, backslashes and control characters
		value, left = string(unescaped), r.left[end:]
	}
	r.left = left
	return value
}

// end returns the first error of a row. A blob that is SQLite's JSONB could have added values.
func (r *row) end() error {
	if r.left != "" {
		r.fail("is left")
	}
	return r.err
}

func (r *row) fail(what string) {
	if r.err == nil {
		r.err = errors.New("a value of a row " + what)
	}
}

func (r *row) text() string {
	value, quoted := r.next()
	if !quoted && value == "null" {
		return ""
	}
	return value
}

func (r *row) integer() int64 {
	value, quoted := r.next()
	if !quoted && value == "null" {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		r.fail("is not an integer")
	}
	return n
}

func (r *row) flag() bool { return r.integer() != 0 }

// key returns a value for another statement.
func (r *row) key() any {
	value, quoted := r.next()
	if quoted {
		return value
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		r.fail("is neither a text nor an integer")
	}
	return n
}

// id returns the id of a user.
func (r *row) id() string {
	switch value, quoted := r.next(); {
	case !quoted && value == "null":
		return ""
	case quoted == (r.ids == store.Integer):
	case r.ids != store.UUID:
		return value
	case len(value) == 32:
		return value[:8] + "-" + value[8:12] + "-" + value[12:16] + "-" + value[16:20] + "-" + value[20:]
	}
	r.fail("is not an id of the type " + r.ids.String())
	return ""
}

func (r *row) time() time.Time {
	t, err := parseTime(r.text())
	if err != nil && r.err == nil {
		r.err = err
	}
	return t
}

// owned is a row and its user; nil: there is none.
type owned[T any] struct {
	row  T
	user *store.User
}

// withUser returns a function that reads the columns of a row and then userColumns.
func withUser[T any](read func(*row) T, userID func(T) string) func(*row) owned[T] {
	return func(r *row) owned[T] {
		o := owned[T]{row: read(r)}
		if user := readUser(r); user.ID != "" && user.ID == userID(o.row) { // userID may be any text
			o.user = user
		}
		return o
	}
}

// results returns what an auth.UserJoiner returns.
func (o owned[T]) results(err error) (T, *store.User, auth.Account, error) {
	if err != nil || o.user == nil {
		return o.row, nil, auth.Account{}, err
	}
	return o.row, o.user, accountOf(o.user), nil
}
