package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/openapi"
)

// AnyOf tries authenticators in order until one accepts the request. If one finds no
// credential of its kind, the next one is tried; a refusal or a fault ends the search. The
// header given to [Skip] is added to the reply.
func AnyOf(a ...Authenticator) Authenticator {
	return &anyOf{members: slices.Clone(a), err: checkMembers("AnyOf", a)}
}

type anyOf struct {
	members []Authenticator
	err     error
}

func (a *anyOf) Authenticate(r *http.Request) (Identity, error) {
	var carried http.Header
	var first *Error // the first refusal that Fallthrough passed on
	var dead *stale  // the first credential that was sent but is not valid any more
	for _, member := range a.members {
		id, err := member.Authenticate(r)
		switch {
		case err == nil && first != nil && isNobody(id.Principal): // a bad credential does not become anonymous
			return Identity{}, attach(first, joinHeader(id.Header, carried))
		case err == nil:
			if id.By == nil {
				id.By = member
			}
			id.Header = joinHeader(id.Header, carried)
			return id, nil
		case skipped(err):
			carried = joinHeader(carried, ReplyHeader(err))
			if first == nil {
				first = unheard(err)
			}
			if dead == nil {
				dead, _ = errors.AsType[*stale](err)
			}
		default:
			return Identity{}, attach(err, carried)
		}
	}
	if first != nil {
		return Identity{}, attach(&passed{first}, carried)
	}
	if dead != nil {
		return Identity{}, attach(dead, carried)
	}
	return Identity{}, Skip(carried)
}

func (a *anyOf) Declare(method string) (Declaration, error) {
	var sum Declaration
	err := declareEach(a.members, a.err, method, &sum, func(d Declaration) {
		sum.Alternatives = append(sum.Alternatives, d.Alternatives...)
	})
	i := slices.IndexFunc(sum.Alternatives, Alternative.anybody)
	if err == nil && i >= 0 && i < len(sum.Alternatives)-1 {
		err = errors.New("auth: AnyOf: an alternative before the last one accepts every request as auth.Nobody, so the ones after it are never tried; put auth.Optional around all of them")
	}
	return sum, err
}

// AllOf demands all credentials at once; in OpenAPI they are one requirement. It skips if one
// member skips, and refuses if one refuses. Credentials for different accounts of one table
// are refused with 401; accounts of different tables are independent. The identity is that of
// the first member whose principal is not [Nobody], with the account of the first member that
// has one. Its All has the identities of all members, and a handler may have an auth field
// for each.
func AllOf(a ...Authenticator) Authenticator {
	return &allOf{members: slices.Clone(a), err: checkMembers("AllOf", a)}
}

type allOf struct {
	members []Authenticator
	err     error
}

func (a *allOf) Authenticate(r *http.Request) (Identity, error) {
	ids := make([]Identity, 0, len(a.members))
	var header http.Header
	for _, member := range a.members {
		id, err := member.Authenticate(r)
		if err != nil {
			return Identity{}, err
		}
		if id.Principal == nil {
			return Identity{}, noPrincipal(member)
		}
		if id.By == nil {
			id.By = member
		}
		header = joinHeader(header, id.Header)
		if id.All != nil {
			ids = append(ids, id.All...)
		} else {
			ids = append(ids, id)
		}
	}
	if err := oneAccount(ids); err != nil {
		return Identity{}, err
	}
	sum := ids[0]
	if i := slices.IndexFunc(ids, func(id Identity) bool { return !isNobody(id.Principal) }); i > 0 {
		sum = ids[i]
	}
	if i := slices.IndexFunc(ids, func(id Identity) bool { return id.UserID != "" }); i >= 0 && sum.UserID == "" {
		sum.UserID, sum.Accounts = ids[i].UserID, ids[i].Accounts
	}
	sum.All, sum.Header, sum.Expires = ids, header, earliest(ids)
	return sum, nil
}

func earliest(ids []Identity) time.Time {
	var first time.Time
	for _, id := range ids {
		if !id.Expires.IsZero() && (first.IsZero() || id.Expires.Before(first)) {
			first = id.Expires
		}
	}
	return first
}

func (a *allOf) Declare(method string) (Declaration, error) {
	sum := Declaration{Alternatives: []Alternative{{}}}
	err := declareEach(a.members, a.err, method, &sum, func(d Declaration) {
		var product []Alternative
		for _, left := range sum.Alternatives {
			for _, right := range d.Alternatives {
				product = append(product, joinAlternatives(left, right))
			}
		}
		sum.Alternatives = product
	})
	return sum, err
}

