package auth

import (
	"context"
	"reflect"

	"github.com/go-modern-rest/rest/internal/authctx"
)

// AccountsOf returns the value that stands for the table of accounts behind users, for
// [Alternative].Accounts and [Identity].Accounts. Two backends whose values are equal
// yield accounts of one table, so that the user id "7" of one is the "7" of the other.
//
// It is what the method Accounts() any of users returns, if users has one, and otherwise
// users itself. A type that wraps another [Users] returns that one's. It is nil, for
// unknown, if the value cannot be compared with ==: a function, or a struct with a map.
func AccountsOf(users any) any {
	if wrapper, ok := users.(interface{ Accounts() any }); ok {
		users = wrapper.Accounts()
	}
	if users == nil || !reflect.ValueOf(users).Comparable() {
		return nil
	}
	return users
}

// AccountID returns the id of the account by which the request was let in, if it is one
// of the given table: users as for [AccountsOf]. Of an [AllOf] it is the member's whose
// account that is. A handler that acts on an account by its bare id asks for it so,
// because the id 7 of another issuer is somebody else; see Op.Accounts of package rest.
func AccountID(ctx context.Context, users any) (id string, ok bool) {
	identity, _ := FromContext(ctx)
	want := AccountsOf(users)
	for _, member := range identity.members() {
		if member.UserID != "" && sameAccounts(member.Accounts, want) {
			return member.UserID, true
		}
	}
	return "", false
}

// Yields reports whether a request that is accepted this way has an account of the given
// table: users as for [AccountsOf].
func (a Alternative) Yields(users any) bool {
	want := AccountsOf(users)
	for _, have := range a.Accounts {
		if sameAccounts(have, want) {
			return true
		}
	}
	return false
}

// sameAccounts compares what stands for two tables; an unknown one equals none.
func sameAccounts(have, want any) bool {
	_, standIn := have.(authctx.StandIn)
	return want != nil && (have == want || standIn)
}

// members are the identities that an AllOf joined, or the identity alone.
func (id *Identity) members() []Identity {
	if id.All != nil {
		return id.All
	}
	return []Identity{*id}
}

// errTwoAccounts is the refusal of an AllOf whose credentials are of two people.
var errTwoAccounts = Refuse("the credentials belong to different accounts")

// oneAccount refuses identities that name different accounts of one table. Those of
// different tables have nothing to do with each other, and neither have those of
// authenticators that do not say whose accounts they yield.
func oneAccount(ids []Identity) error {
	for i := range ids {
		for j := range ids[:i] {
			if ids[i].Accounts != nil && ids[i].Accounts == ids[j].Accounts && ids[i].UserID != ids[j].UserID {
				return errTwoAccounts
			}
		}
	}
	return nil
}

// fits reports whether an identity is what an alternative declared, by position.
func (a Alternative) fits(id *Identity) bool {
	if id.All == nil {
		return len(a.Principals) == 1 && a.fitsAt(0, id)
	}
	if len(a.Principals) != len(id.All) {
		return false
	}
	for i := range id.All {
		if !a.fitsAt(i, &id.All[i]) {
			return false
		}
	}
	return true
}

func (a Alternative) fitsAt(i int, member *Identity) bool {
	want, have := a.Principals[i], reflect.TypeOf(member.Principal)
	if have != want && (want.Kind() != reflect.Interface || !have.Implements(want) || have == nobodyType) { // Nobody is declared as such
		return false
	}
	return a.accountsAt(i) == member.Accounts && (member.Accounts == nil || member.UserID != "")
}

// accountsAt is whose account the principal at i has; nil: unknown.
func (a Alternative) accountsAt(i int) any {
	if i < len(a.Accounts) {
		return a.Accounts[i]
	}
	return nil
}

// joinAccounts returns the accounts of two alternatives that are needed together, one
// for each principal.
func joinAccounts(a, b Alternative) []any {
	if a.Accounts == nil && b.Accounts == nil {
		return nil
	}
	joined := make([]any, 0, len(a.Principals)+len(b.Principals))
	for i := range a.Principals {
		joined = append(joined, a.accountsAt(i))
	}
	for i := range b.Principals {
		joined = append(joined, b.accountsAt(i))
	}
	return joined
}
