package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// NewUser is who signs up.
type NewUser struct {
	_        struct{} `doc:"A user name and a password; the e-mail address may be left out."`
	Username string   `json:"username" minLength:"1" maxLength:"150" doc:"Letters and digits of one script, and @ . + - _"`
	Email    *string  `json:"email" format:"email" maxLength:"254"`
	Password string   `json:"password" minLength:"8" maxLength:"1000"`
}

// Answers to a name.
const (
	msgName    = "A user name has up to 150 letters, digits and @ . + - _"
	msgScripts = "A user name has letters of one script"
	msgTaken   = "The user name is taken"
)

var (
	errName    = notAccepted(msgName, inBody("username"), nil)
	errScripts = notAccepted(msgScripts, inBody("username"), nil)
	errTaken   = &rest.Error{Status: http.StatusConflict, Msg: msgTaken, Code: "value_error", Loc: inBody("username")}
)

// SignUp returns a router with POST path/, by which anybody makes an active account:
// 201 {"user_id":"1"}, 409 if the name is taken. The password is decided on by
// [Accounts.AcceptPassword] (400). Like a login it refuses posts that a browser sends from
// another site (403).
//
// Names are letters, digits and @ . + - _, as Django's, and put into one form (Unicode
// NFKC). The letters are of one script, or of those that Chinese, Japanese and Korean are
// written in together with Latin (UTS #39 §5.2, "highly restrictive"): Latin "alice" with a
// Cyrillic "а" in it is a 400. Names that look alike within one script are not refused: "rn"
// and "m", "1" and "l"; nor are those wholly of another script, such as Cyrillic "сосо" and
// Latin "coco".
//
// create adds a user, such as the Create method of a store's users; a wrapped one may
// do more, or leave the account inactive until an address is confirmed. Where ids are not
// integers it returns the user with ID 0, and the reply has the id under which the users
// of New find the name. Its error may be [store.ErrExists], or a *rest.Error of status 400;
// any other means that the store is down.
//
//	accounts.SignUp("/sign-up", db.Users().Create)
//
// [store.ErrExists]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrExists
func (a *Accounts[U]) SignUp(path string, create func(context.Context, store.User) (*store.User, error)) rest.Router {
	if err := a.without("SignUp: create", create == nil); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	signUp := func(ctx context.Context, in bodyOf[NewUser]) (SessionUser, error) {
		user := store.User{Username: norm.NFKC.String(in.Body.Username), Active: true}
		if strings.ContainsFunc(user.Username, strange) || utf8.RuneCountInString(user.Username) > longestName {
			return SessionUser{}, errName
		}
		if mixesScripts(user.Username) {
			return SessionUser{}, errScripts
		}
		if in.Body.Email != nil {
			user.Email = store.NormalizeEmail(*in.Body.Email)
		}
		err := a.AcceptPassword(ctx, user.Username, user.Email, in.Body.Password, "parsed_body", "password")
		if err == nil {
			user.Password, err = a.passwords.Hash(ctx, in.Body.Password)
		}
		if err != nil {
			return SessionUser{}, tooLong(err, "password")
		}
		created, err := create(ctx, user)
		switch {
		case err == nil && created == nil:
			return SessionUser{}, errors.New("account: SignUp: create returned no user and no error")
		case err == nil:
			id, err := a.idOf(ctx, created)
			return SessionUser{UserID: id}, err
		case errors.Is(err, store.ErrExists):
			return SessionUser{}, errTaken
		case isReply(err):
			return SessionUser{}, err
		}
		return SessionUser{}, auth.Unavailable(err)
	}
	return rest.Router{Path: path, Auth: a.cfg.CrossOrigin, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(signUp, a.limitedByAddress(rest.Op{NoStore: true, Summary: "Sign up", Errors: []error{errTaken, a.declared(), errDown}}))},
	}}
}

// idOf returns the id of an account that was just made. A record without ID is of a table
// whose ids are not integers: the account that it has under the name says the id.
func (a *Accounts[U]) idOf(ctx context.Context, created *store.User) (string, error) {
	if created.ID != 0 {
		return store.FormatID(created.ID), nil
	}
	account, err := a.passwords.Account(ctx, created.Username)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("account: SignUp: create returned a user without ID, and the users have none of its name: %w", err)
	}
	return account.ID, auth.Unavailable(err)
}

// isReply reports whether an error says itself what is answered.
func isReply(err error) bool {
	_, own := errors.AsType[*rest.Error](err)
	_, refused := errors.AsType[*auth.Error](err)
	return own || refused
}

// longestName is how many characters Django's column takes.
const longestName = 150

// strange reports whether a character has no place in a user name
// (UnicodeUsernameValidator). Python's \w has no marks, and we take no letters that
// nobody sees either: names that look alike are one name. It is no pattern of the
// schema, as the dialects of regular expressions disagree about letters.
func strange(r rune) bool {
	if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
		return true
	}
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("@.+-_", r)
}
