package account

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// Logins is one kind of logins, which can be ended: *sessionauth.Auth, *jwtauth.Issuer and
// *tokenauth.Auth are.
type Logins interface {
	// EndOthers ends an account's logins but the one of the request, after a change of
	// the password, and returns the cookies that this one goes on with.
	EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error)
	// CanEndOthers describes by name the cookies that EndOthers may return, for the
	// document. Its error is what keeps EndOthers from working.
	CanEndOthers() (cookies map[string]string, err error)
	// EndAll ends a user's logins, except the one with this ID, and returns how many they
	// were. An empty exceptID excepts none.
	EndAll(ctx context.Context, userID, exceptID string) (int, error)
	// CanEndAll reports as an error what keeps EndAll from working.
	CanEndAll() error
	// Accounts returns what stands for the table of accounts that the user ids are from,
	// see auth.AccountsOf.
	Accounts() any
}

// NoLogins says that there is nothing to end: where each request brings the password
// itself, see basicauth.NewAccounts.
type NoLogins struct{}

// EndOthers implements [Logins].
func (NoLogins) EndOthers(*http.Request, auth.Account) ([]*http.Cookie, error) { return nil, nil }

// CanEndOthers implements [Logins].
func (NoLogins) CanEndOthers() (map[string]string, error) { return nil, nil }

// EndAll implements [Logins].
func (NoLogins) EndAll(context.Context, string, string) (int, error) { return 0, nil }

// CanEndAll implements [Logins].
func (NoLogins) CanEndAll() error { return nil }

// Accounts implements [Logins]; there is nothing of anybody's.
func (NoLogins) Accounts() any { return nil }

// withoutLogins returns what keeps a router from ending logins.
func (a *Accounts[U]) withoutLogins(router string, logins []Logins) error {
	if a.err == nil && len(logins) == 0 {
		return errors.New("account: " + router + ": no logins to end: name all there are, *sessionauth.Auth, *jwtauth.Issuer and *tokenauth.Auth, or NoLogins")
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
// account, including the one of the request: 204. The parameter who authenticates the
// caller; nil inherits from the router around. Each of its alternatives must yield an
// account of the table of the passwords, see rest.Op.Accounts.
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
	end := func(ctx context.Context, _ rest.None) (rest.None, error) {
		id, err := a.userID(ctx)
		if err != nil {
			return rest.None{}, err
		}
		ctx = context.WithoutCancel(ctx)
		for _, l := range logins { // as many as can be, whether or not the client waits
			_, ended := l.EndAll(ctx, id, "")
			err = errors.Join(err, ended)
		}
		return rest.None{}, err
	}
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(end, rest.Op{Status: http.StatusNoContent, NoStore: true, Summary: "Log out everywhere", Accounts: a.passwords.Accounts()})},
	}}
}
