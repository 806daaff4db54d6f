package sessionauth

import (
	"context"
	"errors"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// RebindLogins keeps the sessions of a user valid after the encoding old of the password was
// replaced by another encoding of the same password. In Django they end. Sessions of a Django
// site that were never used here are not found.
func (a *Auth[U]) RebindLogins(ctx context.Context, userID, old, encoded string) error {
	if a.err != nil {
		return a.err
	}
	rows, err := a.store.ByUser(ctx, userID)
	if err != nil {
		return auth.Unavailable(err)
	}
	var errs []error
	for _, row := range rows {
		s, err := a.decode("", row)
		if err != nil || s.UserID() != userID || a.boundTo(s, auth.Account{Password: old}) < 0 {
			continue // expired, or bound to another password
		}
		if err := a.rebind(ctx, s, encoded); err != nil && !errors.Is(err, store.ErrNotFound) {
			errs = append(errs, auth.Unavailable(err))
		}
	}
	return errors.Join(errs...)
}

// rebind binds a session to an encoded password. This is not a use of the session: the time at
// which its data was written does not change.
func (a *Auth[U]) rebind(ctx context.Context, s *Session, encoded string) error {
	s.data.setText(keyHash, a.hashes[0].Hex(encoded))
	row := s.row
	row.Data = a.signer.Dump(s.data.encode(), s.wrote)
	return a.store.Update(ctx, row)
}
