package jwtauth_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// A service that issues tokens and accepts them.
func Example() {
	ctx := context.Background()
	db := memory.New()
	alice, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	pair, err := tokens.Issue(ctx, auth.Account{ID: alice.ID, Active: true})
	if err != nil {
		log.Fatal(err)
	}

	protect, err := auth.Require(tokens.Header(), auth.RequireConfig{})
	if err != nil {
		log.Fatal(err)
	}
	hello := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := auth.PrincipalFrom[*store.User](r.Context())
		fmt.Println("hello,", user.Username)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+pair.Access)
	hello.ServeHTTP(httptest.NewRecorder(), r)
	// Output: hello, alice
}

// A service that accepts the tokens of another one, and has no table of users.
func ExampleByClaims() {
	type Caller struct {
		ID    string
		Roles []string
	}
	callerOf := func(_ context.Context, c *jwtauth.Claims) (Caller, auth.Account, error) {
		roles, _ := jwtauth.Claim[[]string](c, "roles")
		return Caller{c.Subject, roles}, auth.Account{ID: c.Subject, Active: true}, nil
	}
	shared := []byte("at least 32 bytes that nobody else knows")
	theirs := jwtauth.New(jwtauth.ByClaims[Caller](callerOf), jwtauth.Config{
		Secret: shared,
		Claims: func(context.Context, auth.Account) (map[string]any, error) {
			return map[string]any{"roles": []string{"editor"}}, nil
		},
	})
	pair, err := theirs.Issue(context.Background(), auth.Account{ID: "7", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	caller, _, err := theirs.Verify(context.Background(), pair.Access)
	fmt.Println(caller, err)
	// Output: {7 [editor]} <nil>
}

// With a table of logins a refresh token works once. A used one that comes again was
// stolen: the login ends, for the thief too.
func ExampleFamilies() {
	ctx, db := context.Background(), memory.New()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	now := time.Now()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families(),
		Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
	})
	first, err := tokens.Issue(ctx, auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	second, err := tokens.Refresh(ctx, first.Refresh)
	fmt.Println("refreshed:", err)
	_, err = tokens.Refresh(ctx, first.Refresh) // by another tab of the browser
	fmt.Println("again:", err)
	now = now.Add(time.Minute)
	_, err = tokens.Refresh(ctx, first.Refresh) // by a thief
	fmt.Println("later:", err)
	_, _, err = tokens.Verify(ctx, second.Access)
	fmt.Println("then:", err)
	// Output:
	// refreshed: <nil>
	// again: auth: 409 The refresh token was exchanged a moment ago: jwt: the refresh token was used a moment ago
	// later: auth: 401 Not authenticated: jwt: the refresh token was used before: the login is ended
	// then: auth: 401 Not authenticated: jwt: the login was ended
}

// One service issues tokens and publishes its keys, another one accepts them.
func ExampleNewRemote() {
	ctx, db := context.Background(), memory.New()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	issuer := jwtauth.New(db.Users(), jwtauth.Config{
		Keys: []jwtauth.Key{{ID: "2026-11", Private: private}}, Issuer: "https://id.example.com", Audiences: []string{"notes"},
	})
	pair, err := issuer.Issue(ctx, auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	published := httptest.NewServer(issuer.JWKS()) // in an API: rest.Mount{Path: "/.well-known/jwks.json", ...}
	defer published.Close()

	keys := jwtauth.NewRemote(jwtauth.RemoteConfig{URL: published.URL, InsecureHTTP: true})
	notes := jwtauth.New(db.Users(), jwtauth.Config{Remote: keys, Issuer: "https://id.example.com", Audiences: []string{"notes"}})
	user, claims, err := notes.Verify(ctx, pair.Access)
	fmt.Println(user.Username, claims.Audience(), err)
	// Output: alice [notes] <nil>
}

// A page that shows a user where they are logged in, and ends what they do not know.
func ExampleIssuer_List() {
	ctx, db := context.Background(), memory.New()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows"), Families: db.Families()})
	alice := auth.Account{ID: "1", Active: true}
	var pairs []jwtauth.Pair
	for range 3 {
		pair, err := tokens.Issue(ctx, alice)
		if err != nil {
			log.Fatal(err)
		}
		pairs = append(pairs, pair)
	}
	_, here, err := tokens.Verify(ctx, pairs[0].Access) // in a handler: auth.FromContext's Credential
	if err != nil {
		log.Fatal(err)
	}
	logins, err := tokens.List(ctx, alice.ID)
	fmt.Println(len(logins), "logins", err)
	for _, l := range logins {
		if l.ID != here.Family {
			fmt.Println("end one:", tokens.EndOne(ctx, alice.ID, l.ID))
			break
		}
	}
	n, err := tokens.EndAll(ctx, alice.ID, here.Family)
	fmt.Println("end the others:", n, err)
	_, err = tokens.Refresh(ctx, pairs[0].Refresh)
	fmt.Println("here:", err)
	// Output:
	// 3 logins <nil>
	// end one: <nil>
	// end the others: 1 <nil>
	// here: <nil>
}

// A key of a file, for tokens that other services check with its public half.
func ExampleParseKey() {
	// openssl genpkey -algorithm ed25519
	pem := []byte(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----`) // or os.ReadFile, or package secret
	key, err := jwtauth.ParseKey(pem)
	if err != nil {
		log.Fatal(err)
	}
	key.ID = "2026-11"
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Keys: []jwtauth.Key{key}, Issuer: "https://id.example.com"})
	pair, err := tokens.Issue(context.Background(), auth.Account{ID: "1", Active: true})
	fmt.Println(pair.Access[:6], err)
	// Output: eyJhbG <nil>
}

// A claim of your own, in a handler whose principal are the claims.
func ExampleClaim() {
	ctx, db := context.Background(), memory.New()
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true}); err != nil {
		log.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"),
		Claims: func(context.Context, auth.Account) (map[string]any, error) {
			return map[string]any{"roles": []string{"editor"}}, nil
		},
	})
	pair, err := tokens.Issue(ctx, auth.Account{ID: "1", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	_, claims, err := tokens.Verify(ctx, pair.Access)
	if err != nil {
		log.Fatal(err)
	}
	roles, ok := jwtauth.Claim[[]string](claims, "roles")
	fmt.Println(roles, ok)
	// Output: [editor] true
}
