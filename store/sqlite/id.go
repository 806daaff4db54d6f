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
