package auth_test

import (
	"errors"
	"fmt"

	"github.com/go-modern-rest/rest/auth"
)

// Table is a table that may be missing in the database.
type Table struct{ missing bool }

// Validate reports whether the table cannot be used.
func (t *Table) Validate() error {
	if t.missing {
		return errors.New("the database has no such table")
	}
	return nil
}

func ExampleValidate() {
	fmt.Println(auth.Validate(&Table{}))
	fmt.Println(auth.Validate(&Table{missing: true}))
	// Output:
	// <nil>
	// the database has no such table
}
