package site

// Servers are the databases beside SQLite.
type Servers struct{}
