package basicauth_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

// The accounts of a table, within a limit for each address and name.
func ExampleNewAccounts() {
	type hello struct {
		User *store.User `auth:""`
	}
	ctx, db := context.Background(), memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}} // nil: the usual cost
	encoded, err := hasher.Hash(ctx, "alice-pass")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		log.Fatal(err)
	}
	passwords := password.NewChecker(db.Users(), hasher)
	users := basicauth.NewAccounts(passwords.Check, basicauth.Config{
		Accounts: db.Users(),
		Limit:    throttle.New(throttle.Limit{Requests: 30, Window: time.Minute, Smooth: true}),
	})
	greet := func(_ context.Context, in hello) (string, error) { return "hello, " + in.User.Username, nil }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: users}, rest.Router{
		Controllers: []rest.Controller{{Path: "/", Get: rest.Handle(greet)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, word := range []string{"wrong", "alice-pass"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth("alice", word)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 "hello, alice"
}
