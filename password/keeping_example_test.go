package password_test

import (
	"context"
	"fmt"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// Logins in another database than the users are named to the checker of a login of
// one's own. The routers of package account do it themselves.
func ExampleChecker_Keeping() {
	ctx, db, logins := context.Background(), memory.New(), memory.New()
	weak := &password.Hasher{Algorithm: password.PBKDF2SHA1, PBKDF2Iterations: 1}
	encoded, err := weak.Hash(ctx, "alice-pass")
	if err != nil {
		panic(err)
	}
	if _, err := db.Users().Create(ctx, store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		panic(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("at least 32 bytes that nobody else knows"), Families: logins.Families()})
	_, phone, err := password.NewChecker(db.Users(), weak).Check(ctx, "alice", "alice-pass")
	if err != nil {
		panic(err)
	}
	pair, err := tokens.Issue(ctx, phone)
	if err != nil {
		panic(err)
	}

	strong := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1}
	checker := password.NewChecker(db.Users(), strong).Keeping(tokens)
	_, laptop, err := checker.Check(ctx, "alice", "alice-pass")
	fmt.Println("upgraded:", laptop.Password != phone.Password, err)
	_, _, err = tokens.Verify(ctx, pair.Access)
	fmt.Println("the login on the phone:", err)
	// Output:
	// upgraded: true <nil>
	// the login on the phone: <nil>
}
