// A service behind JWT, with an old handler beside the API.
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

// Whoami is a request without parameters.
type Whoami struct {
	User *store.User `auth:""` // the account, as the store has it now
}

// Me is the reply.
type Me struct {
	Username string    `json:"username"`
	Until    time.Time `json:"until"`
}

func me(ctx context.Context, in Whoami) (Me, error) {
	claims, _ := auth.MustFromContext(ctx).Credential.(*jwtauth.Claims) // of the accepted token
	return Me{in.User.Username, claims.ExpiresAt}, nil
}

func newHandler() (http.Handler, error) {
	db := memory.New()
	tokens := jwtauth.New(db.Users(), jwtauth.Config{
		Secret: []byte("a secret of at least thirty-two bytes"), Lifetime: 10 * time.Minute, Families: db.Families(),
	})
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	api, err := rest.New(rest.Settings{Title: "Members", Version: "1.0.0", Auth: tokens.Header()}, rest.Router{
		Path:        "/api",
		Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(me)}},
		Routers: []rest.Router{
			accounts.SignUp("/sign-up", db.Users().Create),
			accounts.JWT("/jwt", tokens),
		},
	})
	if err != nil {
		return nil, err
	}
	// An old handler behind the same tokens. The mux could be chi's.
	protected, err := auth.Require(tokens.Header(), auth.RequireConfig{})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", api)
	mux.Handle("/old/", protected(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := auth.PrincipalFrom[*store.User](r.Context())
		_, _ = w.Write([]byte("hello " + user.Username + "\n"))
	})))
	return mux, nil
}

func main() {
	handler, err := newHandler()
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: handler,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
