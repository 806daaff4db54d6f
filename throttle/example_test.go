package throttle_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

// Ten requests a second from one address, of which fifty may come at once.
func ExampleLimit() {
	perAddress := throttle.New(throttle.Limit{Requests: 50, Window: 5 * time.Second, Smooth: true})
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", LimitsBeforeAuth: []rest.Limiter{perAddress}})
	fmt.Println(err)
	// Output: <nil>
}

// Address is the key that a limit has anyway.
func ExampleAddress() {
	limiter := throttle.New(throttle.Limit{Requests: 100, Window: time.Minute, Key: throttle.Address()})
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", LimitsBeforeAuth: []rest.Limiter{limiter}})
	fmt.Println(err)
	// Output: <nil>
}

// A limit for each account, counted after authentication.
func ExampleUser() {
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	perUser := throttle.New(throttle.Limit{Requests: 1000, Window: time.Hour, Key: throttle.User()})
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: tokens.Header(), Limits: []rest.Limiter{perUser}})
	fmt.Println(err)
	// Output: <nil>
}

// A limit for each tenant, which a token names.
func ExampleByCredential() {
	perTenant := throttle.New(throttle.Limit{Requests: 1000, Window: time.Hour, Key: throttle.ByCredential(func(c *jwtauth.Claims) (string, bool) {
		return jwtauth.Claim[string](c, "tenant")
	})})
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows")})
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: tokens.Header(), Limits: []rest.Limiter{perTenant}})
	fmt.Println(err)
	// Output: <nil>
}

// A limit for each API key, after it was found valid.
func ExampleHeader() {
	answer := func(context.Context, rest.None) (string, error) { return "ok", nil }
	perKey := throttle.New(throttle.Limit{Requests: 1, Window: time.Minute, Key: throttle.Header("X-API-Key")})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: authtest.As("partner"), Limits: []rest.Limiter{perKey}}, rest.Router{
		Controllers: []rest.Controller{{Path: "/", Get: rest.Handle(answer)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"a", "a", "b"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-API-Key", key)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(key, w.Code)
	}
	// Output:
	// a 200
	// a 429
	// b 200
}

// A key of your own: only writes count, for each name and path.
func ExampleKeyFunc() {
	writes := throttle.KeyFunc(func(r *http.Request, id auth.Identity) (string, bool) {
		return fmt.Sprint(id.Principal, r.URL.Path), r.Method != http.MethodGet
	})
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	limiter := throttle.New(throttle.Limit{Requests: 10, Window: time.Minute, Key: writes})
	_, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: users, Limits: []rest.Limiter{limiter}})
	fmt.Println(err)
	// Output: <nil>
}

// Count limits what is not a request: codes by e-mail, say. Two limiters share a Memory.
func ExampleNewMemory() {
	counts := throttle.NewMemory()
	codes := throttle.New(throttle.Limit{Requests: 2, Window: time.Hour, Name: "codes", Store: counts})
	for range 3 {
		fmt.Println(codes.Count(context.Background(), "alice@example.com") == nil)
	}
	fmt.Println(counts.Len())
	// Output:
	// true
	// true
	// false
	// 1
}
