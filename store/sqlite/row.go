package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// columns returns the columns of a table as a query reads them: as expressions with short names. For
// each execution the driver copies the name and the declared type of each column, and it would
// parse a column that is declared datetime.
func columns(table string, names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, `+`+table+`.`+name+` a`)
	}
	return strings.Join(list, ", ")
}

// times returns columns of times as one column, which row.times reads.
func times(columns ...string) string {
	return `format('%s` + strings.Repeat(",%s", len(columns)-1) + `', ` + strings.Join(columns, `, `) + `) a`
}

// row is a row of a query. Its methods return its columns one after the other. A NULL is a zero
// value.
type row struct {
	ids       store.IDType // of users
	all, left []driver.Value
	err       error // the first one
}

// next returns a column as the driver returns it.
func (r *row) next() (value driver.Value) {
	value, r.left = r.left[0], r.left[1:]
	return value
}

func (r *row) wrong(value driver.Value, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("column %d is a %T, want %s", len(r.all)-len(r.left), value, want)
	}
}

func (r *row) text() string {
	switch v := r.next().(type) {
	case nil:
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		r.wrong(v, "a text")
	}
	return ""
}

func (r *row) integer() int64 {
	switch v := r.next().(type) {
	case nil:
	case int64:
		return v
	default:
		r.wrong(v, "an integer")
	}
	return 0
}

func (r *row) flag() bool { return r.integer() != 0 }

// id returns the id of a user.
func (r *row) id() string {
	value := r.next()
	switch v := value.(type) {
	case nil:
		return ""
	case int64:
		if r.ids == store.Integer {
			return strconv.FormatInt(v, 10)
		}
	case string:
		if r.ids == store.Text {
			return v
		}
		if r.ids == store.UUID && len(v) == 32 {
			return v[:8] + "-" + v[8:12] + "-" + v[12:16] + "-" + v[16:20] + "-" + v[20:]
		}
	}
	r.wrong(value, "an id of the type "+r.ids.String())
	return ""
}

// times sets the variables to the times in a column of the function times; to zero if it has fewer.
func (r *row) times(into ...*time.Time) {
	left := r.text()
	for _, at := range into {
		var text string
		text, left, _ = strings.Cut(left, ",")
		var err error
		if *at, err = parseTime(text); err != nil && r.err == nil {
			r.err = err
		}
	}
}

// owned is a row and its user; nil: there is none.
type owned[T any] struct {
	row  T
	user *store.User
}

// withUser returns a function that reads the columns of a row and then userColumns.
func withUser[T any](scan func(*row) T, userID func(T) string) func(*row) owned[T] {
	return func(r *row) owned[T] {
		o := owned[T]{row: scan(r)}
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
