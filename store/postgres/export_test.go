package postgres

import (
	"context"
	"strings"

	"github.com/go-modern-rest/rest/store"
)

// Plans is how PostgreSQL runs the statements of the hot path if it may choose.
func (db *DB) Plans(ctx context.Context) (map[string]string, error) {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, `SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan`); err != nil {
		return nil, err
	}
	id := "'7'"
	if db.cfg.UserID == store.UUID {
		id = "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"
	}
	plans := map[string]string{}
	for name, query := range map[string]string{
		"session":          db.sessions.sessionUser,
		"token":            db.tokens.tokenUser,
		"family":           db.families.familyUser,
		"sessions of user": selectSessions,
		"tokens of user":   selectTokens,
		"families of user": selectFamilies,
		"user":             db.users.byID,
		"name":             db.users.byUsername,
		"spelling":         db.users.bySpelling,
	} {
		rows, err := tx.Query(ctx, strings.Replace("EXPLAIN (COSTS off) "+query, "$1", id, 1))
		if err != nil {
			return nil, err
		}
		lines, err := collect(rows, text)
		if err != nil {
			return nil, err
		}
		plans[name] = strings.Join(lines, "\n")
	}
	return plans, nil
}
