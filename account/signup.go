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

// NewUser is the body of a sign-up.
type NewUser struct {
	_        struct{} `doc:"A user name and a password; the e-mail address may be left out."`
	Username string   `json:"username" minLength:"1" maxLength:"150" doc:"Letters and digits of one script, and @ . + - _" example:"alice"`
	Email    *string  `json:"email" format:"email" maxLength:"254" example:"alice@example.com"`
	Password string   `json:"password" minLength:"8" maxLength:"1000" example:"correct horse battery staple"`
}

// Replies to a name that is refused.
const (
	msgName    = "A user name has up to 150 letters, digits and @ . + - _"
	msgScripts = "A user name has letters of one script"
	msgTaken   = "The user name is taken"
)

var (
	errName    = notAccepted(msgName, "username_invalid", inBody("username"), nil)
	errScripts = notAccepted(msgScripts, "username_mixed_scripts", inBody("username"), nil)
	errTaken   = &rest.Error{Status: http.StatusConflict, Msg: msgTaken, Code: "username_taken", Loc: inBody("username")}
)

// SignUp returns a router with POST path/, by which anyone makes an active account:
// 201 {"user_id":"1"}, 409 if the name is taken. [Accounts.AcceptPassword] decides on the
// password (400). Like a login it refuses requests that a browser sends from another site
// (403).
//
// A name consists of letters, digits and @ . + - _, as in Django, and is normalized (Unicode
// NFKC). Its letters are of one script, or of the scripts in which Chinese, Japanese or
// Korean is written together with Latin (UTS #39 §5.2, "highly restrictive"): "alice" with a
// Cyrillic "а" is a 400. Names that look alike within one script are accepted ("rn" and "m",
// "1" and "l"), and so are names that are entirely of another script, such as Cyrillic
// "сосо" beside Latin "coco".
//
// create adds a user, as the method Create of a store's users does. A wrapper may do more, or
// leave the account inactive until an address is confirmed. If ids are not integers, create
// returns the user with ID 0, and the reply has the id under which the users given to New
// find the name. Its error may be [store.ErrExists] or a *rest.Error with status 400; any
// other error means that the store is down.
//
//	accounts.SignUp("/sign-up", db.Users().Create)
//
// [store.ErrExists]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrExists
func (a *Accounts[U]) SignUp(path string, create func(context.Context, store.User) (*store.User, error)) rest.Router {
	if err := a.without("SignUp: create", create == nil); err != nil {
		return broken(path, auth.Misconfigured(err))
	}
	r := &signUpRouter[U]{a, create}
	return rest.Router{Path: path, Auth: a.cfg.CrossOrigin, Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(r.signUp, a.limitedByAddress(rest.Op{NoStore: true, Summary: "Sign up", Errors: []error{errTaken, a.declared(), errDown}}))},
	}}
}

// signUpRouter has the handler of [Accounts.SignUp].
type signUpRouter[U any] struct {
	accounts *Accounts[U]
	create   func(context.Context, store.User) (*store.User, error)
}

func (r *signUpRouter[U]) signUp(ctx context.Context, in bodyOf[NewUser]) (SessionUser, error) {
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
	err := r.accounts.AcceptPassword(ctx, user.Username, user.Email, in.Body.Password, "parsed_body", "password")
	if err == nil {
		user.Password, err = r.accounts.passwords.Hash(ctx, in.Body.Password)
	}
	if err != nil {
		return SessionUser{}, tooLong(err, "password")
	}
	created, err := r.create(ctx, user)
	switch {
	case err == nil && created == nil:
		return SessionUser{}, errors.New("account: SignUp: create returned no user and no error")
	case err == nil:
		id, err := r.accounts.idOf(ctx, created)
		return SessionUser{UserID: id}, err
	case errors.Is(err, store.ErrExists):
		return SessionUser{}, errTaken
	case isReply(err):
		return SessionUser{}, err
	}
	return SessionUser{}, auth.Unavailable(err)
}

// idOf returns the id of an account that was just made. If the record has none, it is that of
// the account with its name.
func (a *Accounts[U]) idOf(ctx context.Context, created *store.User) (string, error) {
	if created.ID != "" {
		return created.ID, nil
	}
	account, err := a.passwords.Account(ctx, created.Username)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("account: SignUp: create returned a user without ID, and no user has its name: %w", err)
	}
	return account.ID, auth.Unavailable(err)
}

// isReply reports whether an error is a reply, and not a fault.
func isReply(err error) bool {
	_, own := errors.AsType[*rest.Error](err)
	_, refused := errors.AsType[*auth.Error](err)
	return own || refused
}

// longestName is how many characters Django's column holds.
const longestName = 150

// strange reports whether a user name must not have a character (Django's
// UnicodeUsernameValidator). Like Python's \w it refuses combining marks, and it also
// refuses letters that are not visible, because two names must not look the same. It is not
// a pattern in the schema, because dialects of regular expressions disagree about letters.
func strange(r rune) bool {
	if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
		return true
	}
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("@.+-_", r)
}
