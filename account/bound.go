package account

import (
	"context"
	"errors"
	"sync"

	"github.com/go-modern-rest/rest/password"
)

// bound has the logins of the routers that are bound to a password.
type bound struct {
	mu     sync.Mutex
	logins []password.Rebinder
}

// add adds the logins of a router, if they are bound to a password.
func (b *bound) add(logins any) {
	if r, ok := logins.(password.Rebinder); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logins = append(b.logins, r)
	}
}

// RebindLogins implements [password.Rebinder]. Logins that two routers share are rebound
// twice; the second time none is left with the old encoding.
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
