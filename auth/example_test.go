package auth_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// Probe accepts the health checks of a load balancer. An authenticator of your own is as short: what
// it checks, and how OpenAPI describes it.
type Probe struct{ key string }

func (p *Probe) Authenticate(r *http.Request) (auth.Identity, error) {
	switch r.Header.Get("X-Probe") {
	case "":
		return auth.Identity{}, auth.ErrSkip
	case p.key:
		return auth.Identity{Principal: p}, nil
	}
	return auth.Identity{}, auth.Refuse("wrong probe key")
}

func (p *Probe) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"probe": {}}, Principals: auth.PrincipalType[*Probe]()}},
		Schemes:      map[string]auth.Scheme{"probe": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Probe"}, Source: p}},
	}, nil
}

func ExampleRequire() {
	protect, err := auth.Require(&Probe{key: "s3cret"}, auth.RequireConfig{})
	if err != nil {
		panic(err) // a mistake in the configuration of the authenticator
	}
	handler := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "healthy")
	}))
	for _, key := range []string{"", "wrong", "s3cret"} {
		r := httptest.NewRequest("GET", "/health", nil)
		if key != "" {
			r.Header.Set("X-Probe", key)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 healthy
}

// Two kinds of keys come in one header while callers change over: what the old one
// refuses, the new one may accept.
func ExampleFallthrough() {
	chain := auth.AnyOf(auth.Fallthrough(&Probe{key: "old"}), &Probe{key: "new"})
	for _, key := range []string{"old", "new", "wrong"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Probe", key)
		id, err := chain.Authenticate(r)
		fmt.Println(key, id.Principal != nil, err)
	}
	// Output:
	// old true <nil>
	// new true <nil>
	// wrong false auth: 401 Not authenticated: wrong probe key
}

// Who was let in and who was not, for the security log. In an API it is
// rest.Settings.OnAuth.
func ExampleLogEvents() {
	events := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	protect, err := auth.Require(&Probe{key: "s3cret"}, auth.RequireConfig{OnAuth: auth.LogEvents(events)})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("GET", "/health", nil)
	r.Header.Set("X-Probe", "wrong")
	r.Header.Set("X-Request-Id", "7f3a")
	protect(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// level=INFO msg=auth outcome=refused reason="wrong probe key" client=192.0.2.1 status=401 request_id=7f3a
}

// A handler that acts on the caller's account by its id asks for the id of that table: the
// user 1 of another issuer is not the account 1. In an API, Op.Accounts makes sure at
// start that there is one.
func ExampleAccountID() {
	db, partners := memory.New(), memory.New()
	alice, err := db.Users().Create(context.Background(), store.User{Username: "alice", Active: true})
	if err != nil {
		panic(err)
	}
	protect, err := auth.Require(&Session{users: db.Users(), of: alice}, auth.RequireConfig{})
	if err != nil {
		panic(err)
	}
	protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(auth.AccountID(r.Context(), db.Users()))
		fmt.Println(auth.AccountID(r.Context(), partners.Users()))
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output:
	// 1 true
	//  false
}

// Session says whose accounts it yields, in each identity and in its declaration.
type Session struct {
	users *memory.Users
	of    *store.User
}

func (s *Session) Authenticate(*http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: s.of, UserID: store.FormatID(s.of.ID), Accounts: auth.AccountsOf(s.users)}, nil
}

func (s *Session) Declare(string) (auth.Declaration, error) {
	return auth.Declaration{Alternatives: []auth.Alternative{{
		Principals: auth.PrincipalType[*store.User](), Accounts: []any{auth.AccountsOf(s.users)},
	}}}, nil
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
