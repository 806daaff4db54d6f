package redis

import (
	"context"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/store"
)

// Blocklist is a table of revoked tokens, a jwtauth.Blocklist. A token is a key under the prefix and
// "blocked:" and its jti; the value is the id of its user.
type Blocklist DB

func (t *Blocklist) name(id string) string { return t.cfg.Prefix + "blocked:" + id }

// Blocked reports whether a jti is on the list.
func (t *Blocklist) Blocked(ctx context.Context, id string) (bool, error) {
	_, found, err := (*DB)(t).get(ctx, "blocklist", t.name(id))
	return found, err
}

// Block puts a token on the list, and reports whether it was not there before. Redis removes it some
// minutes after it has expired.
func (t *Blocklist) Block(ctx context.Context, row store.BlockedToken) (bool, error) {
	result, err := t.line.do(ctx, "blocklist", func(ctx context.Context) rueidis.RedisResult {
		return t.client.Do(ctx, t.client.B().Set().Key(t.name(row.ID)).Value(row.UserID).Nx().PxatMillisecondsTimestamp(removal(row.Expires)).Build())
	})
	_, added, err := text(result, err, "blocklist")
	return added, err
}
