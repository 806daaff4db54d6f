package login_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/login"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// A login of one's own is a handler of a few lines: here by e-mail address, which
// begins a session and hands out tokens at once.
func Example_customised() {
	db, hasher := memory.New(), &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	encoded, err := hasher.Hash(context.Background(), "alice-pass")
	if err != nil {
		panic(err)
	}
	if _, err := db.Users().Create(context.Background(), store.User{Username: "alice", Email: "a@example.com", Password: encoded, Active: true}); err != nil {
		panic(err)
	}
	secret := []byte("at least 32 bytes that nobody else knows")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	passwords := password.NewChecker(db.Users(), hasher)

	type request struct {
		Request *http.Request
		Body    struct {
			Email    string `json:"email" format:"email"`
			Password string `json:"password"`
		} `body:""`
	}
	type reply struct {
		Cookies []*http.Cookie `cookie:""`
		Body    struct {
			Access string `json:"access"`
		} `body:""`
	}
	signIn := func(ctx context.Context, in request) (out reply, err error) {
		username, _, _ := strings.Cut(in.Body.Email, "@") // or a query of your own
		_, account, err := passwords.Check(ctx, map[string]string{"a": "alice"}[username], in.Body.Password)
		if err != nil {
			return out, err
		}
		rest.LoggedIn(ctx, account.ID) // for the log of Settings.OnAuth
		if out.Cookies, err = session.Begin(in.Request, account); err != nil {
			return out, err
		}
		pair, err := tokens.Issue(ctx, account)
		out.Body.Access = pair.Access
		return out, err
	}
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/sign-in", Auth: csrf.Guard(csrf.GuardConfig{}), Post: rest.Handle(signIn, rest.Op{NoStore: true, Errors: []error{&auth.Error{}, &auth.Error{Status: 503}}})},
	}})
	if err != nil {
		panic(err)
	}
	for _, password := range []string{"wrong", "alice-pass"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("POST", "/sign-in", strings.NewReader(`{"email":"a@example.com","password":"`+password+`"}`)))
		fmt.Println(w.Code, len(w.Result().Cookies()), strings.HasPrefix(w.Body.String(), `{"access":"ey`))
	}
	// Output:
	// 401 0 false
	// 201 2 true
}

// Everything that an API with accounts needs, ready.
func Example() {
	db := memory.New()
	secret := []byte("at least 32 bytes that nobody else knows")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	anyone := auth.AnyOf(session, tokens.Header())
	accounts := login.New(password.NewChecker(db.Users(), nil), login.Config{})

	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: anyone}, rest.Router{
		Path: "/auth",
		Routers: []rest.Router{
			accounts.SignUp(db.Users().Create, "/sign-up"),
			accounts.Session(session, "/session"),
			accounts.JWT(tokens, "/jwt"),
			accounts.Tokens(anyone, keys, "/tokens"),
			accounts.Password(anyone, "/password", session, tokens),
		},
	})
	if err != nil {
		panic(err)
	}
	for _, path := range slices.Sorted(maps.Keys(api.Document().Paths)) {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			if op := api.Document().Paths[path].Operation(method); op != nil {
				fmt.Println(method, path, "-", op.Summary)
			}
		}
	}
	// Output:
	// POST /auth/jwt/obtain/ - Obtain tokens
	// POST /auth/jwt/refresh/ - Refresh tokens
	// POST /auth/jwt/revoke/ - Revoke a refresh token
	// POST /auth/jwt/revoke/all/ - End all logins
	// POST /auth/jwt/verify/ - Verify a token
	// POST /auth/password/ - Change the password
	// POST /auth/session/login/ - Log in
	// POST /auth/session/logout/ - Log out
	// POST /auth/session/logout/all/ - Log out everywhere
	// POST /auth/sign-up/ - Sign up
	// GET /auth/tokens/list/ - List the caller's tokens
	// DELETE /auth/tokens/list/{id}/ - Revoke one of the caller's tokens
	// POST /auth/tokens/obtain/ - Obtain a token
	// POST /auth/tokens/revoke/ - Revoke the token that is used
}
