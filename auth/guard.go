package auth

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"

	"github.com/go-modern-rest/rest/internal/loglimit"
)

// Guard is an Authenticator that was compiled for one HTTP method. It checks that identities
// are as declared. Package rest, [Require] and adapters for other frameworks call it.
type Guard struct {
	auth       Authenticator
	decl       Declaration
	challenge  string
	refused    atomic.Pointer[refusedChallenge] // the last one made
	principals []reflect.Type
	names      names
	down       loglimit.Limit // of lines about stores
}

type refusedChallenge struct {
	own   string // Error.Challenge
	whole []string
}

// errDenied refuses a request without a credential.
var errDenied = Refuse("no credential")

// Compile reads and checks the declaration of an authenticator. The error is a mistake in the
// configuration of the authenticator.
func Compile(a Authenticator, method string) (*Guard, error) {
	if IsNil(a) {
		return nil, errors.New("auth: the authenticator is nil")
	}
	decl, err := a.Declare(method)
	if err != nil {
		return nil, err
	}
	decl.Vary = decl.vary()
	if err := decl.check(); err != nil {
		return nil, fmt.Errorf("%w (%T)", err, a)
	}
	g := &Guard{auth: a, decl: decl, challenge: strings.Join(appendNew(nil, decl.Challenges...), ", ")}
	for _, alternative := range decl.Alternatives {
		g.principals = append(g.principals, alternative.Principals...)
	}
	return g, nil
}

// Declaration returns what the authenticator declared for the guard's method.
func (g *Guard) Declaration() Declaration { return g.decl }

// Principals returns the types of principals of all alternatives.
func (g *Guard) Principals() []reflect.Type { return g.principals }

// Challenge returns the value of WWW-Authenticate in a 401; empty: none.
func (g *Guard) Challenge() string { return g.challenge }

// ChallengeOf returns the values of WWW-Authenticate in a 401 whose [Error] has a Challenge:
// it replaces the challenge of the same scheme. The slice is shared and must not be changed.
func (g *Guard) ChallengeOf(own string) []string {
	if known := g.refused.Load(); known != nil && known.own == own {
		return known.whole
	}
	scheme := func(challenge string) string { name, _, _ := strings.Cut(challenge, " "); return name }
	list := appendNew(nil, g.decl.Challenges...)
	for i, challenge := range list {
		if strings.EqualFold(scheme(challenge), scheme(own)) {
			list[i] = own
		}
	}
	made := &refusedChallenge{own, []string{strings.Join(list, ", ")}}
	g.refused.Store(made)
	return made.whole
}

// Authenticate authenticates a request. The error is an [*Error] if the request is refused,
// also because it has no credential; it is [ErrUnavailable] if a store is down, and anything
// else is a fault of the service. A refusal with a status below 400 is a fault, and so is an
// identity whose principal is missing or not of a declared type.
func (g *Guard) Authenticate(r *http.Request) (Identity, error) {
	id, err := g.auth.Authenticate(r)
	if err != nil {
		if err == ErrSkip {
			return Identity{}, errDenied
		}
		if skipped(err) {
			err = attach(denied(err), ReplyHeader(err))
		}
		if refusal, ok := errors.AsType[*Error](err); ok && (refusal.HTTPStatus() < 400 || refusal.HTTPStatus() > 599) {
			return Identity{}, fmt.Errorf("auth: %T refused a request with status %d, want 400 to 599", g.auth, refusal.HTTPStatus())
		}
		return Identity{}, err
	}
	if id.By == nil {
		id.By = g.auth
	}
	if err := g.check(&id); err != nil {
		return Identity{}, err
	}
	return id, nil
}

// check returns an error unless an identity is as one of the alternatives declares.
func (g *Guard) check(id *Identity) error {
	if absent(id.Principal) {
		return noPrincipal(g.auth)
	}
	for i := range id.All {
		if absent(id.All[i].Principal) {
			return noPrincipal(g.auth)
		}
	}
	for i := range g.decl.Alternatives {
		if g.decl.Alternatives[i].fits(id) {
			return nil
		}
	}
	return g.undeclared(id)
}

// absent reports whether a principal is nil, or a nil pointer.
func absent(principal any) bool {
	v := reflect.ValueOf(principal)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// undeclared is the error for an identity that no alternative declares.
func (g *Guard) undeclared(id *Identity) error {
	var got []string
	for _, member := range id.members() {
		text := fmt.Sprintf("a principal of type %T", member.Principal)
		if member.Accounts != nil {
			text += fmt.Sprintf(" and the account %q of a %T", member.UserID, member.Accounts)
		}
		got = append(got, text)
	}
	return fmt.Errorf("auth: %T accepted a request with %s, but declared %v; Identity.Accounts and Alternative.Accounts must agree as well",
		g.auth, strings.Join(got, " and "), g.principals)
}

func noPrincipal(a Authenticator) error {
	return fmt.Errorf("auth: %T accepted a request without a principal", a)
}
