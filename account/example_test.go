package account_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

// A login of one's own is a handler of a few lines: here by e-mail address, which
// begins a session and hands out tokens at once. It has the limits of the ready ones.
// Who logs people in by address sees to it that no two accounts have one, which SignUp
// and the tables of Django do not.
func ExampleAccounts_Check() {
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
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	usernames := map[string]string{"a@example.com": "alice"}

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
		username := usernames[in.Body.Email] // or a query of your own
		_, account, err := accounts.Check(ctx, username, in.Body.Password)
		if err != nil {
			return out, err
		}
		if out.Cookies, err = session.Begin(in.Request, account); err != nil {
			return out, err
		}
		pair, err := tokens.Issue(ctx, account)
		out.Body.Access = pair.Access
		return out, err
	}
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/sign-in", Auth: csrf.CrossOrigin(csrf.CrossOriginConfig{}), Post: rest.Handle(signIn, accounts.Limited(rest.Op{Cookies: session.BeginCookies()}))},
	}})
	if err != nil {
		panic(err)
	}
	for _, password := range []string{"wrong", "alice-pass"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/sign-in", strings.NewReader(`{"email":"a@example.com","password":"`+password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		api.ServeHTTP(w, r)
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
	caller := auth.AnyOf(session, tokens.Header())
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})

	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: caller}, rest.Router{
		Path: "/auth",
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create),
			accounts.Session("/session", session),
			accounts.JWT("/jwt", tokens),
			accounts.Tokens("/tokens", caller, keys),
			accounts.Password("/password", caller, session, tokens),
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

// Other limits than the default, for all routers together: here three attempts an hour
// for each name, and an address that may try as often as it likes.
func ExampleConfig() {
	db := memory.New()
	clock := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) } // leave it out: time.Now
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{
		Name:    throttle.New(throttle.Limit{Requests: 3, Window: time.Hour, Name: "login-name", Now: clock}),
		Address: throttle.New(throttle.Limit{Requests: 1_000_000, Window: time.Second, Name: "login-address", Now: clock}),
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, accounts.JWT("/jwt", tokens))
	if err != nil {
		panic(err)
	}
	for range 4 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", "/jwt/obtain/", strings.NewReader(`{"username":"alice","password":"a guess"}`))
		r.Header.Set("Content-Type", "application/json")
		api.ServeHTTP(w, r)
		fmt.Printf("%d, retry after %q\n", w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// 401, retry after ""
	// 401, retry after ""
	// 401, retry after ""
	// 429, retry after "3600"
}

// Tokens in cookies, for a page of the site: scripts cannot read them, and the CSRF
// token that comes with them goes back in a header.
func ExampleAccounts_JWTCookies() {
	db, hasher := memory.New(), &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	encoded, err := hasher.Hash(context.Background(), "alice-pass")
	if err != nil {
		panic(err)
	}
	if _, err := db.Users().Create(context.Background(), store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		panic(err)
	}
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families(), Logger: slog.New(slog.DiscardHandler),
		RefreshCookie: auth.Cookie{Path: "/spa/"}, // sent to refresh and logout alone
	})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: tokens.Cookie()}, accounts.JWTCookies("/spa", tokens))
	if err != nil {
		panic(err)
	}
	send := func(path, body string, cookies []*http.Cookie) *http.Response {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for _, cookie := range cookies {
			r.AddCookie(cookie)
			if cookie.Name == "csrftoken" {
				r.Header.Set("X-CSRFToken", cookie.Value)
			}
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Result()
	}
	reply := send("/spa/obtain/", `{"username":"alice","password":"alice-pass"}`, nil)
	first := reply.Cookies()
	for _, cookie := range first {
		fmt.Println(cookie.Name, cookie.Path, "HttpOnly:", cookie.HttpOnly)
	}
	fmt.Println("refresh:", send("/spa/refresh/", "", first).StatusCode)
	fmt.Println("the same again:", send("/spa/refresh/", "", first).StatusCode)
	// Output:
	// access_token / HttpOnly: true
	// refresh_token /spa/ HttpOnly: true
	// csrftoken / HttpOnly: false
	// refresh: 204
	// the same again: 409
}

// Anyone makes an account. A wrapper around Create may do more, such as send a mail.
func ExampleAccounts_SignUp() {
	db := memory.New()
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, accounts.SignUp("/sign-up", db.Users().Create))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/sign-up/]
}

// A browser logs in and out by a cookie.
func ExampleAccounts_Session() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: session}, accounts.Session("/session", session))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/session/login/ /session/logout/ /session/logout/all/]
}

// A program exchanges a password for tokens, and refreshes them.
func ExampleAccounts_JWT() {
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: tokens.Header()}, accounts.JWT("/jwt", tokens))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/jwt/obtain/ /jwt/refresh/ /jwt/revoke/ /jwt/revoke/all/ /jwt/verify/]
}

// API tokens, which their owner can list and end. A token is enough to list them here.
func ExampleAccounts_Tokens() {
	db := memory.New()
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: keys.Header()}, accounts.Tokens("/tokens", nil, keys))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/tokens/list/ /tokens/list/{id}/ /tokens/obtain/ /tokens/revoke/]
}

// A new password ends all other logins: those of the session and the tokens.
func ExampleAccounts_Password() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: auth.AnyOf(session, tokens.Header())}, accounts.Password("/password", nil, session, tokens))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/password/]
}

// One request ends the logins of every kind.
func ExampleAccounts_LogoutAll() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families()})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: auth.AnyOf(session, tokens.Header())}, accounts.LogoutAll("/logout-all", nil, session, tokens))
	if err != nil {
		panic(err)
	}
	fmt.Println(slices.Sorted(maps.Keys(api.Document().Paths)))
	// Output: [/logout-all/]
}
