package auth_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// The outermost level demands a credential. What is open says so itself, with Public.
func Example() {
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	answer := func(context.Context, rest.None) (string, error) { return "ok", nil }
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: users}, rest.Router{Controllers: []rest.Controller{
		{Path: "/orders", Get: rest.Handle(answer)},
		{Path: "/health", Auth: auth.Public, Get: rest.Handle(answer)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/orders", "/health"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /orders 401
	// /health 200
}

// A browser has a session, a program sends a token in a header. Either is enough.
func ExampleAnyOf() {
	db, secret := memory.New(), []byte("at least 32 bytes that nobody else knows")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: auth.AnyOf(session, tokens.Header())}, rest.Router{
		Controllers: []rest.Controller{{Path: "/orders", Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "ok", nil })}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(api.Document().Paths["/orders"].Get.Security)
	// Output: [map[session:[]] map[jwt:[]]]
}

// The key of a partner and the token of its user, both in one request. The handler has a
// field for each.
func ExampleAllOf() {
	type order struct {
		Partner string      `auth:""`
		User    *store.User `auth:""`
	}
	db, secret := memory.New(), []byte("at least 32 bytes that nobody else knows")
	if _, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	pair, err := tokens.Issue(context.Background(), auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	partners := basicauth.New(basicauth.Static(map[string]string{"acme": "acme-key"}), basicauth.Config{Header: auth.Header{Name: "X-Partner", NoScheme: true}})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: auth.AllOf(partners, tokens.Header())}, rest.Router{
		Controllers: []rest.Controller{{Path: "/orders", Get: rest.Handle(func(_ context.Context, in order) (string, error) {
			return in.User.Username + " of " + in.Partner, nil
		})}},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+pair.Access)
	r.Header.Set("X-Partner", "YWNtZTphY21lLWtleQ==") // base64 of acme:acme-key
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 "alice of acme"
}

// A page that looks different for those who are logged in. The field is nil for others.
func ExampleOptional() {
	type visit struct {
		User *store.User `auth:""`
	}
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	greet := func(_ context.Context, in visit) (string, error) {
		if in.User == nil {
			return "hello, guest", nil
		}
		return "hello, " + in.User.Username, nil
	}
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/", Auth: auth.Optional(session), Get: rest.Handle(greet)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Body)
	// Output: "hello, guest"
}

// Two kinds of keys come in one header while callers change over: what the old one
// refuses, the new one may accept.
func ExampleFallthrough() {
	before := basicauth.New(basicauth.Static(map[string]string{"alice": "old"}), basicauth.Config{Header: auth.Header{SchemeName: "old"}})
	after := basicauth.New(basicauth.Static(map[string]string{"alice": "new"}), basicauth.Config{Header: auth.Header{SchemeName: "new"}})
	chain := auth.AnyOf(auth.Fallthrough(before), after)
	for _, password := range []string{"old", "new", "wrong"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth("alice", password)
		id, err := chain.Authenticate(r)
		fmt.Println(password, id.Principal, err)
	}
	// Output:
	// old alice <nil>
	// new alice <nil>
	// wrong <nil> auth: 401 Not authenticated: basic: wrong name or password
}

// Staff is a type of its own, so that a handler for staff cannot be given another user.
func ExampleNarrow() {
	type Staff struct{ Name string }
	type purge struct {
		By Staff `auth:""`
	}
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass", "root": "root-pass"}), basicauth.Config{})
	staff := auth.Narrow(users, func(_ context.Context, name string) (Staff, error) {
		if name != "root" {
			return Staff{}, &auth.Error{Status: http.StatusForbidden, Msg: "Staff only"}
		}
		return Staff{name}, nil
	}, auth.Refusal{Status: http.StatusForbidden, Description: "The user is not staff"})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Auth: staff, Controllers: []rest.Controller{{
		Path: "/cache", Delete: rest.Handle(func(_ context.Context, in purge) (rest.None, error) { return rest.None{}, nil }),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"alice", "root"} {
		r := httptest.NewRequest("DELETE", "/cache", nil)
		r.SetBasicAuth(name, name+"-pass")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
	}
	// Output:
	// 403 {"detail":[{"msg":"Staff only"}]}
	// 204
}

// Middleware for a handler that is not part of an API.
func ExampleRequire() {
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	protect, err := auth.Require(users, auth.RequireConfig{})
	if err != nil {
		log.Fatal(err) // a mistake in the configuration of the authenticator
	}
	handler := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _ := auth.PrincipalFrom[string](r.Context())
		fmt.Fprint(w, "hello, ", name)
	}))
	for _, password := range []string{"wrong", "alice-pass"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth("alice", password)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 hello, alice
}

