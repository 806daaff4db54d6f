package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// preparer prepares statements and keeps the first error. It replaces {users} by the table of users,
// and other tables of a statement by their names with the schema that they are in.
type preparer struct {
	ctx   context.Context //nolint:containedctx // of Open
	db    *DB
	names *strings.Replacer
	err   error

	queries int // how many there are

	own               bool // our tables are there
	tokens, blocklist bool // the tables of django-modern-rest are there
}

// The tables of django-modern-rest.
const (
	tableAppToken  = "app_token"
	tableBlocklist = "blocklist_blocklistedjwtoken"
)

func newPreparer(ctx context.Context, db *DB) (*preparer, error) {
	p := &preparer{ctx: ctx, db: db, own: db.ours() != ""}
	schema := "main"
	if db.cfg.Django {
		schema = own
	}
	var err error
	if p.tokens, err = db.hasTable(ctx, "main", tableAppToken); err != nil {
		return nil, err
	}
	blocklist := "main"
	if p.blocklist, err = db.hasTable(ctx, "main", tableBlocklist); err != nil {
		return nil, err
	}
	if !p.blocklist {
		blocklist, p.blocklist = own, p.own
	}
	p.names = strings.NewReplacer("{users}", "main."+quote(db.cfg.UserTable), "{own}", schema, "{blocklist}", blocklist+"."+tableBlocklist)
	return p, db.checkIDs(ctx, p, blocklist)
}

// read returns a query. It prepares it on one connection.
func (p *preparer) read(text string) *query {
	if p.err != nil {
		return nil
	}
	q := &query{p.names.Replace(text), p.queries}
	p.queries++
	p.err = p.db.patiently(p.ctx, func(ctx context.Context) error { return p.db.prepare(ctx, q) })
	return q
}

// write prepares a statement for the connection that writes.
func (p *preparer) write(text string) *sql.Stmt {
	if p.err != nil {
		return nil
	}
	var statement *sql.Stmt
	p.err = p.db.patiently(p.ctx, func(ctx context.Context) (err error) {
		statement, err = p.db.write.PrepareContext(ctx, p.names.Replace(text))
		return err
	})
	if p.err != nil {
		return nil
	}
	p.db.statements = append(p.db.statements, statement)
	return statement
}

// quote returns a name as an SQL identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// checkIDs compares the types of the columns of user ids with Config.UserID: SQLite would convert
// the ids, or find no user.
func (db *DB) checkIDs(ctx context.Context, p *preparer, blocklist string) error {
	for _, column := range []struct {
		table, schema, name string
		there               bool
	}{
		{db.cfg.UserTable, "main", "id", true},
		{tableAppToken, "main", "user_id", p.tokens},
		{tableBlocklist, blocklist, "user_id", p.blocklist},
	} {
		if !column.there {
			continue
		}
		var declared string
		err := db.write.QueryRowContext(ctx, `SELECT type FROM pragma_table_info(?, ?) WHERE name = ?`, column.table, column.schema, column.name).Scan(&declared)
		if err != nil {
			return fmt.Errorf("the table %s has no column %s: %w", column.table, column.name, err)
		}
		if have := typeOf(declared); have != db.cfg.UserID {
			return fmt.Errorf("Config.UserID is %v, but the column %s of the table %s is %q, for ids of the type %v", db.cfg.UserID, column.name, column.table, declared, have)
		}
	}
	return nil
}
