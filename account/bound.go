package account

import (
	"context"
	"errors"
	"sync"

	"github.com/go-modern-rest/rest/password"
)

// bound holds the logins of the routers, as far as a password binds them.
type bound struct {
	mu     sync.Mutex
	logins []password.Rebinder
}

// add remembers logins of a router. Those that no password binds are left out.
func (b *bound) add(logins any) {
	if r, ok := logins.(password.Rebinder); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins = append(b.logins, r)
	}
}

// RebindLogins implements [password.Rebinder]. Logins that two routers have are bound
// twice: the second time there are none.
func (b *bound) RebindLogins(ctx context.Context, userID, old, encoded string) error {
	b.mu.Lock()
	logins := b.logins
	b.mu.Unlock()
	var errs []error
	for _, l := range logins {
		errs = append(errs, l.RebindLogins(ctx, userID, old, encoded))
	}
	return errors.Join(errs...)
}
