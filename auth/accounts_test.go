package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// member is an authenticator of accounts.
type member struct {
	name     string
	id       auth.Identity
	accounts any // declared
	types    []reflect.Type
}

func (m *member) Authenticate(*http.Request) (auth.Identity, error) { return m.id, nil }

func (m *member) Declare(string) (auth.Declaration, error) {
	types := m.types
	if types == nil {
		types = []reflect.Type{reflect.TypeOf(m.id.Principal)}
	}
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{m.name: {}}, Principals: types, Accounts: []any{m.accounts}}},
		Schemes:      map[string]auth.Scheme{m.name: {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-" + m.name}}},
	}, nil
}

// of makes a member whose user has an id of a table; an empty table is unknown.
func of(name, id, table string) *member {
	m := &member{name: name, id: auth.Identity{Principal: name, UserID: id}}
	if table != "" {
		m.id.Accounts, m.accounts = table, table
	}
	return m
}

// TestAllOfDemandsOneAccount: two accounts of one table are refused; those of two
// tables, or of none that is known, have nothing to do with each other.
func TestAllOfDemandsOneAccount(t *testing.T) {
	for _, test := range []struct {
		name    string
		members []auth.Authenticator
		refused bool
	}{
		{"one account", []auth.Authenticator{of("a", "1", "users"), of("b", "1", "users")}, false},
		{"two accounts", []auth.Authenticator{of("a", "1", "users"), of("b", "2", "users")}, true},
		{"two accounts, apart", []auth.Authenticator{of("a", "1", "users"), of("m", "2", "machines"), of("b", "2", "users")}, true},
		{"two accounts, nested", []auth.Authenticator{auth.AllOf(of("a", "1", "users"), of("m", "2", "")), of("b", "2", "users")}, true},
		{"two tables", []auth.Authenticator{of("a", "1", "users"), of("b", "2", "machines")}, false},
		{"unknown tables", []auth.Authenticator{of("a", "1", ""), of("b", "2", "")}, false},
	} {
		id, err := check(t, auth.AllOf(test.members...))
		e, refused := errors.AsType[*auth.Error](err)
		if refused != test.refused || refused && e.HTTPStatus() != 401 || !refused && err != nil {
			t.Errorf("%s: got %v, %v", test.name, id.UserID, err)
		}
	}
}

// TestMembersAreComparedByPosition: a member whose identity is that of another member
// is a fault, and so is an account that was not declared.
func TestMembersAreComparedByPosition(t *testing.T) {
	machine7 := &member{name: "m", id: auth.Identity{Principal: machine{7}}}
	lying := &member{name: "a", id: auth.Identity{Principal: machine{7}}, types: auth.PrincipalType[string]()}
	hidden := of("a", "1", "users")
	hidden.accounts = nil
	forgotten := of("a", "1", "users")
	forgotten.id.Accounts = nil
	nameless := of("a", "", "users")
	for name, a := range map[string]auth.Authenticator{
		"the type of the other member": auth.AllOf(lying, machine7),
		"accounts not declared":        hidden,
		"accounts declared only":       forgotten,
		"an account without id":        nameless,
		"in an AllOf":                  auth.AllOf(machine7, hidden),
	} {
		id, err := check(t, a)
		if _, refused := errors.AsType[*auth.Error](err); err == nil || refused {
			t.Errorf("%s: got %v, %v, want a fault", name, id.Principal, err)
		}
	}
	if _, err := check(t, auth.AllOf(of("a", "1", "users"), machine7)); err != nil {
		t.Errorf("as declared: %v", err)
	}
}

// TestAllOfExpires: a request let in by two credentials ends with the earlier one.
func TestAllOfExpires(t *testing.T) {
	at := func(name string, sec int64) *member {
		m := of(name, "1", "users")
		if sec > 0 {
			m.id.Expires = time.Unix(sec, 0)
		}
		return m
	}
	for _, seconds := range [][2]int64{{10, 20}, {20, 10}, {0, 10}, {10, 0}} {
		id, err := check(t, auth.AllOf(at("a", seconds[0]), at("b", seconds[1])))
		if err != nil || !id.Expires.Equal(time.Unix(10, 0)) {
			t.Errorf("%v: got %v, %v", seconds, id.Expires, err)
		}
	}
}

// TestNarrowForgetsMembers: what a principal was before it was narrowed is not among
// those of the request.
func TestNarrowForgetsMembers(t *testing.T) {
	narrowed := auth.Narrow(auth.AllOf(of("a", "1", "users")), func(_ context.Context, name string) (machine, error) { return machine{len(name)}, nil })
	protect, err := auth.Require(narrowed, auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	served := false
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		served = true
		if name, ok := auth.PrincipalFrom[string](r.Context()); ok {
			t.Errorf("got the principal %q from before Narrow", name)
		}
		if m, ok := auth.PrincipalFrom[machine](r.Context()); !ok || m.id != 1 {
			t.Errorf("got %v %v", m, ok)
		}
		if id, ok := auth.AccountID(r.Context(), "users"); !ok || id != "1" {
			t.Errorf("the account: got %q %v", id, ok)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if !served {
		t.Error("the request was not let in")
	}
}

type table struct{ name string }

type wrapper struct{ inner *table }

func (w wrapper) Accounts() any { return w.inner }

func TestAccountsOf(t *testing.T) {
	users := &table{"users"}
	for _, test := range []struct {
		name        string
		users, want any
	}{
		{"itself", users, users},
		{"what it wraps", wrapper{users}, users},
		{"nil", nil, nil},
		{"a function", func() {}, nil},
		{"a struct with a map", struct{ m map[string]int }{}, nil},
	} {
		if got := auth.AccountsOf(test.users); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// TestAccountID: an id is handed out for the table that it is of, and for no other.
func TestAccountID(t *testing.T) {
	protect, err := auth.Require(auth.AllOf(of("m", "9", "machines"), of("a", "1", "users")), auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for users, want := range map[string]string{"users": "1", "machines": "9", "others": ""} {
			if id, ok := auth.AccountID(r.Context(), users); id != want || ok != (want != "") {
				t.Errorf("%s: got %q %v, want %q", users, id, ok, want)
			}
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if id, ok := auth.AccountID(t.Context(), "users"); ok {
		t.Errorf("without auth: got %q", id)
	}
	unknown, err := auth.Require(of("a", "1", ""), auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	unknown(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if id, ok := auth.AccountID(r.Context(), func() {}); ok {
			t.Errorf("an account of an unknown table, asked for by another one: got %q", id)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// TestAccountOfAnAllOf: the identity has the first principal, and the account of the
// first member that names one.
func TestAccountOfAnAllOf(t *testing.T) {
	device := &member{name: "m", id: auth.Identity{Principal: machine{7}}}
	id, err := check(t, auth.AllOf(device, of("a", "1", "users"), of("b", "2", "others")))
	if err != nil || id.Principal != (machine{7}) || id.UserID != "1" || id.Accounts != "users" {
		t.Errorf("got %+v, %v", id, err)
	}
}