func joinAlternatives(a, b Alternative) Alternative {
	both := openapi.SecurityRequirement{}
	for _, requirement := range []openapi.SecurityRequirement{a.Requirement, b.Requirement} {
		for name, scopes := range requirement {
			both[name] = append(slices.Clone(both[name]), scopes...)
		}
	}
	for name, scopes := range both {
		if scopes == nil {
			both[name] = []string{} // OpenAPI wants a list, not null
		}
	}
	return Alternative{Requirement: both, Principals: slices.Concat(a.Principals, b.Principals), Accounts: joinAccounts(a, b)}
}

// Optional is [AnyOf] that also accepts requests without a credential. Their principal is
// [Nobody], and an auth field that is a pointer or an interface is nil. A wrong credential is
// still refused.
func Optional(a ...Authenticator) Authenticator {
	return &optional{anyOf{members: slices.Clone(a), err: checkMembers("Optional", a)}}
}

type optional struct{ any anyOf }

func (o *optional) Authenticate(r *http.Request) (Identity, error) {
	id, err := o.any.Authenticate(r)
	if err != nil && skipped(err) {
		if refusal := unheard(err); refusal != nil {
			return Identity{}, attach(refusal, ReplyHeader(err))
		}
		id := Identity{Principal: Nobody{}, By: o, Header: ReplyHeader(err)}
		if dead, ok := errors.AsType[*stale](err); ok {
			id.stale = dead.refusal
		}
		return id, nil
	}
	return id, err
}

func (o *optional) Declare(method string) (Declaration, error) {
	d, err := o.any.Declare(method)
	if !slices.ContainsFunc(d.Alternatives, Alternative.anybody) {
		d.Alternatives = append(d.Alternatives, anonymous())
	}
	return d, err
}

// Fallthrough lets the next alternative of an [AnyOf] try if a refuses the credential. If no
// alternative accepts, the reply is this refusal. It is for credentials that look alike, and
// for old cookies beside a good header:
//
//	auth.AnyOf(auth.Fallthrough(old.Header()), tokens.Header())
//	auth.AnyOf(auth.Fallthrough(tokens.Cookie()), tokens.Header())
//
// Of several refusals the first one is sent. A store that is down, a fault, and an [Error]
// with status 500 or more still end the search. In an [AllOf], a refusal makes the AllOf
// skip.
func Fallthrough(a Authenticator) Authenticator { return &fallthroughs{a} }

type fallthroughs struct{ inner Authenticator }

func (f *fallthroughs) Authenticate(r *http.Request) (Identity, error) {
	id, err := f.inner.Authenticate(r)
	if e, ok := errors.AsType[*Error](err); ok && e.HTTPStatus() < 500 {
		return Identity{}, attach(&passed{e}, ReplyHeader(err))
	}
	if err == nil && id.By == nil {
		id.By = f.inner
	}
	return id, err
}

func (f *fallthroughs) Declare(method string) (Declaration, error) {
	if err := checkMembers("Fallthrough", []Authenticator{f.inner}); err != nil {
		return Declaration{}, err
	}
	return f.inner.Declare(method)
}

// Narrow replaces the principal of a by another one, or refuses it. It turns a user into a
// staff member, for example, or claims into a tenant:
//
//	staff := auth.Narrow(session, func(ctx context.Context, u *User) (*Staff, error) {
//		if !u.IsStaff {
//			return nil, &auth.Error{Status: 403, Msg: "Staff only"}
//		}
//		return &Staff{u}, nil
//	}, auth.Refusal{Status: 403, Description: "The user is not staff"})
//
// The errors of f are those of [Authenticator].Authenticate: a refusal is an *Error, and not
// an error of package rest. refusals declares the statuses
// besides 401. [Nobody] passes unchanged, so an [Optional] remains optional.
func Narrow[A, B any](a Authenticator, f func(context.Context, A) (B, error), refusals ...Refusal) Authenticator {
	return &narrow[A, B]{inner: a, f: f, refusals: refusals}
}

type narrow[A, B any] struct {
	inner    Authenticator
	f        func(context.Context, A) (B, error)
	refusals []Refusal
}