// FromContext is for code that has no input with an auth field: middleware, and handlers
// behind HandleHTTP.
func ExampleFromContext() {
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	show := func(w http.ResponseWriter, r *http.Request) {
		id, ok := auth.FromContext(r.Context())
		fmt.Fprint(w, id.Principal, " ", ok)
	}
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1", Auth: users}, rest.Router{
		Controllers: []rest.Controller{{Path: "/me", Get: rest.HandleHTTP(show)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/me", nil)
	r.SetBasicAuth("alice", "alice-pass")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: alice true
}

// MustFromContext is for handlers that are never public.
func ExampleMustFromContext() {
	protect, err := auth.Require(authtest.As("alice"), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(auth.MustFromContext(r.Context()).Principal)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output: alice
}

// PrincipalFrom asserts the type of the principal as well.
func ExamplePrincipalFrom() {
	protect, err := auth.Require(authtest.As("alice"), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(auth.PrincipalFrom[string](r.Context()))
		fmt.Println(auth.PrincipalFrom[int](r.Context()))
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output:
	// alice true
	// 0 false
}

// An error of a backend has a text for the client and a reason for the log.
func ExampleError() {
	blocked := &auth.Error{Status: http.StatusForbidden, Code: "blocked", Msg: "The account is blocked", Err: auth.Reason("blocked by staff")}
	protect, err := auth.Require(authtest.Deny[string](blocked), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Body)
	fmt.Println(blocked)
	// Output:
	// 403 {"detail":[{"msg":"The account is blocked","type":"blocked"}]}
	// auth: 403 The account is blocked: blocked by staff
}

// Skip lets the next alternative try, and adds a header to the reply: here it deletes a
// cookie that the service has no use for.
func ExampleSkip() {
	old := authtest.Deny[string](auth.Skip(http.Header{"Set-Cookie": {"old=; Max-Age=0"}}))
	protect, err := auth.Require(auth.AnyOf(old, authtest.As("alice")), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code, w.Header().Get("Set-Cookie"))
	// Output: 200 old=; Max-Age=0
}

// Refuse is a 401. The client does not learn the reason.
func ExampleRefuse() {
	err := auth.Refuse("the key has ended")
	fmt.Println(err)
	// Output: auth: 401 Not authenticated: the key has ended
}

// A session cookie for all subdomains, under another name.
func ExampleCookie() {
	db := memory.New()
	if _, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"),
		Cookie: auth.Cookie{Name: "sid", Domain: "example.com", SameSite: http.SameSiteStrictMode},
	})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/login", nil), auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, cookie := range cookies {
		fmt.Println(cookie.Name, cookie.Domain, cookie.Secure, cookie.HttpOnly)
	}
	// Output:
	// csrftoken  true false
	// sid example.com true true
}

// A token in a header of its own, without a word in front.
func ExampleHeader() {
	db := memory.New()
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"),
		Header: auth.Header{SchemeName: "partner_key", Name: "X-Partner-Key", NoScheme: true},
	})
	d, err := keys.Header().Declare("GET")
	fmt.Println(d.Schemes["partner_key"].In, d.Schemes["partner_key"].Name, err)
	// Output: header X-Partner-Key <nil>
}

// Who was let in and who was not, for the security log.
func ExampleLogEvents() {
	events := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	protect, err := auth.Require(users, auth.RequireConfig{OnAuth: auth.LogEvents(events)}) // in an API: rest.Settings.OnAuth
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/health", nil)
	r.SetBasicAuth("alice", "wrong")
	r.Header.Set("X-Request-Id", "7f3a")
	protect(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// level=INFO msg=auth outcome=refused scheme=http_basic reason="basic: wrong name or password" client=192.0.2.1 status=401 request_id=7f3a
}

// A handler that acts on the caller's account by its id asks for the id of that table: the
// user 1 of another issuer is not the account 1. In an API, Op.Accounts makes sure at
// start that there is one.
func ExampleAccountID() {
	ctx, db, partners := context.Background(), memory.New(), memory.New()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	pair, err := tokens.Issue(ctx, auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	protect, err := auth.Require(tokens.Header(), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+pair.Access)
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(auth.AccountID(r.Context(), db.Users()))
		fmt.Println(auth.AccountID(r.Context(), partners.Users()))
	})).ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// 1 true
	//  false
}

// A dead cookie does not keep the next alternative from being asked, and the event says
// what was wrong with it.
func ExampleSkipStale() {
	dead := auth.SkipStale(auth.Refuse("session: ended"), http.Header{"Set-Cookie": {"sessionid=; Max-Age=0"}})
	for _, chain := range []auth.Authenticator{
		authtest.Deny[string](dead),
		auth.AnyOf(authtest.Deny[string](dead), authtest.As("alice")),
	} {
		protect, err := auth.Require(chain, auth.RequireConfig{OnAuth: func(_ *http.Request, e auth.Event) { fmt.Printf("%s %q\n", e.Outcome, e.Reason) }})
		if err != nil {
			panic(err)
		}
		w := httptest.NewRecorder()
		protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		fmt.Println(w.Code, w.Header().Get("Set-Cookie"))
	}
	// Output:
	// refused "session: ended"
	// 401 sessionid=; Max-Age=0
	// accepted ""
	// 200 sessionid=; Max-Age=0
}

// A long reply asks from time to time whether its credential is still valid.
func ExampleGuard_Recheck() {
	db := memory.New()
	ctx := context.Background()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		panic(err)
	}
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: []byte("a secret of at least thirty-two bytes")})
	key, _, err := keys.Issue(ctx, auth.Account{ID: "1", Active: true}, tokenauth.Grant{})
	if err != nil {
		panic(err)
	}
	guard, err := auth.Compile(keys.Header(), http.MethodGet)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("GET", "/events", nil)
	r.Header.Set("X-API-Token", key)
	id, err := guard.Authenticate(r)
	if err != nil {
		panic(err)
	}
	fmt.Println(guard.Recheck(r, id))
	if _, err := keys.EndAll(ctx, "1", ""); err != nil {
		panic(err)
	}
	fmt.Println(guard.Recheck(r, id))
	// Output:
	// <nil>
	// auth: 401 Not authenticated: token: revoked
}
