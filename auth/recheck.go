package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest/internal/authctx"
)

// Rechecker is an [Authenticator] that can say later whether an identity it returned is
// still good. Long replies ask it from time to time, so that a stream ends soon after a
// logout. The authenticators of this module implement it.
//
// An authenticator without Recheck is asked to authenticate the request again. Implement
// it where that would have side effects.
type Rechecker interface {
	// Recheck returns nil while the identity is good. Its errors are those of
	// [Authenticator].Authenticate: an [*Error] or [ErrSkip] says that the credential was
	// revoked, has expired, or that its account is gone or inactive; [ErrUnavailable] says
	// that the store cannot be asked now, and nothing about the credential.
	//
	// Recheck reads and never writes: it does not prolong an idle session, record a use,
	// hash a password, use up a proof that works once, or count for a limit. It may run
	// while the handler runs, and must not change the identity.
	Recheck(ctx context.Context, id Identity) error
}

// Recheck reports whether an identity that the guard returned for a request is still
// good: nil if it is. Each member of an [AllOf] is asked; identities of [Nobody] are
// always good. The function of a [Narrow] is called again, with the principal as it is now
// where the authenticator reads it anyway.
//
// The error is an [*Error] if the credential is refused now, [ErrUnavailable] if a store
// cannot be asked, and anything else is a fault of the service.
func (g *Guard) Recheck(r *http.Request, id Identity) error {
	for _, member := range id.members() {
		if err := recheck(r, member); err != nil {
			if skipped(err) {
				return denied(err)
			}
			return err
		}
	}
	return nil
}

// errOtherAccount is the refusal of a request that now authenticates as another account.
var errOtherAccount = Refuse("the credential now belongs to a different account")

func recheck(r *http.Request, id Identity) error {
	if id.By == nil || isNobody(id.Principal) {
		return nil
	}
	again, ok := id.By.(Rechecker)
	if !ok {
		now, err := id.By.Authenticate(r)
		switch {
		case err != nil:
			return err
		case now.UserID != id.UserID || now.Accounts != id.Accounts:
			return errOtherAccount
		}
		_, err = id.narrowed.apply(r.Context(), now.Principal)
		return err
	}
	if id.narrowed == nil {
		return again.Recheck(r.Context(), id)
	}
	returned := id // what the authenticator returned, before any Narrow
	for n := id.narrowed; n != nil; n = n.inner {
		returned.Principal = n.from
	}
	var fresh any
	if err := again.Recheck(authctx.WithFresh(r.Context(), &fresh), returned); err != nil {
		return err
	}
	_, err := id.narrowed.apply(r.Context(), fresh)
	return err
}

// narrowing is one Narrow that an identity went through.
type narrowing struct {
	by interface {
		narrowAgain(ctx context.Context, principal any) (any, error)
	}
	from  any        // the principal before it
	inner *narrowing // the Narrow inside of it, if there is one
}

// apply calls the functions of the Narrows again, from the inside out. principal is what
// the authenticator says now; nil if it did not say.
func (n *narrowing) apply(ctx context.Context, principal any) (any, error) {
	if n == nil {
		return principal, nil
	}
	principal, err := n.inner.apply(ctx, principal)
	if err != nil {
		return nil, err
	}
	if principal == nil {
		principal = n.from
	}
	return n.by.narrowAgain(ctx, principal)
}

// Recheck implements [Rechecker]: an operation without auth stays open.
func (public) Recheck(context.Context, Identity) error { return nil }

var errNarrowType = errors.New("auth: Narrow: the principal has another type than when the request was let in")

func (n *narrow[A, B]) narrowAgain(ctx context.Context, principal any) (any, error) {
	before, ok := principal.(A)
	if !ok {
		return nil, errNarrowType
	}
	return n.f(ctx, before)
}
