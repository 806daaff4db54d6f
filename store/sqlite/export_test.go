package sqlite

import "strings"

// FormatTime and ParseTime are tested against Django's vectors.
var (
	FormatTime = formatTime
	ParseTime  = parseTime
)

// Exec runs a statement as another program would.
func (db *DB) Exec(statement string, args ...any) error {
	_, err := db.write.Exec(statement, args...)
	return err
}

// Begin begins a transaction that does nothing, and returns what ends it.
func (db *DB) Begin() (end func() error, err error) {
	tx, err := db.write.Begin()
	if err != nil {
		return nil, err
	}
	return tx.Rollback, nil
}

// Text reads one value.
func (db *DB) Text(query string, args ...any) (text string, err error) {
	err = db.read.QueryRow(query, args...).Scan(&text)
	return text, err
}

// Plan is how SQLite runs the statements of the hot path.
func (db *DB) Plan() (string, error) {
	rows, err := db.read.Query(`EXPLAIN QUERY PLAN SELECT u.id FROM `+strings.ReplaceAll(sessionTables, "{own}", "main")+
		` LEFT JOIN auth_user u ON u.id = r.user_id WHERE s.session_key = ?`, "x")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	plan := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		plan += detail + "\n"
	}
	return plan, rows.Err()
}

// Taken reports whether a writer has, or waits for, the connection that writes.
func (db *DB) Taken() bool { return len(db.queue) > 0 }
