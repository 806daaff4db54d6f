package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
)

// NewPassword is what a user changes the password with.
type NewPassword struct {
	_   struct{} `doc:"The present password, and the one to be."`
	Old string   `json:"old_password"`
	New string   `json:"new_password" minLength:"8" maxLength:"1000"`
}

// NewUser is who signs up.
type NewUser struct {
	_        struct{} `doc:"A user name and a password; the e-mail address may be left out."`
	Username string   `json:"username" minLength:"1" maxLength:"150" doc:"Letters and digits of any language, and @ . + - _"`
	Email    *string  `json:"email" format:"email" maxLength:"254"`
	Password string   `json:"password" minLength:"8" maxLength:"1000"`
}

// Logins are what a change of the password ends: *sessionauth.Auth and
// *jwtauth.Issuer.
type Logins interface {
	// EndOthers ends an account's logins but the one of the request, and returns the
	// cookies that this one goes on with.
	EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error)
	// CanEndOthers reports as an error what keeps EndOthers from working.
	CanEndOthers() error
}

// Answers to a password that is wrong or not accepted, and to a name.
var (
	errOldPassword = &rest.Error{Status: http.StatusBadRequest, Msg: "The password is wrong", Type: "value_error", Loc: []any{"parsed_body", "old_password"}}
	errNotAccepted = &rest.Error{Status: http.StatusBadRequest, Msg: "Raised when the body is not valid, or the name or password is not accepted"}
	errName        = &rest.Error{Status: http.StatusBadRequest, Msg: "A user name has letters, digits and @ . + - _", Type: "value_error", Loc: []any{"parsed_body", "username"}}
	errTaken       = &rest.Error{Status: http.StatusConflict, Msg: "The user name is taken", Type: "value_error", Loc: []any{"parsed_body", "username"}}
)

// Password returns a router with POST path/, by which a user who is logged in by who
// changes the password: 204. The old one must be right (400). All logins but the one
// of the request end; API tokens stay, they are no login.
//
//	login.Password(auth.AnyOf(session, tokens.Header()), passwords, "/password", []login.Logins{session, tokens})
func Password[U any](who auth.Authenticator, passwords *password.Checker[U], path string, logins []Logins, options ...Options) rest.Router {
	o, wrong := of(options), passwords.CanChange()
	for _, l := range logins {
		wrong = errors.Join(wrong, l.CanEndOthers())
	}
	change := func(ctx context.Context, in newPasswordIn) (cookiesReply, error) {
		id := auth.MustFromContext(ctx).UserID
		if id == "" {
			return cookiesReply{}, fmt.Errorf("login: Password: %T names no account in Identity.UserID", auth.MustFromContext(ctx).By)
		}
		if err := o.count(ctx, "\x00id "+id); err != nil {
			return cookiesReply{}, err
		}
		_, account, err := passwords.CheckID(ctx, id, in.Body.Old)
		if err == nil {
			err = o.accept(ctx, account.Username, in.Body.New)
		}
		if err == nil {
			account, err = passwords.Change(ctx, account, in.Body.New)
		}
		if _, refused := errors.AsType[*auth.Error](err); refused {
			err = errOldPassword
		}
		if err != nil {
			return cookiesReply{}, tooLong(err, "new_password")
		}
		var reply cookiesReply
		for _, l := range logins {
			more, err := l.EndOthers(in.Request, account)
			if err != nil {
				return cookiesReply{}, err
			}
			reply.Cookies = append(reply.Cookies, more...)
		}
		return reply, nil
	}
	return rest.Router{Path: path, Auth: unable(wrong, who), Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(change, o.limited(rest.Op{
			Status: http.StatusNoContent, NoStore: true, Summary: "Change the password", Errors: []error{errNotAccepted},
			Description: "All other logins of the user end. The reply sets the cookies with which this one goes on, if it has any.",
		}))},
	}}
}

// strange reports whether a character has no place in a user name
// (UnicodeUsernameValidator). It is no pattern of the schema, as the dialects of
// regular expressions disagree about letters.
func strange(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && !strings.ContainsRune("@.+-_", r)
}

// tooLong answers for a hasher that takes shorter passwords than the schema.
func tooLong(err error, field string) error {
	if !errors.Is(err, password.ErrTooLong) {
		return err
	}
	return &rest.Error{Status: http.StatusBadRequest, Msg: "The password is too long", Type: "value_error", Loc: []any{"parsed_body", field}, Err: err}
}

type newPasswordIn struct {
	Request *http.Request
	Body    NewPassword `body:""`
}

// SignUp returns a router with POST path/, by which anybody makes an active account:
// 201 {"user_id":"1"}, 409 if the name is taken. Names are letters, digits and
// @ . + - _, as Django's, and put into one form (Unicode NFKC). Like a login it refuses
// posts that a browser sends from another site (403).
//
// create adds a user, such as the Create method of a store's users; a wrapped one may
// do more, or leave the account inactive until an address is confirmed. Its error may
// be [store.ErrExists], or a *rest.Error of status 400.
//
//	login.SignUp(db.Users().Create, hasher, "/sign-up")
//
// [store.ErrExists]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrExists
func SignUp(create func(context.Context, store.User) (*store.User, error), hasher *password.Hasher, path string, options ...Options) rest.Router {
	o := of(options)
	signUp := func(ctx context.Context, in bodyOf[NewUser]) (SessionUser, error) {
		user := store.User{Username: norm.NFKC.String(in.Body.Username), Active: true}
		if strings.ContainsFunc(user.Username, strange) {
			return SessionUser{}, errName
		}
		if in.Body.Email != nil {
			user.Email = *in.Body.Email
		}
		if err := o.accept(ctx, user.Username, in.Body.Password); err != nil {
			return SessionUser{}, err
		}
		encoded, err := hasher.Hash(ctx, in.Body.Password)
		if errors.Is(err, password.ErrTooLong) {
			return SessionUser{}, tooLong(err, "password")
		}
		if err != nil {
			return SessionUser{}, auth.Unavailable(err)
		}
		user.Password = encoded
		created, err := create(ctx, user)
		if errors.Is(err, store.ErrExists) {
			return SessionUser{}, errTaken
		}
		if err != nil {
			return SessionUser{}, err
		}
		return SessionUser{UserID: store.FormatID(created.ID)}, nil
	}
	o.Name = nil // nobody's yet
	return rest.Router{Path: path, Auth: csrf.Guard(csrf.GuardConfig{}), Controllers: []rest.Controller{
		{Path: "/", Post: rest.Handle(signUp, o.limited(rest.Op{NoStore: true, Summary: "Sign up", Errors: []error{errTaken, errNotAccepted, errDown}}))},
	}}
}
