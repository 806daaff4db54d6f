// Package account has ready routers by which people sign up, log in and out, and change
// their password:
//
//	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
//	rest.Router{Path: "/auth", Routers: []rest.Router{
//		accounts.SignUp("/sign-up", db.Users().Create),                // POST /sign-up/; every path ends in a slash
//		accounts.Session("/session", session),                         // login/, logout/, logout/all/
//		accounts.JWT("/jwt", tokens),                                  // obtain/, refresh/, verify/, revoke/
//		accounts.Tokens("/tokens", caller, keys),                      // obtain/, revoke/, list/
//		accounts.Password("/password", caller, session, tokens, keys), // ends all other logins
//	}}
//
// Their handlers are a few lines each. They call what a handler of your own would call:
// Check of password.Checker, Begin and End of sessionauth, Issue, Refresh and Verify of
// jwtauth.
//
// The number of attempts is limited for each address and for each user name, see [Config].
// A request beyond a limit is a 429.
package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/throttle"
)

// Config of [Accounts]. The zero value is ready.
type Config struct {
	// Address limits how often credentials are sent from an address, to all routers
	// together. Defaults to 30 at once, and then one every 2 seconds.
	Address *throttle.Limiter
	// Name limits how often a wrong password is sent for a user name, from any address and
	// to all routers together. An attempt counts until its password has been found right.
	// Defaults to 10 at once, and then one every 6 seconds. While the limit of a name is
	// exceeded, its owner cannot log in either. Its Key is not used. Set the Limit of
	// basicauth.NewAccounts to the same limiter to count attempts by HTTP Basic as well.
	Name *throttle.Limiter
	// NameKey returns the key under which Name counts a user name. It gets the name in lower
	// case and in Unicode NFKC. An application whose tenants have users with the same name
	// puts the tenant in front. nil: the name itself.
	NameKey func(ctx context.Context, name string) string
	// Limits stores the counts of the default Address and Name. The Throttle of store/sqlite
	// outlives a restart and is shared by processes. Defaults to the memory of the process.
	Limits throttle.Store
	// InsecureUnlimited switches both limits off: attackers can guess passwords at full
	// speed.
	InsecureUnlimited bool
	// CrossOrigin checks requests that log in by cookie or sign up. Defaults to a
	// csrf.CrossOrigin that refuses what a browser sends from another site. If your pages
	// have another origin than the API, name it:
	// csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: []string{"https://app.example"}}).
	CrossOrigin auth.Authenticator
	// Policy decides which passwords a sign-up and a change of the password accept. The zero
	// value refuses common passwords and those made of the user name or the e-mail address,
	// with status 400; its Insecure fields accept them. A password needs 8 characters in any
	// case.
	Policy password.Policy
	// Accept refuses passwords that Policy accepts, such as those that are known to have
	// leaked. It returns a *rest.Error with status 400 that says why. nil accepts all.
	Accept func(ctx context.Context, username, password string) error
}

// Accounts makes the routers by which people log in to the accounts of one table. The routers
// share the limits of the Accounts, so that an attacker cannot guess through one after the
// other. U is the user type. Accounts is safe for concurrent use.
//
// When the password checker replaces an outdated encoding of a password, the logins of these
// routers stay valid.
type Accounts[U any] struct {
	passwords *password.Checker[U]
	bound     bound
	cfg       Config
	err       error
}

// New makes Accounts. rest.New reports mistakes in the configuration when an API has one of
// its routers.
func New[U any](passwords *password.Checker[U], cfg Config) *Accounts[U] {
	a := &Accounts[U]{passwords: passwords, cfg: cfg}
	switch {
	case passwords == nil:
		a.err = errors.New("account: New: passwords must not be nil")
	case cfg.InsecureUnlimited && (cfg.Limits != nil || cfg.Address != nil || cfg.Name != nil):
		a.err = errors.New("account: InsecureUnlimited contradicts Address, Name and Limits; leave one of them out")
	}
	if passwords != nil {
		a.err = errors.Join(a.err, passwords.Validate())
		a.passwords = passwords.Keeping(&a.bound)
	}
	a.err = auth.Misconfigured(a.err)
	if cfg.CrossOrigin == nil {
		a.cfg.CrossOrigin = csrf.CrossOrigin(csrf.CrossOriginConfig{})
	}
	if !cfg.InsecureUnlimited {
		a.cfg.Address = cmp.Or(cfg.Address, throttle.New(throttle.Limit{Requests: 30, Window: time.Minute, Smooth: true, Name: "login-address", Store: cfg.Limits}))
		a.cfg.Name = cmp.Or(cfg.Name, throttle.New(throttle.Limit{Requests: 10, Window: time.Minute, Smooth: true, Name: "login-name", Store: cfg.Limits}))
	}
	return a
}

// Credentials are the body of a login.
type Credentials struct {
	_        struct{} `doc:"A user name and a password."`
	Username string   `json:"username" example:"alice"`
	Password string   `json:"password" example:"correct horse battery staple"`
}

type requestOnly struct{ Request *http.Request }

