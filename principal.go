package rest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/bind"
)

// authSetter fills one auth field with the principal of a request.
type authSetter struct {
	name     string
	offset   uintptr
	typ      reflect.Type
	nilable  bool // the field stays nil for an anonymous request
	concrete bool
}

// authSetters checks that every way into an operation yields a principal for each
// auth field.
func authSetters(fields []bind.AuthField, guard *auth.Guard) ([]authSetter, error) {
	if len(fields) == 0 {
		return nil, nil
	}
	if guard == nil {
		return nil, fmt.Errorf("the input has the auth field %s, but the operation is auth.Public; use auth.Optional to accept requests with and without a credential", fields[0].Name)
	}
	var errs []error
	var setters []authSetter
	for _, field := range fields {
		kind := field.Type.Kind()
		s := authSetter{
			name: field.Name, offset: field.Offset, typ: field.Type,
			nilable:  kind == reflect.Pointer || kind == reflect.Interface,
			concrete: kind != reflect.Interface,
		}
		for _, alternative := range guard.Declaration().Alternatives {
			if err := s.check(alternative); err != nil {
				errs = append(errs, err)
			}
		}
		setters = append(setters, s)
	}
	return setters, errors.Join(errs...)
}

func (s *authSetter) check(alternative auth.Alternative) error {
	nobody := reflect.TypeFor[auth.Nobody]()
	fit, somebody := 0, 0
	var table any // whose account the principals that fit have
	for i, principal := range alternative.Principals {
		if principal == nobody && s.typ != nobody {
			continue
		}
		somebody++
		if !principal.AssignableTo(s.typ) {
			continue
		}
		accounts := any(nil)
		if i < len(alternative.Accounts) {
			accounts = alternative.Accounts[i]
		}
		if fit == 0 || accounts == nil || accounts != table {
			fit++ // otherwise it is the same user, see auth.AllOf
		}
		table = accounts
	}
	switch {
	case fit == 1:
		return nil
	case fit > 1:
		return fmt.Errorf("the auth field %s %v fits several principals of %s: %s; give it the type of one", s.name, s.typ, requirementName(alternative), typeNames(alternative.Principals))
	case somebody == 0 && s.nilable:
		return nil
	case somebody == 0:
		return fmt.Errorf("the auth field %s %v must be a pointer or an interface, because it stays nil for %s", s.name, s.typ, requirementName(alternative))
	}
	return fmt.Errorf("the auth field %s is a %v, but the principal of %s is %s", s.name, s.typ, requirementName(alternative), typeNames(alternative.Principals))
}

func requirementName(a auth.Alternative) string {
	if len(a.Requirement) == 0 {
		return "an anonymous request"
	}
	names := sortedKeys(a.Requirement)
	if len(names) == 1 {
		return "the scheme " + names[0]
	}
	return "the schemes " + strings.Join(names, " and ") + " together"
}

// typeNames lists the types of principals for an error text: "a *store.User and a string".
func typeNames(types []reflect.Type) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = "a " + t.String()
	}
	return strings.Join(names, " and ")
}

// set fills the field. It compares the dynamic type once more, because an authenticator
// may return another one than it declared.
func (s *authSetter) set(input unsafe.Pointer, id *auth.Identity) error {
	if id.All == nil {
		return s.assign(input, id.Principal)
	}
	i := slices.IndexFunc(id.All, func(member auth.Identity) bool { return s.fits(member.Principal) })
	if i < 0 {
		return s.assign(input, id.Principal)
	}
	return s.assign(input, id.All[i].Principal)
}

func (s *authSetter) fits(principal any) bool {
	have := reflect.TypeOf(principal)
	if s.concrete {
		return have == s.typ
	}
	_, nobody := principal.(auth.Nobody)
	return !nobody && have.Implements(s.typ)
}

func (s *authSetter) assign(input unsafe.Pointer, principal any) error {
	if s.fits(principal) {
		reflect.NewAt(s.typ, unsafe.Add(input, s.offset)).Elem().Set(reflect.ValueOf(principal))
		return nil
	}
	if _, nobody := principal.(auth.Nobody); nobody && s.nilable {
		return nil
	}
	return fmt.Errorf("rest: the auth field %s is a %v, but the principal is a %T", s.name, s.typ, principal)
}

// checkAccounts demands that each way into the operation yields an account of the table
// whose ids its handler acts on.
func (op *operation) checkAccounts() error {
	switch {
	case op.Accounts == nil:
		return nil
	case auth.AccountsOf(op.Accounts) == nil:
		return fmt.Errorf("Op.Accounts is a %T, which cannot be compared with ==; pass a pointer, or give it a method Accounts() any", op.Accounts)
	case op.auth == auth.Public:
		return errors.New("the operation acts on the caller's account, but it is auth.Public")
	case op.guard == nil:
		return nil // its own mistake is reported
	}
	for _, alternative := range op.guard.Declaration().Alternatives {
		if !alternative.Yields(op.Accounts) {
			return fmt.Errorf("the operation acts on accounts of %T, but %s does not yield them, and the same id in another table is another person; leave it out, or, if its users are these, set Accounts in its Config to the users", auth.AccountsOf(op.Accounts), requirementName(alternative))
		}
	}
	return nil
}
