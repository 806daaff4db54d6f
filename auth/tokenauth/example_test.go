package tokenauth_test

import (
	"context"
	"fmt"
	"log"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func Example() {
	ctx := context.Background()
	db := memory.New()
	user, err := db.Users().Create(ctx, store.User{Username: "alice", Active: true})
	if err != nil {
		log.Fatal(err)
	}
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"), Prefix: "acme",
	})
	raw, row, err := keys.Issue(ctx, auth.Account{ID: user.ID, Active: true}, tokenauth.Grant{Name: "laptop"})
	if err != nil {
		log.Fatal(err)
	}
	who, _, err := keys.Verify(ctx, raw)
	fmt.Println(raw[:5], row.Name, who.Username, err)

	err = keys.Revoke(ctx, row.UserID, row.ID)
	_, _, refused := keys.Verify(ctx, raw)
	fmt.Println(err, refused != nil)
	// Output:
	// acme_ laptop alice <nil>
	// <nil> true
}
