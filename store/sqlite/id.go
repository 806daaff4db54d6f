package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/store"
)

// columnTypes are the types of the columns of user ids: Django's AutoField, UUIDField and
// CharField.
var columnTypes = map[store.IDType]string{store.Integer: "integer", store.UUID: "char(32)", store.Text: "varchar(150)"}

// otherType is a type whose columns would change ids: SQLite stores digits as a number in it.
const otherType store.IDType = -1

// typeOf returns the type of ids for a column that is declared in this way.
func typeOf(declared string) store.IDType {
	upper := strings.ToUpper(declared)
	switch has := func(part string) bool { return strings.Contains(upper, part) }; {
	case has("INT"): // the order is SQLite's, see "Type Affinity"
		return store.Integer
	case upper == "CHAR(32)":
		return store.UUID
	case has("CHAR"), has("CLOB"), has("TEXT"):
		return store.Text
	}
	return otherType
}

// column returns an id as it is in a column; false: it is not an id of this type.
func (db *DB) column(id string) (value any, ok bool) {
	if !db.cfg.UserID.Valid(id) {
		return nil, false
	}
	switch db.cfg.UserID {
	case store.Integer:
		n, err := strconv.ParseInt(id, 10, 64)
		return n, err == nil
	case store.UUID:
		return strings.ReplaceAll(id, "-", ""), true
	}
	return id, true
}

// target returns what scans the id in a column, NULL as the empty text.
func (db *DB) target(id *string) any {
	switch db.cfg.UserID {
	case store.Integer:
		return (*integerID)(id)
	case store.UUID:
		return (*uuidID)(id)
	}
	return (*textID)(id)
}

type integerID string

func (id *integerID) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*id = ""
	case int64:
		*id = integerID(strconv.FormatInt(v, 10))
	default:
		return fmt.Errorf("sqlite: the id of a user is a %T, want an integer", value)
	}
	return nil
}

type uuidID string

func (id *uuidID) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*id = ""
		return nil
	case string:
		if len(v) == 32 {
			*id = uuidID(v[:8] + "-" + v[8:12] + "-" + v[12:16] + "-" + v[16:20] + "-" + v[20:])
			return nil
		}
	}
	return fmt.Errorf("sqlite: the id of a user is not a UUID of 32 hexadecimal digits")
}

type textID string

func (id *textID) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*id = ""
	case string:
		*id = textID(v)
	default:
		return fmt.Errorf("sqlite: the id of a user is a %T, want a text", value)
	}
	return nil
}

// external returns an expression for the id of a column as text, as sessions and tokens have it.
func (db *DB) external(column string) string {
	if db.cfg.UserID != store.UUID {
		return `CAST(` + column + ` AS TEXT)`
	}
	part := func(from, n int) string { return fmt.Sprintf("substr(%s, %d, %d)", column, from, n) }
	return `(` + part(1, 8) + ` || '-' || ` + part(9, 4) + ` || '-' || ` + part(13, 4) + ` || '-' || ` + part(17, 4) + ` || '-' || ` + part(21, 12) + `)`
}

// internal returns an expression that compares with the ids of a column, for a text.
func (db *DB) internal(text string) string {
	if db.cfg.UserID == store.UUID {
		return `REPLACE(` + text + `, '-', '')`
	}
	return text
}
