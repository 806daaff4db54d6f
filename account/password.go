package account

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// NewPassword is the body of a request that changes the password.
type NewPassword struct {
	_   struct{} `doc:"The present password and the new one."`
	Old string   `json:"old_password" example:"correct horse battery staple"`
	New string   `json:"new_password" minLength:"8" maxLength:"1000" example:"purple otter sails at dawn"`
}

const msgOldPassword = "The password is wrong"

var errOldPassword = notAccepted(msgOldPassword, "old_password_wrong", inBody("old_password"), nil)

// Password returns a router with POST path/, by which the caller changes the password of the
// account: 204. The old password must be right (400), and [Accounts.AcceptPassword] decides
// on the new one, with the e-mail address that the users given to New return. caller
// authenticates the request; nil inherits from the router around.
//
// All logins end but that of the request. API tokens end as well if their *tokenauth.Auth is
// among logins, because someone who knew the old password may have made one.
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
	r := &passwordRouter[U]{a, logins}
	return rest.Router{Path: path, Auth: caller, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(r.change, a.limited(rest.Op{
			Status: http.StatusNoContent, NoStore: true, Accounts: a.passwords.Accounts(), OptionalCookies: cookies,
			Summary: "Change the password", Errors: []error{a.declared()},
			Description: "All other logins of the user end. The reply sets the cookies with which this one goes on, if it has any.",
		}))},
	}}
}

// passwordRouter has the handler of [Accounts.Password].
type passwordRouter[U any] struct {
	accounts *Accounts[U]
	logins   []Logins
}

func (r *passwordRouter[U]) change(ctx context.Context, in newPasswordIn) (cookiesReply, error) {
	who, err := r.accounts.checkAgain(ctx, in.Body)
	if err != nil {
		return cookiesReply{}, err
	}
	// From here on the work is done even if the client leaves, because a changed password
	// must end the other logins. If one of the tables is down, the reply is a 503, and the
	// logins in that table live on.
	ctx = context.WithoutCancel(ctx)
	if who, err = r.accounts.passwords.Change(ctx, who, in.Body.New); err != nil {
		return cookiesReply{}, notChanged(err)
	}
	var reply cookiesReply
	var errs []error
	for _, l := range r.logins {
		more, err := l.EndOthers(in.Request.WithContext(ctx), who)
		reply.Cookies, errs = append(reply.Cookies, more...), append(errs, err)
	}
	return reply, errors.Join(errs...)
}

// checkAgain returns the account of a request after checking the old password, and whether
// the new one is acceptable.
func (a *Accounts[U]) checkAgain(ctx context.Context, body NewPassword) (auth.Account, error) {
	id, err := a.userID(ctx)
	if err != nil {
		return auth.Account{}, err
	}
	var who auth.Account
	err = a.attempt(ctx, "id "+id, func() (err error) {
		if _, who, err = a.passwords.CheckID(ctx, id, body.Old); err != nil {
			err = notChanged(err)
		}
		return err
	})
	if err != nil {
		return auth.Account{}, err
	}
	return who, a.AcceptPassword(ctx, who.Username, who.Email, body.New, "parsed_body", "new_password")
}

// notChanged returns the reply to a wrong old password, a 400: a 401 would tell the client
// that it is not logged in.
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
