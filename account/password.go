package account

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// NewPassword is what a user changes the password with.
type NewPassword struct {
	_   struct{} `doc:"The present password, and the one to be."`
	Old string   `json:"old_password"`
	New string   `json:"new_password" minLength:"8" maxLength:"1000"`
}

const msgOldPassword = "The password is wrong"

var errOldPassword = notAccepted(msgOldPassword, inBody("old_password"), nil)

// Password returns a router with POST path/, by which a user who is let in by who
// changes the password: 204. The old one must be right (400), and the new one is decided
// on by [Accounts.AcceptPassword]; the e-mail address is the one of the account that the
// users of New return. All logins but the one
// of the request end. API tokens end as well where their *tokenauth.Auth is named: somebody
// who knew the old password may have made one. A nil who is inherited from
// the router around.
//
//	accounts.Password("/password", auth.AnyOf(session, tokens.Header()), session, tokens, keys)
func (a *Accounts[U]) Password(path string, caller auth.Authenticator, logins ...Logins) rest.Router {
	if err := a.withoutLogins("Password", logins); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	wrong, cookies := a.passwords.CanChange(), map[string]string{}
	for _, l := range logins {
		a.bound.add(l)
		renewed, err := l.CanEndOthers()
		maps.Copy(cookies, renewed)
		wrong = errors.Join(wrong, err)
	}
	if wrong != nil {
		return broken(path, auth.Misconfigured(wrong))
	}
	change := func(ctx context.Context, in newPasswordIn) (cookiesReply, error) {
		account, err := a.checkAgain(ctx, in.Body)
		if err != nil {
			return cookiesReply{}, err
		}
		// The change stands from here on, and so the rest is done whether or not the client
		// waits. Where a table is down it is a 503, and what that one holds lives on.
		ctx = context.WithoutCancel(ctx)
		if account, err = a.passwords.Change(ctx, account, in.Body.New); err != nil {
			return cookiesReply{}, notChanged(err)
		}
		var reply cookiesReply
		var errs []error
		for _, l := range logins {
			more, err := l.EndOthers(in.Request.WithContext(ctx), account)
			reply.Cookies, errs = append(reply.Cookies, more...), append(errs, err)
		}
		return reply, errors.Join(errs...)
	}
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(change, a.limited(rest.Op{
			Status: http.StatusNoContent, NoStore: true, Accounts: a.passwords.Accounts(), OptionalCookies: cookies, Summary: "Change the password", Errors: []error{a.declared()},
			Description: "All other logins of the user end. The reply sets the cookies with which this one goes on, if it has any.",
		}))},
	}}
}

// checkAgain finds the account of a request, whose password is asked for once more.
func (a *Accounts[U]) checkAgain(ctx context.Context, body NewPassword) (auth.Account, error) {
	id, err := a.userID(ctx)
	if err != nil {
		return auth.Account{}, err
	}
	var account auth.Account
	err = a.attempt(ctx, "id "+id, func() (err error) {
		if _, account, err = a.passwords.CheckID(ctx, id, body.Old); err != nil {
			err = notChanged(err)
		}
		return err
	})
	if err != nil {
		return auth.Account{}, err
	}
	return account, a.AcceptPassword(ctx, account.Username, account.Email, body.New, "parsed_body", "new_password")
}

// notChanged answers for a password that is refused: the caller is logged in, which a
// 401 would deny.
func notChanged(err error) error {
	if refusal, ok := errors.AsType[*auth.Error](err); ok {
		answer := *errOldPassword
		answer.Err = refusal
		return &answer
	}
	return tooLong(err, "new_password")
}

type newPasswordIn struct {
	Request *http.Request
	Body    NewPassword `body:""`
}
