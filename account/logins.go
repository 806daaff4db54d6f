package account

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// Logins ends the logins of one kind. *sessionauth.Auth, *jwtauth.Issuer and *tokenauth.Auth
// implement it.
type Logins interface {
	// EndOthers ends the logins of an account except that of the request, after a change of
	// the password. It returns the cookies with which that one goes on.
	EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error)
	// CanEndOthers describes by name the cookies that EndOthers may return, for the
	// document. Its error is the reason why EndOthers cannot work; nil: it can.
	CanEndOthers() (cookies map[string]string, err error)
	// EndAll ends the logins of a user except the one with this ID, and returns how many it
	// ended. An empty exceptID excepts none.
	EndAll(ctx context.Context, userID, exceptID string) (int, error)
	// CanEndAll returns the reason why EndAll cannot work; nil: it can.
	CanEndAll() error
	// Accounts identifies the table of accounts that the user ids are from, see
	// auth.AccountsOf.
	Accounts() any
}

// NoLogins is for an API that has no logins to end, because each request sends the password
// itself; see basicauth.NewAccounts.
type NoLogins struct{}

// EndOthers implements [Logins].
func (NoLogins) EndOthers(*http.Request, auth.Account) ([]*http.Cookie, error) { return nil, nil }

// CanEndOthers implements [Logins].
func (NoLogins) CanEndOthers() (map[string]string, error) { return nil, nil }

// EndAll implements [Logins].
func (NoLogins) EndAll(context.Context, string, string) (int, error) { return 0, nil }

// CanEndAll implements [Logins].
func (NoLogins) CanEndAll() error { return nil }

// Accounts implements [Logins].
func (NoLogins) Accounts() any { return nil }

// withoutLogins returns the reason why a router cannot end logins; nil: it can.
func (a *Accounts[U]) withoutLogins(router string, logins []Logins) error {
	if a.err == nil && len(logins) == 0 {
		return errors.New("account: " + router + ": no logins to end: pass each *sessionauth.Auth, *jwtauth.Issuer and *tokenauth.Auth of the API, or NoLogins{}")
	}
	err := a.without(router+": one of logins", slices.ContainsFunc(logins, func(l Logins) bool { return auth.IsNil(l) }))
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range logins {
		if _, none := l.(NoLogins); !none {
			errs = append(errs, a.foreign(router, l))
		}
	}
	return errors.Join(errs...)
}

// LogoutAll returns a router with POST path/, which ends all given logins of the caller's
// account, including the one of the request: 204. caller authenticates the request; nil
// inherits from the router around. Each of its alternatives must yield an account of the
// table of the passwords, see rest.Op.Accounts.
//
// The routers of [Accounts.Session] and [Accounts.JWT] end only logins of their own kind.
// API tokens stay valid unless their *tokenauth.Auth is given. With
// jwtauth.Config.StatelessAccess, access tokens stay valid until they expire.
//
//	accounts.LogoutAll("/logout-all", auth.AnyOf(session, tokens.Header()), session, tokens, keys)
func (a *Accounts[U]) LogoutAll(path string, caller auth.Authenticator, logins ...Logins) rest.Router {
	err := a.withoutLogins("LogoutAll", logins)
	if err == nil {
		for _, l := range logins {
			err = errors.Join(err, l.CanEndAll())
		}
	}
	if err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	for _, l := range logins {
		a.bound.add(l)
	}
	r := &logoutRouter[U]{a, logins}
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(r.logoutAll, rest.Op{
			Status: http.StatusNoContent, NoStore: true, Summary: "Log out everywhere", Accounts: a.passwords.Accounts(),
		})},
	}}
}

// logoutRouter has the handler of [Accounts.LogoutAll].
type logoutRouter[U any] struct {
	accounts *Accounts[U]
	logins   []Logins
}

// logoutAll ends as many logins as it can, even if the client leaves.
func (r *logoutRouter[U]) logoutAll(ctx context.Context, _ rest.None) (rest.None, error) {
	id, err := r.accounts.userID(ctx)
	if err != nil {
		return rest.None{}, err
	}
	ctx = context.WithoutCancel(ctx)
	for _, l := range r.logins {
		_, ended := l.EndAll(ctx, id, "")
		err = errors.Join(err, ended)
	}
	return rest.None{}, err
}
