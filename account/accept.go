package account

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/password"
)

// Replies to a new password that is refused.
const (
	msgShort    = "The password has fewer than 8 characters"
	msgCommon   = "The password is one of the most common ones"
	msgPersonal = "The password is little more than the user name, the e-mail address or the name of the service"
	msgTooLong  = "The password is too long"
)

// AcceptPassword decides on a new password as SignUp and Password do: by Config.Policy,
// and then by Config.Accept. A handler of your own that sets a password calls it first, for
// example one that resets a forgotten password. loc is the place of the password in the
// request. If the policy refuses, the error is a *rest.Error with status 400, this Loc and the
// code password_too_short, password_common or password_personal; document it by a *rest.Error
// with status 400 in Op.Errors. An empty email means that it is not known.
//
//	err := accounts.AcceptPassword(ctx, account.Username, account.Email, in.Body.Password, "parsed_body", "password")
func (a *Accounts[U]) AcceptPassword(ctx context.Context, username, email, password string, loc ...any) error {
	if err := a.cfg.Policy.Check(password, username, email); err != nil {
		return refusedByPolicy(err, loc)
	}
	if a.cfg.Accept == nil {
		return nil
	}
	return a.cfg.Accept(ctx, username, password)
}

func refusedByPolicy(err error, loc []any) error {
	switch {
	case errors.Is(err, password.ErrTooShort):
		return notAccepted(msgShort, "password_too_short", loc, err)
	case errors.Is(err, password.ErrCommon):
		return notAccepted(msgCommon, "password_common", loc, err)
	}
	return notAccepted(msgPersonal, "password_personal", loc, err)
}

// declared documents the reply to a body with a new password: what the policy refuses.
func (a *Accounts[U]) declared() *rest.Error {
	msg := "The body is not valid, or the user name or the new password is refused"
	if !a.cfg.Policy.InsecureCommon {
		msg += "; common passwords are refused"
	}
	if !a.cfg.Policy.InsecurePersonal {
		msg += "; passwords made of the user name or the e-mail address are refused"
	}
	example := notAccepted(msgShort, "password_too_short", nil, nil)
	return &rest.Error{Status: http.StatusBadRequest, Msg: msg, Code: example.Code,
		Details: []rest.Detail{{Msg: example.Msg, Code: example.Code, Loc: inBody("password")}}}
}

// tooLong returns the reply to a password that is too long for the hasher, though not for
// the schema.
func tooLong(err error, field string) error {
	if !errors.Is(err, password.ErrTooLong) {
		return err
	}
	return notAccepted(msgTooLong, "password_too_long", inBody(field), err)
}

func notAccepted(msg, code string, loc []any, err error) *rest.Error {
	return &rest.Error{Status: http.StatusBadRequest, Msg: msg, Code: code, Loc: loc, Err: err}
}

// inBody returns the location of a member of the body.
func inBody(field string) []any { return []any{"parsed_body", field} }
