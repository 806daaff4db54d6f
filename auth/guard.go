package auth

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
)

// Guard is an Authenticator compiled for one HTTP method: what it declared, and
// the check that what it returns is what it declared. Package rest and [Require]
// enforce guards; so does an adapter for another framework.
type Guard struct {
	auth       Authenticator
	decl       Declaration
	challenge  string
	refused    atomic.Pointer[refusedChallenge] // the last one made
	principals []reflect.Type
	names      names
}

type refusedChallenge struct {
	own   string // Error.Challenge
	whole []string
}

// errDenied is the outcome when no alternative found a credential.
var errDenied = Refuse("no credential")

// Compile reads the declaration of an authenticator and checks it. The error is
// the configuration error of the authenticator.
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

// Principals are the types that identities may have, of all alternatives.
func (g *Guard) Principals() []reflect.Type { return g.principals }

// Challenge returns the value of WWW-Authenticate in a 401; empty for none.
func (g *Guard) Challenge() string { return g.challenge }

// ChallengeOf returns the values of WWW-Authenticate in a 401 whose [Error] has a
// Challenge of its own: it stands among the others of the chain, in the place of the
// one of its scheme. The slice is shared.
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

// Authenticate asks the authenticator. The error is an [*Error] when the request
// is refused, also when nobody found a credential; [ErrUnavailable] when a store
// is down; anything else is a fault of the service. A refusal whose status is below 400 is
// a fault, and so is an identity whose principal is missing or of a type that was not
// declared.
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

// check compares an identity with the declaration: it must be one of the alternatives.
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

// undeclared describes an identity that fits no alternative.
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
