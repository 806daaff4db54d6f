package account_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// TestAccountsOfAnotherTable: the routers act on accounts by their bare ids, and refuse
// at start whatever yields ids of another table: the id 1 of a partner is not the
// account 1.
func TestAccountsOfAnotherTable(t *testing.T) {
	s, other := newSite(t), memory.New()
	session := s.session()
	keys := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	byClaims := jwtauth.ByClaims[*store.User](func(context.Context, *jwtauth.Claims) (*store.User, auth.Account, error) {
		return nil, auth.Account{}, store.ErrNotFound
	})
	partner := jwtauth.New(byClaims, jwtauth.Config{Secret: secret, Header: auth.Header{SchemeName: "partner"}})
	elsewhere := jwtauth.New(other.Users(), jwtauth.Config{Secret: secret, Families: other.Families()})
	static := basicauth.New(basicauth.Static(map[string]string{"a": "b"}), basicauth.Config{})
	wrapped := password.NewChecker[*store.User](struct{ *memory.Users }{s.db.Users()}, s.hasher)
	local := jwtauth.New(byClaims, jwtauth.Config{Secret: secret, Accounts: s.db.Users()})
	for _, test := range []struct {
		name   string
		router rest.Router
		wrong  string // empty: it starts
	}{
		{"ours", s.Tokens("/x", auth.AnyOf(session, keys.Header()), keys), ""},
		{"ours, wrapped", account.New(wrapped, account.Config{}).Session("/x", session), ""},
		{"claims that find our users", s.Tokens("/x", local.Header(), keys), ""},
		{"a stand-in", s.LogoutAll("/x", authtest.As(&store.User{ID: "1"}), session), ""},
		{"a partner's tokens", s.Tokens("/x", auth.AnyOf(partner.Header(), keys.Header()), keys), "partner"},
		{"a partner's logout", s.LogoutAll("/x", partner.Header(), session), "partner"},
		{"a partner's password", s.Password("/x", partner.Header(), session), "partner"},
		{"another table's tokens", s.LogoutAll("/x", elsewhere.Header(), session), "jwt"},
		{"without accounts", s.Password("/x", static, session), "http_basic"},
		{"anonymous", s.LogoutAll("/x", auth.Optional(session), session), "anonymous"},
		{"public", s.LogoutAll("/x", auth.Public, session), "Public"},
		{"inherited", rest.Router{Path: "/in", Auth: partner.Header(), Routers: []rest.Router{s.LogoutAll("/x", nil, session)}}, "partner"},
		{"sessions of another table", s.Session("/x", sessionauth.New(other.Users(), other.Sessions(), sessionauth.Config{Secret: secret})), "another table"},
		{"JWT of another table", s.JWT("/x", elsewhere), "another table"},
		{"cookies of another table", s.JWTCookies("/x", elsewhere), "another table"},
		{"API tokens of another table", s.Tokens("/x", session, tokenauth.New(other.Users(), other.Tokens(), tokenauth.Config{Secret: secret})), "another table"},
		{"logins of another table", s.LogoutAll("/x", session, elsewhere), "another table"},
		{"users without identity", account.New(password.NewChecker[*store.User](struct {
			auth.Users[*store.User]
			_ []int
		}{Users: s.db.Users()}, s.hasher), account.Config{}).Session("/x", session), "compared"},
	} {
		_, err := rest.New(rest.Settings{Title: "T", Version: "1"}, test.router)
		switch {
		case test.wrong == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%s: got %v, want a mistake that names %q", test.name, err, test.wrong)
		}
	}
}

// partnerNumber is the credential of a partner, whose users have ids of their own.
type partnerNumber string

func (p partnerNumber) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: p, UserID: string(p), Accounts: "partners", By: p}, nil
}

func (p partnerNumber) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{Principals: auth.PrincipalType[partnerNumber](), Accounts: []any{"partners"}}}}, nil
}

// TestAccountOfAnAllOf: of two credentials the routers act on the account of ours, in
// whatever order they are demanded.
func TestAccountOfAnAllOf(t *testing.T) {
	s := newSite(t)
	session := s.session()
	partner := partnerNumber("1")
	for name, both := range map[string]auth.Authenticator{
		"first": auth.AllOf(session, partner), "last": auth.AllOf(partner, session),
	} {
		api := newAPI(t, s.Session("/session", session), s.LogoutAll("/all", both, session))
		carol := newBrowser(api)
		if w := carol.send("POST", "/session/login/", `{"username":"carol","password":"carol-pass"}`); w.Code != 200 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
		alice := newBrowser(api)
		alice.send("POST", "/session/login/", byAlice)
		if w := carol.post("/all/", ""); w.Code != 204 {
			t.Errorf("%s: got %d %s", name, w.Code, w.Body)
		}
		if w := alice.post("/session/logout/", ""); w.Code != 204 {
			t.Errorf("%s: the partner's account 1 ended the session of our account 1: got %d %s", name, w.Code, w.Body)
		}
	}
}
