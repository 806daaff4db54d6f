package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/go-modern-rest/rest/store"
)

// failed adds what failed to an error, and wraps an error of package store, or ErrBusy, if there is
// one for it.
func failed(err error, what string) error {
	if err == nil || errors.Is(err, ErrBusy) {
		return err
	}
	if busy(err) {
		return fmt.Errorf("%w: %s", ErrBusy, what)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("sqlite: %s: %w", what, store.ErrNotFound)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return fmt.Errorf("sqlite: %s: %w", what, store.ErrExists)
		}
	}
	return fmt.Errorf("sqlite: %s: %w", what, err)
}

// errMissing is the error of a statement on a table that does not exist. Validate has said so.
var errMissing = errors.New("the database of the Django site has no such table: set Config.OwnTables")

// errNoTable is the error of tables that the database of a Django site lacks.
func errNoTable(what, app string) error {
	if app != "" {
		app = ", or " + app + " in the site"
	}
	return fmt.Errorf("sqlite: the database of the Django site has no table for %s: set Config.OwnTables%s", what, app)
}
