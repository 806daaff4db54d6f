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
// request. If the policy refuses, the error is a *rest.Error with status 400 and this Loc;
// document it by a *rest.Error with status 400 in Op.Errors. An empty email means that it is
// not known.
//
//	err := accounts.AcceptPassword(ctx, account.Username, account.Email, in.Body.Password, "parsed_body", "password")
func (a *Accounts[U]) AcceptPassword(ctx context.Context, username, email, password string, loc ...any) error {
	if err := a.cfg.Policy.Check(password, username, email); err != nil {
		return notAccepted(policyText(err), loc, err)
	}
	if a.cfg.Accept == nil {
		return nil
	}
	return a.cfg.Accept(ctx, username, password)
}

func policyText(err error) string {
	switch {
	case errors.Is(err, password.ErrTooShort):
		return msgShort
	case errors.Is(err, password.ErrCommon):
		return msgCommon
	}
	return msgPersonal
}

// declared documents the reply to a body with a new password: what the policy refuses.
func (a *Accounts[U]) declared() *rest.Error {
	msg := "Raised when the body is not valid, or the user name or the new password is not accepted"
	if !a.cfg.Policy.InsecureCommon {
		msg += "; common passwords are not"
	}
	if !a.cfg.Policy.InsecurePersonal {
		msg += "; passwords made of the user name or the e-mail address are not"
	}
	return &rest.Error{Status: http.StatusBadRequest, Msg: msg}
}

// tooLong returns the reply to a password that is too long for the hasher, though not for
// the schema.
func tooLong(err error, field string) error {
	if !errors.Is(err, password.ErrTooLong) {
		return err
	}
	return notAccepted(msgTooLong, inBody(field), err)
}

func notAccepted(msg string, loc []any, err error) *rest.Error {
	return &rest.Error{Status: http.StatusBadRequest, Msg: msg, Code: "value_error", Loc: loc, Err: err}
}

// inBody returns the location of a member of the body.
func inBody(field string) []any { return []any{"parsed_body", field} }
