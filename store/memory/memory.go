// Package memory keeps users, sessions and tokens in the memory of the process. It is for tests,
// examples, and programs with one process that need not keep them after a restart.
package memory

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/go-modern-rest/rest/store"
)

// Config holds the settings of a DB.
type Config struct {
	// IgnoreCase ignores the case of user names, see [store.FoldCase]: the user "alice" can log
	// in as "Alice", and there cannot be a second user "Alice".
	IgnoreCase bool
	// UserID is the type of the ids of users. The zero value is [store.Integer].
	UserID store.IDType
}

// DB has the tables. Make one with [New]. It is safe for concurrent use, and returns copies of its
// records.
type DB struct {
	cfg      Config
	mu       sync.RWMutex
	lastUser int64
	users    map[string]store.User
	names    map[string]string // by NameKey
	sessions map[string]store.Session
	byUser   map[string]map[string]struct{} // user id to session keys
	blocked  map[string]store.BlockedToken
	families map[string]store.Family
	tokens   map[int64]store.Token
	hashes   map[string]int64 // of tokens
	lastID   int64            // of tokens
}

// New makes an empty DB, with the settings of a Config if there is one.
func New(cfg ...Config) *DB {
	db := &DB{
		users:    map[string]store.User{},
		names:    map[string]string{},
		sessions: map[string]store.Session{},
		byUser:   map[string]map[string]struct{}{},
		blocked:  map[string]store.BlockedToken{},
		families: map[string]store.Family{},
		tokens:   map[int64]store.Token{},
		hashes:   map[string]int64{},
	}
	for _, c := range cfg {
		db.cfg = c
	}
	return db
}

// Users returns the table of users, always the same value.
func (db *DB) Users() *Users { return (*Users)(db) }

// Sessions returns the table of sessions; always the same value.
func (db *DB) Sessions() *Sessions { return (*Sessions)(db) }

// Blocklist returns the list of revoked tokens; always the same value.
func (db *DB) Blocklist() *Blocklist { return (*Blocklist)(db) }

// Families returns the table of refresh families; always the same value.
func (db *DB) Families() *Families { return (*Families)(db) }

// Tokens returns the table of API tokens; always the same value.
func (db *DB) Tokens() *Tokens { return (*Tokens)(db) }

// Sweep removes the rows that expired by now from all tables, and returns how many it removed. It
// does not lock the tables all the time. Call it once an hour, for example.
func (db *DB) Sweep(ctx context.Context, now time.Time) (int, error) {
	sum := 0
	for _, sweep := range []func(context.Context, time.Time) (int, error){
		db.Sessions().Sweep, db.Blocklist().Sweep, db.Families().Sweep, db.Tokens().Sweep,
	} {
		n, err := sweep(ctx, now)
		if sum += n; err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// portion is how many rows a sweep reads before it unlocks the tables for others.
const portion = 1000

// sweep calls remove for each row that expired, and returns how many there were. It holds the lock
// for a portion of the rows at a time, because a map may change between the steps of a loop.
func sweep[K comparable, V any](mu *sync.RWMutex, rows map[K]V, expired func(V) bool, remove func(K, V)) int {
	mu.Lock()
	defer mu.Unlock()
	removed, seen := 0, 0
	for key, row := range rows {
		if expired(row) {
			remove(key, row)
			removed++
		}
		if seen++; seen%portion == 0 {
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
		}
	}
	return removed
}