func (n *narrow[A, B]) Authenticate(r *http.Request) (Identity, error) {
	id, err := n.inner.Authenticate(r)
	if err != nil || isNobody(id.Principal) {
		return id, err
	}
	before, ok := id.Principal.(A)
	if !ok {
		return Identity{}, fmt.Errorf("auth: Narrow: the principal is a %T, want %v", id.Principal, reflect.TypeFor[A]())
	}
	after, err := n.f(r.Context(), before)
	if err != nil {
		return Identity{}, err
	}
	if id.By == nil {
		id.By = n.inner
	}
	id.narrowed = &narrowing{by: n, from: id.Principal, inner: id.narrowed}
	id.Principal, id.All = after, nil
	return id, nil
}

func (n *narrow[A, B]) Declare(method string) (Declaration, error) {
	if err := checkMembers("Narrow", []Authenticator{n.inner}); err != nil {
		return Declaration{}, err
	}
	if n.f == nil {
		return Declaration{}, errors.New("auth: Narrow: the function is nil")
	}
	d, err := n.inner.Declare(method)
	if err != nil {
		return d, err
	}
	want := reflect.TypeFor[A]()
	d.Alternatives = slices.Clone(d.Alternatives)
	for i, alternative := range d.Alternatives {
		if len(alternative.Principals) != 1 {
			return d, fmt.Errorf("auth: Narrow: needs one principal of type %v, the alternative %v has %v",
				want, schemeNames(alternative), alternative.Principals)
		}
		have := alternative.Principals[0]
		if have == nobodyType {
			continue
		}
		if !have.AssignableTo(want) {
			return d, fmt.Errorf("auth: Narrow: takes a %v, but %v yields a %v", want, schemeNames(alternative), have)
		}
		d.Alternatives[i].Principals = PrincipalType[B]()
	}
	d.Refusals = mergeRefusals(slices.Clone(d.Refusals), n.refusals)
	return d, nil
}

// Public declares that an operation needs no credential, whatever the outer levels say. It
// cannot be a member of a combinator, or the Auth of Settings.
var Public Authenticator = public{}

type public struct{}

func (public) Authenticate(*http.Request) (Identity, error) {
	return Identity{Principal: Nobody{}, By: Public}, nil
}

func (public) Declare(string) (Declaration, error) {
	return Declaration{Alternatives: []Alternative{anonymous()}}, nil
}

var nobodyType = reflect.TypeFor[Nobody]()

func isNobody(principal any) bool { _, ok := principal.(Nobody); return ok }

// anybody reports whether requests without a credential are accepted this way.
func (a Alternative) anybody() bool {
	somebody := func(p reflect.Type) bool { return p != nobodyType }
	return len(a.Requirement) == 0 && !slices.ContainsFunc(a.Principals, somebody)
}

func anonymous() Alternative {
	return Alternative{Requirement: openapi.SecurityRequirement{}, Principals: []reflect.Type{nobodyType}}
}

// skipped reports whether an error means that the next alternative is tried: ErrSkip, or an
// error that wraps nothing else. A refusal whose cause is ErrSkip is still a refusal, and an
// error that joins ErrSkip and a fault is a fault. Otherwise they would let requests pass.
func skipped(err error) bool {
	if err == ErrSkip {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // this walks the tree itself
	case *Error:
		return false
	case interface{ Unwrap() error }:
		return skipped(e.Unwrap())
	case interface{ Unwrap() []error }:
		joined := e.Unwrap()
		return len(joined) > 0 && !slices.ContainsFunc(joined, func(one error) bool { return !skipped(one) })
	}
	return false
}

func checkMembers(name string, members []Authenticator) error {
	if len(members) == 0 {
		return fmt.Errorf("auth: %s: no authenticator given; write auth.Public where none is needed", name)
	}
	for i, member := range members {
		if IsNil(member) {
			return fmt.Errorf("auth: %s: authenticator %d is nil", name, i+1)
		}
		if member == Public {
			return fmt.Errorf("auth: %s: auth.Public cannot be combined; auth.Optional accepts requests without a credential", name)
		}
	}
	return nil
}

// IsNil reports whether an interface value is nil, or holds a nil pointer, map, slice or
// function. Constructors use it to find missing arguments when an API is built.
func IsNil(a any) bool {
	if a == nil {
		return true
	}
	switch v := reflect.ValueOf(a); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// Validate returns the error of a method Validate() error, if a store or table has one: the reason
// why it cannot be used as it is configured. Constructors call it when an API is built.
func Validate(a any) error {
	if v, ok := a.(interface{ Validate() error }); ok && !IsNil(a) {
		return v.Validate()
	}
	return nil
}

func schemeNames(a Alternative) []string {
	names := make([]string, 0, len(a.Requirement))
	for name := range a.Requirement {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
