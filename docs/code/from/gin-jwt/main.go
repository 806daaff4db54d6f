// Tokens in cookies and in headers, as gin-jwt has them, with roles that the program checks.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// Report is a request for a report.
type Report struct {
	User *store.User `auth:""`
}

var errStaff = &rest.Error{Status: http.StatusForbidden, Msg: "Only staff may read reports", Code: "staff"}

// ReadReport has the permission check that gin-jwt calls Authorizer.
func ReadReport(_ context.Context, in Report) (string, error) {
	if !in.User.Staff {
		return "", errStaff
	}
	return "all is well", nil
}

func newAPI(ctx context.Context) (*rest.API, error) {
	db, hasher := memory.New(), &password.Hasher{}
	for name, staff := range map[string]bool{"alice": true, "bob": false} {
		encoded, err := hasher.Hash(ctx, name+"-pass")
		if err != nil {
			return nil, err
		}
		if _, err := db.Users().Create(ctx, store.User{Username: name, Password: encoded, Active: true, Staff: staff}); err != nil {
			return nil, err
		}
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte("a secret of at least thirty-two bytes"), Families: db.Families(),
		Claims: func(_ context.Context, who auth.Account) (map[string]any, error) { // gin-jwt's PayloadFunc
			return map[string]any{"nick": who.ID}, nil
		},
		Cookie: auth.Cookie{Insecure: true}, // this program speaks plain HTTP
	})
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	return rest.New(rest.Settings{
		Title: "Reports", Version: "1.0.0", Auth: auth.AnyOf(tokens.Header(), tokens.Cookie()),
	}, rest.Router{
		Controllers: []rest.Controller{{Path: "/report", Get: rest.Handle(ReadReport, rest.Op{Errors: []error{errStaff}})}},
		Routers: []rest.Router{
			accounts.JWT("/jwt", tokens),        // for programs
			accounts.JWTCookies("/spa", tokens), // for pages
		},
	})
}

func main() {
	api, err := newAPI(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
