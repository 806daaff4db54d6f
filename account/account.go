// Package login has the routers that hand out and take back credentials:
//
//	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
//	rest.Router{Path: "/auth", Routers: []rest.Router{
//		accounts.SignUp("/sign-up", db.Users().Create),
//		accounts.Session("/session", session),                         // login/, logout/, logout/all/
//		accounts.JWT("/jwt", tokens),                                  // obtain/, refresh/, verify/, revoke/
//		accounts.Tokens("/tokens", caller, keys),                      // obtain/, revoke/, list/
//		accounts.Password("/password", caller, session, tokens, keys), // ends all other logins
//	}}
//
// Each is a few lines over what a handler of your own would call: password.Checker's
// Check, sessionauth's Begin and End, jwtauth's Issue, Refresh and Verify.
//
// How often credentials may be sent is limited for each address and each user name;
// [Config] changes that. What exceeds a limit is a 429.
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
	// together. Defaults to 30 at once, and one each 2 seconds.
	Address *throttle.Limiter
	// Name limits how often a wrong password is sent for a user name, from any address and
	// to all routers together; an attempt counts until its password was found right.
	// Defaults to 10 at once, and one each 6 seconds. While the limit of a name is exceeded,
	// its owner cannot log in either. Its Key is not used. It may be the Limit
	// of basicauth.NewAccounts as well, so that both have one budget.
	Name *throttle.Limiter
	// NameKey returns what Name counts by for a user name, which it gets in lower case and
	// in Unicode NFKC. An application whose tenants have users of the same name puts the
	// tenant in front. nil: the name itself.
	NameKey func(ctx context.Context, name string) string
	// Limits keeps the counts of the default Address and Name, such as the Throttle of
	// store/sqlite, which outlives a restart and is shared by processes. Defaults to the
	// memory of the process.
	Limits throttle.Store
	// InsecureUnlimited switches both limits off: passwords can be guessed at full speed.
	InsecureUnlimited bool
	// CrossOrigin checks requests to logins that set cookies, and to sign-ups. Defaults to
	// a csrf.CrossOrigin that refuses what a browser sends from another site; where the pages
	// have another origin than the API, name it:
	// csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: []string{"https://app.example"}}).
	CrossOrigin auth.Authenticator
	// Policy decides which new passwords are accepted in a sign-up and in a change of the
	// password. The zero value refuses common passwords and those made of the user name or
	// the e-mail address, with status 400; its Insecure fields accept them. At least 8
	// characters are demanded in any case.
	Policy password.Policy
	// Accept refuses new passwords that Policy accepts: those that are known to have
	// leaked, for example. Return a *rest.Error that says why; it is declared with status
	// 400. nil accepts all.
	Accept func(ctx context.Context, username, password string) error
}

// Accounts makes the routers by which people log in to the accounts of one table.
// They share its limits, so that a second router is no second chance to guess. U is the
// user type. It is safe for concurrent use.
//
// The logins that routers are made with stay alive when the password checker replaces an
// outdated encoding of a password.
type Accounts[U any] struct {
	passwords *password.Checker[U]
	bound     bound
	cfg       Config
	err       error
}

// New makes Accounts. Mistakes surface when an API is built with one of its routers.
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

// Credentials are what a client logs in with.
type Credentials struct {
	_        struct{} `doc:"A user name and a password."`
	Username string   `json:"username"`
	Password string   `json:"password"`
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

// Check is password.Checker's Check at most so often as the limit by name allows, for
// a login of one's own, whose operation is [Accounts.Limited]. What it refuses is an
// [*auth.Error], a 401 or 429. Settings.OnAuth is told of who logged in. The name is put
// into the form that SignUp gives it, Unicode NFKC (UsernameField.to_python): an account
// that was made with a name in another form is not found.
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

// maxName is the longest name in bytes that is put into another form: nobody has a
// longer one, and what a client sends may be a megabyte.
const maxName = 4096

// attempt checks a password within the limit for a name, or for the id of an account. It
// counts before the check, so that guesses at the same time cannot outrun the limit, and
// takes the count back if the password was right.
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

// Limited is an operation that takes credentials: it counts for the limit by address,
// and documents the answers of [Accounts.Check]. Replies are not stored in caches.
func (a *Accounts[U]) Limited(op rest.Op) rest.Op {
	if a.err != nil {
		op.Auth = misconfigured{a.err} // where it is reported
	}
	op.NoStore, op.Errors = true, append(slices.Clip(op.Errors), errWrong, errDown)
	return a.limited(op)
}

// limited puts both limits on an operation.
func (a *Accounts[U]) limited(op rest.Op) rest.Op {
	op = a.limitedByAddress(op)
	if a.cfg.Name != nil {
		op.Limits = append(slices.Clip(op.Limits), a.cfg.Name.InHandler())
	}
	return op
}

func (a *Accounts[U]) limitedByAddress(op rest.Op) rest.Op {
	if a.cfg.Address != nil {
		op.LimitsBeforeAuth = append(slices.Clip(op.LimitsBeforeAuth), a.cfg.Address)
	}
	return op
}

// errWrong documents the one answer to a wrong password, an unknown name and an
// inactive account.
var errWrong = &auth.Error{Msg: "Raised when the user name or the password is wrong"}

// errDown documents that a login needs its store, and a hasher that is not
// overwhelmed.
var errDown = &auth.Error{Status: http.StatusServiceUnavailable, Msg: "Raised when the store of users cannot be asked now"}

// userID is the account that a request was let in as; Op.Accounts demands that there is
// one.
func (a *Accounts[U]) userID(ctx context.Context) (string, error) {
	id, ok := auth.AccountID(ctx, a.passwords.Accounts())
	if !ok {
		return "", errors.New("account: the request has no account of the table")
	}
	return id, nil
}

// ownAccounts is implemented by the backends that the routers hand out credentials with.
type ownAccounts interface{ Accounts() any }

// foreign returns a mistake if a backend has the accounts of another table than the
// passwords: what it hands out would be somebody else's.
func (a *Accounts[U]) foreign(router string, backend ownAccounts) error {
	switch ours := a.passwords.Accounts(); {
	case ours == nil:
		return fmt.Errorf("account: %s: the users of the password.Checker cannot be compared with ==; pass a pointer, or give them a method Accounts() any", router)
	case backend.Accounts() != ours:
		return fmt.Errorf("account: %s: the %T has the accounts of another table than the password.Checker; make both with the same users", router, backend)
	}
	return nil
}

// without returns what keeps a router from being made: a mistake of [New], or an
// argument that is missing.
func (a *Accounts[U]) without(argument string, missing bool) error {
	if a.err == nil && missing {
		return errors.New("account: " + argument + " must not be nil")
	}
	return a.err
}

// broken is a router that cannot do its work: the reason surfaces when the API is
// built.
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
