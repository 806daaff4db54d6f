package login

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/throttle"
)

// Options of the routers. The zero value is ready, and every router takes at most one.
type Options struct {
	// Address limits how often credentials are sent from an address. Defaults to 30 at
	// once, and one each 2 seconds. Several routers that get one limiter share its
	// budget.
	Address *throttle.Limiter
	// Name limits how often credentials are sent for a user name, from wherever.
	// Defaults to 10 at once, and one each 6 seconds. Who exceeds it for somebody else
	// keeps them from logging in so long.
	Name *throttle.Limiter
	// InsecureUnlimited switches the limits off: passwords can be guessed at full speed.
	InsecureUnlimited bool
	// Accept refuses new passwords, besides those under 8 characters: leaked ones, say.
	// Return a *rest.Error that says why; it is declared with status 400. nil accepts
	// all.
	Accept func(ctx context.Context, username, password string) error
}

// of returns the options with their defaults.
func of(given []Options) Options {
	var o Options
	if len(given) > 0 {
		o = given[0]
	}
	if o.InsecureUnlimited {
		o.Address, o.Name = nil, nil
		return o
	}
	if o.Address == nil {
		o.Address = throttle.New(throttle.Limit{Requests: 30, Window: time.Minute, Smooth: true, Name: "login-address"})
	}
	if o.Name == nil {
		o.Name = throttle.New(throttle.Limit{Requests: 10, Window: time.Minute, Smooth: true, Name: "login-name"})
	}
	return o
}

// limited is an operation that takes credentials, under both limits.
func (o Options) limited(op rest.Op) rest.Op {
	if o.Address != nil {
		op.Before = append(op.Before, o.Address)
	}
	if o.Name != nil {
		if _, err := o.Name.Declare(); err != nil {
			op.Before = append(op.Before, o.Name) // where its mistake is reported
		}
		op.Errors = append(op.Errors, o.Name.Refusal())
	}
	return op
}

// count counts an attempt for a name.
func (o Options) count(ctx context.Context, name string) error {
	if o.Name == nil {
		return nil
	}
	return o.Name.Count(ctx, strings.ToLower(name))
}

// accept refuses a new password.
func (o Options) accept(ctx context.Context, username, password string) error {
	if o.Accept == nil {
		return nil
	}
	return o.Accept(ctx, username, password)
}

// errWrong documents the one answer to a wrong password, an unknown name and an
// inactive account.
var errWrong = &auth.Error{Msg: "Raised when the user name or the password is wrong"}

// errDown documents that a login needs its store, and a hasher that is not
// overwhelmed.
var errDown = &auth.Error{Status: http.StatusServiceUnavailable, Msg: "Raised when the store of users cannot be asked now"}

// unable is the auth of a router that cannot do its work: the reason surfaces when the
// API is built. Otherwise it is that of the router.
func unable(err error, otherwise auth.Authenticator) auth.Authenticator {
	if err == nil {
		return otherwise
	}
	return misconfigured{err}
}

type misconfigured struct{ err error }

func (m misconfigured) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{}, m.err
}

func (m misconfigured) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{}, m.err
}
