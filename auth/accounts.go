package auth

import (
	"context"
	"reflect"

	"github.com/go-modern-rest/rest/internal/authctx"
)

// AccountsOf returns a value that identifies the table of accounts behind users, for
// [Alternative].Accounts and [Identity].Accounts. If the values of two backends are equal,
// both have accounts of the same table, and the user id "7" means the same account.
//
// The value is what the method Accounts() any of users returns, if users has this method,
// and otherwise users itself. A type that wraps another [Users] returns the value of that
// one. The value is nil, for unknown, if it cannot be compared with ==, such as a function or
// a struct with a map.
func AccountsOf(users any) any {
	if wrapper, ok := users.(interface{ Accounts() any }); ok {
		users = wrapper.Accounts()
	}
	if users == nil || !reflect.ValueOf(users).Comparable() {
		return nil
	}
	return users
}

// AccountID returns the id of the caller's account, if the account is in the given table;
// users is as for [AccountsOf]. For an [AllOf] it is the id of the first member with an
// account in the table. Handlers that act on accounts by id should use it, because the id 7
// of another issuer is another person; see Op.Accounts of package rest.
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

// Yields reports whether a request that is accepted this way has an account in the given
// table; users is as for [AccountsOf].
func (a Alternative) Yields(users any) bool {
	want := AccountsOf(users)
	for _, have := range a.Accounts {
		if sameAccounts(have, want) {
			return true
		}
	}
	return false
}

// sameAccounts reports whether two values identify the same table. An unknown table is equal
// to no other.
func sameAccounts(have, want any) bool {
	_, standIn := have.(authctx.StandIn)
	return want != nil && (have == want || standIn)
}

// members returns the identities that an AllOf joined, or the identity itself.
func (id *Identity) members() []Identity {
	if id.All != nil {
		return id.All
	}
	return []Identity{*id}
}

// errTwoAccounts refuses an AllOf whose credentials belong to two accounts.
var errTwoAccounts = Refuse("the credentials belong to different accounts")

// oneAccount refuses identities with different accounts of one table. Accounts of different
// tables, or of unknown ones, cannot be compared.
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

// fits reports whether an identity has the principals and accounts that an alternative
// declared, in the same order.
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

// accountsAt identifies the table of the account of principal i; nil: unknown.
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