type bodyOf[T any] struct {
	Body T `body:""`
}

type credentialsIn struct {
	Request *http.Request
	Body    Credentials `body:""`
}

type cookiesReply struct {
	Cookies []*http.Cookie `cookie:""`
}

// Check checks a user name and a password, within the limit by name. It is for the handler of
// a login of your own, whose operation is [Accounts.Limited]. A refusal is an [*auth.Error]
// with status 401 or 429. A success is reported to Settings.OnAuth. The name is normalized as
// SignUp does, to Unicode NFKC (Django's UsernameField.to_python): an account that was made
// with a name in another form is not found.
func (a *Accounts[U]) Check(ctx context.Context, username, password string) (user U, account auth.Account, err error) {
	if a.err != nil {
		return user, account, a.err
	}
	key := username
	if len(username) <= maxName {
		username = norm.NFKC.String(username)
		key = cases.Fold().String(username)
	}
	if a.cfg.NameKey != nil {
		key = a.cfg.NameKey(ctx, key)
	}
	err = a.attempt(ctx, "name "+key, func() (err error) {
		user, account, err = a.passwords.Check(ctx, username, password)
		return err
	})
	if err == nil {
		rest.LoggedIn(ctx, account.ID)
	}
	return user, account, err
}

// maxName is the longest name in bytes that is normalized. No account has a longer one, and
// a client may send a megabyte.
const maxName = 4096

// attempt calls check within the limit of a name or of the id of an account. It counts
// before the check, so that simultaneous guesses cannot exceed the limit, and takes the count
// back if the password was right.
func (a *Accounts[U]) attempt(ctx context.Context, key string, check func() error) error {
	if a.cfg.Name == nil {
		return check()
	}
	if err := a.cfg.Name.Count(ctx, key); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	return a.cfg.Name.Refund(ctx, key)
}

// Limited adds to the operation of a login of your own the limit by address and the
// documentation of what [Accounts.Check] refuses. Replies are not stored in caches.
func (a *Accounts[U]) Limited(op rest.Op) rest.Op {
	if a.err != nil {
		op.Auth = misconfigured{a.err} // rest.New reports it
	}
	op.NoStore, op.Errors = true, append(slices.Clip(op.Errors), errWrong, errDown)
	return a.limited(op)
}

// limited adds both limits to an operation.
func (a *Accounts[U]) limited(op rest.Op) rest.Op {
	op = a.limitedByAddress(op)
	if a.cfg.Name != nil {
		op.Limits = append(slices.Clip(op.Limits), a.cfg.Name.InHandler())
	}
	return op
}

func (a *Accounts[U]) limitedByAddress(op rest.Op) rest.Op {
	if a.cfg.Address != nil {
		op.LimitsBeforeAuth = append(slices.Clip(op.LimitsBeforeAuth), a.cfg.Address.ForLogins())
	}
	return op
}

// errWrong documents the reply to a wrong password, an unknown name and an inactive account,
// which is the same.
var errWrong = &auth.Error{Msg: "Raised when the user name or the password is wrong"}

// errDown documents that a login needs the store of users, and a free place of the hasher.
var errDown = &auth.Error{Status: http.StatusServiceUnavailable, Msg: "Raised when the store of users cannot be asked now"}

// userID returns the id of the caller's account. Op.Accounts guarantees that there is one.
func (a *Accounts[U]) userID(ctx context.Context) (string, error) {
	id, ok := auth.AccountID(ctx, a.passwords.Accounts())
	if !ok {
		return "", errors.New("account: the caller has no account in the table of the password.Checker")
	}
	return id, nil
}

// ownAccounts is a backend that issues credentials for the accounts of a table.
type ownAccounts interface{ Accounts() any }

// foreign returns a mistake if a backend has the accounts of another table than the password
// checker: its credentials would be those of a different user with the same id.
func (a *Accounts[U]) foreign(router string, backend ownAccounts) error {
	switch ours := a.passwords.Accounts(); {
	case ours == nil:
		return fmt.Errorf("account: %s: the users of the password.Checker cannot be compared with ==; pass a pointer, or give them a method Accounts() any", router)
	case backend.Accounts() != ours:
		return fmt.Errorf("account: %s: the %T has the accounts of another table than the password.Checker; make both with the same users", router, backend)
	}
	return nil
}

// without returns the mistake of [New], or that an argument is missing; nil: neither.
func (a *Accounts[U]) without(argument string, missing bool) error {
	if a.err == nil && missing {
		return errors.New("account: " + argument + " must not be nil")
	}
	return a.err
}

// broken returns a router with which rest.New fails, and reports err.
func broken(path string, err error) rest.Router {
	nothing := func(context.Context, rest.None) (rest.None, error) { return rest.None{}, err }
	return rest.Router{Path: path, Auth: misconfigured{err}, Controllers: []rest.Controller{{Path: "/", Post: rest.Handle(nothing)}}}
}

type misconfigured struct{ err error }

func (m misconfigured) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, m.err
}

func (m misconfigured) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{}, m.err
}
