package sqlite

import (
	"database/sql"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/store"
)

// selectBetween reads the names of a range from the index of names.
const selectBetween = `SELECT id, username FROM {users} WHERE username BETWEEN ? AND ?`

var packedBetween = `SELECT ` + packed("id", "username") + ` FROM {users} WHERE username BETWEEN ? AND ?`

// named is a user in the index of names.
type named struct {
	key  any
	name string
}

func readNamed(r *row) named { return named{r.key(), r.text()} }

func scanNamed(rows *sql.Rows) (n named, err error) { return n, rows.Scan(&n.key, &n.name) }

// spelled returns the keys of the users whose names differ from name only in case. SQLite has no
// index for this beyond ASCII, and with an index that calls a Go function Django could not write
// to the table. So spelled reads the names that begin with one of the spellings of the first
// letters, and compares them.
func spelled(name string, between func(from, to string) ([]named, error)) (keys []any, _ error) {
	folded := store.FoldCase(name)
	prefixes, whole := spellings(name)
	for _, from := range prefixes {
		to := from
		if !whole {
			to += "\xff" // after all names that begin with it
		}
		list, err := between(from, to)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if store.FoldCase(n.name) == folded {
				keys = append(keys, n.key)
			}
		}
	}
	return keys, nil
}

// spellings returns the spellings of the first letters of a name, about 32 of them at
// most, and whether these are all of its letters.
func spellings(name string) (list []string, whole bool) {
	list = []string{""}
	for len(name) > 0 && len(list) < 16 {
		r, size := utf8.DecodeRuneInString(name)
		letters := []string{name[:size]}
		if r != utf8.RuneError {
			letters = letters[:0]
			for _, letter := range store.SpellingsOf(r) {
				letters = append(letters, string(letter))
			}
		}
		var longer []string
		for _, prefix := range list {
			for _, letter := range letters {
				longer = append(longer, prefix+letter)
			}
		}
		list, name = longer, name[size:]
	}
	return list, name == ""
}
