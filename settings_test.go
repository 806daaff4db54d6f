package rest_test

import (
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// openFor lets requests with one method pass.
type openFor struct {
	auth.Authenticator
	method string
}

func (o openFor) Declare(method string) (auth.Declaration, error) {
	if method == o.method {
		return auth.Optional(o.Authenticator).Declare(method)
	}
	return o.Authenticator.Declare(method)
}

// TestSettingsDemandACredential: nothing in Settings lets a request pass without a
// principal, whatever it is wrapped in.
func TestSettingsDemandACredential(t *testing.T) {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 40))})
	guard := csrf.CrossOrigin(csrf.CrossOriginConfig{})
	for _, test := range []struct {
		name string
		auth auth.Authenticator
		open bool
	}{
		{"Public", auth.Public, true},
		{"a guard", guard, true},
		{"a CSRF check", session.CSRF(), true},
		{"Optional", auth.Optional(session), true},
		{"an alternative that is a guard", auth.AnyOf(session, guard), true},
		{"Fallthrough of Optional", auth.Fallthrough(auth.Optional(session)), true},
		{"guards together", auth.AllOf(guard, session.CSRF()), true},
		{"a stand-in for nobody", authtest.As(auth.Nobody{}), true},
		{"open for one method", openFor{session, "DELETE"}, true},
		{"a session", session, false},
		{"a session behind a guard", auth.AllOf(guard, session), false},
		{"a stand-in", authtest.As(&store.User{ID: "1"}), false},
		{"a stand-in that refuses", authtest.Deny[string](auth.ErrSkip), false},
	} {
		s := settings()
		s.Auth = test.auth
		_, err := rest.New(s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello), Post: rest.Handle(hello)}}})
		if (err != nil) != test.open {
			t.Errorf("%s: got %v, want a mistake: %v", test.name, err, test.open)
		}
		if test.open && strings.Count(err.Error(), "\n") != 1 {
			t.Errorf("%s: got more than one mistake: %v", test.name, err)
		}
	}
}
