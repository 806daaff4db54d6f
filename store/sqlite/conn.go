package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
)

// query is a statement that reads one column, see packed. Each connection prepares it when it first
// runs it.
type query struct {
	text   string
	number int // the index of the statement in conn.prepared
}

// driverConn is what the connections of the driver are.
type driverConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection of the driver that reads rows without the statements and the conversions of
// database/sql, which take half the time of a read by key.
type conn struct {
	driverConn

	prepared []driver.Stmt // by query.number; nil: not yet
	args     []driver.NamedValue
	column   [1]driver.Value
	row      row
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	var errs []error
	for _, statement := range c.prepared {
		if statement != nil {
			errs = append(errs, statement.Close())
		}
	}
	return errors.Join(append(errs, c.driverConn.Close())...)
}

// statement returns the statement of a query.
func (c *conn) statement(ctx context.Context, q *query) (driver.Stmt, error) {
	if q.number >= len(c.prepared) {
		c.prepared = slices.Grow(c.prepared, q.number+1-len(c.prepared))[:q.number+1]
	}
	if c.prepared[q.number] == nil {
		statement, err := c.PrepareContext(ctx, q.text)
		if err != nil {
			return nil, err
		}
		c.prepared[q.number] = statement
	}
	return c.prepared[q.number], nil
}

// read calls f with the rows of a query until it returns false.
func (c *conn) read(ctx context.Context, q *query, args []any, f func(*row) bool) error {
	statement, err := c.statement(ctx, q)
	if err != nil {
		return err
	}
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	rows, err := statement.(driver.StmtQueryContext).QueryContext(ctx, c.args) //nolint:forcetypeassert // the driver documents it
	clear(c.args)                                                              // they may be credentials
	if err != nil {
		return err
	}
	defer clear(c.column[:])
	for more := true; more && err == nil; {
		if err = rows.Next(c.column[:]); err == nil {
			c.row.set(c.column[0])
			more = f(&c.row)
			err = cmp.Or(c.row.end(), ctx.Err())
		}
	}
	if err == io.EOF { //nolint:errorlint // see driver.Rows
		err = nil
	}
	return cmp.Or(err, rows.Close())
}
